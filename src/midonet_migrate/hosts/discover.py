"""Which hosts a site has, by what MidoNet 1.9 knows of them: names, roles, addresses (host 6.1); pure.

Nothing is guessed in silence: whatever an operator should look at stands in ``remarks``.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from midonet_migrate.hosts.gateways import find_gateways
from midonet_migrate.hosts.inventory_checks import DESTINATION, HOST_NAME
from midonet_migrate.model.hosts import Connection, HostEntry, Role
from midonet_migrate.model.keys import JsonObject

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ThisMachine(msgspec.Struct, frozen=True, kw_only=True):
    """What tells this machine from others: its names, and the id that its agent has (host 2.7)."""

    names: frozenset[str] = frozenset()
    midonet_host_id: str = ""


class DiscoverOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says: ``networks`` that hosts are administered over, names of controllers and NSDB
    nodes; ``user`` and ``sudo`` of new hosts."""

    networks: tuple[Network, ...] = ()
    controllers: tuple[str, ...] = ()
    nsdb: tuple[str, ...] = ()
    user: str = ""
    sudo: bool = False


class FoundHost(msgspec.Struct, kw_only=True):
    """A host, and what is to be known of how it was found. ``address_from`` says why it is reached so."""

    entry: HostEntry
    address_from: str
    remarks: list[str] = []
    addresses: tuple[str, ...] = ()
    """Those that MidoNet reports, loopback and link-local ones left out."""


class Found(msgspec.Struct, kw_only=True):
    """``dead``: name and id of agents that do not run; they are never put into the inventory."""

    hosts: list[FoundHost]
    dead: list[tuple[str, str]]
    remarks: list[str]


Resolve = Callable[[str], Sequence[str]]
"""Addresses that a name, or an alias of ssh_config, stands for; none when it is not known."""


def find_hosts(
    hosts: Sequence[JsonObject],
    routers: Sequence[JsonObject],
    ports: Sequence[JsonObject],
    bgps: Sequence[JsonObject],
    options: DiscoverOptions,
    machine: ThisMachine,
    resolve: Resolve,
) -> Found:
    """Every host of the site, controllers first, then gateways, then by name.

    ``hosts`` ... ``bgps``: objects of the 1.9 API.
    """
    gateways, remarks = find_gateways(hosts, routers, ports, bgps)
    living = [host for host in hosts if host.get("alive")]
    dead = sorted((str(host.get("name")), str(host["id"])) for host in hosts if not host.get("alive"))
    names = _names(living)
    controllers, unmatched = _given(options.controllers, living, names)
    nsdb, unmatched_nsdb = _given(options.nsdb, living, names)
    found = [
        _agent_host(
            host,
            names[host["id"]],
            _roles(host["id"], controllers, nsdb, gateways),
            options,
            machine,
            resolve,
        )
        for host in living
    ]
    for host in found:
        for given in (controllers, nsdb):
            name = given.get(host.entry.midonet_host_id, host.entry.name)
            if name != host.entry.name:
                host.remarks.append(f"given as {name}")
    without_agent: dict[str, list[Role]] = {}
    for name in unmatched:
        without_agent.setdefault(name, []).append(Role.CONTROLLER)
    for name in unmatched_nsdb:
        without_agent.setdefault(name, []).append(Role.NSDB)
    dead_names = {name for name, _ in dead}
    for name, roles in without_agent.items():
        other = _other_host(name, tuple(roles), options, machine, resolve)
        if name in dead_names:
            other.remarks.append("MidoNet's agent on it does not run")
        found.append(other)
    order = {Role.CONTROLLER: 0, Role.NSDB: 1, Role.GATEWAY: 2, Role.COMPUTE: 3}
    found.sort(key=lambda host: (min(order[role] for role in host.entry.roles), _natural(host.entry.name)))
    _one_local(found)
    return Found(hosts=found, dead=dead, remarks=remarks)


def clean_addresses(texts: Iterable[str]) -> list[Address]:
    """Addresses as Java writes them (``/10.0.0.1``, ``name/10.0.0.1``, ``fe80:...%eth0``), without those of
    loopback and links; sorted, each once (old 3.1)."""
    found: set[Address] = set()
    for text in texts:
        try:
            address = ipaddress.ip_address(str(text).rpartition("/")[2].partition("%")[0])
        except ValueError:
            continue
        if not (address.is_loopback or address.is_link_local or address.is_unspecified):
            found.add(address)
    return sorted(found, key=lambda address: (address.version, int(address)))


def _roles(
    host: str, controllers: dict[str, str], nsdb: dict[str, str], gateways: set[str]
) -> tuple[Role, ...]:
    roles = [
        role
        for role, holders in ((Role.CONTROLLER, controllers), (Role.NSDB, nsdb), (Role.GATEWAY, gateways))
        if host in holders
    ]
    # The agent of a controller is there for the DHCP agent's taps (host 3.1).
    if not {Role.CONTROLLER, Role.GATEWAY} & set(roles):
        roles.append(Role.COMPUTE)
    return tuple(roles)


def _names(hosts: Sequence[JsonObject]) -> dict[str, str]:
    """host id -> name in the inventory: the host's own, made different where two hosts have the same."""
    count = Counter(str(host.get("name") or "") for host in hosts)
    names = {}
    for host in hosts:
        name = str(host.get("name") or "")
        if not HOST_NAME.fullmatch(name):
            name = f"host-{host['id']}"
        elif count[name] > 1:
            name = f"{name}-{host['id']}"
        names[host["id"]] = name
    return names


def _given(
    wanted: Sequence[str], hosts: Sequence[JsonObject], names: dict[str, str]
) -> tuple[dict[str, str], list[str]]:
    """host id -> as it was given, for those that MidoNet knows; and the names that it does not know.

    A name without domain stands for the only host with that first part, and the other way round.
    """
    matched: dict[str, str] = {}
    unmatched: list[str] = []
    for name in dict.fromkeys(wanted):
        same = [host["id"] for host in hosts if name in {host.get("name"), names[host["id"]]}]
        alike = [host["id"] for host in hosts if _alike(str(host.get("name") or ""), name)]
        if len(same) == 1 or len(alike) == 1:
            matched[(same if len(same) == 1 else alike)[0]] = name
        else:
            unmatched.append(name)
    return matched, unmatched


def _alike(one: str, other: str) -> bool:
    """``controller1`` and ``controller1.example.org``."""
    return ("." in one) != ("." in other) and one.partition(".")[0] == other.partition(".")[0]


def _agent_host(
    host: JsonObject,
    name: str,
    roles: tuple[Role, ...],
    options: DiscoverOptions,
    machine: ThisMachine,
    resolve: Resolve,
) -> FoundHost:
    addresses = clean_addresses(host.get("addresses") or [])
    entry = HostEntry(
        name=name, roles=roles, midonet_host_id=str(host["id"]), midonet_name=str(host.get("name") or "")
    )
    remarks = []
    if name != host.get("name"):
        reason = "which is no name for a host" if name.startswith("host-") else "as it does another host"
        remarks.append(f"MidoNet calls it {host.get('name')!r}, {reason}")
    found = FoundHost(
        entry=entry, address_from="", remarks=remarks, addresses=tuple(str(address) for address in addresses)
    )
    if machine.midonet_host_id == host["id"]:
        return _local(found, "this machine: the same MidoNet host id")
    found.entry = msgspec.structs.replace(entry, user=options.user, sudo=options.sudo)
    _choose_address(found, addresses, options.networks, resolve)
    return found


def _choose_address(
    found: FoundHost, addresses: list[Address], networks: tuple[Network, ...], resolve: Resolve
) -> None:
    inside = [address for address in addresses if any(address in network for network in networks)]
    if len(inside) == 1:
        found.entry = msgspec.structs.replace(found.entry, address=str(inside[0]))
        found.address_from = "the management network"
        return
    if networks:
        shown = ", ".join(map(str, inside or addresses)) or "none"
        found.remarks.append(
            f"{'several addresses' if inside else 'no address'} in the management network: {shown}"
        )
    name = found.entry.midonet_name
    resolved = resolve(name) if DESTINATION.fullmatch(name) else ()  # what ssh cannot be called with
    if not resolved:
        found.address_from = "nothing"
        found.remarks.append(
            f"its name does not resolve; MidoNet reports {', '.join(map(str, addresses)) or 'no address'}: "
            "write its address into hosts.yaml, or give --management-network"
        )
        return
    found.address_from = f"its name ({', '.join(resolved)})"
    if found.entry.name != found.entry.midonet_name:
        found.entry = msgspec.structs.replace(found.entry, address=found.entry.midonet_name)
    if addresses and not {str(address) for address in addresses} & set(resolved):
        found.remarks.append(
            f"its name resolves to {', '.join(resolved)}, which MidoNet does not report "
            f"({', '.join(map(str, addresses))})"
        )


def _other_host(
    name: str, roles: tuple[Role, ...], options: DiscoverOptions, machine: ThisMachine, resolve: Resolve
) -> FoundHost:
    found = FoundHost(entry=HostEntry(name=name, roles=roles), address_from="", remarks=[])
    if name in machine.names:
        return _local(found, "this machine: its name")
    found.entry = msgspec.structs.replace(found.entry, user=options.user, sudo=options.sudo)
    resolved = resolve(name)
    found.address_from = f"its name ({', '.join(resolved)})" if resolved else "nothing"
    if not resolved:
        found.remarks.append("its name does not resolve: write its address into hosts.yaml")
    return found


def _local(found: FoundHost, why: str) -> FoundHost:
    found.entry = msgspec.structs.replace(found.entry, connection=Connection.LOCAL)
    found.address_from = why
    return found


def _one_local(found: list[FoundHost]) -> None:
    """Two cannot be this machine: then its name is not its own, and none is taken for it."""
    local = [host for host in found if host.entry.connection is Connection.LOCAL]
    for host in local[1:]:
        host.entry = msgspec.structs.replace(host.entry, connection=Connection.SSH)
        host.address_from = "its name"
        host.remarks.append(f"{local[0].entry.name} is this machine already")


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """``compute2`` before ``compute10``."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))
