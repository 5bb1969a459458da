"""The practice site's ZooKeeper tree against that of a real server."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.generator import generate
from midonet_lab.sites.recording import load_recording
from midonet_lab.zookeeper_tree import Tree, agent_nodes, build_tree, load_tree, recorded_tree
from midonet_migrate.zookeeper.session import open_session

ROOT = "/midonet/v1"
NOT_TOLD_BY_THE_API = re.compile(
    rf"{ROOT}/(tenants/|config/(templates|schemas)/|pool_health_monitor_mappings/|ip_addr_groups/.*/ports"
    r"|chains/.*/refs/port:|routers/.*/routing_table/|bridges/.*/(mac_ports|ip4_mac_map)/)"
)
"""Nodes of a real server whose existence, or name, does not follow from what the API serves."""
SAME_DATA = (
    "bgps",
    "ad_routes",
    "health_monitors",
    "load_balancers",
    "pool_members",
    "port_groups",
    "routers",
    "rules",
    "tunnel_zones",
    "vips",
    "vteps",
    "chains",
    "traces",
)


@pytest.fixture(scope="module")
def trees(golden: Path) -> tuple[Tree, Tree]:
    """The recorded tree, and the one built from the objects that the same server's API served."""
    site = load_recording(golden / "site-b")
    return recorded_tree(site.zookeeper_tree), build_tree(site)


def test_the_tree_built_from_api_objects_has_the_nodes_of_the_real_one(trees: tuple[Tree, Tree]) -> None:
    """Both ways, but for what the API does not tell."""
    real, built = ({path for path in tree.nodes if not NOT_TOLD_BY_THE_API.match(path)} for tree in trees)
    assert built - real == set()
    assert real - built == set()


@pytest.mark.parametrize("kind", SAME_DATA)
def test_objects_are_stored_as_the_real_server_stores_them(trees: tuple[Tree, Tree], kind: str) -> None:
    """The same members with the same values."""
    real, built = trees
    pattern = re.compile(rf"{ROOT}/{kind}/[^/]+")
    paths = [path for path in real.nodes if pattern.fullmatch(path)]
    assert paths
    for path in paths:
        one, other = (msgspec.json.decode(tree.nodes[path].data) for tree in (real, built))
        assert other == one, path


def test_agents_hold_what_they_hold_on_the_real_server(trees: tuple[Tree, Tree]) -> None:
    """Hosts, interfaces, versions, port activity and BGP status."""
    real, built = ({node.path for node in agent_nodes(tree)} for tree in trees)
    assert {path for path in built ^ real if not NOT_TOLD_BY_THE_API.match(path)} == set()


def test_a_loaded_tree_reads_back_and_goes_on_counting(
    trees: tuple[Tree, Tree], zookeeper_root: ZooKeeper
) -> None:
    """All stored nodes with their data; the next sequential node gets the number it would have got."""
    real, _ = trees
    load_tree(zookeeper_root.hosts, real)
    with open_session(zookeeper_root.hosts) as session:
        for node in real.nodes.values():
            found = session.get(node.path)
            assert node.ephemeral == (found is None), node.path
            if found is not None:
                assert found[0] == node.data
                below = len(session.children(node.path) or [])
                children_held = sum(held.path.rpartition("/")[0] == node.path for held in agent_nodes(real))
                creations = (found[1].cversion + below) // 2
                assert creations >= (node.creations or 0) - children_held, node.path


@pytest.mark.parametrize("size", ["small", "medium"])
def test_every_generated_site_has_a_tree(size: str) -> None:
    """With all its oddities, and each bridge, router and port with a tunnel key of its own."""
    site = generate(size, 3, True)  # type: ignore[arg-type]
    tree = build_tree(site)
    keyed = [
        item["id"]
        for kind in ("bridge", "port")
        for item in site.midonet[kind]
        if item.get("type") != "Vxlan"
    ]
    owners = [
        msgspec.json.decode(node.data)["data"]["ownerId"]
        for path, node in tree.nodes.items()
        if path.startswith(f"{ROOT}/gre/") and node.data
    ]
    assert sorted(owners) == sorted(keyed)
