"""Entries, rules and routes that the importer does not make although their Neutron resource is imported.

A task may lose addresses, groups or a gateway (imp 8.1); what 1.9 had for these is not made then.
"""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Role
from midonet_migrate.model.plan import Bucket, Outcome
from midonet_migrate.plan.derived_ids import tenant_gateway_port_id
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.imported import derived_id_of
from midonet_migrate.plan.ownership.values import address_text, is_v4
from midonet_migrate.plan.tasks.simulation.ports import SEEDED, VIF

_ADDRESS = {"dhcp_host": "ipAddr", "dhcp_v6_host": "fixedAddress", "ip_addr_group_addr": "addr"}
_KINDS = {"dhcp_host": frozenset({VIF}), "dhcp_v6_host": frozenset({VIF}), "mac_port": SEEDED}
"""Which ports have these in 5.x (imp 3.5); in 1.9 every VIF port has, and that of a VIP is one (old 4.1)."""

_ROUTER_PORTS = frozenset({Role.GATEWAY_PEER, Role.INTERFACE_PEER, Role.GATEWAY_PORT})


def left_out_part(draft: ObjectDraft, kind: str, item: JsonObject, ref: NeutronRef) -> Outcome | None:
    """What becomes of a part of an imported resource that the importer does not make; None if it makes it."""
    if ref.kind == "ports" and kind in _KINDS and draft.imported.kind_of_port(ref.id) not in _KINDS[kind]:
        reason = "MidoNet 5 makes none for a port of this kind, such as that of a VIP, and needs none"
        return Outcome(Bucket.CARRIED, "port-kind", reason)
    if kind == "rule" and ref.kind == "ports" and _is_unprotected(draft, ref.id):
        reason = f"Neutron has port security switched off for port {ref.id}: 1.9 filtered it all the same"
        return Outcome(Bucket.SKIPPED, "port-security-off", reason)
    address = _address(kind, item, ref)
    if address is not None and address in draft.imported.lost_addresses(ref.id):
        reason = f"address {address} of port {ref.id} is not imported"
        if is_v4(address) or draft.imported.behaviour.ipv6:
            return Outcome(Bucket.SKIPPED, "dangling-subnet", reason)
        version = draft.options.target_version
        return Outcome(Bucket.UNSUPPORTED, "ipv6-fixed-ip", f"{reason}: MidoNet {version} has no IPv6")
    group = _group(draft, kind, item, ref)
    if group is not None and not draft.imported.has("ip_addr_group", group):
        return Outcome(Bucket.SKIPPED, "dangling-group", f"its security group {group} is not imported")
    for port, made in _router_ports(draft, kind, item):
        if made is not None and not draft.imported.has("port", made):
            return Outcome(Bucket.SKIPPED, "not-imported", f"the importer makes nothing like its port {port}")
    if _is_of_gateway(kind, item, ref) and not draft.imported.has_gateway(ref.id):
        return Outcome(Bucket.SKIPPED, "not-imported", f"router {ref.id} has no gateway after the import")
    return None


def _is_unprotected(draft: ObjectDraft, port: str) -> bool:
    return draft.neutron("ports").get(port, {}).get("port_security_enabled") is False


def _address(kind: str, item: JsonObject, ref: NeutronRef) -> str | None:
    """The fixed IP that an entry or an anti-spoofing rule is about."""
    if ref.kind != "ports":
        return None
    if kind == "rule":
        found = item.get("nwSrcAddress") if item.get("invNwSrc") else None
    else:
        found = item.get(_ADDRESS[kind]) if kind in _ADDRESS else None
    return address_text(found) if found else None


def _group(draft: ObjectDraft, kind: str, item: JsonObject, ref: NeutronRef) -> str | None:
    """The security group that an address, or a jump in the chain of a port, is for."""
    if kind == "ip_addr_group_addr":
        return str(item["ipAddrGroupId"])
    if kind != "rule" or ref.kind != "ports" or item["type"] != "jump":
        return None
    target = draft.owner("chain", str(item.get("jumpChainId")))
    group = target.neutron if target is not None else None
    return group.id if group is not None and group.kind == "security_groups" else None


def _router_ports(draft: ObjectDraft, kind: str, item: JsonObject) -> Iterator[tuple[str, str | None]]:
    """The server-made router ports that a rule or route names, and what takes their place in 5.x."""
    if kind == "rule":
        named = [*(item.get("inPorts") or []), *(item.get("outPorts") or [])]
    else:
        named = [item["nextHopPort"]] if kind == "route" and item.get("nextHopPort") else []
    for port in named:
        record = draft.owner("port", port)
        if record is None or record.role not in _ROUTER_PORTS or record.neutron is None:
            continue
        if record.role is Role.GATEWAY_PORT:
            yield port, tenant_gateway_port_id(record.neutron.id)
        else:
            yield port, derived_id_of(record.role, record.neutron)


def _is_of_gateway(kind: str, item: JsonObject, ref: NeutronRef) -> bool:
    """Of the rules that the server makes for a router, only one of the gateway's names no port (old 4.4)."""
    if kind != "rule" or ref.kind != "routers":
        return False
    return not item.get("inPorts") and not item.get("outPorts")
