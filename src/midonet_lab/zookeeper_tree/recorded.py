"""A recorded tree, in the JSON form that zkdump writes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from midonet_lab.zookeeper_tree.tree import Tree


def recorded_tree(document: Mapping[str, Any]) -> Tree:
    """The nodes of a dump, ``/`` and ``/zookeeper`` left out.

    A node shows ``cversion = 2 * creations - children``, which tells
    the next sequence number.
    """
    tree = Tree()
    stack = list(reversed(document["children"]))
    while stack:
        record = stack.pop()
        path = record["path"].rstrip("/")
        if path == "/zookeeper":
            continue
        metadata = record["metadata"]
        data = base64.b64decode(record.get("data") or "")
        node = tree.add(path, data, ephemeral=metadata["ephemeralOwner"] != 0)
        node.creations = (metadata["cversion"] + metadata["numChildren"]) // 2
        stack.extend(reversed(record["children"]))
    return tree
