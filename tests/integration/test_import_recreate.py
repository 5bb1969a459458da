"""Re-creation of a whole recorded site on the stand-in API, in both versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from golden_snapshot import load_snapshot
from midonet_lab.midonet5.store import Version
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest, Plan, PlanOptions
from midonet_migrate.plan.derived_ids import interface_peer_id, tenant_gateway_port_id
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.target.midonet_api.results import DONE, State
from recreate_site import ROOT, RecreateSite, plan_with, recreate_site

VERSIONS: list[Version] = ["5.2.1", "5.0.2"]
CHAIN = "application/vnd.org.midonet.Chain-v1+json"
BRIDGE = "application/vnd.org.midonet.Bridge-v4+json"


@pytest.fixture(scope="module")
def plans(golden: Path) -> dict[Version, Plan]:
    snapshot = load_snapshot(golden)
    return {version: build_plan(snapshot, PlanOptions(target_version=version)) for version in VERSIONS}


@pytest.fixture
def plan(plans: dict[Version, Plan]) -> Plan:
    return plans["5.2.1"]


@pytest.fixture
def site(zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan) -> Iterator[RecreateSite]:
    with recreate_site(zookeeper_root, tmp_path, plan) as made:
        yield made


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_site_is_recreated_and_a_second_run_has_nothing_to_do(
    zookeeper_root: ZooKeeper, tmp_path: Path, plans: dict[Version, Plan], version: Version
) -> None:
    """Both parts, everything done; again: no write, same states; and a dry run after it says the same."""
    plan = plans[version]
    with recreate_site(zookeeper_root, tmp_path, plan, version) as site:
        first = site.recreate(plan, "before-import")
        assert first.open == []
        site.put_import(plan)
        rest = site.recreate(plan)
        assert rest.open == []
        assert (rest.exit_status, rest.nothing_to_do) == (0, False)
        states, topology = site.states(), site.topology()
        assert all(result.state in DONE for result in states.requests)
        assert len(states.hosts_in_store) == (4 if version == "5.0.2" else 0)
        for dry_run in (False, True):
            for part in ("before-import", "after-import"):
                again = site.recreate(plan, part, dry_run=dry_run)
                assert (again.nothing_to_do, again.sent, again.open) == (True, 0, [])
                assert site.clients[-1].writes == 0
        assert site.states() == states
        assert site.topology() == topology


def test_a_dry_run_reports_what_the_real_run_then_does(site: RecreateSite, plan: Plan) -> None:
    """Same counts and states, only GETs, nothing on disk; also for the whole before anything is done."""
    planned = [
        site.recreate(plan, part, dry_run=True, expect_import=True)
        for part in ("before-import", "after-import")
    ]
    assert all(client.writes == 0 for client in site.clients)
    assert not site.data.exists()
    site.recreate(plan, "before-import")
    site.put_import(plan)
    looked = site.recreate(plan, dry_run=True)
    real = site.recreate(plan)
    assert looked == real
    assert planned[1] == real
    assert real.sent > 70


def test_a_site_that_was_not_imported_is_told_so_object_by_object(site: RecreateSite, plan: Plan) -> None:
    """404s are dependencies: skipped with the reason, and what hangs on them too; the same in a dry run."""
    site.recreate(plan, "before-import")
    looked = site.recreate(plan, dry_run=True)
    report = site.recreate(plan)
    assert report.exit_status == 30
    assert {result.state for result in report.open} <= {State.SKIPPED, State.FAILED}
    assert any("missing" in result.reason for result in report.open)
    assert {(item.kind, item.id) for item in looked.open} <= {(item.kind, item.id) for item in report.open}
    site.put_import(plan)
    assert site.recreate(plan).open == []
    assert site.recreate(plan).nothing_to_do


def test_what_is_there_and_equal_is_adopted_and_what_differs_is_shown(site: RecreateSite, plan: Plan) -> None:
    """409 is decided field by field; a conflict is left as it is, its children are made, exit status 30."""
    chains = [item for item in plan.objects if item.kind == "chain"]
    site.write("POST", "/chains", CHAIN, dict(chains[0].body or {}))
    site.write("POST", "/chains", CHAIN, {**(chains[1].body or {}), "name": "another"})
    site.recreate(plan, "before-import")
    site.put_import(plan)
    report = site.recreate(plan)
    states = {result.id: result for result in site.states().requests if result.kind == "chain"}
    assert states[chains[0].id].state is State.ADOPTED
    (conflict,) = report.open
    assert (conflict.id, conflict.state, report.exit_status) == (chains[1].id, State.CONFLICT, 30)
    assert [(item.field, item.found) for item in conflict.differences] == [("name", "another")]
    assert site.topology()[f"/chains/{chains[1].id}"]["name"] == "another"
    again = site.recreate(plan)
    assert again.nothing_to_do
    assert again.open == report.open


def test_rules_stand_in_their_order_and_a_disorder_is_found(site: RecreateSite, plan: Plan) -> None:
    """Positions are explicit: the chain is the planned one. Swapped by somebody, the second run shows it."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    site.recreate(plan)
    made = {item.id for item in plan.objects if item.kind == "chain"}
    lists: dict[str, list[str]] = {}
    for item in plan.objects:
        if item.kind == "rule":
            lists.setdefault(item.path, []).append(item.id)
    topology = site.topology()
    for path, rules in lists.items():
        shown = [rule["id"] for rule in topology[path] if rule["id"] in set(rules)]
        assert shown == rules
        if path.split("/")[2] in made:
            assert [rule["position"] for rule in topology[path]] == list(range(1, len(rules) + 1))
    path, rules = next((path, rules) for path, rules in lists.items() if len(rules) > 2)
    last = next(item for item in plan.objects if item.id == rules[-1])
    site.http.delete(f"{site.api.url}/rules/{last.id}").raise_for_status()
    site.write("POST", path, last.media_type, {**(last.body or {}), "position": 1})
    report = site.recreate(plan)
    assert report.nothing_to_do
    assert last.id in {result.id for result in report.open}
    assert {item.field for result in report.open for item in result.differences} == {"position"}


def with_bridge_update(plan: Plan) -> tuple[Plan, ObjectRequest]:
    """The plan with a filter for a bridge that the importer makes, as for a user's change of it."""
    network = next(task for task in plan.tasks if task.data_type == "NETWORK" and task.type == "CREATE")
    chain = next(item for item in plan.objects if item.kind == "chain")
    update = ObjectRequest(
        method="PUT",
        path=f"/bridges/{network.resource_id}",
        media_type=BRIDGE,
        body={"inboundFilterId": chain.id},
        kind="bridge",
        id=network.resource_id,
    )
    last = max(number for number, item in enumerate(plan.objects) if item.kind in {"chain", "router"})
    return plan_with(plan, objects=[*plan.objects[: last + 1], update, *plan.objects[last + 1 :]]), update


def test_a_put_names_its_members_only_and_keeps_all_others(site: RecreateSite, plan: Plan) -> None:
    """What others have set on an object of the importer is still there after the plan's PUT."""
    plan, update = with_bridge_update(plan)
    site.recreate(plan, "before-import")
    site.put_import(plan)
    before = site.get(update.path, BRIDGE)
    site.write("PUT", update.path, BRIDGE, {**before, "tenantId": "somebody", "name": "renamed"})
    site.recreate(plan)
    after = site.get(update.path, BRIDGE)
    changes = update.body or {}
    assert {name: after[name] for name in changes} == changes
    kept = {"tenantId", "name", "adminStateUp"} - changes.keys()
    assert kept
    assert all(after[name] == {**before, "tenantId": "somebody", "name": "renamed"}[name] for name in kept)
    saved = list((site.data / "saved").iterdir())
    assert saved
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in saved)
    assert any("renamed" in path.read_text() for path in saved)


def test_a_put_that_would_erase_hidden_fields_is_not_sent(site: RecreateSite, plan: Plan) -> None:
    """DHCPv6 subnets of a bridge of Neutron are gone after a PUT of it (new 1.8.1): refused, and said."""
    plan, update = with_bridge_update(plan)
    site.recreate(plan, "before-import")
    site.put_import(plan)
    subnet = {"prefix": "2001:db8:0:0:0:0:0:0", "prefixLength": 64}
    site.write("POST", f"{update.path}/dhcpV6", "application/vnd.org.midonet.DhcpV6Subnet-v1+json", subnet)
    report = site.recreate(plan)
    refused = next(item for item in report.open if item.path == update.path)
    assert refused.state is State.FAILED
    assert "DHCPv6" in refused.reason
    listed = site.get(f"{update.path}/dhcpV6", "application/vnd.org.midonet.collection.DhcpV6Subnet-v1+json")
    assert len(listed) >= 1


def interface_of(plan: Plan) -> str:
    """The router port that carries the gateway address of a Neutron subnet."""
    subnets = {task.resource_id: task.data for task in plan.tasks if task.data_type == "SUBNET"}
    ports = {task.resource_id: task.data for task in plan.tasks if task.data_type == "PORT"}
    for task in plan.tasks:
        if task.data_type == "ROUTERINTERFACE":
            for fixed in ports[task.data["port_id"]]["fixed_ips"]:
                if subnets[fixed["subnet_id"]]["gateway_ip"] == fixed["ip_address"]:
                    return interface_peer_id(task.data["port_id"])
    raise AssertionError("no interface with a gateway address")


def gateway_of(plan: Plan) -> str:
    """The tenant's side of a Neutron router's gateway."""
    gateways = (task.data.get("gw_port_id") for task in plan.tasks if task.data_type == "ROUTER")
    return tenant_gateway_port_id(next(port for port in gateways if port))


@pytest.mark.parametrize("find", [interface_of, gateway_of])
def test_ports_that_neutron_hangs_things_on_are_not_touched(
    site: RecreateSite, plan: Plan, find: Callable[[Plan], str]
) -> None:
    """Neither changed nor put into a group nor bound: each would erase what ties them to their subnet."""
    port = find(plan)
    group = next(item for item in plan.objects if item.kind == "port_group")
    host = next(item for item in plan.objects if item.kind == "host")
    dangerous = [
        _request("PUT", f"/ports/{port}", "port", {"adminStateUp": False}),
        _request("POST", f"/port_groups/{group.id}/ports", "port_group_port", {"portId": port}),
        _request(
            "POST", f"/hosts/{host.id}/ports", "host_interface_port", {"portId": port, "interfaceName": "e"}
        ),
    ]
    plan = plan_with(plan, objects=[*plan.objects, *dangerous])
    site.recreate(plan, "before-import")
    site.put_import(plan)
    before = site.client.get(f"{ROOT}/zoom/0/models/Port/{port}")[0]
    report = site.recreate(plan)
    assert len(report.open) == len(dangerous)
    assert {result.state for result in report.open} == {State.FAILED}
    assert {result.path for result in report.open} == {item.path for item in dangerous}
    assert site.client.get(f"{ROOT}/zoom/0/models/Port/{port}")[0] == before


def _request(method: Literal["POST", "PUT"], path: str, kind: str, body: JsonObject) -> ObjectRequest:
    return ObjectRequest(method=method, path=path, media_type=media_type(kind), body=body, kind=kind, id=path)


def test_a_dhcp_host_in_a_subnet_of_neutron_is_not_added(site: RecreateSite, plan: Plan) -> None:
    """Any write to the subnet would cut it off from its router (new 1.8.1)."""
    subnet = next(task.data for task in plan.tasks if task.data_type == "SUBNET")
    path = f"/bridges/{subnet['network_id']}/dhcp/{subnet['cidr'].replace('/', '_')}/hosts"
    body: JsonObject = {"macAddr": "52:54:00:00:00:01", "ipAddr": None, "name": None, "extraDhcpOpts": []}
    added = _request("POST", path, "dhcp_host", body)
    plan = plan_with(plan, objects=[*plan.objects, added])
    site.recreate(plan, "before-import")
    site.put_import(plan)
    (refused,) = site.recreate(plan).open
    assert (refused.path, refused.state) == (path, State.FAILED)
    assert "Neutron" in refused.reason


def test_a_dhcp_subnet_that_is_there_twice_is_made_single(site: RecreateSite, plan: Plan) -> None:
    """5.x makes it again when it is told again after a lost answer; equal ones are merged, others shown."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    site.recreate(plan)
    topology = site.topology()
    subnet = next(item for item in plan.objects if item.kind == "dhcp_subnet")
    site.write("POST", subnet.path, subnet.media_type, dict(subnet.body or {}))
    assert site.topology() != topology
    report = site.recreate(plan)
    assert (report.open, report.nothing_to_do) == ([], False)
    assert site.topology() == topology
    site.write("POST", subnet.path, subnet.media_type, {**(subnet.body or {}), "enabled": False})
    assert {item.kind for item in site.recreate(plan).open} >= {"dhcp_subnet"}


def test_an_entry_that_the_plan_replaces_is_replaced_and_any_other_is_a_conflict(
    site: RecreateSite, plan: Plan
) -> None:
    """Tables hold one value per key, and a POST replaces it: only where the plan says so."""
    entry = next(item for item in plan.objects if item.kind == "ip4_mac_pair")
    site.recreate(plan, "before-import")
    site.put_import(plan)
    site.recreate(plan)
    other = {**(entry.body or {}), "mac": "52:54:00:ff:ff:ff"}
    site.write("POST", entry.path, entry.media_type, other)
    (conflict,) = site.recreate(plan).open
    assert (conflict.id, conflict.state) == (entry.id, State.CONFLICT)
    ledger = [
        msgspec.structs.replace(item, rule="arp-replaces") if item.id == entry.id else item
        for item in plan.ledger
    ]
    report = site.recreate(plan_with(plan, ledger=ledger))
    assert (report.open, report.sent) == ([], 1)
    assert site.recreate(plan).open == []
    undo = [record.inverse for record in read_journal(site.data).records if record.inverse is not None][-1]
    assert undo.action == "post-object"
    (earlier,) = msgspec.json.decode((site.data / undo.copy).read_bytes())
    assert earlier["mac"] == other["mac"]


def test_a_silent_switch_is_found_before_the_server_is_told(site: RecreateSite, plan: Plan) -> None:
    """The VTEP fails with the reason, its bindings are skipped, all else is made."""
    site.probe_problem = "its switch does not answer"
    site.recreate(plan, "before-import")
    site.put_import(plan)
    report = site.recreate(plan)
    assert {result.kind for result in report.open} == {"vtep", "vtep_binding"}
    assert {result.state for result in report.open} == {State.FAILED, State.SKIPPED}
    site.probe_problem = ""
    assert site.recreate(plan).open == []


def test_objects_too_large_for_the_store_are_not_sent(site: RecreateSite, plan: Plan) -> None:
    """With a small request limit: refused with the limit, never hanging the cluster (new 1.11)."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    report = site.recreate(plan, request_limit=150)
    assert any("all that the store can hold" in result.reason for result in report.open)
    assert site.recreate(plan).open == []


def test_the_journal_has_every_write_with_its_way_back(site: RecreateSite, plan: Plan) -> None:
    """A unit per request, ended; DELETE for what was made, the earlier body for what was changed."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    report = site.recreate(plan)
    contents = read_journal(site.data)
    intents = [record for record in contents.records if record.event == "intent"]
    assert contents.pending() == []
    assert len(intents) >= report.sent
    actions = {record.inverse.action for record in intents if record.inverse is not None}
    assert actions >= {"delete-object", "put-object"}
    put = next(record for record in intents if record.inverse and record.inverse.action == "put-object")
    assert put.inverse is not None
    earlier = msgspec.json.decode((site.data / put.inverse.copy).read_bytes())
    assert isinstance(earlier[put.inverse.arguments["index"]], dict)
