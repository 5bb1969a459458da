"""The object plan of the recorded site, for all target versions, alone and beside the conversions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from golden_snapshot import load_intent, load_snapshot
from midonet_migrate.model.ownership import Role
from midonet_migrate.model.plan import Bucket, ObjectPlan, PlanOptions, Task, TaskPlan
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.conversions import plan_conversions
from midonet_migrate.plan.derived_ids import in_chain_id, out_chain_id
from midonet_migrate.plan.objects.imported import Imported
from midonet_migrate.plan.objects.imported_chains import ImportedChains
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.tasks import plan_tasks
from object_plans import Version, body_of, check_plan, plan_of, requests_for

VERSIONS: list[Version] = ["5.0.2", "5.2.1", "5.4.6"]
CREATED_KINDS = {
    "bridge",
    "chain",
    "dhcp_host",
    "dhcp_subnet",
    "dhcp_v6_host",
    "dhcp_v6_subnet",
    "health_monitor",
    "host_interface_port",
    "ip4_mac_pair",
    "ip_addr_group",
    "ip_addr_group_addr",
    "load_balancer",
    "mac_port",
    "pool",
    "pool_member",
    "port_group",
    "port_group_port",
    "port_link",
    "router",
    "rule",
    "trace_request",
    "tunnel_zone",
    "vip",
    "vtep",
    "vtep_binding",
}


@pytest.fixture(scope="module")
def snapshot(golden: Path) -> Snapshot:
    return load_snapshot(golden)


@pytest.fixture(scope="module")
def intent(golden: Path) -> dict[str, Any]:
    return load_intent(golden)


@pytest.fixture(scope="module")
def plan(snapshot: Snapshot) -> ObjectPlan:
    return plan_of(snapshot)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("beside", [False, True])
def test_every_object_is_accounted_for(snapshot: Snapshot, version: Version, beside: bool) -> None:
    options = PlanOptions(target_version=version)
    tasks = plan_tasks(snapshot, options)
    conversions = plan_conversions(snapshot, classify(snapshot), tasks, options)
    taken = conversions.outcomes if beside else {}
    plan = plan_of(snapshot, version, taken)
    check_plan(snapshot, plan, version)
    assert {key: plan.outcomes[key] for key in taken} == taken
    if beside:
        assert Bucket.UNSUPPORTED not in {outcome.bucket for outcome in plan.outcomes.values()}


def test_every_object_made_by_hand_is_created_but_what_comes_by_itself(
    plan: ObjectPlan, intent: dict[str, Any]
) -> None:
    by_itself = Counter(
        kind
        for kind, entries in intent["ownership"].items()
        for key, entry in entries.items()
        if entry["class"] == "user" and plan.outcomes[kind, key].bucket is not Bucket.CREATED
    )
    assert by_itself == {"route": 2, "port": 1}  # local routes, the VXLAN port
    for kind in CREATED_KINDS:
        wanted = {key for key, entry in intent["ownership"][kind].items() if entry["class"] == "user"}
        assert wanted
        assert {plan.outcomes[kind, key].bucket for key in wanted} == {Bucket.CREATED}


def test_of_what_neutron_caused_only_entries_of_vips_ports_are_not_made_again(
    plan: ObjectPlan, intent: dict[str, Any]
) -> None:
    """(imp 3.5): a VIP's port has neither DHCP host nor MAC entry in 5.x."""
    carried = Counter(
        (kind, plan.outcomes[kind, key].rule)
        for kind, entries in intent["ownership"].items()
        for key, entry in entries.items()
        if entry["class"] == "neutron" and plan.outcomes[kind, key].bucket is not Bucket.DERIVED
    )
    vips = len(intent["neutron_by_kind"]["vips"])
    assert carried == {("dhcp_host", "port-kind"): vips, ("mac_port", "port-kind"): vips}


def test_each_class_ends_in_its_buckets(plan: ObjectPlan, intent: dict[str, Any]) -> None:
    found: dict[str, set[str]] = {}
    for kind, entries in intent["ownership"].items():
        for key, entry in entries.items():
            found.setdefault(entry["class"], set()).add(plan.outcomes[kind, key].bucket.value)
    assert found == {
        "neutron": {"derived", "carried"},
        "host_infra": {"created", "carried"},
        "runtime": {"carried"},
        "user": {"created", "carried"},
        "provider_router_infra": {"unsupported", "skipped"},
        "provider_router_uplink": {"unsupported", "skipped"},
    }


def test_neutron_ports_are_bound_where_they_were(plan: ObjectPlan, snapshot: Snapshot) -> None:
    ports = snapshot.neutron_by_id("ports")
    bound = {
        item["portId"]: (item["hostId"], item["interfaceName"])
        for item in snapshot.midonet["host_interface_port"]
        if item["portId"] in ports
    }
    planned = {
        (item.body or {})["portId"]: (item.path.split("/")[2], (item.body or {})["interfaceName"])
        for item in requests_for(plan, "host_interface_port")
    }
    assert planned == bound
    assert len(planned) == 16


def test_route_through_a_neutron_interface_follows_its_new_id(
    plan: ObjectPlan, intent: dict[str, Any]
) -> None:
    (key,) = [
        key
        for key, entry in intent["ownership"]["route"].items()
        if "through a Neutron interface" in entry.get("why", "")
    ]
    old = next(item.after for item in plan.modifications if (item.kind, item.id) == ("route", key))
    assert body_of(plan, "route", key)["nextHopPort"] != old["nextHopPort"]


def test_rules_of_users_keep_their_place_in_chains_of_neutron(plan: ObjectPlan) -> None:
    """First in an inbound chain, and between return flow and jumps of an outbound one."""
    places = {
        item.id: body_of(plan, "rule", item.id)["position"]
        for item in plan.modifications
        if item.kind == "rule" and item.op == "insert"
    }
    assert sorted(places.values()) == [1, 2]


def test_every_modification_has_an_end(plan: ObjectPlan) -> None:
    ends = Counter((item.kind, item.op, item.disposition) for item in plan.modifications)
    assert ends == {
        ("mac_port", "insert", "applied"): 1,
        ("route", "insert", "applied"): 2,
        ("rule", "delete", "rebuilt"): 2,
        ("rule", "insert", "applied"): 2,
    }


def test_hosts_go_into_the_store_of_5_0_2(snapshot: Snapshot) -> None:
    plan = plan_of(snapshot, "5.0.2")
    assert not [item for item in plan.objects if item.path == "/hosts"]
    stored = [item for item in plan.conversions if item.type == "host-in-store"]
    hosts = snapshot.midonet_by_id("host")
    assert {item.source.id for item in stored} == set(hosts)
    for item in stored:
        (request,) = item.requests
        assert request.api == "store"
        assert request.path == f"/zoom/0/models/Host/{item.source.id}"
        text = (request.body or {})["text"]
        numbers = [int(word) for word in text.split() if word.isdigit()]
        assert f"{numbers[0]:016x}{numbers[1]:016x}" == item.source.id.replace("-", "")
        assert f'name: "{hosts[item.source.id]["name"]}"' in text


@pytest.mark.parametrize("version", ["5.0.2", "5.2.1"])
def test_chains_of_the_importer_are_foreseen_rule_by_rule(golden: Path, version: Version) -> None:
    """What the real importer put into every chain, in the same order."""
    folder = golden / "importer" / version
    rows = json.loads((folder / "tasks.json").read_text())["rows"]
    tasks = TaskPlan(
        tasks=[Task(**{name: row[name] for name in Task.__struct_fields__}) for row in rows],
        outcomes={},
        rewrites=[],
        findings=[],
        conversions=[],
        expected_seconds=0,
    )
    empty = Snapshot(neutron={}, midonet={}, meta=SnapshotMeta())
    chains = ImportedChains(tasks, Imported(empty, tasks, PlanOptions(target_version=version)))
    served = served_rules(folder)
    compared = 0
    roles = {
        "PORT": (Role.PORT_INBOUND_CHAIN, Role.PORT_OUTBOUND_CHAIN),
        "SECURITYGROUP": (Role.SECURITY_GROUP_EGRESS_CHAIN, Role.SECURITY_GROUP_INGRESS_CHAIN),
        "ROUTER": (Role.ROUTER_PRE_CHAIN, Role.ROUTER_POST_CHAIN),
    }
    for row in rows:
        if row["type"] != "CREATE" or row["data_type"] not in roles:
            continue
        inbound, outbound = roles[row["data_type"]]
        for role, chain in (
            (inbound, in_chain_id(row["resource_id"])),
            (outbound, out_chain_id(row["resource_id"])),
        ):
            if chain in served:
                anchors = chains.anchors(role, row["resource_id"])
                assert anchors is not None
                assert [shape(anchor) for anchor in anchors] == [kind(rule) for rule in served[chain]]
                compared += 1
    assert compared >= 12


def served_rules(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for entry in json.loads((folder / "rest.json").read_text()):
        parts = entry["path"].split("/")
        if len(parts) == 4 and parts[1] == "chains" and parts[3] == "rules" and entry["status"] == 200:
            found[parts[2]] = entry["body"]
    return found


def shape(anchor: tuple[str, str]) -> str:
    """What kind of rule an anchor stands for, and for security groups which one."""
    name, key = anchor
    kinds = {
        "anti-spoof": "jump",
        "return-flow": "accept return",
        "group": "jump",
        "rest": "drop",
        "floating-reverse": "continue nat",
        "floating": "static nat",
        "interface": "interface nat",
    }
    return key if name == "rule" else "gateway " + key if name == "gateway" else kinds[name]


def kind(rule: dict[str, Any]) -> str:
    """The same of a rule as the real API shows it."""
    if rule["type"] == "accept" and not rule["matchReturnFlow"]:
        return str(rule["id"])
    if rule["type"] == "accept":
        return "accept return"
    if rule["type"] in {"jump", "drop"}:
        of_gateway = rule["nwSrcAddress"] or rule["nwDstAddress"]
        return "gateway drop" if rule["type"] == "drop" and of_gateway else rule["type"]
    if rule["flowAction"] == "continue":
        return "continue nat"
    targets = rule.get("natTargets") or []
    if rule["type"] == "dnat" or (targets and not targets[0]["portFrom"]):
        return "static nat"
    both = rule["inPorts"] and (rule["type"] == "rev_snat" or rule["outPorts"])
    has_flow = rule["matchForwardFlow"] or rule["matchReturnFlow"]
    return "interface nat" if both and has_flow else "gateway snat"
