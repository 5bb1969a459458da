"""A node as backup, show and diff see it, and its stat in ZooKeeper's own 68 bytes."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from midonet_migrate.zookeeper.node_state import OPEN, NodeState, Permission

STAT_LAYOUT: Final = struct.Struct(">qqqqiiiqiiq")
"""How the protocol writes a stat; the members stand in the order of :class:`Stat`."""
STAT_SIZE: Final = STAT_LAYOUT.size
_SIGN: Final = 1 << 63


class Stat(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, gc=False):
    """ZooKeeper's stat under the names that zkdump writes (orig 6.4). Times are in milliseconds."""

    czxid: int
    mzxid: int
    ctime: int
    mtime: int
    version: int
    cversion: int
    aversion: int
    ephemeral_owner: int
    data_length: int
    num_children: int
    pzxid: int

    @property
    def next_sequence(self) -> int:
        """The number that the next sequential child would get."""
        return next_sequence(self.cversion, self.num_children)

    def packed(self) -> bytes:
        """The 68 bytes. Raises ``struct.error`` for a number that is too large.

        The id of a session may have its highest bit set (all of ZooKeeper 3.4.5 since 2022), and zkdump's own
        binding shows it without sign: that is the same id.
        """
        stat, owner = self, self.ephemeral_owner
        if _SIGN <= owner < 2 * _SIGN:
            stat = msgspec.structs.replace(self, ephemeral_owner=owner - 2 * _SIGN)
        return STAT_LAYOUT.pack(*msgspec.structs.astuple(stat))


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node without its children.

    ``path`` is absolute, without '/' at its end. ``data``: None is ZooKeeper's null, as opposed to no bytes.
    """

    path: str
    data: bytes | None
    stat: Stat
    acl: tuple[Permission, ...] = OPEN

    @property
    def state(self) -> NodeState:
        """What a restore has to bring back of it."""
        return NodeState(self.path, self.data, self.acl, self.stat.next_sequence, self.stat.ephemeral_owner)


def next_sequence(cversion: int, children: int) -> int:
    """How many children were ever created: the number of the next sequential one (anc 0).

    A client is shown ``2 * creations - children``, which may have wrapped around at 32 bits.
    """
    return ((cversion + children) & 0xFFFFFFFF) // 2


def stat_of(packed: bytes) -> Stat:
    """The stat of 68 bytes."""
    return Stat(*STAT_LAYOUT.unpack(packed))


def join(parent: str, name: str) -> str:
    """The path of a child."""
    return f"/{name}" if parent == "/" else f"{parent}/{name}"
