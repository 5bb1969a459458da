"""What differences look like: the place, what should be there, what is there, what it was in 1.9."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from midonet_lab.midonet5.topology.text_format import text_format
from midonet_migrate.model.plan import ObjectRequest, Plan, Task
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.derived_ids import Derived, derived_id, in_chain_id
from midonet_migrate.verify.compare import compare_leniently
from midonet_migrate.verify.comparison import Comparison
from midonet_migrate.verify.created import follow_requests
from midonet_migrate.verify.expected import promised_site
from midonet_migrate.verify.model import Difference, Findings
from midonet_migrate.verify.old_values import with_old_values
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.tunnel_keys import TunnelKeys
from midonet_migrate.verify.values import ANYTHING
from new_site import MODELS, Tree, compare_tree, golden_plan, golden_tree, plan_of_tasks

VM_PORT = "6eb1d5de-20fa-4f38-9749-8267fed4343a"
PRINTER = text_format("5.2.1")


@pytest.fixture
def plan(golden: Path) -> Plan:
    return golden_plan(golden, "5.2.1")


@pytest.fixture
def tree(golden: Path) -> Tree:
    return golden_tree(golden, "5.2.1")


def fields_of(tree: Tree, name: str, key: str) -> dict[str, Any]:
    return PRINTER.parse(name, tree[f"{MODELS}/{name}/{key}"])


def put(tree: Tree, name: str, fields: dict[str, Any]) -> None:
    tree[f"{MODELS}/{name}/{fields['id']}"] = PRINTER.print(name, fields)


def test_two_rules_of_a_port_that_change_places_are_one_difference(plan: Plan, tree: Tree) -> None:
    """Their ids are random: the chain shows the contents in both orders."""
    chain = fields_of(tree, "Chain", in_chain_id(VM_PORT))
    first, second, third, *rest = chain["rule_ids"]
    put(tree, "Chain", {**chain, "rule_ids": [first, third, second, *rest]})
    (found,) = compare_tree(plan, tree)
    assert (found.kind, found.id, found.field) == ("Chain", chain["id"], "rule_ids")
    assert found.expected[1]["condition"] == {"match_return_flow": True}
    assert found.found[1]["type"] == "JUMP_RULE"


def test_a_changed_rule_of_a_port_is_named_with_its_field(plan: Plan, tree: Tree) -> None:
    """The difference is in the rule, not in the chain."""
    chain = fields_of(tree, "Chain", derived_id(Derived.ANTI_SPOOF_CHAIN, VM_PORT))
    rule = fields_of(tree, "Rule", chain["rule_ids"][2])
    put(tree, "Rule", {**rule, "condition": {**rule["condition"], "dl_src": "02:00:00:00:00:01"}})
    assert compare_tree(plan, tree) == [
        Difference(
            kind="Rule",
            id=rule["id"],
            field="condition.dl_src",
            expected="fa:16:3e:5f:e8:49",
            found="02:00:00:00:00:01",
        )
    ]


def test_changed_rules_that_stand_together_are_told_apart(plan: Plan, tree: Tree) -> None:
    """Each by its own id and field."""
    chain = fields_of(tree, "Chain", derived_id(Derived.ANTI_SPOOF_CHAIN, VM_PORT))
    for identity in chain["rule_ids"]:
        rule = fields_of(tree, "Rule", identity)
        put(tree, "Rule", {**rule, "condition": {**rule["condition"], "dl_src": f"02::{identity[:2]}"}})
    found = compare_tree(plan, tree)
    assert len(chain["rule_ids"]) > 2
    assert [(item.id, item.field, item.found) for item in found] == [
        (identity, "condition.dl_src", f"02::{identity[:2]}") for identity in chain["rule_ids"]
    ]


def test_a_lost_rule_of_a_port_is_named_by_its_place(plan: Plan, tree: Tree) -> None:
    """It never had an id that could be known: chain and position; the rules behind it are not blamed."""
    chain = fields_of(tree, "Chain", derived_id(Derived.ANTI_SPOOF_CHAIN, VM_PORT))
    gone = chain["rule_ids"].pop(1)
    put(tree, "Chain", chain)
    del tree[f"{MODELS}/Rule/{gone}"]
    (found,) = compare_tree(plan, tree)
    assert (found.kind, found.id, found.field) == ("Rule", f"{chain['id']}#2", "")
    assert found.expected["condition"]["nw_src_ip"] == "10.0.1.10/32"
    assert found.found is None


def test_a_rule_that_nobody_promised_is_named(plan: Plan, tree: Tree) -> None:
    """Somebody opened a port: the additional rule itself is shown."""
    chain = fields_of(tree, "Chain", derived_id(Derived.ANTI_SPOOF_CHAIN, VM_PORT))
    extra = {**fields_of(tree, "Rule", chain["rule_ids"][0]), "id": "5ca1ab1e-0000-4000-8000-00000000beef"}
    extra["action"] = "ACCEPT"
    put(tree, "Rule", extra)
    put(tree, "Chain", {**chain, "rule_ids": [extra["id"], *chain["rule_ids"]]})
    (found,) = compare_tree(plan, tree)
    assert (found.kind, found.id, found.expected) == ("Rule", extra["id"], None)
    assert found.found["action"] == "ACCEPT"


def test_a_tunnel_key_is_never_used_twice(plan: Plan, tree: Tree) -> None:
    """Which key a port has is not promised, but that it is its own."""
    ports = [path for path in tree if path.startswith(f"{MODELS}/Port/") and b"tunnel_key" in tree[path]]
    one, other = (PRINTER.parse("Port", tree[path]) for path in ports[:2])
    put(tree, "Port", {**one, "tunnel_key": other["tunnel_key"]})
    found = compare_tree(plan, tree)
    assert {item.field for item in found} == {"tunnel_key"}


def test_tunnel_keys_are_in_the_order_of_the_tasks_and_were_handed_out() -> None:
    """One of its own for each port that takes one, no other has any; gaps are none of our business."""
    site, findings = Site("5.2.1"), Findings()
    for port in "abcde":
        site.take_key(port)
    keys = TunnelKeys(site, findings)
    for port, number in {"a": 1, "b": 5, "c": 4, "d": 5, "e": 9, "x": 2}.items():
        fields = {"tunnel_key": number}
        keys.take(port, fields)
        assert fields == {}
    keys.take("y", {})
    keys.finish(8)
    assert {(item.kind, item.id, item.field) for item in findings.differences} == {
        ("Port", port, "tunnel_key") for port in "cdex"
    }
    assert len(findings.differences) == 4


def test_a_port_without_its_tunnel_key_is_told() -> None:
    """0 is none."""
    for fields in ({}, {"tunnel_key": 0}):
        site, findings = Site("5.2.1"), Findings()
        site.take_key("a")
        TunnelKeys(site, findings).take("a", fields)
        (found,) = findings.differences
        assert (found.kind, found.id, found.expected) == ("Port", "a", "a key")


def test_health_is_the_agents_once_they_run(plan: Plan, tree: Tree) -> None:
    """Before: a difference; with agents alive: what they write."""
    pool = next(path for path in tree if path.startswith(f"{MODELS}/Pool/"))
    key = pool.rpartition("/")[2]
    fields = {**fields_of(tree, "Pool", key), "mapping_status": "ACTIVE"}
    put(tree, "Pool", fields)
    assert [item.field for item in compare_tree(plan, tree)] == ["mapping_status"]
    findings = Findings()
    comparison = Comparison(promised_site(plan), findings, agents=True)
    members = {**fields, "pool_member_ids": fields.get("pool_member_ids", [])}
    comparison.found("Pool", key, members)
    assert findings.differences == []


def test_running_agents_excuse_nothing_but_health(plan: Plan, tree: Tree) -> None:
    """A pool that is switched off is one, and the health of something that no agent checks is none."""
    pool = next(path for path in tree if path.startswith(f"{MODELS}/Pool/"))
    key = pool.rpartition("/")[2]
    fields = fields_of(tree, "Pool", key)
    fields["admin_state_up"] = not fields.get("admin_state_up", False)
    findings = Findings()
    Comparison(promised_site(plan), findings, agents=True).found("Pool", key, fields)
    assert [item.field for item in findings.differences] == ["admin_state_up"]


def test_a_chain_that_only_new_rules_jump_to_is_as_promised() -> None:
    """ZOOM leaves an empty list out: a chain to which no promised rule jumps has no such field."""
    site, findings = Site("5.2.1"), Findings()
    site.chain("c", "by hand", None)
    site.jumps["c"] = {"r"}
    found = {**site.objects["Chain"]["c"], "jump_rule_ids": ["r"]}
    Comparison(site, findings).found("Chain", "c", found)
    assert findings.differences == []


def test_old_values_come_from_the_same_object_of_the_old_site() -> None:
    """By the field's name in 1.9 and in Neutron; nested ones too; nothing where there is no such object."""
    key, other = VM_PORT, "5ca1ab1e-0000-4000-8000-00000000beef"
    snapshot = Snapshot(
        neutron={"ports": [{"id": key, "binding:host_id": "c1", "fixed_ips": [{"ip_address": "10.0.0.5"}]}]},
        midonet={"port": [{"id": key, "adminStateUp": False, "peerId": other}]},
        meta=SnapshotMeta(),
    )
    wanted = [
        ("NeutronPort", key, "host_id", "c1"),
        ("NeutronPort", key, "fixed_ips[0].ip_address", "10.0.0.5"),
        ("NeutronPort", key, "fixed_ips[1].ip_address", None),
        ("Port", key, "admin_state_up", False),
        ("Port", key, "peer_id", other),
        ("Port", other, "peer_id", None),
        ("api port", key, "adminStateUp", False),
        ("Chain", key, "name", None),
    ]
    found = with_old_values(
        [Difference(kind=kind, id=where, field=field) for kind, where, field, _ in wanted], snapshot
    )
    assert [item.old for item in found] == [old for *_, old in wanted]


def test_a_dhcp_subnet_may_lack_what_the_server_does_without() -> None:
    """A route without gateway, an option without value (new 2.8): both can be looked for all the same."""
    bridge = "5ca1ab1e-0000-4000-8000-00000000beef"
    route = {"destinationPrefix": "10.9.0.0", "destinationLength": 16, "gatewayAddr": None}
    subnet = {"subnetPrefix": "10.1.0.0", "subnetLength": 24, "opt121Routes": [route]}
    host = {"macAddr": "02:00:00:00:00:01", "ipAddr": None, "extraDhcpOpts": [{"optName": "x"}]}
    path = f"/bridges/{bridge}/dhcp"
    bodies: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("bridge", "/bridges", {"id": bridge, "name": "b"}),
        ("dhcp_subnet", path, subnet),
        ("dhcp_host", f"{path}/10.1.0.0_24/hosts", host),
    )
    site = Site("5.2.1")
    follow_requests(
        site,
        [
            ObjectRequest(method="POST", path=path, media_type="", body=body, kind=kind, id=str(number))
            for number, (kind, path, body) in enumerate(bodies)
        ],
    )
    (made,) = site.dhcp_subnets.values()
    assert made["opt121_routes"] == [{"dst_subnet": "10.9.0.0/16"}]
    assert made["hosts"] == [{"mac": "02:00:00:00:00:01", "extra_dhcp_opts": [{"name": "x"}]}]


def test_an_update_of_a_router_without_name_sets_an_empty_one() -> None:
    """As the importer does, which leaves it unset when it creates the router (imp 3.6)."""
    key = "5ca1ab1e-0000-4000-8000-00000000beef"
    create = Task(
        id=1,
        type="CREATE",
        data_type="ROUTER",
        resource_id=key,
        transaction_id="t",
        data={"id": key, "name": "", "admin_state_up": True},
    )
    update = msgspec.structs.replace(create, id=2, type="UPDATE")
    created = promised_site(plan_of_tasks([create], "5.2.1")).get("Router", key)
    updated = promised_site(plan_of_tasks([create, update], "5.2.1")).get("Router", key)
    assert "name" not in created
    assert (updated["name"], updated["tenant_id"], updated["admin_state_up"]) == ("", "", True)


@pytest.mark.parametrize(
    ("expected", "found", "differing"),
    [
        ({}, {"weight": 1, "admin_state_up": False, "names": []}, []),
        ({"weight": 1, "pool": {"port": 0}}, {}, []),
        ({}, {"pool": {"port": 0, "peer": {"up": False}}}, []),
        ({}, {"pool": {"port": 8080}}, [("pool.port", None, 8080)]),
        ({"pool": {"port": 8080}}, {}, [("pool.port", 8080, None)]),
        ({}, {"weight": 0}, [("weight", None, 0)]),
        ({}, {"condition": {"nw_tos": 0}}, [("condition.nw_tos", None, 0)]),
        ({}, {"name": ""}, [("name", None, "")]),
        ({"names": []}, {"names": ["a"]}, [("names", [], ["a"])]),
        ({"ids": {"a", "b"}}, {"ids": ["b", "a"]}, []),
        ({"ids": {"a", "b"}}, {"ids": ["b", "b"]}, [("ids", {"a", "b"}, ["b", "b"])]),
        ({"ids": {"a", "b"}}, {"ids": ["a", "b", "a"]}, [("ids", {"a", "b"}, ["a", "b", "a"])]),
        ({"mac": ANYTHING}, {"mac": "02:00:00:00:00:01"}, []),
        ({"mac": ANYTHING}, {"mac": ""}, [("mac", ANYTHING, "")]),
    ],
)
def test_what_the_api_writes_out_is_no_difference_and_all_else_is(
    expected: dict[str, Any], found: dict[str, Any], differing: list[tuple[str, Any, Any]]
) -> None:
    """Unset is the default, of nested messages too; 0 is a value of its own in conditions (new 2.13)."""
    seen: list[tuple[str, Any, Any]] = []
    compare_leniently("PoolMember", expected, found, lambda *difference: seen.append(difference))
    assert seen == differing
