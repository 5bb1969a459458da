"""A node's data for people: 1.9's JSON, 5.x's protobuf text with readable UUIDs, anything else unharmed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.tree import Node

_UUID_MESSAGE = re.compile(r"(\w+)\s*:?\s*\{\s*msb:\s*(\d+)\s*lsb:\s*(\d+)\s*\}")
_HALF = (1 << 64) - 1
_SHOWN_BYTES = 32


def readable(data: bytes | None, *, pretty: bool = True) -> str:
    """Data as text, over several lines where that helps. Control characters are escaped, so that no data can
    drive a terminal; bytes that are no text are shown in hexadecimal."""
    if not data:
        return "null" if data is None else ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _hexadecimal(data)
    if "\0" in text:
        return _hexadecimal(data)
    if text[0] in "{[":
        try:
            return _escaped(json.dumps(json.loads(text), indent=2 if pretty else None, ensure_ascii=False))
        except (ValueError, RecursionError):
            return _escaped(_with_uuids(text))
    return _escaped(_with_uuids(text))


def tree_lines(nodes: Iterable[Node], *, deepest: int | None = None) -> Iterator[str]:
    """zkdump's ``-p``: a line per node, indented, with its data behind or below it."""
    for node in nodes:
        depth = 0 if node.path == "/" else node.path.count("/")
        if deepest is not None and depth > deepest:
            continue
        margin = "  " * depth
        name = _escaped(node.path.rpartition("/")[2] or "/")
        text = readable(node.data) if node.data else ""
        lines = text.splitlines()
        if len(lines) > 1:
            yield f"{margin}{name}:"
            yield from (f"{margin}    {line}" for line in lines)
        else:
            yield f"{margin}{name}: {text}" if text else f"{margin}{name}"


class Branch:
    """How much is at and below a node."""

    __slots__ = ("data_bytes", "nodes", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.nodes = 0
        self.data_bytes = 0


def branches(store: NodeStore, deepest: int) -> list[Branch]:
    """Size of every branch that begins at most ``deepest`` steps below the top, in the order of the tree."""
    found: list[Branch] = []
    above: list[Branch] = []
    for number, path, depth in store.numbers():
        del above[depth:]
        if depth <= deepest:
            branch = Branch(path)
            found.append(branch)
            above.append(branch)
        size = len(store.record(number)[2] or b"")
        for branch in above:
            branch.nodes += 1
            branch.data_bytes += size
    return found


def _with_uuids(text: str) -> str:
    return _UUID_MESSAGE.sub(
        lambda found: f"{found[1]}: {UUID(int=((int(found[2]) & _HALF) << 64) | (int(found[3]) & _HALF))}",
        text,
    )


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _hexadecimal(data: bytes) -> str:
    more = "…" if len(data) > _SHOWN_BYTES else ""
    return f"({len(data)} bytes) {data[:_SHOWN_BYTES].hex(' ')}{more}"
