"""A backup: the tree in zkdump's format, and its manifest. Written in one go, verified before it is used."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import msgspec

from midonet_migrate import __version__
from midonet_migrate.errors import CorruptFile, WrongState
from midonet_migrate.run.atomic import file_errors
from midonet_migrate.run.streamed_file import StreamedFile
from midonet_migrate.zookeeper import manifest as sealed
from midonet_migrate.zookeeper.manifest import Manifest, Moved, NullFlags, Origin, Source, Verdict
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.runtime_subtrees import RuntimeSubtrees
from midonet_migrate.zookeeper.scan import Proof
from midonet_migrate.zookeeper.spool import LineSpool
from midonet_migrate.zookeeper.tree import Node, next_sequence, stat_of
from midonet_migrate.zookeeper.zkdump_format import encode_tree, read_tree

BACKUP_FILE: Final = "zk_original.backup"
MANIFEST_FILE: Final = "zk_original.manifest"
_CZXID, _CTIME, _CVERSION, _OWNER, _CHILDREN = 0, 2, 5, 7, 9


class BackupSource(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan was asked for."""

    servers: tuple[str, ...]
    roots: tuple[str, ...]
    source_root: str
    target_root: str


def write_backup(directory: Path, store: NodeStore, proof: Proof, asked: BackupSource) -> Manifest:
    """Write both files of a backup into ``directory``; its long members are left out of the result.

    Both are whole on the disk before either gets its name, and the manifest gets its first: where the backup
    is, its manifest is too. Raises ``WrongState`` (no room) or ``NoPermission``; nothing remains then.
    """
    with (
        StreamedFile(directory / BACKUP_FILE) as tree,
        StreamedFile(directory / MANIFEST_FILE) as description,
        LineSpool(directory) as sequences,
        LineSpool(directory) as acls,
        LineSpool(directory) as ephemerals,
    ):
        notes = _Notes(store, asked, sequences, acls, ephemerals)
        for piece in encode_tree(store, notes.add):
            tree.write(piece)
        digest = tree.finish()
        head = _head(notes, proof, asked, digest, tree.size)
        description.write(sealed.open_manifest(head))
        for name, lines in (("acls", acls), ("ephemerals", ephemerals), ("next_sequence", sequences)):
            for piece in sealed.member(name, lines):
                description.write(piece)
        description.write(sealed.seal(description.finish()))
        description.finish()
        description.commit()
        tree.commit()
    return head


def head_of(store: NodeStore, proof: Proof, asked: BackupSource) -> Manifest:
    """What the manifest would say but for its long members, without writing anything."""
    notes = _Notes(store, asked)
    digest, size = hashlib.sha256(), 0
    for piece in encode_tree(store, notes.add):
        digest.update(piece)
        size += len(piece)
    return _head(notes, proof, asked, digest.hexdigest(), size)


class _Notes:
    """What the manifest says of the nodes, collected as they are written."""

    def __init__(
        self,
        store: NodeStore,
        asked: BackupSource,
        sequences: LineSpool | None = None,
        acls: LineSpool | None = None,
        ephemerals: LineSpool | None = None,
    ) -> None:
        self.store = store
        self._roots = frozenset(asked.roots)
        self._sequences = sequences
        self._acls = acls
        self._ephemerals = ephemerals
        self.nodes = 0
        self.data_bytes = 0
        self.null = NullFlags()
        self.origins: dict[str, Origin] = {}

    def add(self, number: int, path: str, stat: tuple[Any, ...], data: bytes | None) -> None:
        self.nodes += 1
        self.data_bytes += len(data or b"")
        self.null.add(data is None)
        if stat[_CVERSION] or stat[_CHILDREN]:
            _add(self._sequences, path, next_sequence(stat[_CVERSION], stat[_CHILDREN]))
        if acl := self.store.acl_of(number):
            _add(self._acls, path, acl)
        if stat[_OWNER]:
            _add(self._ephemerals, path, session_text(stat[_OWNER]))
        is_root = path in self._roots if self._roots else path.count("/") == 1 and path != "/"
        if is_root:
            self.origins[path] = Origin(czxid=stat[_CZXID], ctime=stat[_CTIME])


def _add(lines: LineSpool | None, path: str, value: object) -> None:
    if lines is not None:
        lines.add(sealed.entry(path, value))


def session_text(owner: int) -> str:
    """The id of a session as ZooKeeper's own tools write it."""
    return f"0x{owner & 0xFFFFFFFFFFFFFFFF:x}"


def _head(notes: _Notes, proof: Proof, asked: BackupSource, digest: str, size: int) -> Manifest:
    runtime = RuntimeSubtrees(asked.source_root, asked.target_root)
    moved = tuple(Moved(path=path, runtime_subtree=runtime.explaining(path)) for path in proof.moved)
    return Manifest(
        format=sealed.FORMAT,
        tool_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        file=BACKUP_FILE,
        size=size,
        sha256=digest,
        verdict=Verdict.EXACT_EXCEPT if moved else Verdict.EXACT,
        fence_zxid=proof.fence_zxid,
        rounds=proof.rounds,
        connections=proof.connections,
        moved=moved,
        left_out=proof.left_out,
        source=Source(
            servers=asked.servers,
            roots=asked.roots,
            origins=notes.origins,
            source_root=asked.source_root,
            target_root=asked.target_root,
        ),
        nodes=notes.nodes,
        data_bytes=notes.data_bytes,
        acl_lists=tuple(notes.store.acls()),
        null_data=notes.null.encoded(),
    )


class Backup(msgspec.Struct, frozen=True):
    """A backup that was verified whole. ``manifest`` is None for a file of zkdump's own: then nothing proves
    that it is what was written, ACLs are not known, and null data cannot be told from empty data."""

    path: Path
    manifest: Manifest | None
    store: NodeStore
    node_count: int

    def nodes(self) -> Iterator[Node]:
        """Every node, parents before children, in the order of the file; may be asked for again."""
        return self.store.walk()


@contextmanager
def open_backup(path: Path, *, need_manifest: bool = True) -> Iterator[Backup]:
    """Verify a backup to the last bit, and read it whole, before anything of it can be used.

    The manifest is looked for beside it: the same name, ending in ``.manifest``. Without one, unless it is
    needed, the file is only checked to be a complete tree.

    Raises ``WrongState`` when a file is missing, ``NoPermission``, and ``CorruptFile``.
    """
    manifest_path = manifest_of(path)
    manifest = read_manifest(manifest_path) if need_manifest or manifest_path.exists() else None
    with NodeStore(_spool_directory(path)) as store:
        with file_errors(path), _opened(path) as file:
            if manifest is not None:
                _check_digest(file, manifest, path)
            read_tree(file, store, str(path))
        count = len(store)
        if manifest is not None:
            _complete(store, manifest, manifest_path)
        yield Backup(path, manifest, store, count)


def manifest_of(path: Path) -> Path:
    """Where the manifest of a backup is."""
    return path.with_suffix(".manifest")


def read_manifest(path: Path) -> Manifest:
    """A manifest, its seal checked. Raises ``WrongState`` when it is missing, ``CorruptFile``."""
    with file_errors(path), _opened(path) as file:
        content = file.read()
    return sealed.decode_manifest(content, str(path))


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise WrongState(
            f"{path} is missing", hint="Make a backup first: midonet-migrate backup create."
        ) from None
    with file:
        yield file


def _check_digest(file: BufferedReader, manifest: Manifest, path: Path) -> None:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.tell()
    if (digest, size) != (manifest.sha256, manifest.size):
        raise CorruptFile(
            f"{path} is not the file that its manifest describes",
            why=f"It has {size} bytes with sha256 {digest[:16]}…, and should have {manifest.size} with"
            f" {manifest.sha256[:16]}….",
            hint="Nothing was changed. Restore the file, or its manifest, from a copy.",
        )
    file.seek(0)


def _complete(store: NodeStore, manifest: Manifest, path: Path) -> None:
    """Add to the tree what only the manifest knows, and compare what both know."""
    try:
        if len(store) != manifest.nodes:
            raise ValueError(f"the backup has {len(store)} nodes, not {manifest.nodes}")
        store.set_null(sealed.null_flags(manifest))
        acl_numbers = [store.acl_number(acl) for acl in manifest.acl_lists]
        found = 0
        for number, node_path, _ in store.numbers():
            stat = stat_of(store.stat(number))
            counted = stat.next_sequence if stat.cversion or stat.num_children else None
            if counted != manifest.next_sequence.get(node_path):
                raise ValueError(f"the counters of {node_path} differ")
            acl = manifest.acls.get(node_path)
            if acl is not None:
                found += 1
                store.protect(number, acl_numbers[acl])
        if found != len(manifest.acls):
            raise ValueError("it has an ACL of a node that is not in the backup")
    except (ValueError, IndexError) as error:
        raise CorruptFile(
            f"{path} does not fit its backup",
            why=str(error),
            hint="Nothing was changed. Restore both files from a copy.",
        ) from error


def _spool_directory(path: Path) -> Path | None:
    """Where to put the nodes on disk while they are used: beside the file, if that is allowed."""
    return path.parent if os.access(path.parent, os.W_OK) else None
