"""Chains of a port, its place in address groups and DHCP (imp 3.5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.shapes import ARP_TYPE, jump, literal, single
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id, in_chain_id, out_chain_id


def anti_spoof_chain_id(port_id: str) -> str:
    """The chain that checks what the port sends."""
    return derived_id(Derived.ANTI_SPOOF_CHAIN, port_id)


def create_chains(context: Context, port: StoredObject) -> None:
    """The three chains of a port, empty."""
    port_id = port["id"]
    context.create("Chain", id=in_chain_id(port_id), name=f"OS_PORT_{port_id}_INBOUND")
    context.create("Chain", id=out_chain_id(port_id), name=f"OS_PORT_{port_id}_OUTBOUND")
    context.create(
        "Chain",
        id=anti_spoof_chain_id(port_id),
        name=f"OS_PORT_{port_id}_ANTI_SPOOF",
        jump_rule_ids=[derived_id(Derived.ANTI_SPOOF_JUMP_RULE, port_id)],
    )


def delete_chains(context: Context, port_id: str) -> None:
    """The three chains, with their rules by the binding."""
    for chain in (in_chain_id(port_id), out_chain_id(port_id), anti_spoof_chain_id(port_id)):
        context.delete("Chain", chain)


def fill_chains(context: Context, port: StoredObject) -> None:
    """The rules, if port security is on."""
    if not port.get("port_security_enabled", True):
        return
    port_id = port["id"]
    inbound, outbound, spoofing = in_chain_id(port_id), out_chain_id(port_id), anti_spoof_chain_id(port_id)
    groups = port.get("security_groups", ())
    jump(context, inbound, spoofing, derived_id(Derived.ANTI_SPOOF_JUMP_RULE, port_id))
    literal(context, inbound, "ACCEPT", match_return_flow=True)
    for group in groups:
        jump(context, inbound, in_chain_id(group))
    literal(context, inbound, "DROP", dl_type=ARP_TYPE, inv_dl_type=True, fragment_policy="ANY")
    literal(context, outbound, "ACCEPT", match_return_flow=True)
    for group in groups:
        jump(context, outbound, out_chain_id(group))
    literal(context, outbound, "DROP", dl_type=ARP_TYPE, inv_dl_type=True, fragment_policy="ANY")
    _fill_anti_spoof(context, port, spoofing)


def _fill_anti_spoof(context: Context, port: StoredObject, chain: str) -> None:
    literal(
        context,
        chain,
        "RETURN",
        tp_src={"start": 68, "end": 68},
        tp_dst={"start": 67, "end": 67},
        fragment_policy="ANY",
    )
    allowed = [
        (single(copied(fixed, "ip_address")), port.get("mac_address", ""))
        for fixed in port.get("fixed_ips", ())
    ]
    allowed += [
        (copied(pair, "ip_address"), pair.get("mac_address", ""))
        for pair in port.get("allowed_address_pairs", ())
    ]
    for subnet, mac in allowed:
        literal(context, chain, "RETURN", dl_type=ARP_TYPE, nw_src_ip=subnet, fragment_policy="ANY")
        literal(context, chain, "RETURN", dl_src=mac, nw_src_ip=subnet, fragment_policy="ANY")
    literal(context, chain, "DROP", fragment_policy="ANY")


def change_membership(context: Context, old: StoredObject | None, new: StoredObject | None) -> None:
    """Move a port from the address groups of its old state to those of its new one.

    The addresses of a port that goes stay in its groups, without ports if it was their last.
    """
    before, after = _memberships(old), _memberships(new)
    port_id = (new or old or {})["id"]
    for group_id in dict.fromkeys([*before, *after]):
        group = context.get("IPAddrGroup", group_id)
        entries = list(group.get("ip_addr_ports", ()))
        for address in before.get(group_id, ()):
            entries = _without(entries, address, port_id, keep=new is None)
        for address in after.get(group_id, ()):
            entries = _with(entries, address, port_id)
        context.update("IPAddrGroup", group, ip_addr_ports=entries)


def _memberships(port: StoredObject | None) -> Mapping[str, list[Any]]:
    if port is None:
        return {}
    addresses = [copied(fixed, "ip_address") for fixed in port.get("fixed_ips", ())]
    return dict.fromkeys(port.get("security_groups", ()), addresses)


def _with(entries: list[Any], address: Any, port_id: str) -> list[Any]:
    for position, entry in enumerate(entries):
        if entry.get("ip_address") == address:
            changed = {**entry, "port_ids": [*entry.get("port_ids", ()), port_id]}
            return [*entries[:position], changed, *entries[position + 1 :]]
    return [*entries, {"ip_address": address, "port_ids": [port_id]}]


def _without(entries: list[Any], address: Any, port_id: str, *, keep: bool) -> list[Any]:
    result = []
    for entry in entries:
        if entry.get("ip_address") != address or port_id not in entry.get("port_ids", ()):
            result.append(entry)
            continue
        others = [other for other in entry["port_ids"] if other != port_id]
        if others:
            result.append({**entry, "port_ids": others})
        elif keep:
            result.append({"ip_address": address})
    return result


def change_dhcp_hosts(context: Context, old: StoredObject | None, new: StoredObject | None) -> None:
    """Replace the host entries of a port's old state by those of its new one; each Dhcp must be there."""
    before, after = _hosts(context, old), _hosts(context, new)
    for subnet_id in dict.fromkeys([*before, *after]):
        dhcp = context.get("Dhcp", subnet_id)
        hosts = list(dhcp.get("hosts", ()))
        for gone in before.get(subnet_id, ()):
            key = (gone["mac"], gone["ip_address"])
            hosts = [host for host in hosts if (host.get("mac"), host.get("ip_address")) != key]
        context.update("Dhcp", dhcp, hosts=hosts + after.get(subnet_id, []))


def _hosts(context: Context, port: StoredObject | None) -> dict[str | None, list[StoredObject]]:
    found: dict[str | None, list[StoredObject]] = {}
    if port is None:
        return found
    for fixed in port.get("fixed_ips", ()):
        host: StoredObject = {
            "mac": port.get("mac_address", ""),
            "ip_address": copied(fixed, "ip_address"),
        }
        if context.features.extra_dhcp_options and port.get("extra_dhcp_opts"):
            host["extra_dhcp_opts"] = [
                {"name": option.get("opt_name", ""), "value": option.get("opt_value", "")}
                for option in port["extra_dhcp_opts"]
            ]
        found.setdefault(fixed.get("subnet_id"), []).append(host)
    return found
