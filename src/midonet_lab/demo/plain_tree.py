"""MidoNet's part of ZooKeeper read in the plainest way, to check the product's reading and writing by."""

from __future__ import annotations

from kazoo.client import KazooClient

ROOT = "/midonet"
_HANDFUL = 100
Entry = tuple[bytes | None, tuple[tuple[int, str, str], ...], int, bool]
"""Data, ACL, the number that the next sequential child gets, whether the node is ephemeral."""


def read_plainly(client: KazooClient) -> dict[str, Entry]:
    """Every node at and below ``/midonet`` by path, asked for in handfuls."""
    found: dict[str, Entry] = {}
    left = [ROOT]
    while left:
        paths, left = left[:_HANDFUL], left[_HANDFUL:]
        asked = [
            (client.get_async(path), client.get_acls_async(path), client.get_children_async(path))
            for path in paths
        ]
        for path, questions in zip(paths, asked, strict=True):
            (data, stat), (acl, _), children = (question.get() for question in questions)
            entries = tuple((entry.perms, entry.id.scheme, entry.id.id) for entry in acl)
            # What a client is shown is twice the creations less the children that are there.
            creations = (stat.cversion + stat.numChildren) // 2
            found[path] = (data, entries, creations, bool(stat.ephemeralOwner))
            left += [f"{path}/{child}" for child in children]
    return found


def lasting(tree: dict[str, Entry]) -> dict[str, Entry]:
    """The nodes that do not go with a session."""
    return {path: entry for path, entry in tree.items() if not entry[3]}
