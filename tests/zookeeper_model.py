"""A reference model of ZooKeeper: what a tree was at any transaction, from the history of all its changes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError, NoNodeError, NotEmptyError
from kazoo.security import make_acl

from midonet_migrate.zookeeper.node_state import OPEN, Permission, kazoo_acl, parent_of, permissions_of

ROOTS = ("/midonet", "/nat")
NAMES = ("a", "b", "c", "d")
ACLS = (
    OPEN,
    permissions_of([make_acl("world", "anyone", read=True, create=True, delete=True, admin=True)]),
    permissions_of([make_acl("ip", "127.0.0.1", all=True)]),
)


@dataclass
class ModelNode:
    """One node of the model."""

    data: bytes
    acl: tuple[Permission, ...] = OPEN
    creations: int = 0


@dataclass
class Change:
    """One transaction."""

    zxid: int
    kind: str
    path: str
    data: bytes = b""
    acl: tuple[Permission, ...] = OPEN


@dataclass
class Writer:
    """The only writer of a tree: random changes, each noted with its transaction."""

    client: KazooClient
    choices: random.Random
    names: tuple[str, ...] = NAMES
    depth: int = 4
    history: list[Change] = field(default_factory=list)

    def prepare(self, changes: int) -> None:
        """The roots, and a few nodes below them."""
        for root in ROOTS:
            self.client.create(root, b"")
            self.note("create", root, b"")
        for _ in range(changes):
            self.change()

    def change(self) -> None:
        """One random change; it may turn out to be none, when the server refuses it."""
        steps = self.choices.choices(self.names, k=self.choices.randint(1, self.depth))
        path = "/".join([self.choices.choice(ROOTS), *steps])
        data = self.choices.randbytes(self.choices.randint(0, 12))
        acl = self.choices.choice(ACLS)
        kind = self.choices.choice(["create"] * 4 + ["sequential", "write", "delete", "anew", "protect"])
        try:
            match kind:
                case "create":
                    self.client.create(path, data, acl=kazoo_acl(acl))
                    self.note("create", path, data, acl)
                case "sequential":
                    made: Any = self.client.create(f"{path}/key-", data, sequence=True)
                    self.note("create", made, data)
                case "write":
                    self.client.set(path, data)
                    self.note("write", path, data)
                case "protect":
                    self.client.set_acls(path, kazoo_acl(acl))
                    self.note("protect", path, acl=acl)
                case _:
                    self.client.delete(path)
                    self.note("delete", path)
                    if kind == "anew":
                        self.client.create(path, data)
                        self.note("create", path, data)
        except (NodeExistsError, NoNodeError, NotEmptyError):
            return
        except Exception as error:
            if type(error).__name__ != "NoAuthError":
                raise

    def note(self, kind: str, path: str, data: bytes = b"", acl: tuple[Permission, ...] = OPEN) -> None:
        """Remember a change that was just made."""
        self.history.append(Change(self.client.last_zxid, kind, path, data, acl))

    def tree_at(self, zxid: int) -> dict[str, ModelNode]:
        """The tree as of a transaction."""
        tree: dict[str, ModelNode] = {}
        for change in self.history:
            if change.zxid > zxid:
                break
            match change.kind:
                case "create":
                    tree[change.path] = ModelNode(change.data, change.acl)
                    above = tree.get(parent_of(change.path))
                    if above is not None:
                        above.creations += 1
                case "write":
                    tree[change.path].data = change.data
                case "protect":
                    tree[change.path].acl = change.acl
                case _:
                    del tree[change.path]
        return tree
