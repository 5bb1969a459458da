"""Ports of all kinds (orig 2.3, imp 3.5)."""

from __future__ import annotations

import re
from typing import Any

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.groups import GROUPS
from midonet_migrate.plan.tasks.networks import NETWORKS, SUBNETS, is_uplink
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.simulation.ports import (
    DHCP,
    FLOATING_IP,
    GATEWAY,
    INTERFACE,
    SEEDED,
    VIF,
    VIP,
)
from midonet_migrate.plan.tasks.values import enum_name, is_mac

PORTS = "ports"
ROUTERS = "routers"
_ORDER = {DHCP: 0, GATEWAY: 1, INTERFACE: 2, VIP: 3, FLOATING_IP: 4}
_PROFILE = "binding:profile"
_HOST = "binding:host_id"
_OPTIONS = "extra_dhcp_opts"
_NOT_HEXADECIMAL = re.compile(r"[^0-9a-fA-F]")


def kind_of(draft: Draft, port: JsonObject) -> str:
    """The importer's name for the port's owner; what it does not know is a VIF, as for 1.9 (old 4.1)."""
    owner = port.get("device_owner")
    if not owner:
        return VIF
    fields = data_types(draft.options.target_version)["PORT"].fields or {}
    name = enum_name(owner, owner=True)
    return name if name in fields["device_owner"].enum else VIF


def plan_ports(draft: Draft) -> None:
    """A task per port: DHCP ports first, so that they come before interfaces (imp 3.5.3), VIFs last."""
    routers = {str(router["id"]) for router in draft.items(ROUTERS)}
    kinds = [(kind_of(draft, port), port) for port in draft.items(PORTS)]
    kinds.sort(key=lambda pair: (_ORDER.get(pair[0], len(_ORDER)), str(pair[1].get("network_id"))))
    for kind, port in kinds:
        _plan_port(draft, kind, port, routers)
    _note_bindings(draft)
    _note_options(draft)


def _plan_port(draft: Draft, kind: str, port: JsonObject, routers: set[str]) -> None:
    key = (PORTS, str(port["id"]))
    network = port.get("network_id")
    if not draft.queued(NETWORKS, network):
        draft.leave_out(key, Bucket.SKIPPED, "dangling-network", draft.absence(NETWORKS, network))
        return
    if kind in {GATEWAY, INTERFACE} and str(port.get("device_id")) not in routers:
        why = draft.absence(ROUTERS, port.get("device_id"))
        draft.leave_out(key, Bucket.SKIPPED, "dangling-router", why)
        return
    uplink = is_uplink(draft, network)
    data = _owner(draft, key, kind, draft.admin_state(key, port))
    data = _fixed_ips(draft, key, data)
    if kind in {GATEWAY, INTERFACE} and not data.get("fixed_ips"):
        _leave_out_router_port(draft, key, port)
        return
    data = _groups(draft, key, data)
    data = _mac(draft, key, data) if kind in SEEDED and not uplink else data
    data = _options(draft, key, data)
    data = _profile(draft, key, data, interface=uplink and kind == INTERFACE)
    draft.queue(key, "PORT", data)


def _leave_out_router_port(draft: Draft, key: ObjectKey, port: JsonObject) -> None:
    if any(":" in str(fixed_ip.get("ip_address")) for fixed_ip in port.get("fixed_ips") or []):
        draft.rewrite(key, "ipv6-only-router-port", "PORT and ROUTERINTERFACE tasks left out")
        reason = f"a router port with IPv6 addresses only; MidoNet {draft.options.target_version} has no IPv6"
        draft.leave_out(key, Bucket.UNSUPPORTED, "ipv6-only-router-port", reason)
    else:
        reason = "a router port without any address that could be kept"
        draft.leave_out(key, Bucket.SKIPPED, "router-port-without-address", reason)


def _owner(draft: Draft, key: ObjectKey, kind: str, data: JsonObject) -> JsonObject:
    owner = data.get("device_owner")
    if kind != VIF or not owner or enum_name(owner, owner=True) == VIF:
        return data
    action = f'device_owner "{owner}" -> "": unknown to the importer; an ordinary port, as in MidoNet 1.9'
    draft.rewrite(key, "device-owner", action)
    remedy = "before Neutron changes this port again: delete it there, or give it an owner that 5.x knows"
    draft.warn(key, "device-owner", action, remedy)
    return {**data, "device_owner": ""}


def _fixed_ips(draft: Draft, key: ObjectKey, data: JsonObject) -> JsonObject:
    """Only addresses on subnets that are imported."""
    fixed_ips: list[dict[str, Any]] = data.get("fixed_ips") or []
    kept = [fixed_ip for fixed_ip in fixed_ips if draft.queued(SUBNETS, fixed_ip.get("subnet_id"))]
    if not draft.behaviour.ipv6:
        kept = [fixed_ip for fixed_ip in kept if ":" not in str(fixed_ip.get("ip_address"))]
    if len(kept) == len(fixed_ips):
        return data
    lost = [fixed_ip for fixed_ip in fixed_ips if fixed_ip not in kept]
    ipv6 = [fixed_ip for fixed_ip in lost if ":" in str(fixed_ip.get("ip_address"))]
    if ipv6:
        draft.rewrite(key, "ipv6-fixed-ip", f"{len(ipv6)} of {len(fixed_ips)} fixed_ips left out")
    for fixed_ip in lost:
        if fixed_ip not in ipv6:
            why = draft.absence(SUBNETS, fixed_ip.get("subnet_id"))
            draft.reduce(key, "dangling-subnet", f"fixed IP {fixed_ip.get('ip_address')} left out: {why}")
    return {**data, "fixed_ips": kept}


def _groups(draft: Draft, key: ObjectKey, data: JsonObject) -> JsonObject:
    groups: list[Any] = data.get("security_groups") or []
    kept = [group for group in groups if draft.queued(GROUPS, group)]
    if len(kept) == len(groups):
        return data
    for group in groups:
        if not draft.queued(GROUPS, group):
            why = draft.absence(GROUPS, group)
            draft.reduce(key, "dangling-group", f"security group {group} left out of the port: {why}")
    return {**data, "security_groups": kept}


def _mac(draft: Draft, key: ObjectKey, data: JsonObject) -> JsonObject:
    mac = str(data.get("mac_address") or "")
    if is_mac(mac):
        return data
    digits = _NOT_HEXADECIMAL.sub("", mac)
    if len(digits) != 12:
        return data
    written = ":".join(digits[index : index + 2] for index in range(0, 12, 2))
    draft.rewrite(key, "mac-format", f'mac_address "{mac}" -> "{written}"')
    return {**data, "mac_address": written}


def _options(draft: Draft, key: ObjectKey, data: JsonObject) -> JsonObject:
    options: list[dict[str, Any]] = data.get(_OPTIONS) or []
    kept = [option for option in options if str(option.get("ip_version")) != "6"]
    if len(kept) == len(options):
        return data
    lost = len(options) - len(kept)
    draft.rewrite(key, "ipv6-dhcp-opt", f"{lost} {_OPTIONS} with ip_version 6 left out")
    return {**data, _OPTIONS: kept}


def _profile(draft: Draft, key: ObjectKey, data: JsonObject, *, interface: bool) -> JsonObject:
    """Uplink interfaces are bound by the import; all other ports stay unbound until their host binds them."""
    known = draft.snapshot.meta.port_profiles.get(key[1])
    if interface:
        if not data.get(_PROFILE) and known:
            draft.rewrite(key, "uplink-profile", f"{_PROFILE} added from midonet_port_bindings")
            return {**data, _PROFILE: known}
        return data
    profile = data.get(_PROFILE)
    host = str(data.get(_HOST) or "")
    if isinstance(profile, dict) and profile.get("interface_name") and host and host not in draft.hosts:
        draft.rewrite(
            key, "unknown-host", f'{_PROFILE} -> null: host "{host}" is unknown, the port stays unbound'
        )
        return {**data, _PROFILE: None}
    return data


def _note_bindings(draft: Draft) -> None:
    waiting = sum(
        bool(data.get(_HOST)) and not (data.get(_PROFILE) or {}).get("interface_name")
        for (kind, _), data in draft.sent.items()
        if kind == PORTS
    )
    if waiting:
        message = (
            f"{waiting} ports with {_HOST} are imported unbound: their interface is not Neutron's to know"
        )
        draft.note(PORTS, "bound-later", message, "bound again from MidoNet's own bindings after the import")


def _note_options(draft: Draft) -> None:
    if draft.behaviour.dhcp_options:
        return
    for (kind, port), data in draft.sent.items():
        if kind == PORTS and data.get(_OPTIONS):
            message = f"MidoNet {draft.options.target_version} does not translate the port's {_OPTIONS}"
            draft.warn(
                (kind, port), "dhcp-options-lost", message, "choose a newer target version if they matter"
            )
