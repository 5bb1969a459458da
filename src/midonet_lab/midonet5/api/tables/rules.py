"""Conditions and rules (new 2.13)."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_lab.midonet5.api.beans import Bean, Family, Property, Subnet, Values
from midonet_lab.midonet5.api.checks import (
    INT_MAX,
    IPV4,
    LOOSE_MAC,
    MAC_MASK,
    Check,
    at_least,
    at_most,
    between,
    matches,
    not_null,
    size,
)
from midonet_lab.midonet5.api.fragments import policy_violation
from midonet_lab.midonet5.api.json_types import (
    LONG,
    Elements,
    Integer,
    JsonType,
    Range,
    Text,
)
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.store_values import mask_from_store, mask_to_store
from midonet_lab.midonet5.api.tables.common import (
    ID,
    INT,
    NULLABLE_INT,
    TEXT,
    flag,
    number,
    required,
    text,
    uuid,
    uuids,
)

_NAT_ACTIONS: tuple[Check, ...] = (not_null, matches("accept|continue|return"))
_TRANSFORM_ACTIONS: tuple[Check, ...] = (not_null, matches("accept|redirect"))
FRAGMENT_POLICIES = {
    "any": "ANY",
    "nonheader": "NONHEADER",
    "header": "HEADER",
    "unfragmented": "UNFRAGMENTED",
}
CLASS_OF_TYPE = {
    "accept": "AcceptRule",
    "drop": "DropRule",
    "reject": "RejectRule",
    "return": "ReturnRule",
    "jump": "JumpRule",
    "dnat": "ForwardDnatRule",
    "snat": "ForwardSnatRule",
    "rev_dnat": "ReverseDnatRule",
    "rev_snat": "ReverseSnatRule",
    "l2_transform": "L2TransformRule",
    "trace": "TraceRule",
}


class _Mask(Text):
    """A MAC mask; a number in the store."""

    def to_store(self, value: str) -> int:
        return mask_to_store(value)

    def from_store(self, value: int) -> str:
        return mask_from_store(value)


class _Policy(Text):
    """Checked apart from the mapping, with a text of its own."""

    def to_store(self, value: str) -> str:
        return FRAGMENT_POLICIES[value]

    def from_store(self, value: str) -> str:
        return value.lower()


class NatTargets(JsonType):
    """``natTargets``: ports are not nullable, addresses are."""

    repeated = True
    bean = Bean(
        "Rule$NatTarget",
        "",
        [
            Property("addressFrom", TEXT),
            Property("addressTo", TEXT),
            Property("portFrom", INT, default=0),
            Property("portTo", INT, default=0),
        ],
    )

    def decode(self, value: object) -> list[Values]:
        return list(Elements(_Nested(self.bean)).decode(value))


class _Nested(JsonType):
    def __init__(self, bean: Bean) -> None:
        self._bean = bean

    def decode(self, value: object) -> Values:
        return self._bean.decode(value)


def rule_beans(*, recent: bool) -> tuple[Bean, Family]:
    """The condition's class, and the family of rules."""
    properties, subnets = _condition(recent=recent)
    condition = Bean("Condition", "", properties, subnets=subnets, links=())
    members = {}
    for kind, name in CLASS_OF_TYPE.items():
        members[kind] = Bean(
            name,
            "Rule",
            [*properties, *_RULE, *_extra(kind)],
            subnets=subnets,
            links=links(uri="/rules/{id}"),
            front="type",
            extra_checks=policy_violation,
        )
    return condition, Family("Rule", "type", members)


_RULE = (
    ID,
    uuid("chainId", "chain_id", settable=False),
    Property("type", TEXT),
    Property("position", INT, default=1, checks=(at_least(1),)),
    text("meterName"),
)


def _extra(kind: str) -> Iterable[Property]:
    if kind == "jump":
        return required("jumpChainId"), text("jumpChainName")
    if kind in {"dnat", "snat"}:
        targets = Property("natTargets", NatTargets(), checks=(_sized,))
        return Property("flowAction", TEXT, checks=_NAT_ACTIONS), targets
    if kind in {"rev_dnat", "rev_snat"}:
        return (Property("flowAction", TEXT, checks=_NAT_ACTIONS),)
    if kind == "l2_transform":
        return (
            Property("flowAction", TEXT, checks=_TRANSFORM_ACTIONS),
            uuid("targetPortId", ""),
            flag("ingress"),
            flag("failOpen"),
            flag("popVlan"),
            number("pushVlan", "", *between(0, 65535)),
        )
    if kind == "trace":
        return required("requestId"), Property("limit", Integer(LONG), default=2**63 - 1)
    return ()


def _sized(value: object) -> str | None:
    """An absent list violates the size too."""
    return size(1, INT_MAX)([] if value is None else value)


def _condition(*, recent: bool) -> tuple[list[Property], list[Subnet]]:
    group = [
        uuid("inPortGroup", "in_port_group_id"),
        flag("invInPortGroup", "inv_in_port_group"),
        uuid("outPortGroup", "out_port_group_id"),
        flag("invOutPortGroup", "inv_out_port_group"),
    ]
    icmp = [
        text("icmpDataSrcIpAddress", "", IPV4),
        number("icmpDataSrcIpLength", "", *between(0, 32)),
        flag("invIcmpDataSrcIp", "icmp_data_src_ip_inv"),
        text("icmpDataDstIpAddress", "", IPV4),
        number("icmpDataDstIpLength", "", *between(0, 32)),
        flag("invIcmpDataDstIp", "icmp_data_dst_ip_inv"),
    ]
    subnets = [
        Subnet("nwDstAddress", "nwDstLength", "nw_dst_ip"),
        Subnet("nwSrcAddress", "nwSrcLength", "nw_src_ip"),
    ]
    if recent:
        subnets += [
            Subnet("icmpDataSrcIpAddress", "icmpDataSrcIpLength", "icmp_data_src_ip"),
            Subnet("icmpDataDstIpAddress", "icmpDataDstIpLength", "icmp_data_dst_ip"),
        ]
    properties = [
        text("nwDstAddress", "", IPV4),
        number("nwDstLength", "", *between(0, 32)),
        text("nwSrcAddress", "", IPV4),
        number("nwSrcLength", "", *between(0, 32)),
        flag("condInvert", "conjunction_inv"),
        flag("matchForwardFlow", "match_forward_flow"),
        flag("matchReturnFlow", "match_return_flow"),
        uuids("inPorts", "in_port_ids"),
        flag("invInPorts", "in_port_inv"),
        uuids("outPorts", "out_port_ids"),
        flag("invOutPorts", "out_port_inv"),
        uuid("portGroup", "port_group_id"),
        flag("invPortGroup", "inv_port_group"),
        *(group if recent else ()),
        uuid("ipAddrGroupSrc", "ip_addr_group_id_src"),
        flag("invIpAddrGroupSrc", "inv_ip_addr_group_id_src"),
        uuid("ipAddrGroupDst", "ip_addr_group_id_dst"),
        flag("invIpAddrGroupDst", "inv_ip_addr_group_id_dst"),
        uuid("traversedDevice", "traversed_device"),
        flag("invTraversedDevice", "traversed_device_inv"),
        flag("noVlan", "no_vlan"),
        Property("vlan", Integer(primitive=False, unsigned=True), "vlan"),
        Property("dlType", NULLABLE_INT, "dl_type", checks=(at_least(0x600), at_most(0xFFFF))),
        flag("invDlType", "inv_dl_type"),
        text("dlSrc", "dl_src", LOOSE_MAC),
        Property("dlSrcMask", _Mask(), "dl_src_mask", checks=(MAC_MASK,)),
        flag("invDlSrc", "inv_dl_src"),
        text("dlDst", "dl_dst", LOOSE_MAC),
        Property("dlDstMask", _Mask(), "dl_dst_mask", checks=(MAC_MASK,)),
        flag("invDlDst", "inv_dl_dst"),
        Property("nwTos", NULLABLE_INT, "nw_tos"),
        flag("invNwTos", "nw_tos_inv"),
        Property("nwProto", NULLABLE_INT, "nw_proto"),
        flag("invNwProto", "nw_proto_inv"),
        flag("invNwSrc", "nw_src_inv"),
        flag("invNwDst", "nw_dst_inv"),
        Property("fragmentPolicy", _Policy(), "fragment_policy"),
        Property("tpSrc", Range(), "tp_src"),
        Property("tpDst", Range(), "tp_dst"),
        flag("invTpSrc", "tp_src_inv"),
        flag("invTpDst", "tp_dst_inv"),
        *(icmp if recent else ()),
    ]
    return properties, subnets
