"""Every conversion that was tried on a real 5.2.1 gives the payload that was sent to it (new 3.12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.plan import Bucket, ObjectPlan, ObjectRequest
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from object_plans import check_plan, plan_of

_KINDS = {
    "bgp -> bgp_peer": "bgp",
    "ad_route -> bgp_network": "ad_route",
    "dhcpv6_subnet": "dhcp_v6_subnet",
    "dhcpv6_host": "dhcp_v6_host",
    "bridge_port": "port",
    "router_port": "port",
}
_REPEATED = ("PUT", "after", "at the end", "rule order")
_BOUND = "bridge_port (v2, bound)"
_BINDING = "host_interface_port"
_WEIGHTS = "host weights by PUT"


def kind_of(label: str) -> str:
    """The 1.9 kind of a record."""
    if label in _KINDS:
        return _KINDS[label]
    word = label.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    return _KINDS.get(word, word)


def is_source(record: JsonObject) -> bool:
    return not any(word in record["kind"] for word in _REPEATED)


@pytest.fixture(scope="module")
def records(golden: Path) -> list[JsonObject]:
    found: list[JsonObject] = json.loads((golden / "midonet-5-api" / "conversion-5.2.1.json").read_text())[
        "objects"
    ]
    return found


@pytest.fixture(scope="module")
def snapshot(records: list[JsonObject]) -> Snapshot:
    """All example objects as one site."""
    midonet: dict[str, list[JsonObject]] = {kind: [] for kind in MIDONET_KINDS}
    for record in records:
        if is_source(record):
            kind = kind_of(record["kind"])
            midonet[kind].append(source_of(record, kind, len(midonet["rule"]) + 1))
    return Snapshot(neutron={}, midonet=midonet, meta=SnapshotMeta())


def source_of(record: JsonObject, kind: str, position: int) -> JsonObject:
    """The 1.9 object as the reader gives it."""
    path = record["request"]["path"].split("/")
    if kind == "port_link":
        return {"portId": record["request"]["body"]["peerId"], "peerId": path[2]}
    item = dict(record["source_1_9"])
    if kind in {"dhcp_subnet", "dhcp_host", "dhcp_v6_subnet", "dhcp_v6_host", "mac_port", "ip4_mac_pair"}:
        item["@bridgeId"], item["@persistent"] = path[2], True
    if kind in {"dhcp_host", "dhcp_v6_host"}:
        item["@subnet"] = path[4]
    if kind == "rule":  # the examples were taken from several chains
        item["position"] = position
    return item


@pytest.fixture(scope="module")
def plan(snapshot: Snapshot) -> ObjectPlan:
    result = plan_of(snapshot)
    check_plan(snapshot, result)
    return result


def expected_body(record: JsonObject) -> JsonObject:
    """What was sent, but for the four places where the reference says otherwise than what was tried."""
    body: JsonObject = record["request"]["body"]
    if record["kind"].startswith("rule reject (inverted"):
        return body | {"nwProto": None, "nwTos": None}  # 0 is never a value in 1.9 (new 3.5)
    if record["kind"] == "dhcp_host, name null":
        return body | {"name": None}  # null names are kept (new 3.9)
    if body.get("addr") == "2001:db8::18":
        return body | {"addr": "2001:db8:0:0:0:0:0:18"}  # eight groups (new 2.14)
    if record["kind"].startswith("vtep"):
        return body | {"managementIp": record["source_1_9"]["managementIp"]}  # tried without the switch
    return body


def find(plan: ObjectPlan, record: JsonObject) -> ObjectRequest:
    wanted = expected_body(record)
    request = record["request"]
    (found,) = [
        item
        for item in plan.objects
        if (item.method, item.path) == (request["method"], request["path"])
        and all((item.body or {}).get(name) == wanted.get(name) for name in _identity(wanted))
    ]
    return found


def _identity(body: JsonObject) -> tuple[str, ...]:
    names = ("id", "hostId", "addr", "macAddr", "subnetPrefix", "clientId")
    return tuple(name for name in names if name in body)


def test_every_record_gives_the_payload_that_was_sent(plan: ObjectPlan, records: list[JsonObject]) -> None:
    compared = 0
    for record in records:
        if "request" not in record or record["kind"] in {_BOUND, _BINDING, _WEIGHTS}:
            continue
        found = find(plan, record)
        assert found.body == expected_body(record), record["kind"]
        assert found.media_type == record["request"]["content_type"]
        compared += 1
    assert compared > 50


def test_a_bound_port_carries_its_binding(plan: ObjectPlan, records: list[JsonObject]) -> None:
    """Tried as two requests; one does the same, and faster (new 1.11)."""
    by_kind = {record["kind"]: record["request"] for record in records if "request" in record}
    (port,) = [
        item for item in plan.objects if item.kind == "port" and item.id == by_kind[_BOUND]["body"]["id"]
    ]
    host = by_kind[_BINDING]["path"].split("/")[2]
    binding: dict[str, Any] = {
        "hostId": host,
        "interfaceName": by_kind[_BINDING]["body"]["interfaceName"],
    }
    assert port.body == by_kind[_BOUND]["body"] | binding
    outcome = plan.outcomes["host_interface_port", f"{host}/{port.id}"]
    assert (outcome.bucket, outcome.rule) == (Bucket.CREATED, "binding-in-port")


def test_nothing_else_is_sent(plan: ObjectPlan, records: list[JsonObject]) -> None:
    sent = [
        record["request"]["path"]
        for record in records
        if "request" in record and record["kind"] not in {_BINDING, _WEIGHTS}
    ]
    assert sorted(item.path for item in plan.objects) == sorted(sent)


def test_lost_meter_is_reported(plan: ObjectPlan, records: list[JsonObject]) -> None:
    with_meter = [
        record["source_1_9"]["id"]
        for record in records
        if kind_of(record["kind"]) == "rule" and is_source(record) and record["source_1_9"].get("meterName")
    ]
    assert [item.id for item in plan.findings if item.rule == "meter-lost"] == with_meter
    assert with_meter
