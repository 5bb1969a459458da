"""Properties of the 5.x stand-in's conversion between JSON, DTO and store."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from midonet_lab.midonet5.api.fragments import default_policy
from midonet_lab.midonet5.api.rule_conversion import rule_from_store, rule_kind, rule_to_store
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.topology.text_format import text_format

TABLES = Tables("5.2.1")
UUIDS = st.uuids().map(str)
ADDRESSES = st.ip_addresses(v=4).map(str)
MACS = st.lists(st.integers(0, 255), min_size=6, max_size=6).map(
    lambda octets: ":".join(f"{octet:02x}" for octet in octets)
)
MASKS = st.integers(0, 2**48 - 1).map(lambda n: ".".join(f"{n:012x}"[i : i + 4] for i in (0, 4, 8)))
PORTS = st.integers(0, 65535)
RANGES = st.fixed_dictionaries({"start": st.none() | PORTS, "end": st.none() | PORTS})
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "nwSrcAddress": ADDRESSES,
        "nwSrcLength": st.integers(0, 32),
        "inPorts": st.lists(UUIDS, max_size=3),
        "ipAddrGroupDst": UUIDS,
        "invIpAddrGroupDst": st.booleans(),
        "vlan": st.integers(-1, 4096),
        "dlType": st.integers(0x600, 0xFFFF),
        "dlSrc": MACS,
        "dlSrcMask": MASKS,
        "nwTos": st.integers(-1, 256),
        "nwProto": st.integers(-1, 256),
        "invNwProto": st.booleans(),
        "tpSrc": st.none() | RANGES,
        "tpDst": st.none() | RANGES,
        "icmpDataSrcIpAddress": ADDRESSES,
        "matchReturnFlow": st.booleans(),
    },
)
TARGETS = st.fixed_dictionaries(
    {"addressFrom": ADDRESSES, "addressTo": ADDRESSES, "portFrom": PORTS, "portTo": PORTS}
)
KINDS = st.one_of(
    st.sampled_from(["accept", "drop", "reject", "return"]).map(lambda kind: {"type": kind}),
    st.fixed_dictionaries(
        {"type": st.just("jump"), "jumpChainId": UUIDS, "jumpChainName": st.none() | st.text()}
    ),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["dnat", "snat"]),
            "flowAction": st.sampled_from(["accept", "continue", "return"]),
            "natTargets": st.lists(TARGETS, min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["rev_dnat", "rev_snat"]),
            "flowAction": st.sampled_from(["accept", "return"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("l2_transform"),
            "flowAction": st.sampled_from(["accept", "redirect"]),
            "popVlan": st.booleans(),
            "pushVlan": PORTS,
            "targetPortId": st.none() | UUIDS,
        }
    ),
)


@given(UUIDS, KINDS, CONDITIONS)
def test_a_rule_reads_back_as_sent(rule_id: str, kind: dict[str, Any], condition: dict[str, Any]) -> None:
    """Through the store's text too; but for the defaults of new 2.13."""
    sent = {"id": rule_id} | kind | condition
    bean, values = TABLES.rules.decode(sent)
    values["fragmentPolicy"] = values["fragmentPolicy"] or default_policy(values)
    codec = text_format("5.2.1")
    stored = codec.parse("Rule", codec.print("Rule", rule_to_store(TABLES.condition, values)))
    assert rule_kind(stored) == sent["type"]
    shown = rule_from_store(bean, TABLES.condition, stored)
    expected = dict(values)
    for length, address in (("nwSrcLength", "nwSrcAddress"), ("icmpDataSrcIpLength", "icmpDataSrcIpAddress")):
        if expected[address] is None:
            expected[length] = 0
    for ports in ("inPorts", "outPorts"):
        expected[ports] = expected[ports] or []
    assert shown | {"position": 1, "chainId": None} == expected | {"position": 1, "chainId": None}


NAMES = st.none() | st.text(max_size=20)


@given(
    st.fixed_dictionaries(
        {"id": UUIDS},
        optional={
            "name": NAMES,
            "tenantId": NAMES,
            "adminStateUp": st.booleans(),
            "inboundFilterId": st.none() | UUIDS,
            "asNumber": st.integers(-(2**31), 2**31 - 1),
            "inboundMirrorIds": st.lists(UUIDS, max_size=3),
        },
    )
)
def test_a_router_reads_back_as_sent(sent: dict[str, Any]) -> None:
    """Absent and null lists read as empty ones."""
    bean = TABLES["router"]
    values = bean.decode(sent)
    codec = text_format("5.2.1")
    stored = codec.parse("Router", codec.print("Router", bean.to_store(values)))
    expected = values | {name: values[name] or [] for name in ("inboundMirrorIds", "outboundMirrorIds")}
    assert bean.from_store(stored) == expected
