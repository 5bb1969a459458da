"""What turns one tree into another, in which batches, and what a rollback takes away."""

from __future__ import annotations

import msgspec
import pytest
from kazoo.protocol.serialization import Create, Delete, MultiHeader, SetData

from midonet_migrate.errors import WrongState
from midonet_migrate.plan.derived_ids import in_chain_id, interface_peer_id
from midonet_migrate.zookeeper.batches import (
    BATCH_BYTES,
    BATCH_OPERATIONS,
    Kind,
    Operation,
    advances,
    batches,
    closed_later,
    creations,
    deletions,
)
from midonet_migrate.zookeeper.changes import Changes, changes_between, differences
from midonet_migrate.zookeeper.counters import CounterPolicy, sequential_parents
from midonet_migrate.zookeeper.lost_objects import lost_objects
from midonet_migrate.zookeeper.node_state import NodeState, Permission, kazoo_acl
from midonet_migrate.zookeeper.sessions import live_sessions, require_gone
from midonet_migrate.zookeeper.sides import Side, Sides

SIDES = Sides(source_root="/midonet/v1", target_root="/midonet")
EXACT = CounterPolicy()
CLOSED = (Permission(1, "world", "anyone"),)
NETWORK = "aaaaaaaa-0000-4000-8000-000000000001"
PORT = "bbbbbbbb-0000-4000-8000-000000000002"
NEW = "cccccccc-0000-4000-8000-000000000003"


def tree(*nodes: NodeState | str) -> dict[str, NodeState]:
    made = [NodeState(node) if isinstance(node, str) else node for node in nodes]
    return {node.path: node for node in made}


def test_equal_trees_need_nothing() -> None:
    same = tree("/a", NodeState("/a/b", b"x", CLOSED, 7))
    assert not changes_between(same, dict(same), counters=EXACT)


def test_children_go_before_parents_and_come_after_them() -> None:
    changes = changes_between(
        tree("/a", "/a/b", "/a/b/c"), tree(NodeState("/x", next_sequence=1), "/x/y"), counters=EXACT
    )
    assert changes.delete == ("/a/b/c", "/a/b", "/a")
    assert [node.path for node in changes.create] == ["/x", "/x/y"]


def test_null_and_empty_data_are_not_the_same() -> None:
    changes = changes_between(tree(NodeState("/a", b"")), tree(NodeState("/a", None)), counters=EXACT)
    assert [node.data for node in changes.write] == [None]


def test_a_counter_that_is_too_low_is_advanced_by_what_its_children_do_not_bring() -> None:
    wanted = tree(NodeState("/a", next_sequence=10), "/a/b", "/a/c")
    changes = changes_between(tree(NodeState("/a", next_sequence=3), "/a/b"), wanted, counters=EXACT)
    assert changes.advance == {"/a": 6}
    assert not changes.delete


def test_a_counter_that_is_too_high_makes_its_node_anew_with_all_below_it() -> None:
    live = tree(
        NodeState("/r", next_sequence=1), NodeState("/r/a", next_sequence=4), NodeState("/r/a/b", b"x")
    )
    wanted = tree(
        NodeState("/r", next_sequence=9), NodeState("/r/a", next_sequence=3), NodeState("/r/a/b", b"x")
    )
    changes = changes_between(live, wanted, counters=EXACT)
    assert changes.delete == ("/r/a/b", "/r/a")
    assert [node.path for node in changes.create] == ["/r/a", "/r/a/b"]
    assert changes.advance == {"/r": 7, "/r/a": 2}


def test_making_a_child_anew_counts_for_its_parent() -> None:
    live = tree(NodeState("/r", next_sequence=1), NodeState("/r/a", next_sequence=4))
    wanted = tree(NodeState("/r", next_sequence=1), NodeState("/r/a", next_sequence=3))
    changes = changes_between(live, wanted, counters=EXACT)
    assert changes.delete == ("/r/a", "/r")


def test_a_node_that_is_kept_is_never_made_anew() -> None:
    live = tree(NodeState("/r", next_sequence=8), "/r/new")
    changes = changes_between(live, tree(NodeState("/r", next_sequence=1)), counters=EXACT, kept=["/r"])
    assert changes.delete == ("/r/new",)
    assert not changes.advance


def test_an_ephemeral_node_does_not_become_persistent() -> None:
    live = tree(NodeState("/r", next_sequence=5), NodeState("/r/a", owner=7))
    wanted = tree(NodeState("/r", next_sequence=9), "/r/a")
    changes = changes_between(live, wanted, counters=EXACT)
    assert changes.delete == ("/r/a",)
    assert changes.advance == {"/r": 3}


def test_far_counters_are_restored_only_where_names_are_made_of_them() -> None:
    wanted = tree(
        NodeState("/locks", next_sequence=50),
        NodeState("/keys", next_sequence=50),
        "/keys/tunnelKey0000000007",
    )
    changes = changes_between({}, wanted, counters=CounterPolicy(exact=10))
    assert changes.advance == {"/keys": 49}
    assert changes.left == {"/locks": 50}
    assert sequential_parents(wanted.values()) == {"/keys"}
    finished = tree(NodeState("/locks"), wanted["/keys"], wanted["/keys/tunnelKey0000000007"])
    assert not changes_between(finished, wanted, counters=CounterPolicy(exact=10))


def test_differences_name_what_differs_and_accept_counters_that_moved_on() -> None:
    live = tree("/a", NodeState("/b", b"1"), NodeState("/c", acl=CLOSED), NodeState("/d", next_sequence=5))
    wanted = tree("/b", "/c", NodeState("/d", next_sequence=4), "/e", NodeState("/a", next_sequence=1))
    assert sorted(differences(live, wanted)) == [
        "/a counts 0, not 1",
        "/b has other data",
        "/c has another ACL",
        "/e is missing",
    ]


def test_batches_keep_within_operations_and_bytes() -> None:
    small = [Operation(Kind.DELETE, f"/node-{number}") for number in range(1201)]
    assert [len(batch) for batch in batches(small)] == [500, 500, 201]
    large = [Operation(Kind.CREATE, "/é", bytes(200_000)) for _ in range(5)]
    assert [len(batch) for batch in batches(large)] == [2, 2, 1]
    for batch in (*batches(small), *batches(large)):
        assert sum(operation.size for operation in batch) <= BATCH_BYTES
        assert len(batch) <= BATCH_OPERATIONS
    assert [
        len(batch) for batch in batches([Operation(Kind.CREATE, "/a", bytes(2_000_000)), *small[:1]])
    ] == [1, 1]


def test_the_size_of_an_operation_is_not_less_than_its_bytes_in_a_request() -> None:
    """A server drops the connection over a request that is too large, and would at every further attempt."""
    entries = [("world", "anyone"), ("digest", "operator:" + 27 * "="), ("ip", "10.0.0.1"), ("sasl", "é")]
    acl = tuple(Permission(31, scheme, identity) for scheme, identity in entries)
    for path, data in (("/a", b""), ("/a/é€", None), ("/" + 200 * "b", bytes(1000))):
        header = len(MultiHeader(Create.type, False, -1).serialize())
        operation = Operation(Kind.CREATE, path, data, acl)
        assert operation.size >= header + len(Create(path, data, kazoo_acl(acl), 0).serialize())
        assert Operation(Kind.WRITE, path, data).size >= header + len(SetData(path, data, -1).serialize())
        assert Operation(Kind.DELETE, path).size >= header + len(Delete(path, -1).serialize())


def test_a_closed_node_is_open_while_what_is_below_it_is_made() -> None:
    parent, leaf = NodeState("/a", acl=CLOSED), NodeState("/a/b", acl=CLOSED)
    changes = Changes(create=(parent, leaf))
    made = {operation.path: operation.acl for operation in creations(changes)}
    assert made["/a"] != CLOSED
    assert made["/a/b"] == CLOSED
    assert closed_later(changes) == [parent]


def test_operations_of_all_parts() -> None:
    changes = Changes(delete=("/a",), write=(NodeState("/b", b"x"),), advance={"/c": 2})
    assert [operation.kind for operation in deletions(changes)] == [Kind.DELETE]
    assert [operation.data for operation in creations(changes)] == [b"x"]
    assert [operation.kind for operation in advances(changes)] == [Kind.CREATE, Kind.DELETE] * 2


def test_the_closest_root_says_whose_a_node_is() -> None:
    assert SIDES.side_of("/midonet/v1/ports") is Side.OLD
    assert SIDES.side_of("/midonet/v10") is Side.NEW
    assert SIDES.side_of("/nat/x") is Side.NEW
    assert SIDES.side_of("/kafka") is None
    inside = Sides(source_root="/midonet", target_root="/midonet/five")
    assert inside.side_of("/midonet/five/zoom") is Side.NEW
    assert inside.side_of("/midonet/ports") is Side.OLD
    assert SIDES.above_old() == {"/midonet"}


def test_nodes_made_only_to_hold_the_new_root_belong_to_it() -> None:
    sides = Sides(source_root="/old/v1", target_root="/five/x")
    live = tree("/old", "/old/v1", "/five", "/five/x", "/five/x/zoom")
    assert sorted(sides.new_part(live, {})) == ["/five", "/five/x", "/five/x/zoom"]
    assert sorted(sides.new_part({**live, **tree("/five/other")}, {})) == ["/five/x", "/five/x/zoom"]


def test_sessions_are_named_by_side_with_their_nodes() -> None:
    sessions = live_sessions(
        tree(
            "/midonet",
            NodeState("/midonet/leader-latch/l-1", owner=0x15),
            NodeState("/midonet/v1/hosts/h/alive", owner=-1),
        ),
        SIDES,
    )
    assert [(session.session, session.side) for session in sessions] == [
        ("0xffffffffffffffff", Side.OLD),
        ("0x15", Side.NEW),
    ]
    with pytest.raises(WrongState) as caught:
        require_gone(sessions)
    assert caught.value.exit_status == 10
    assert "/midonet/leader-latch/l-1" in caught.value.problems[1]
    require_gone([])


def test_what_came_after_the_backup_is_lost_and_what_was_migrated_is_not() -> None:
    models = "/midonet/zoom/0/models"
    backup = tree(f"/midonet/v1/neutron/networks/{NETWORK}", f"/midonet/v1/ports/{PORT}")
    name = b'id {\n}\nname: "p\\303\\272blico \\"x\\""\nother {\n  name: "no"\n}\n'
    live = backup | tree(
        f"{models}/NeutronNetwork/{NETWORK}",
        f"{models}/Port/{interface_peer_id(PORT)}",
        f"{models}/Chain/{in_chain_id(NEW)}",
        f"{models}/Rule/{NEW}",
        f"{models}/Port/{NEW}",
        NodeState(f"{models}/NeutronPort/{NEW}", name),
        NodeState(f"/midonet/v1/bridges/{NEW}", b'{"data": {"name": "br"}, "version": "1.9"}'),
        f"/midonet/v1/bridges/{NEW}/mac_ports",
    )
    found = [msgspec.to_builtins(lost) for lost in lost_objects(live, backup, SIDES, old_too=True)]
    assert found == [
        {"side": "1.9", "kind": "network", "id": NEW, "name": "br"},
        {"side": "5.x", "kind": "port", "id": NEW, "name": 'público "x"'},
    ]
    assert [lost.side for lost in lost_objects(live, backup, SIDES, old_too=False)] == [Side.NEW]
    # Neutron may have known it all along, and the old MidoNet not.
    assert lost_objects(live, backup, SIDES, old_too=False, planned={NEW}) == []
