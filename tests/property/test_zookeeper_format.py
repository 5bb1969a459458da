"""zkdump's format: any tree goes out and comes in again, and anything else is refused where it is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.errors import CorruptFile, WrongState
from midonet_migrate.steps.backup_check import summary
from midonet_migrate.zookeeper.backup_file import open_backup
from midonet_migrate.zookeeper.manifest import FORMAT, Manifest, NullFlags, Source, Verdict, null_flags
from midonet_migrate.zookeeper.node_store import ROOT, NodeStore
from midonet_migrate.zookeeper.tree import STAT_LAYOUT, Node
from midonet_migrate.zookeeper.zkdump_format import encode_tree, read_tree

LONG = st.integers(-(2**63), 2**63 - 1)
INT = st.integers(-(2**31), 2**31 - 1)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=6
).filter(lambda name: name not in {".", ".."})
Branch = tuple[bytes | None, tuple[int, ...], dict[str, Any]]

branches: st.SearchStrategy[Any] = st.deferred(
    lambda: st.tuples(
        st.none() | st.binary(max_size=12),
        st.tuples(LONG, LONG, LONG, LONG, INT, INT, INT, LONG, INT, LONG),
        st.dictionaries(NAMES, branches, max_size=3),
    )
)


def fill(store: NodeStore, number: int, name: str, branch: Branch) -> None:
    data, numbers, children = branch
    packed = STAT_LAYOUT.pack(*numbers[:8], len(data or b""), *numbers[8:])
    store.put(number, name.encode(), packed, data)
    last = None
    for child, below in children.items():
        last = store.append(number, last)
        fill(store, last, child, below)


def as_written(nodes: list[Node]) -> list[Node]:
    """The format does not tell null from no data."""
    return [Node(node.path, node.data or b"", node.stat, node.acl) for node in nodes]


def read(text: bytes) -> list[Node]:
    with NodeStore() as store:
        read_tree(io.BytesIO(text), store, "the file")
        return list(store.walk())


@settings(max_examples=120, deadline=None)
@given(branch=branches, indent=st.sampled_from([None, 1, "\t"]), order=st.booleans())
def test_any_tree_is_written_and_read(branch: Branch, indent: Any, order: bool) -> None:
    """And again after somebody has pretty-printed it, or put the members into another order."""
    with NodeStore() as store:
        fill(store, ROOT, "", branch)
        nodes = list(store.walk())
        text = b"".join(encode_tree(store))
    assert b"\n" not in text
    assert read(text) == as_written(nodes)
    tree = json.loads(text)
    assert tree["path"] == "/"
    assert read(json.dumps(tree, indent=indent, sort_keys=order).encode()) == as_written(nodes)


@settings(max_examples=150, deadline=None)
@given(
    branch=branches,
    place=st.integers(0, 10_000),
    text=st.sampled_from([b"", b"x", b'"', b"}", b"]", b"{", b",", b"\\", b"0", b"\xff", b'{"path":"/"}']),
    cut=st.integers(0, 5),
)
def test_a_changed_document_is_refused_or_says_what_it_says(
    branch: Branch, place: int, text: bytes, cut: int
) -> None:
    """Whatever is taken must be the tree that any JSON reader sees."""
    with NodeStore() as store:
        fill(store, ROOT, "", branch)
        whole = b"".join(encode_tree(store))
    at = place % (len(whole) + 1)
    changed = whole[:at] + text + whole[at + cut :]
    try:
        found = read(changed)
    except CorruptFile:
        return
    tree = json.loads(changed)
    left, paths = [tree], set()
    while left:
        node = left.pop()
        paths.add(node["path"].rstrip("/") or "/")
        left += node["children"]
    assert {node.path for node in found} == paths


STAT = {
    "czxid": 1, "mzxid": 1, "ctime": 1, "mtime": 1, "version": 0, "cversion": 0, "aversion": 0,
    "ephemeralOwner": 0, "dataLength": 0, "numChildren": 0, "pzxid": 1,
}  # fmt: skip


def node(path: str, *children: dict[str, Any], **members: Any) -> dict[str, Any]:
    found = {
        "path": path,
        "name": path.rstrip("/").rpartition("/")[2],
        "data": "",
        "metadata": STAT,
        "children": list(children),
    }
    return {name: value for name, value in {**found, **members}.items() if value != "absent"}


@pytest.mark.parametrize(
    "tree",
    [
        node("/", node("/a")),
        node("/", node("/a/", node("/b/"))),
        node("/", node("/a/", name="b")),
        node("/", node("/a/"), node("/a/")),
        node("/", node("/../")),
        node("/", node("/a/", data="!")),
        node("/", node("/a/", data="eA==")),
        node("/", node("/a/", metadata={**STAT, "more": 1})),
        node("/", node("/a/", metadata={**STAT, "czxid": 2**63})),
        node("/", node("/a/", metadata={k: v for k, v in STAT.items() if k != "pzxid"})),
        node("/", node("/a/", children="absent")),
        node("/", node("/a/", data=None)),
        node("/a/"),
        {"path": "/"},
        [],
        "text",
    ],
)
def test_what_is_no_complete_tree_is_refused(tree: Any) -> None:
    with pytest.raises(CorruptFile):
        read(json.dumps(tree).encode())


@pytest.mark.parametrize("owner", [-5, 2**64 - 5])
def test_a_session_may_be_written_without_sign(tmp_path: Path, owner: int) -> None:
    """As zkdump's own binding writes one with the highest bit set; shown as ZooKeeper's tools do."""
    file = tmp_path / "dump"
    file.write_text(json.dumps(node("/", node("/a/", metadata={**STAT, "ephemeralOwner": owner}))))
    with open_backup(file, need_manifest=False) as backup:
        assert [each.stat.ephemeral_owner for each in backup.nodes()] == [0, -5]
        assert summary(backup)["ephemerals"] == {"/a": "0xfffffffffffffffb"}


@pytest.mark.parametrize("tail", [b" x", b"{}", b",", b"]"])
def test_nothing_may_follow(tail: bytes) -> None:
    with pytest.raises(CorruptFile):
        read(json.dumps(node("/")).encode() + tail)
    assert len(read(json.dumps(node("/")).encode() + b" \n")) == 1


def manifest_of(nodes: int, null_data: str) -> Manifest:
    return Manifest(
        format=FORMAT,
        tool_version="",
        created="",
        file="",
        size=0,
        sha256="",
        verdict=Verdict.EXACT,
        fence_zxid=0,
        rounds=1,
        connections=1,
        moved=(),
        left_out=(),
        source=Source(servers=(), roots=(), origins={}),
        nodes=nodes,
        data_bytes=0,
        acl_lists=(),
        null_data=null_data,
    )


@given(data=st.lists(st.sampled_from([None, b"", b"x"]), min_size=1, max_size=40))
def test_null_data_is_told_from_empty_data_by_the_flags_of_the_manifest(data: list[bytes | None]) -> None:
    """The document alone does not tell: a rollback would write another node than there was."""
    nulls = NullFlags()
    with NodeStore() as store:
        number: int | None = None
        for place, content in enumerate(data):
            number = store.append(ROOT, number or None) if number is not None else ROOT
            name = b"%d" % place if place else b""
            store.put(number, name, STAT_LAYOUT.pack(*[0] * 11), content or b"")
            nulls.add(content is None)
        store.set_null(null_flags(manifest_of(len(data), nulls.encoded())))
        assert [node.data for node in store.walk()] == data


def test_flags_of_another_number_of_nodes_are_refused() -> None:
    """They would be those of other nodes."""
    nulls = NullFlags()
    for _ in range(9):
        nulls.add(True)
    assert null_flags(manifest_of(9, nulls.encoded())) == b"\xff\x01"
    for nodes in (8, 17):
        with pytest.raises(ValueError, match="as many"):
            null_flags(manifest_of(nodes, nulls.encoded()))


def test_a_store_lies_where_it_is_told(tmp_path: Path) -> None:
    """Where the operator has made room, not where temporary files go."""
    with pytest.raises(WrongState, match="gone"), NodeStore(tmp_path / "gone"):
        pass
