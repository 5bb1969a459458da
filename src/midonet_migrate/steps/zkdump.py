"""The old helper's dump, for people's scripts (orig 6.4): everything but ZooKeeper's own root and ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from midonet_migrate.errors import WrongState
from midonet_migrate.run.progress import Progress
from midonet_migrate.run.streamed_file import StreamedFile
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper.backup_file import MANIFEST_FILE
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

    Raises ``WrongState`` for an ``output`` that is a backup with its manifest: the way back needs that one.
    """
    if output is not None and _is_proven_backup(output):
        raise WrongState(
            f"{output} is a backup that 'midonet-migrate backup' made",
            why="A dump in its place would not fit its manifest, and there would be no way back.",
            hint="Give -o another name.",
        )
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


def _is_proven_backup(path: Path) -> bool:
    return path.exists() and path.with_suffix(Path(MANIFEST_FILE).suffix).exists()


def _document(store: NodeStore, *, pretty: bool) -> Iterator[bytes]:
    if pretty:
        for line in tree_lines(store.walk()):
            yield f"{line}\n".encode()
    else:
        yield from encode_tree(store)
