"""The tree as it is now, read for comparing and for a copy of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper.manifest import Origin
from midonet_migrate.zookeeper.node_state import NodeState, is_within
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.pipeline import LINKS, Pipeline
from midonet_migrate.zookeeper.scan import Proof, scan
from midonet_migrate.zookeeper.second_reading import Token
from midonet_migrate.zookeeper.selection import Selection
from midonet_migrate.zookeeper.session import ZooKeeperSession


class LiveTree(msgspec.Struct, kw_only=True, frozen=True):
    """What was read. ``store`` and ``proof`` are what a copy is made of; None when no root exists."""

    nodes: dict[str, NodeState]
    origins: dict[str, Origin]
    store: NodeStore | None = None
    proof: Proof | None = None


class LiveReader:
    """Reads ``roots``, as often as asked. Nodes that a backup does not look into (5.x's snapshot locks) are
    read too: what is not seen cannot be deleted.

    ``session`` has seen what was written through it: what is read is never older than that.
    """

    def __init__(
        self,
        session: ZooKeeperSession,
        servers: ZooKeeperServers,
        roots: Sequence[str],
        directory: Path,
        progress: Progress,
    ) -> None:
        self._session = session
        self._servers = servers
        self._roots = tuple(roots)
        self._directory = directory if directory.is_dir() else None
        self._progress = progress

    def nodes(self) -> dict[str, NodeState]:
        """The nodes by path."""
        with self.read() as tree:
            return tree.nodes

    @contextmanager
    def read(self) -> Iterator[LiveTree]:
        """The tree with what a copy of it needs, for the length of a ``with`` block."""
        roots = tuple(root for root in self._roots if self._session.exists(root))
        if not roots:
            yield LiveTree(nodes={}, origins={})
            return
        with NodeStore(self._directory) as store:
            with Pipeline[Token](self._servers, links=LINKS) as pipeline:
                pipeline.last_zxid = int(self._session.client.last_zxid or 0)
                proof = scan(pipeline, Selection(roots), store, progress=self._progress)
            nodes: dict[str, NodeState] = {}
            origins: dict[str, Origin] = {}
            for node in store.walk():
                if any(is_within(node.path, root) for root in roots):
                    nodes[node.path] = node.state
                    if node.path in roots:
                        origins[node.path] = Origin(czxid=node.stat.czxid, ctime=node.stat.ctime)
            for path in proof.left_out:
                nodes.update(self._closed(path))
            yield LiveTree(nodes=nodes, origins=origins, store=store, proof=proof)

    def _closed(self, parent: str) -> dict[str, NodeState]:
        found: dict[str, NodeState] = {}
        for name in self._session.children(parent) or []:
            path = f"{parent}/{name}"
            if (node := self._session.get(path)) is not None:
                found[path] = NodeState(path, node[0], owner=int(node[1].ephemeralOwner))
        return found
