"""One scan of ZooKeeper, kept on disk while it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.pipeline import LINKS, Pipeline
from midonet_migrate.zookeeper.scan import ROUNDS, Proof, scan
from midonet_migrate.zookeeper.second_reading import Token
from midonet_migrate.zookeeper.selection import Selection


@contextmanager
def scanned_tree(
    servers: ZooKeeperServers,
    selection: Selection,
    *,
    directory: Path | None = None,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
) -> Iterator[tuple[NodeStore, Proof]]:
    """Scan the selection: the tree, for the length of a ``with`` block, and what is proven of it.

    ``directory``: where the nodes are put on disk meanwhile. Raises as :func:`scan`.
    """
    with NodeStore(directory) as store:
        with Pipeline[Token](servers, links=LINKS) as pipeline:
            proof = scan(pipeline, selection, store, rounds=rounds, progress=progress)
        yield store, proof
