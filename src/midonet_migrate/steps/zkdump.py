"""The old helper's dump, for people's scripts (orig 6.4): everything but ZooKeeper's own root and ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from midonet_migrate.run.progress import Progress
from midonet_migrate.run.streamed_file import StreamedFile
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.rendering import tree_lines
from midonet_migrate.zookeeper.scan import Proof
from midonet_migrate.zookeeper.scanned_tree import scanned_tree
from midonet_migrate.zookeeper.selection import Selection
from midonet_migrate.zookeeper.zkdump_format import encode_tree


def dump(
    servers: ZooKeeperServers, output: Path | None, *, pretty: bool, progress: Progress
) -> Iterator[bytes | Proof]:
    """Dump the whole tree as JSON, or ``pretty`` as indented text.

    Without ``output`` the pieces of the document are yielded; with it they go to that file, which is replaced
    in one go once it is complete. The last thing yielded is what is proven of it.
    """
    with scanned_tree(servers, Selection(), progress=progress) as (store, proof):
        if output is None:
            yield from _document(store, pretty=pretty)
        else:
            with StreamedFile(output) as file:
                for piece in _document(store, pretty=pretty):
                    file.write(piece)
                file.finish()
                file.commit()
        yield proof


def _document(store: NodeStore, *, pretty: bool) -> Iterator[bytes]:
    if pretty:
        for line in tree_lines(store.walk()):
            yield f"{line}\n".encode()
    else:
        yield from encode_tree(store)
