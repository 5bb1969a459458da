"""What a restore has to bring back of a node: data, ACL, and the counter of sequential children."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from kazoo.security import ACL, Id

PERMISSION_ALL = 31


class Permission(msgspec.Struct, frozen=True, gc=False):
    """One entry of an ACL as ZooKeeper stores it: bits of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16."""

    permissions: int
    scheme: str
    identity: str


OPEN: tuple[Permission, ...] = (Permission(PERMISSION_ALL, "world", "anyone"),)
"""Everybody may do everything: what MidoNet's own nodes carry."""


class NodeState(msgspec.Struct, frozen=True, gc=False):
    """One node. ``data``: None is ZooKeeper's null. ``next_sequence``: the number that the next sequential
    child gets (anc 0). ``owner``: the session that an ephemeral node belongs to; 0 for a persistent one."""

    path: str
    data: bytes | None = b""
    acl: tuple[Permission, ...] = OPEN
    next_sequence: int = 0
    owner: int = 0


def parent_of(path: str) -> str:
    """The path of the parent; that of a child of the root is ``/``."""
    return path.rpartition("/")[0] or "/"


def depth_of(path: str) -> int:
    """How many steps below the root; 0 for the root itself."""
    return 0 if path == "/" else path.count("/")


def is_within(path: str, root: str) -> bool:
    """Whether ``path`` is ``root`` or below it."""
    return path == root or path.startswith(f"{root}/") or root == "/"


def permissions_of(acl: Iterable[ACL]) -> tuple[Permission, ...]:
    """kazoo's ACL as ours."""
    return tuple(Permission(entry.perms, entry.id.scheme, entry.id.id) for entry in acl)


def kazoo_acl(permissions: Iterable[Permission]) -> list[ACL]:
    """Ours as kazoo's."""
    return [ACL(entry.permissions, Id(entry.scheme, entry.identity)) for entry in permissions]
