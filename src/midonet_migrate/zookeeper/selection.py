"""Which part of ZooKeeper is MidoNet's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import msgspec

from midonet_migrate.zookeeper.lock import OWN_ROOT
from midonet_migrate.zookeeper.node_state import is_within

SYSTEM_ROOT: Final = "/zookeeper"
NAT_ROOT: Final = "/nat"
"""NAT leases of agents lie outside the roots (imp 5.1)."""
_NEVER: Final = frozenset({SYSTEM_ROOT, OWN_ROOT})


class Selection(msgspec.Struct, frozen=True, dict=True):
    """``roots`` with all below them; without any: everything but ZooKeeper's own root and ours."""

    roots: tuple[str, ...] = ()

    @cached_property
    def above(self) -> dict[bytes, tuple[bytes, ...]]:
        """The nodes above the roots, and the names of those of their children that lead to one."""
        names: dict[bytes, set[bytes]] = {}
        for root in self.roots:
            path = "/"
            for step in root.split("/")[1:]:
                names.setdefault(path.encode(), set()).add(step.encode())
                path = f"/{step}" if path == "/" else f"{path}/{step}"
        return {path: tuple(sorted(found)) for path, found in names.items()}

    @cached_property
    def root_paths(self) -> frozenset[bytes]:
        """The roots as the protocol writes them."""
        return frozenset(root.encode() for root in self.roots)

    def includes(self, name: bytes) -> bool:
        """Whether a child of ``/`` of this name may belong to it."""
        return f"/{name.decode()}" not in _NEVER


def selection_of(roots: Sequence[str]) -> Selection:
    """A selection of these roots, without those that lie inside another.

    Raises ``ValueError`` for ZooKeeper's own root and ours: these are never touched.
    """
    for root in roots:
        if any(is_within(root, never) for never in _NEVER):
            raise ValueError(f"{root} is never backed up")
    outer = [
        root
        for root in dict.fromkeys(roots)
        if not any(other != root and is_within(root, other) for other in roots)
    ]
    return Selection(tuple(sorted(outer)))


def default_roots(source_root: str, target_root: str) -> tuple[str, ...]:
    """The first step of both root keys, and NAT's."""
    steps = [f"/{root.split('/')[1]}" for root in (source_root, target_root)]
    return tuple(dict.fromkeys([*steps, NAT_ROOT]))
