"""The pure parts of re-creation: where objects are, in which order they are sent, what is never sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_snapshot import load_snapshot
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Finding, LedgerEntry, ObjectRequest, Plan, PlanMeta
from midonet_migrate.plan.objects.locations import kind_at, locate, name_in_list, own_path, whole_body
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.target.midonet_api.bgp_conflicts import BgpPolicy, bgp_left_out
from midonet_migrate.target.midonet_api.chain_order import ChainOrder
from midonet_migrate.target.midonet_api.checks import poison, references, too_many_in_condition
from midonet_migrate.target.midonet_api.levels import chunks, lane_of, levels
from object_plans import plan_of

ONE = "7d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a23"
TWO = "8d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a24"
_KINDS_BY_PATH = [
    (r"/bgp_networks$", "ad_route"),
    (r"/bgp_peers$", "bgp"),
    (r"/arp_table$", "ip4_mac_pair"),
    (r"/mac_table$", "mac_port"),
    (r"/dhcp$", "dhcp_subnet"),
    (r"/dhcp/[^/]+/hosts$", "dhcp_host"),
    (r"/dhcpV6$", "dhcp_v6_subnet"),
    (r"/hostsV6$", "dhcp_v6_host"),
    (r"/link$", "port_link"),
    (r"^/hosts/[^/]+/ports$", "host_interface_port"),
    (r"^/port_groups/[^/]+/ports$", "port_group_port"),
    (r"^/tunnel_zones/[^/]+/hosts$", "tunnel_zone_host"),
    (r"/ip_addrs$", "ip_addr_group_addr"),
    (r"/ports$", "port"),
    (r"/routes$", "route"),
    (r"/rules$", "rule"),
    (r"^/traces$", "trace_request"),
]


def request_for(method: str, path: str, body: JsonObject | None, kind: str = "") -> ObjectRequest:
    """A request with the kind that its path says."""
    found = kind or next(
        (name for pattern, name in _KINDS_BY_PATH if re.search(pattern, path)), path.strip("/").rstrip("s")
    )
    return ObjectRequest(
        method="PUT" if method == "PUT" else "POST",
        path=path,
        media_type=media_type(found) if method == "POST" else media_type(kind_at(path)),
        body=body,
        kind=found,
        id=str((body or {}).get("id", "")),
    )


@pytest.fixture(scope="module")
def posts(golden: Path) -> list[tuple[ObjectRequest, JsonObject]]:
    """Each recorded POST, with the record."""
    records = json.loads((golden / "midonet-5-api" / "conversion-5.2.1.json").read_text())["objects"]
    return [
        (request_for("POST", item["request"]["path"], item["request"]["body"]), item)
        for item in records
        if "request" in item and item["request"]["method"] == "POST"
    ]


def test_each_object_is_looked_for_where_the_real_server_showed_it(
    posts: list[tuple[ObjectRequest, JsonObject]],
) -> None:
    """The item path of every POST is the one from which its object was read back; IPv6 in either form."""
    compared = 0
    for request, record in posts:
        read_from = record.get("read_back_path")
        if read_from is None:
            continue
        place = locate(request)
        if not place.item.endswith("2001:db8::18"):
            assert place.item == read_from
        assert place.item_type == media_type(request.kind)
        compared += 1
    assert compared > 45


def test_what_is_read_from_a_list_has_the_name_of_what_was_sent(
    posts: list[tuple[ObjectRequest, JsonObject]],
) -> None:
    """Entries of lists are told apart by the same name on both sides, and members of the path are known."""
    for request, record in posts:
        read = record.get("read_back")
        if isinstance(read, dict) and locate(request).listing:
            assert name_in_list(request.kind, request.body or {}) == name_in_list(request.kind, read)
        if isinstance(read, dict):
            for name in ("deviceId", "chainId", "routerId", "portGroupId", "tunnelZoneId"):
                if name in read and name not in (request.body or {}) and read[name] is not None:
                    assert whole_body(request).get(name, read[name]) == read[name]


def test_entries_of_a_vlan_are_deleted_in_their_vlan() -> None:
    """The item path of a MAC entry that a DELETE finds holds its VLAN; a link is deleted as a link."""
    path = f"/bridges/{ONE}/mac_table"
    body = {"macAddr": "52:54:00:7B:19:c6", "portId": TWO, "vlanId": 7}
    entry = request_for("POST", path, body)
    assert own_path(entry) == f"/bridges/{ONE}/vlans/7/mac_table/52-54-00-7B-19-c6_{TWO}"
    assert own_path(request_for("POST", f"/ports/{ONE}/link", {"peerId": TWO})) == f"/ports/{ONE}/link"
    assert locate(request_for("POST", f"/ports/{ONE}/link", {"peerId": TWO})).item == f"/ports/{ONE}"


def test_every_dependency_that_the_real_server_enforces_is_known(golden: Path) -> None:
    """Whatever a real 5.2.1 missed in a request, or let dangle, is among the references of the request."""
    recorded = json.loads((golden / "midonet-5-api" / "order-5.2.1.json").read_text())["violations"]
    checked = 0
    for violation in recorded:
        if "path" not in violation or "body" not in violation or violation["path"] == "/mirrors":
            continue  # 1.9 has no mirrors
        said = json.dumps(violation.get("response_before"))
        missing = re.search(r"There is no \w+ with ID ([0-9a-f-]{36})\.", said)
        if missing:
            found = references(request_for("POST", violation["path"], violation["body"]))
            assert missing[1] in found, violation["edge"]
            checked += 1
    assert checked >= 20


def test_the_plan_of_the_recorded_site_is_sent_in_an_order_that_never_misses_anything(golden: Path) -> None:
    """Level by level, every object that the plan makes is made before the first that refers to it."""
    requests = plan_of(load_snapshot(golden)).objects
    made_by = {
        request.body["id"]: number
        for number, level in enumerate(levels(requests))
        for request in level.requests
        if request.method == "POST" and request.body and "id" in request.body
    }
    checked = 0
    for number, level in enumerate(levels(requests)):
        for request in level.requests:
            own = (request.body or {}).get("id")
            for name in references(request) - {own}:
                if name in made_by:
                    assert made_by[name] < number, (request.kind, request.path, name)
                    checked += 1
    assert checked > 50


def test_levels_and_chunks_lose_nothing_and_keep_the_order_of_each_parent(golden: Path) -> None:
    """Cut into chunks of any size: every request once, those of one parent in the plan's order."""
    requests = plan_of(load_snapshot(golden)).objects
    for size in (1, 3, 128):
        sent: list[ObjectRequest] = []
        for level in levels(requests):
            for lanes in chunks(level.requests, size):
                assert sum(len(lane) for lane in lanes) <= size
                for lane in lanes:
                    assert len({lane_of(request) for request in lane}) == 1
                    sent += lane
        assert sorted(map(id, sent)) == sorted(map(id, requests))
        place = {id(request): number for number, request in enumerate(sent)}
        by_lane: dict[tuple[str, str], list[int]] = {}
        for request in requests:
            by_lane.setdefault((request.kind, lane_of(request)), []).append(place[id(request)])
        assert all(numbers == sorted(numbers) for numbers in by_lane.values())


def test_what_must_not_be_written_side_by_side_shares_a_lane() -> None:
    """Addresses of a group, rules of a chain, hosts of a subnet: serial. VTEPs: one at a time."""
    addresses = [
        request_for("POST", f"/ip_addr_groups/{ONE}/ip_addrs", {"addr": address, "version": 4})
        for address in ("10.0.0.1", "10.0.0.2")
    ]
    vteps = [request_for("POST", "/vteps", {"id": name}) for name in (ONE, TWO)]
    bridges = [request_for("POST", "/bridges", {"id": name}) for name in (ONE, TWO)]
    assert len({lane_of(item) for item in addresses}) == 1
    assert len({lane_of(item) for item in vteps}) == 1
    assert len({lane_of(item) for item in bridges}) == 2


def rule(name: str, position: int) -> ObjectRequest:
    return request_for("POST", f"/chains/{ONE}/rules", {"id": name, "type": "accept", "position": position})


@given(st.lists(st.sampled_from(["there", "made", "refused"]), min_size=1, max_size=12))
def test_rules_stand_in_the_planned_order_whatever_was_there_or_is_refused(fates: list[str]) -> None:
    """Played against a list with the server's rule of insertion: no gap, nothing behind the end, no swap."""
    rules = [rule(f"rule-{number}", number + 1) for number in range(len(fates))]
    chain = [item.id for item, fate in zip(rules, fates, strict=True) if fate == "there"]
    order = ChainOrder(rules, is_whole=True)
    order.see([{"id": name, "position": place + 1} for place, name in enumerate(chain)])
    for item, fate in zip(rules, fates, strict=True):
        if fate == "there":
            assert order.misplaced(item.id) is None
        elif fate == "refused":
            order.left_out(item.id)
        else:
            position = order.position(item.id)
            assert 1 <= position <= len(chain) + 1
            chain.insert(position - 1, item.id)
    wanted = [item.id for item, fate in zip(rules, fates, strict=True) if fate != "refused"]
    assert chain == wanted


def test_rules_in_the_wrong_order_are_found() -> None:
    """In a chain of the plan by position, in a chain of Neutron, where others come and go, by order."""
    rules = [rule("a", 1), rule("b", 2), rule("c", 3)]
    for is_whole, seen, wrong in (
        (True, {"a": 1, "b": 2, "c": 3}, set()),
        (True, {"a": 2, "b": 1, "c": 3}, {"a", "b"}),
        (True, {"a": 1, "c": 2}, set()),
        (True, {"a": 2, "b": 3, "c": 4}, {"a", "b", "c"}),
        (False, {"a": 4, "b": 6, "c": 9}, set()),
        (False, {"a": 4, "b": 9, "c": 6}, {"c"}),
    ):
        order = ChainOrder(rules, is_whole=is_whole)
        order.see([{"id": name, "position": position} for name, position in seen.items()])
        assert {name for name in "abc" if order.misplaced(name)} == wrong


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/hosts", {"name": "h"}, "without id"),
        (f"/chains/{ONE}/rules", {"id": TWO, "tpDst": {"start": 9, "end": 8}}, "reversed"),
        ("/traces", {"id": TWO, "condition": {"tpSrc": {"start": 2, "end": 1}}}, "reversed"),
        (f"/routers/{ONE}/ports", {"id": TWO, "portMac": "zz"}, "MAC"),
        (f"/bridges/{ONE.upper()}/ports", {"id": TWO}, "capitals"),
    ],
)
def test_poison_is_not_sent(path: str, body: JsonObject, word: str) -> None:
    """The inputs of new 1.11 that 5.x accepts and then breaks on."""
    kind = "host" if path == "/hosts" else ""
    assert word in poison(request_for("POST", path, body, kind))


def test_what_the_plan_sends_is_no_poison(golden: Path) -> None:
    """Checks before sending never refuse what the planner makes of a real site."""
    assert not [poison(request) for request in plan_of(load_snapshot(golden)).objects if poison(request)]


def test_a_condition_with_too_many_ports_is_refused() -> None:
    """At the size of new 1.11, by the store's limit."""
    ports = [f"00000000-0000-4000-8000-{number:012d}" for number in range(200)]
    assert not too_many_in_condition({"inPorts": ports}, 1_048_575)
    assert "200 ports" in too_many_in_condition({"inPorts": ports}, 10_000)


def _plan_with_bgp() -> Plan:
    def made(kind: str, name: str, router: str) -> ObjectRequest:
        tail = "bgp_peers" if kind == "bgp" else "bgp_networks"
        return request_for("POST", f"/routers/{router}/{tail}", {"id": name}, kind)

    objects = [made("bgp", "s1", ONE), made("bgp", "s2", ONE), made("ad_route", "n1", ONE)]
    objects += [made("bgp", "s3", TWO), made("ad_route", "n2", TWO)]
    finding = Finding(level="warning", rule="bgp-widened", kind="bgp", id="s2", message="")
    ledger: list[LedgerEntry] = []
    meta = PlanMeta(findings=[finding])
    return Plan(tasks=[], objects=objects, modifications=[], conversions=[], ledger=ledger, meta=meta)


def test_bgp_conflicts_are_settled_by_the_policy_for_the_router_that_has_one() -> None:
    """Merge: all is made. Skip routes: peers only. Skip: nothing. Other routers are not touched. Or ask."""
    plan = _plan_with_bgp()
    asked: list[Any] = []

    def ask(router: str, sessions: Any) -> BgpPolicy:
        asked.append((router, list(sessions)))
        return BgpPolicy.SKIP_ROUTES

    assert bgp_left_out(plan, BgpPolicy.MERGE) == {}
    assert set(bgp_left_out(plan, BgpPolicy.SKIP_ROUTES)) == {("ad_route", "n1")}
    assert set(bgp_left_out(plan, BgpPolicy.SKIP)) == {("ad_route", "n1"), ("bgp", "s1"), ("bgp", "s2")}
    assert set(bgp_left_out(plan, ask)) == {("ad_route", "n1")}
    assert asked == [(ONE, ["s2"])]
