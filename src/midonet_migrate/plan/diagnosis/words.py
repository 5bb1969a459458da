"""The importer's refusals in an operator's words: why, and what to do (imp 1.5, 3, D)."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import msgspec

from midonet_migrate.plan.derived_ids import in_chain_id, interface_peer_id, out_chain_id
from midonet_migrate.plan.diagnosis.cluster_log import BAD_MEMBER, log_text
from midonet_migrate.plan.diagnosis.nouns import noun_of_class, noun_of_type
from midonet_migrate.plan.tasks.refusal import Refused, remedy_for
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.validate import TaskRow

_ZERO = str(UUID(int=0))
_CHAINS_OF_NOTHING = (in_chain_id(_ZERO), out_chain_id(_ZERO))
_NO = re.compile(r"There is no (\w+) with ID (.*)\.")
_THERE_IS = re.compile(r"A\(n\) (\w+) with ID (\S+) already exists")
_OTHER_VALUES = {
    "protocol": (
        "it knows the protocols icmp, tcp, udp and icmpv6, by name only",
        (
            "write icmp, tcp, udp or icmpv6 instead of 1, 6, 17 or 58; leave a rule of another protocol out,"
            " and post it to the chain of the group through the MidoNet API after the import"
        ),
    ),
    "network_type": (
        "it knows the network types local, flat, vlan, gre and uplink",
        "take provider:network_type out of the row: an ordinary network needs none",
    ),
    "device_owner": (
        (
            "it knows the owners compute:*, network:dhcp, network:floatingip, network:router_gateway,"
            " network:router_interface and neutron:LOADBALANCER"
        ),
        "leave the port out, or write an owner that MidoNet knows (compute:nova for a port of a machine)",
    ),
    "ethertype": ("it knows the ethertypes IPv4, IPv6 and ARP", "write one of these, or null"),
}


class Words(msgspec.Struct, frozen=True):
    """Why a row is refused, what helps, and the text to look for in midonet-cluster.log."""

    why: str
    remedy: str
    log: str


def explain(refused: Refused, row: TaskRow, version: TargetVersion) -> Words:
    """The refusal of ``row`` by an importer of ``version``, in words."""
    tell = _TELL.get(refused.rule)
    why, remedy = tell(refused, row, version) if tell is not None else (refused.message, "")
    return Words(why, remedy or remedy_for(refused.rule), log_text(refused, row))


def _type(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused, version
    held = "the importer reads all waiting rows before it executes the first, and cannot read this one"
    return f"its type is {_shown(row.type)}: {held}; it knows CREATE, UPDATE and DELETE, in upper case", ""


def _data_type(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused
    if row.data_type == "NULL":
        return "the data_type NULL belongs to FLUSH, and makes the importer give up the whole poll", ""
    held = "the importer reads all waiting rows before it executes the first, and cannot read this one"
    return f"its data_type is {_shown(row.data_type)}, which MidoNet {version} does not know: {held}", ""


def _resource(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused, version
    return (
        (
            f"its resource_id is {_shown(row.resource_id)}, not a UUID with dashes: the importer reads that"
            " of every waiting row before it executes the first"
        ),
        "",
    )


def _flush(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused, version
    if row.id == 1:
        return (
            "FLUSH is not implemented in any MidoNet 5, and a FLUSH with id 1 is read again in every poll,"
            " however far the import has come"
        ), ""
    return "a FLUSH may stand in row 1 only, and is not implemented there either", ""


def _missing_data(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused, version
    if row.type == "DELETE":
        return "a DELETE without resource_id", "write the id of the resource, or delete the row"
    return f"a {row.type} whose data is {'NULL' if row.data is None else 'empty'}", ""


def _malformed(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    hint = " (text of a Python program, not JSON)" if str(row.data).lstrip().startswith("{'") else ""
    return f"{refused.message}{hint}", ""


def _value(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del row
    found = BAD_MEMBER.fullmatch(refused.message)
    if found is None:
        return f"MidoNet {version} cannot read a value of it: {refused.message}", ""
    path, problem = found[1].strip().rstrip(":").split(": "), found[2]
    known, remedy = _OTHER_VALUES.get(path[-1], ("", ""))
    told = f"MidoNet {version} cannot read its member {'.'.join(path)}: {problem}"
    return (f"{told}; {known}" if known else told), remedy


def _required(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    if refused.message == "Message missing required fields: id":
        return "its data is no object with an id", "write a JSON object with the id of the resource"
    if row.data_type == "POOL" and "router_id" in refused.message:
        return (
            "the pool has no router (No router ID is specified): no router owns the gateway of its subnet",
            "leave the pool out, with its members, VIP and monitors, or write its router_id",
        )
    return f"{noun_of_type(row.data_type)} without something the importer needs: {refused.message}", ""


def _operation(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del refused
    return f"MidoNet {version} has no {row.type} of a {noun_of_type(row.data_type)}", "delete the row"


def _exists(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    found = _THERE_IS.search(refused.message)
    if found is None:
        return refused.message, ""
    name, identity = found[1], found[2]
    if name == "NeutronConfig":
        return (
            "there is a CONFIG already: the plug-in writes one with every start, always with the same id",
            "delete the row; do not start neutron-server before the import is over",
        )
    if name == "SecurityGroupRule":
        why = f"rule {identity} came with its group, and is created a second time"
        return why, "delete the row, or take the rule out of it"
    if name == "Port" and row.data_type == "ROUTERINTERFACE":
        return (
            (
                f"port {interface_peer_id(identity)} is the port of a router interface already, and can be"
                " that once only"
            ),
            "delete the row",
        )
    if identity == row.resource_id:
        return (
            f"there is a {noun_of_class(name)} {identity} already: an earlier row created it",
            "delete the row: the object can be created only once",
        )
    return f"it makes {noun_of_class(name)} {identity}, and there is one already with this id", ""


def _not_found(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    found = _NO.search(refused.message)
    if found is None:  # "Cannot find a Neutron Config.", "Found more than 1 Neutron Config."
        return (
            f"{refused.message} It needs exactly one CONFIG before it",
            "write one CONFIG before it, or delete the row",
        )
    noun, identity = noun_of_class(found[1]), found[2]
    own = noun_of_type(row.data_type)
    if identity in _CHAINS_OF_NOTHING:
        return "a security group rule in it names no group", "write its security_group_id"
    if identity == _ZERO:
        return f"the {own} names no {noun}", f"write the id of the {noun} into the row, or delete the row"
    if found[1] == "Host":
        return (
            f"host {identity} does not exist in MidoNet 5",
            "create the host in MidoNet 5 first (its agent does so when it starts), or delete the row",
        )
    if row.type != "CREATE" and identity == row.resource_id:
        return f"there is no {noun} {identity} to {str(row.type).lower()}: no row created it before", ""
    remedy = f"create {noun} {identity} in a row before it, or take the reference or the row out"
    if found[1] == "Port" and row.data_type != "PORT":
        why = (
            f"the {own} refers to port {identity}, which has no counterpart in MidoNet: it was not imported,"
            " or lies on an uplink network, or belongs to a floating IP (in 5.0.2 also: to a VIP)"
        )
        return why, remedy
    if found[1] == "Dhcp":
        return f"the {own} has an address in subnet {identity}, which is not imported (IPv6 never is)", remedy
    return f"the {own} refers to {noun} {identity}, which does not exist: no row created it before", remedy


def _conflict(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    return f"what the {noun_of_type(row.data_type)} refers to is taken: {refused.message}", ""


def _host(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    found = _NO.search(refused.message)
    name = found[2] if found else ""
    if not name:
        return (
            "the port of an uplink has no binding:host_id: it is bound to a host by that name",
            "write binding:host_id and the interface_name of binding:profile into the row of the port",
        )
    create = "POST /hosts" if version != "5.0.2" else "start its 5.0 agent"
    return (
        (
            f"the {noun_of_type(row.data_type)} is bound to host '{name}', and no Host of this name exists in"
            " MidoNet 5"
        ),
        f"create the Host first ({create}), with exactly this name and the id of the agent; then retry",
    )


def _address(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    return f"the {noun_of_type(row.data_type)} seeds the ARP table with what is there: {refused.message}", ""


def _route(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del row, version
    return f"an extra route cannot be reached from any port of the router: {refused.message}", ""


def _floating(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del row
    return (
        (
            f"{refused.message} Up to MidoNet 5.2.1 the address must lie in the subnet of the router's"
            f" gateway port or of an interface (here: {version})"
        ),
        "",
    )


def _ipv6(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    return (
        f"{refused.message}: MidoNet {version} imports no IPv6 of a {noun_of_type(row.data_type)}",
        "take the IPv6 addresses out of the row (Kilo lists them first), or leave the row out",
    )


def _update(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del version
    if row.data_type == "POOL":
        return (
            f"{refused.message} Here the pool names its monitors",
            "write health_monitors as an empty list: the task of the monitor names its pools",
        )
    remedies = {
        "PORT": "write the row with the device_owner that the port has, or delete it",
        "VIP": "write a DELETE and a CREATE instead of the UPDATE",
        "HEALTHMONITOR": "write the pools that the monitor was created with, in the same order",
    }
    return f"it changes what cannot change: {refused.message}", remedies.get(str(row.data_type), "")


def _dhcp_order(refused: Refused, row: TaskRow, version: TargetVersion) -> tuple[str, str]:
    del row, version
    return f"a DHCP port after the router interface of its subnet: {refused.message}", ""


def _shown(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


_TELL: dict[str, Callable[[Refused, TaskRow, TargetVersion], tuple[str, str]]] = {
    "row-type": _type,
    "row-data-type": _data_type,
    "row-resource-id": _resource,
    "row-flush": _flush,
    "data-missing": _missing_data,
    "data-malformed": _malformed,
    "invalid-value": _value,
    "required-field": _required,
    "operation": _operation,
    "exists": _exists,
    "not-found": _not_found,
    "conflict": _conflict,
    "binding-host": _host,
    "duplicate-address": _address,
    "ipv6": _ipv6,
    "update": _update,
    "route": _route,
    "floating-ip-address": _floating,
    "dhcp-port-order": _dhcp_order,
}
