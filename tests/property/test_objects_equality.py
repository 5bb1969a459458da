"""What is read back from a real 5.2.1 equals what was sent to it, and nothing else does (new 3.12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.objects.equality import (
    canonical,
    differences,
    fragment_policy,
    missing_changes,
)
from midonet_migrate.plan.objects.members import CONDITION, FORCED_BY_POST, MEMBERS, OF_TYPE

_KINDS = {
    "bgp -> bgp_peer": "bgp",
    "ad_route -> bgp_network": "ad_route",
    "dhcpv6_subnet": "dhcp_v6_subnet",
    "dhcpv6_host": "dhcp_v6_host",
    "bridge_port": "port",
    "router_port": "port",
}
_ID = "7d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a23"


def kind_of(label: str) -> str:
    """The 1.9 kind of a record of the recording."""
    word = label.split(",", maxsplit=1)[0].split(" (", maxsplit=1)[0]
    return _KINDS.get(word) or _KINDS.get(word.split(" ")[0]) or word.split(" ", maxsplit=1)[0]


@pytest.fixture(scope="module")
def records(golden: Path) -> list[tuple[str, JsonObject, JsonObject]]:
    """Kind, body sent and body read of each request that was recorded with both."""
    path = golden / "midonet-5-api" / "conversion-5.2.1.json"
    return [
        (item["kind"], item["request"]["body"], item["read_back"])
        for item in json.loads(path.read_text())["objects"]
        if "request" in item and isinstance(item.get("read_back"), dict)
    ]


def test_what_the_real_server_shows_equals_what_was_sent(
    records: list[tuple[str, JsonObject, JsonObject]],
) -> None:
    """Null lists, IPv6 forms, swapped versions, defaults: no difference. Forced admin states are one."""
    assert len(records) > 50
    forced = 0
    for label, sent, read in records:
        kind = kind_of(label)
        found = differences(kind, sent, read)
        if label == "host weights by PUT":
            found = missing_changes(kind, sent, read)
        if label.endswith("admin down, POST"):
            forced += 1
            assert [item.field for item in found] == ["adminStateUp"], label
            assert not differences(kind, sent | FORCED_BY_POST[kind], read)
        else:
            assert not found, (label, found)
    assert forced == 2


def test_any_other_value_of_any_member_is_found(records: list[tuple[str, JsonObject, JsonObject]]) -> None:
    """Each member of each object read, changed alone, gives exactly one difference, in that member."""
    changed = 0
    for label, sent, read in records:
        if label.endswith("admin down, POST") or label == "host weights by PUT":
            continue
        kind = kind_of(label)
        for name in sent:
            if name in {"meterName", "version", "routerId", "protocol", "condition"} or name not in read:
                continue
            if name.endswith("Length") and read.get(name.replace("Length", "Address"), "") is None:
                continue  # a length without address means nothing
            for other in _others(read[name]):
                found = differences(kind, sent, {**read, name: other})
                policy = name == "type" or name in {"tpSrc", "tpDst", "natTargets"}
                assert [item.field for item in found] == [name] or (policy and found), (label, name, other)
                changed += 1
    assert changed > 500


_SERVERS_OWN = {
    "bridge": {"outboundFilter", "vxLanPortIds"},
    "host": {"addresses", "alive", "hostInterfaces"},
    "ip_addr_group_addr": {"version"},
    "load_balancer": {"router", "routerId"},
    "pool": {"status"},
    "pool_member": {"status"},
    "port": {"active", "bgpStatus", "host", "hostInterfacePort", "insertionIds", "peer", "tunnelKey"}
    | {"serviceContainer", "serviceContainerId"},
    "route": {"learned"},
    "router": {"forwardChain", "localRedirectChain"},
    "rule": {"meterName"},
    "vip": {"loadBalancerId"},
}
"""What a 5.x server shows and no client decides, but for links that are set."""


def test_every_member_that_the_real_server_shows_is_compared(
    records: list[tuple[str, JsonObject, JsonObject]],
) -> None:
    """A member that nobody compares could be lost unseen; a condition counts member by member."""
    pairs = [(kind_of(label), canonical(kind_of(label), sent), read) for label, sent, read in records]
    pairs += [("", form["condition"], read["condition"]) for _, form, read in pairs if "condition" in form]
    links: dict[str, set[str]] = {"": {"uri"}}
    for kind, _, read in pairs:
        shown = {name for name, value in read.items() if str(value).startswith(("http", "[{", "{'http"))}
        links.setdefault(kind, set()).update(shown)
    for kind, form, read in pairs:
        assert read.keys() - form.keys() - links[kind] <= _SERVERS_OWN.get(kind, set()), kind
        assert form.keys() - read.keys() <= ({"routerId"} if kind in {"ad_route", "bgp"} else set()), kind


def _others(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, list):
        return [[*value, _ID], value[:-1]] if value and isinstance(value[0], str) else []
    return [_ID] if value is None or isinstance(value, str) else []


def test_a_put_has_to_do_what_is_not_so_yet() -> None:
    """Only the members to change are looked at; a nested or absent one too."""
    read = {**canonical("bridge", {"id": _ID, "name": "one"}), "inboundMirrorIds": [_ID]}
    assert not missing_changes("bridge", {"name": "one", "outboundFilterId": None}, read)
    found = missing_changes("bridge", {"name": "two", "outboundFilterId": None}, read)
    assert [(item.field, item.wanted, item.found) for item in found] == [("name", "two", "one")]


def test_a_nested_condition_is_compared_member_by_member() -> None:
    """The difference names the member of the condition, and members of later versions do not count."""
    sent = {"id": _ID, "condition": {"nwProto": 6}}
    as_in_5_0_2 = {name: value for name, value in CONDITION.items() if name != "inPortGroup"}
    read = {**sent, "condition": {**as_in_5_0_2, "nwProto": 17, "fragmentPolicy": "any", "inPorts": []}}
    found = differences("trace_request", sent, read)
    assert [(item.field, item.wanted, item.found) for item in found] == [("condition.nwProto", 6, 17)]


def test_members_nobody_asked_for_count_with_their_defaults() -> None:
    """A mirror that someone put on the bridge is a difference; a binding of a port is somebody else's."""
    bridge = {"id": _ID, "name": "one"}
    read = {**canonical("bridge", bridge), "inboundMirrorIds": [_ID]}
    assert [item.field for item in differences("bridge", bridge, read)] == ["inboundMirrorIds"]
    port = {"id": _ID, "type": "Bridge"}
    shown = {**canonical("port", port), "hostId": _ID, "peerId": _ID}
    assert not differences("port", port, shown)
    assert [item.field for item in differences("port", {**port, "hostId": None}, shown)] == ["hostId"]


def test_a_member_that_this_version_does_not_show_must_have_been_wanted() -> None:
    """Containers of hosts on 5.0.2: defaults are fine, another value is lost."""
    read = {"id": _ID, "name": "h", "floodingProxyWeight": 1}
    assert not differences("host", {"id": _ID, "name": "h"}, read)
    lost = differences("host", {"id": _ID, "name": "h", "containerWeight": 7}, read)
    assert [(item.field, item.wanted) for item in lost] == [("containerWeight", 7)]


_ROUTE = {"destinationPrefix": "10.9.0.0", "destinationLength": 16, "gatewayAddr": "10.0.0.9"}


@pytest.mark.parametrize(
    ("kind", "name", "sent", "others"),
    [
        (
            "dhcp_subnet",
            "opt121Routes",
            [_ROUTE],
            [[], [{**_ROUTE, "gatewayAddr": "10.0.0.8"}], [{**_ROUTE, "destinationLength": 17}]],
        ),
        (
            "dhcp_host",
            "extraDhcpOpts",
            [{"optName": "a", "optValue": "1"}, {"optName": "b", "optValue": "2"}],
            [
                [{"optName": "a", "optValue": "1"}],
                [{"optName": "a", "optValue": "1"}, {"optName": "b", "optValue": "3"}],
            ],
        ),
        (
            "rule",
            "natTargets",
            [{"addressFrom": "10.0.0.5", "addressTo": "10.0.0.5", "portFrom": 1, "portTo": 9}],
            [[{"addressFrom": "10.0.0.5", "addressTo": "10.0.0.5", "portFrom": 1, "portTo": 8}]],
        ),
        ("dhcp_subnet", "dnsServerAddrs", ["10.0.0.2", "10.0.0.3"], [["10.0.0.3", "10.0.0.2"]]),
    ],
)
def test_another_member_of_an_entry_of_a_list_is_a_difference(
    kind: str, name: str, sent: list[Any], others: list[list[Any]]
) -> None:
    """An object that is there already is not taken for ours when its routes, options or targets differ."""
    own: JsonObject = {"type": "dnat"} if kind == "rule" else {}
    assert not differences(kind, {**own, name: sent}, {**own, name: sent})
    for other in others:
        found = differences(kind, {**own, name: sent}, {**own, name: other})
        assert name in [item.field for item in found]


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("dhcp_subnet", {"opt121Routes": [_ROUTE]}, {"opt121Routes": [{**_ROUTE, "other": None}]}),
        ("dhcp_subnet", {"interfaceMTU": None}, {"interfaceMTU": 0}),
        ("dhcp_subnet", {"dnsServerAddrs": [], "opt121Routes": []}, {"dnsServerAddrs": None}),
        ("ip_addr_group_addr", {"addr": "2001:db8::18"}, {"addr": "2001:db8:0:0:0:0:0:18"}),
        ("port", {"type": "InteriorBridge", "vlanId": None}, {"type": "Bridge", "vlanId": 0}),
        (
            "port",
            {"type": "Router", "portMac": "AC:CA:BA:00:00:01"},
            {"type": "Router", "portMac": "ac:ca:ba:0:0:1"},
        ),
        ("rule", {"type": "accept", "nwSrcLength": 24}, {"type": "accept", "nwSrcLength": 0}),
        (
            "rule",
            {"type": "accept", "dlSrc": "AC:CA:BA:00:00:01"},
            {"type": "accept", "dlSrc": "ac:ca:ba:0:0:1"},
        ),
        (
            "rule",
            {"type": "accept", "dlDst": "AC:CA:BA:00:00:01"},
            {"type": "accept", "dlDst": "ac:ca:ba:0:0:1"},
        ),
        ("dhcp_host", {"macAddr": "AC:CA:BA:00:00:01"}, {"macAddr": "ac:ca:ba:00:00:01"}),
        ("ip4_mac_pair", {"mac": "AC:CA:BA:00:00:01"}, {"mac": "ac:ca:ba:00:00:01"}),
        ("bgp", {"routerId": _ID}, {"router": f"http://mn/routers/{_ID}"}),
        ("vip", {"poolId": _ID.upper()}, {"poolId": _ID}),
    ],
)
def test_forms_without_meaning_are_equal(kind: str, sent: JsonObject, read: JsonObject) -> None:
    """Each thing of the table of 3.12 that does not matter, in both directions."""
    assert not differences(kind, sent, {**read})


@pytest.mark.parametrize(
    ("rule", "rule_type", "policy"),
    [
        ({}, "accept", "any"),
        ({"tpDst": {"start": 1, "end": 1}}, "drop", "header"),
        ({"natTargets": [{"addressFrom": "1.2.3.4", "addressTo": "1.2.3.4"}]}, "snat", "any"),
        ({"natTargets": [{"addressFrom": "1.2.3.4", "addressTo": "1.2.3.5"}]}, "dnat", "unfragmented"),
        (
            {"natTargets": [{"addressFrom": "1.2.3.4", "addressTo": "1.2.3.4", "portTo": 9}]},
            "dnat",
            "unfragmented",
        ),
        ({}, "rev_snat", "any"),
    ],
)
def test_the_default_of_the_fragment_policy_follows_the_rule(
    rule: JsonObject, rule_type: str, policy: str
) -> None:
    """The table of new 2.13."""
    assert fragment_policy(rule, rule_type) == policy


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 70000), st.text(max_size=5))


@given(st.data())
def test_an_object_equals_itself_in_canonical_form(data: st.DataObject) -> None:
    """``canonical`` keeps the meaning: the form compares equal to what it was made of, and to itself."""
    kind = data.draw(st.sampled_from(sorted(set(MEMBERS) - {"trace_request"})))
    types = {"port": ["Bridge", "Router"], "rule": ["accept", "jump", "rev_snat"]}.get(kind)
    kind_type = data.draw(st.sampled_from(types)) if types else None
    lists = {"extraDhcpOpts", "natTargets", "opt121Routes", "dnsServerAddrs", "inPorts", "outPorts"}
    lists |= {name for name in MEMBERS[kind] if name.endswith("MirrorIds")}
    names = [name for name in {**MEMBERS[kind], **OF_TYPE.get(kind_type or "", {})} if name not in lists]
    item = {name: data.draw(_VALUES, label=name) for name in names if name not in {"tpSrc", "tpDst"}}
    if kind_type:
        item["type"] = kind_type
    form = canonical(kind, item)
    assert canonical(kind, form) == form
    assert not differences(kind, item, form)
