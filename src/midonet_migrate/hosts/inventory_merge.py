"""What was found, beside what hosts.yaml says: new hosts are added, the operator's lines win; pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from midonet_migrate.hosts.discover import Found, FoundHost
from midonet_migrate.model.hosts import Connection, HostEntry, Inventory


class HostVerdict(StrEnum):
    """What becomes of a host in the inventory."""

    NEW = "new"
    KEPT = "kept"
    DIFFERENT = "different"
    """hosts.yaml says something else than MidoNet; it is kept."""
    UNKNOWN = "unknown"
    """In hosts.yaml with a MidoNet host id that MidoNet does not know."""
    DEAD = "dead"
    """Its agent does not run: it is not put into the inventory."""


class HostRow(msgspec.Struct, kw_only=True):
    """A line of the report."""

    name: str
    verdict: HostVerdict
    roles: tuple[str, ...] = ()
    connection: str = ""
    address: str = ""
    """What ssh is called with."""
    address_from: str = ""
    midonet_host_id: str = ""
    remarks: list[str] = []


class Merged(msgspec.Struct, kw_only=True):
    """``added``: hosts to write into hosts.yaml."""

    added: list[HostEntry]
    rows: list[HostRow]


def merge(inventory: Inventory, found: Found) -> Merged:
    """Bring both together. A host is the same when its MidoNet host id is, else when its name is, else when
    both are this machine."""
    by_id = {host.midonet_host_id: host for host in inventory.hosts if host.has_agent}
    by_name = {host.name: host for host in inventory.hosts}
    local = next((host for host in inventory.hosts if host.connection is Connection.LOCAL), None)
    added: list[HostEntry] = []
    rows: list[HostRow] = []
    seen: set[str] = set()
    for host in found.hosts:
        known = by_id.get(host.entry.midonet_host_id) or by_name.get(host.entry.name)
        if known is None and host.entry.connection is Connection.LOCAL:
            known = local
        if known is None:
            added.append(host.entry)
            rows.append(_row(host.entry, HostVerdict.NEW, host.remarks, host.address_from))
            continue
        seen.add(known.name)
        remarks = _differences(known, host)
        verdict = HostVerdict.DIFFERENT if remarks else HostVerdict.KEPT
        rows.append(_row(known, verdict, remarks, "hosts.yaml"))
    dead_ids = {host_id: name for name, host_id in found.dead}
    dead_names = {name for name, _ in found.dead}
    for entry in inventory.hosts:
        if entry.name in seen:
            continue
        if entry.midonet_host_id in dead_ids or (not entry.has_agent and entry.midonet_name in dead_names):
            remark = "MidoNet's agent on it does not run; hosts.yaml names it all the same"
            rows.append(_row(entry, HostVerdict.DIFFERENT, [remark], "hosts.yaml"))
            seen.add(entry.name)
        elif entry.has_agent:
            rows.append(_row(entry, HostVerdict.UNKNOWN, ["MidoNet does not know its host id"], "hosts.yaml"))
        else:
            rows.append(_row(entry, HostVerdict.KEPT, [], "hosts.yaml"))
    known_ids = {entry.midonet_host_id for entry in inventory.hosts}
    rows += [
        HostRow(
            name=name,
            verdict=HostVerdict.DEAD,
            midonet_host_id=host_id,
            remarks=["its agent does not run: repair it, or remove it from MidoNet (host-alive)"],
        )
        for name, host_id in found.dead
        if host_id not in known_ids
    ]
    return Merged(added=added, rows=rows)


def _row(entry: HostEntry, verdict: HostVerdict, remarks: list[str], address_from: str) -> HostRow:
    return HostRow(
        name=entry.name,
        verdict=verdict,
        roles=tuple(role.value for role in entry.roles),
        connection=entry.connection.value,
        address=entry.destination if entry.connection.value == "ssh" else "",
        address_from=address_from,
        midonet_host_id=entry.midonet_host_id,
        remarks=list(remarks),
    )


def _differences(known: HostEntry, host: FoundHost) -> list[str]:
    """Where the file and MidoNet say different things. What only the operator can know is not compared."""
    found = host.entry
    remarks = []

    def differs(field: str, ours: Any, theirs: Any) -> None:
        remarks.append(f"{field}: {ours} in hosts.yaml, {theirs} found")

    if found.midonet_host_id and known.midonet_host_id != found.midonet_host_id:
        differs("midonet_host_id", known.midonet_host_id or "none", found.midonet_host_id)
    if found.has_agent and known.midonet_name and known.midonet_name != found.midonet_name:
        differs("midonet_name", known.midonet_name, found.midonet_name)
    same_id = found.has_agent and known.midonet_host_id == found.midonet_host_id
    if known.name != found.name and not same_id:  # a host of another name is matched as this machine alone
        differs("name", known.name, f"{found.name}, also this machine,")
    missing = [role.value for role in found.roles if role not in known.roles]
    if missing:
        differs("roles", ", ".join(known.roles), ", ".join(found.roles))
    address = found.address if host.address_from == "the management network" else ""
    if address and known.address in host.addresses and known.address != address:
        differs("address", known.address, address)
    return remarks
