"""The lab's ZOOM store on a real ZooKeeper: bindings, one multi per commit, tables, sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args
from uuid import uuid4

import pytest
from kazoo.client import KazooClient

from midonet_lab.midonet5.store import (
    ConcurrentModification,
    NotFound,
    ObjectExists,
    ObjectReferenced,
    ReferenceConflict,
    StorageNodeExists,
    Transaction,
    Version,
    Zoom,
)
from midonet_lab.processes.zookeeper import ZooKeeper

VERSIONS: tuple[Version, ...] = get_args(Version)


@pytest.fixture(params=VERSIONS)
def zoom(request: pytest.FixtureRequest, zookeeper_root: ZooKeeper) -> Iterator[Zoom]:
    """A prepared store of each version."""
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    store = Zoom(client, "/midonet", request.param)
    store.prepare()
    yield store
    client.stop()
    client.close()


def new_id() -> str:
    """A random id, as text."""
    return str(uuid4())


def put(zoom: Zoom, class_name: str, **fields: object) -> str:
    """Create one object in a transaction of its own."""
    transaction = zoom.transaction()
    value = {"id": new_id(), **fields}
    transaction.create(class_name, value)
    transaction.commit()
    return str(value["id"])


def test_prepare_makes_class_nodes_and_the_marker_and_can_be_repeated(zoom: Zoom) -> None:
    """As at each process start: a marker that is there keeps its value."""
    client = zoom.client
    assert client.exists("/midonet/zoom/0/models/NeutronPort")
    assert client.exists("/midonet/zoom/0/state/00000000-0000-0000-0000-000000000000/Vip")
    assert client.exists("/midonet/zoom/0/zoomlocks")
    assert bool(client.exists("/midonet/zoom/0/tables/Port")) is (zoom.version != "5.0.2")
    marker = "/midonet/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"
    assert client.get(marker)[0] == (b'{"id":"00000000-0000-0000-0000-000000000001","lastProcessedTaskId":0}')
    transaction = zoom.transaction()
    transaction.set_json(
        "C3POState",
        "00000000-0000-0000-0000-000000000001",
        {"id": "00000000-0000-0000-0000-000000000001", "lastProcessedTaskId": 5},
    )
    transaction.commit()
    zoom.prepare()
    assert client.get(marker)[0].endswith(b'"lastProcessedTaskId":5}')


def test_a_reference_is_entered_on_both_sides_and_cleared_on_both(zoom: Zoom) -> None:
    """Create, move and delete the referring object."""
    first, second = put(zoom, "Network", name="a"), put(zoom, "Network", name="b")
    port = put(zoom, "Port", network_id=first)
    assert zoom.get("Network", first)["port_ids"] == [port]
    transaction = zoom.transaction()
    transaction.update("Port", {**zoom.get("Port", port), "network_id": second})
    transaction.commit()
    assert "port_ids" not in zoom.get("Network", first)
    assert zoom.get("Network", second)["port_ids"] == [port]
    transaction = zoom.transaction()
    transaction.delete("Port", port)
    transaction.commit()
    assert zoom.get("Network", second) == {"id": second, "name": "b"}


def test_a_link_is_kept_on_both_ports(zoom: Zoom) -> None:
    """``peer_id`` is bound to itself; a third port can't have a taken peer."""
    ports = [put(zoom, "Port") for _ in range(3)]
    transaction = zoom.transaction()
    transaction.update("Port", {"id": ports[0], "peer_id": ports[1]})
    transaction.commit()
    assert zoom.get("Port", ports[1])["peer_id"] == ports[0]
    transaction = zoom.transaction()
    with pytest.raises(ReferenceConflict) as conflict:
        transaction.update("Port", {"id": ports[2], "peer_id": ports[1]})
    assert str(conflict.value) == (
        f"Operation failed because the Port with ID {ports[1]} already references the Port with ID "
        f"{ports[0]} via the field peer_id. This field can accommodate only one reference."
    )
    transaction = zoom.transaction()
    transaction.delete("Port", ports[0])
    transaction.commit()
    assert "peer_id" not in zoom.get("Port", ports[1])


def test_deleting_a_network_takes_its_ports_and_their_routes(zoom: Zoom) -> None:
    """Cascades run through; what is only referred to loses the reference."""
    network, router = put(zoom, "Network"), put(zoom, "Router")
    chain = put(zoom, "Chain")
    group = put(zoom, "PortGroup")
    port = put(
        zoom, "Port", network_id=network, inbound_filter_id=chain, port_group_ids=[group], router_id=router
    )
    route = put(zoom, "Route", next_hop_port_id=port)
    rule = put(zoom, "Rule", chain_id=chain, fip_port_id=port)
    transaction = zoom.transaction()
    transaction.delete("Network", network)
    transaction.commit()
    assert [zoom.exists(*key) for key in (("Port", port), ("Route", route), ("Rule", rule))] == [False] * 3
    assert zoom.get("Chain", chain) == {"id": chain}
    assert zoom.get("PortGroup", group) == {"id": group}
    assert zoom.get("Router", router) == {"id": router}


def test_a_router_with_a_load_balancer_can_not_be_deleted(zoom: Zoom) -> None:
    """A binding of kind error refuses; nothing is written."""
    router = put(zoom, "Router")
    balancer = put(zoom, "LoadBalancer", router_id=router)
    assert zoom.get("Router", router)["load_balancer_id"] == balancer
    transaction = zoom.transaction()
    with pytest.raises(ObjectReferenced):
        transaction.delete("Router", router)
    transaction = zoom.transaction()
    transaction.delete("LoadBalancer", balancer)
    transaction.delete("Router", router)
    transaction.commit()
    assert zoom.ids("Router") == []


def test_errors_carry_the_texts_of_the_real_store(zoom: Zoom) -> None:
    """Missing, existing, and missing behind a bound reference."""
    network = put(zoom, "Network")
    missing = new_id()
    acts: list[Callable[[Transaction], object]] = [
        lambda t: t.get("Chain", missing),
        lambda t: t.update("Chain", {"id": missing}),
        lambda t: t.delete("Chain", missing),
        lambda t: t.create("Rule", {"id": new_id(), "chain_id": missing}),
    ]
    for act in acts:
        with pytest.raises(NotFound) as error:
            act(zoom.transaction())
        assert str(error.value) == f"There is no Chain with ID {missing}."
    zoom.transaction().delete("Chain", missing, ignore_missing=True)
    transaction = zoom.transaction()
    transaction.create("Network", {"id": network})
    with pytest.raises(ObjectExists) as exists:
        transaction.commit()
    assert str(exists.value) == f"A(n) Network with ID {network} already exists."


def test_a_failing_commit_writes_nothing(zoom: Zoom) -> None:
    """Everything is one multi."""
    network = put(zoom, "Network")
    transaction = zoom.transaction()
    transaction.create("Port", {"id": new_id(), "network_id": network})
    transaction.create_node(zoom.tables.arp_table(network) + "/10.0.0.1,aa:bb:cc:dd:ee:ff,2147483647")
    transaction.commit()
    before = zoom.get("Network", network)
    transaction = zoom.transaction()
    transaction.create("Port", {"id": new_id(), "network_id": network})
    node = zoom.tables.arp_table(network) + "/10.0.0.1,aa:bb:cc:dd:ee:ff,2147483647"
    transaction.create_node(node)
    with pytest.raises(StorageNodeExists) as error:
        transaction.commit()
    assert str(error.value) == f"There is already a node at {node}."
    assert zoom.get("Network", network) == before
    assert len(zoom.ids("Port")) == 1


def test_a_change_by_somebody_else_meanwhile_is_noticed(zoom: Zoom) -> None:
    """Between reading and commit, also for objects that only get a back reference."""
    network = put(zoom, "Network", name="old")
    transaction = zoom.transaction()
    transaction.create("Port", {"id": new_id(), "network_id": network})
    path = zoom.paths.object_node("Network", network)
    zoom.client.set(path, zoom.client.get(path)[0] + b'tenant_id: "t"\n')
    with pytest.raises(ConcurrentModification, match="Network"):
        transaction.commit()
    assert zoom.ids("Port") == []


@pytest.mark.parametrize("trust_cache", [False, True])
def test_an_object_written_by_another_process_is_seen_at_once(zoom: Zoom, trust_cache: bool) -> None:
    """Reads ask ZooKeeper; a transaction that trusts the cache finds out at the commit."""
    host = new_id()
    high, low = int(host.replace("-", ""), 16) >> 64, int(host.replace("-", ""), 16) & (2**64 - 1)
    path = zoom.paths.object_node("Host", host)
    text = f'id {{ msb: {high} lsb: {low} }} name: "gw"'
    zoom.client.create(path, text.encode())
    assert zoom.find("Host", host) == {"id": host, "name": "gw"}
    assert zoom.all("Host") == [{"id": host, "name": "gw"}]
    zoom.client.set(path, text.replace("gw", "gw-2").encode())
    assert zoom.get("Host", host)["name"] == "gw-2"
    zoom.client.delete(path)
    zoom.client.create(path, text.replace("gw", "gw-3").encode())
    transaction = zoom.transaction(trust_cache=trust_cache)
    transaction.create("Port", {"id": new_id(), "host_id": host})
    if trust_cache:
        with pytest.raises(ConcurrentModification):
            transaction.commit()
        transaction.forget()
        transaction = zoom.transaction(trust_cache=True)
        transaction.create("Port", {"id": new_id(), "host_id": host})
    transaction.commit()
    assert zoom.get("Host", host)["name"] == "gw-3"


def test_what_a_caller_does_with_an_object_does_not_reach_the_store(zoom: Zoom) -> None:
    """Objects handed out and taken in are copies."""
    network = put(zoom, "Network")
    port = put(zoom, "Port", network_id=network)
    zoom.get("Network", network)["port_ids"].append("x")
    value = {"id": new_id(), "network_id": network, "port_group_ids": []}
    transaction = zoom.transaction()
    transaction.create("Port", value)
    value["name"] = "x"
    transaction.commit()
    value["network_id"] = "x"
    assert zoom.get("Network", network)["port_ids"] == [port, value["id"]]
    assert zoom.get("Port", str(value["id"]))["network_id"] == network


def test_reads_see_the_transaction_only_if_asked_to(zoom: Zoom) -> None:
    """5.0.2 and 5.2.1 translate on the state before the task (imp 3.1)."""
    network = put(zoom, "Network")
    for own in (False, True):
        transaction = zoom.transaction(read_own_writes=own)
        port = new_id()
        transaction.create("Port", {"id": port, "network_id": network})
        assert (transaction.find("Port", port) is not None) is own
        assert ("port_ids" in transaction.get("Network", network)) is own
        transaction.delete("Network", network)
        assert (transaction.find("Network", network) is None) is own


def test_tables_come_and_go_with_their_object(zoom: Zoom) -> None:
    """5.2 makes them with Network, Router and Port; entries have the recorded names (imp 5.1)."""
    network, router = put(zoom, "Network"), put(zoom, "Router")
    port = put(zoom, "Port", network_id=network)
    mac, arp = zoom.tables.mac_table(network), zoom.tables.arp_table(network)
    zoom.tables.add(mac, "fa:16:3e:00:00:01", port)
    zoom.tables.add(arp, "10.0.0.1", "fa:16:3e:00:00:01")
    names = {
        "5.0.2": (f"/midonet/bridges/{network}/mac_ports", f"/midonet/bridges/{network}/ip4_mac_map"),
        "5.2.1": (
            f"/midonet/zoom/0/tables/Network/{network}/mac_table/0",
            f"/midonet/zoom/0/tables/Network/{network}/ip4_mac_table",
        ),
    }[zoom.version]
    assert zoom.client.get_children(names[0]) == [f"fa:16:3e:00:00:01,{port},2147483647"]
    assert zoom.client.get_children(names[1]) == ["10.0.0.1,fa:16:3e:00:00:01,2147483647"]
    assert [(entry.key, entry.value, entry.permanent) for entry in zoom.tables.entries(arp)] == [
        ("10.0.0.1", "fa:16:3e:00:00:01", True)
    ]
    assert zoom.tables.remove(arp, "10.0.0.1") == 1
    assert zoom.tables.entries(arp) == []
    learned = zoom.tables.table("Router", router, "arp_table")
    zoom.tables.add(learned, "10.0.0.9", "fa:16:3e:00:00:09", version=3)
    assert [(entry.key, entry.permanent) for entry in zoom.tables.entries(learned)] == [("10.0.0.9", False)]
    assert learned.startswith("/midonet/routers/") is (zoom.version == "5.0.2")
    if zoom.version != "5.0.2":
        assert zoom.tables.exists(zoom.tables.table("Router", router, "arp_table"))
        assert zoom.tables.exists(zoom.tables.table("Port", port, "peering_table"))
        transaction = zoom.transaction()
        transaction.delete("Network", network)
        transaction.delete("Router", router)
        transaction.commit()
        for name in ("Network", "Router", "Port"):
            assert zoom.client.get_children(f"/midonet/zoom/0/tables/{name}") == []
        # A left-over of a wiped store is no obstacle.
        zoom.client.create(f"/midonet/zoom/0/tables/Network/{network}/mac_table", makepath=True)
        put(zoom, "Network", id=network)
        assert zoom.tables.exists(arp)


def test_nodes_are_created_with_their_parents_and_deleted_with_what_is_below(zoom: Zoom) -> None:
    """Plain nodes in the same multi; parents that vanish are made again."""
    path = zoom.paths.below("bridges", new_id(), "vlans")
    for _ in range(2):
        transaction = zoom.transaction()
        transaction.create_node(path)
        transaction.create_node(f"{path}/1/mac_ports")
        transaction.commit()
        assert zoom.client.exists(f"{path}/1/mac_ports")
        zoom.client.delete(zoom.paths.below("bridges"), recursive=True)
    transaction = zoom.transaction()
    transaction.create_node(f"{path}/1/mac_ports")
    transaction.commit()
    transaction = zoom.transaction()
    transaction.delete_node(path)
    transaction.commit()
    assert not zoom.client.exists(path)
    zoom.transaction().commit()  # nothing to write is no error


def test_sequences_start_above_their_seed_and_never_repeat(zoom: Zoom) -> None:
    """A counter is a 4-byte big-endian number; its first value is seed + 1 (imp 5.1)."""
    assert [zoom.next_of_sequence("overlay_tunnel_key") for _ in range(3)] == [2, 3, 4]
    assert zoom.client.get("/midonet/sequences/overlay_tunnel_key")[0] == b"\0\0\0\4"
    assert zoom.next_of_sequence("vxgw_tunnel_key") == 10001
    zoom.client.set("/midonet/sequences/overlay_tunnel_key", b"\0\1\0\0")
    assert zoom.next_of_sequence("overlay_tunnel_key") == 65537
