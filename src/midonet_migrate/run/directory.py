"""The run directory: everything a migration knows and has done, in one place (design: a directory of its own,
mode 0700, files 0600, every file written to a temporary name, fsynced and renamed)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from midonet_migrate.errors import CorruptFile, ForeignRunDirectory, WrongState
from midonet_migrate.run.atomic import (
    DIRECTORY_MODE,
    file_errors,
    gunzip_bytes,
    gzip_bytes,
    json_bytes,
    leftovers,
    sync_directory,
    write_atomically,
)
from midonet_migrate.run.file_lock import FileLock
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import JOURNAL_FILE, Inverse

IDENTITY_FILE = "identity.json"
SAVED_DIRECTORY = "saved"
_IDENTITY_FORMAT = 1
_T = TypeVar("_T")


class Identity(msgspec.Struct, kw_only=True):
    """Which site a run directory belongs to. ``fingerprint`` is the sha256 of the site's canonical JSON."""

    format: int
    site: dict[str, Any]
    fingerprint: str


class WrittenFile(msgspec.Struct, kw_only=True, frozen=True):
    """A file that was written, or in a dry run would be; not ``changed`` when it held that already."""

    name: str
    size: int
    digest: str
    changed: bool


def site_fingerprint(site: Mapping[str, Any]) -> str:
    """sha256 over the canonical JSON of a site's identity."""
    return hashlib.sha256(json_bytes(dict(site), pretty=False)).hexdigest()


def _nothing_to_guard() -> None:
    """Nobody else can be at work."""


class RunDirectory:
    """A run directory in use, as a context manager: locked, swept of left-overs, its journal open.

    With ``dry_run`` nothing at all is created or changed on disk. The interface stays the same: files
    written are kept in memory, read back from there, and listed in :attr:`written` like real ones.

    Entering raises ``LockHeld`` when another run uses the directory, ``NoPermission`` or ``WrongState`` when
    it cannot be used, and ``CorruptFile`` when its journal is damaged or gone.
    """

    journal: Journal

    def __init__(self, path: Path, *, step: str = "", dry_run: bool = False) -> None:
        self.path = path
        self.dry_run = dry_run
        self.written: list[WrittenFile] = []
        self.guard: Callable[[], None] = _nothing_to_guard
        """Called before anything outside is changed: raises when this run must not go on."""
        self._step = step
        self._kept: dict[str, bytes] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._prepare()
            stack.enter_context(FileLock(self.path, dry_run=self.dry_run))
            if not self.dry_run:
                with file_errors(self.path):
                    for leftover in (*leftovers(self.path), *leftovers(self.path / SAVED_DIRECTORY)):
                        leftover.unlink()
            self._require_journal()
            self.journal = Journal(self.path, step=self._step, dry_run=self.dry_run)
            stack.callback(self.journal.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _require_journal(self) -> None:
        """It is there before the identity is: one that is gone must not look like nothing was ever done."""
        with file_errors(self.path):
            lost = self.path_of(IDENTITY_FILE).exists() and not self.path_of(JOURNAL_FILE).exists()
        if lost:
            raise CorruptFile(
                f"{self.path_of(JOURNAL_FILE)} is missing from a run directory in use",
                why="Without it what was done is not known.",
                hint="Restore the run directory from a copy, or start anew with another --data-dir.",
            )

    def _prepare(self) -> None:
        with file_errors(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise WrongState(
                    f"{self.path} is not a directory", hint="Choose another directory with --data-dir."
                )
            if self.dry_run:
                return
            if not self.path.exists():
                self.path.mkdir(mode=DIRECTORY_MODE, parents=True)
                sync_directory(self.path.parent)
            if self.path.stat().st_mode & 0o777 != DIRECTORY_MODE:
                self.path.chmod(DIRECTORY_MODE)  # it will hold credentials and the whole topology

    def path_of(self, name: str) -> Path:
        """Where a file of this directory is, or would be."""
        return self.path / name

    def exists(self, name: str) -> bool:
        """Whether the directory has this file (in a dry run: has it, or would have it)."""
        return name in self._kept or self.path_of(name).exists()

    def write(self, name: str, data: bytes) -> WrittenFile:
        """Put a file in place, atomically and durably. A file that holds these bytes already is left alone.

        Raises ``NoPermission`` or ``WrongState`` (no room, broken disk); the old file is whole then.
        """
        path = self.path_of(name)
        changed = not self.exists(name) or self.read(name) != data
        if changed and self.dry_run:
            self._kept[name] = data
        elif changed:
            write_atomically(path, data)
        digest = hashlib.sha256(data).hexdigest()
        written = WrittenFile(name=name, size=len(data), digest=digest, changed=changed)
        self.written.append(written)
        return written

    def write_json(self, name: str, value: Any) -> WrittenFile:
        """Write a model object or plain data as readable JSON in stable order; gzipped if it ends in .gz."""
        if name.endswith(".gz"):
            return self.write(name, gzip_bytes(json_bytes(value, pretty=False)))
        return self.write(name, json_bytes(value))

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises ``WrongState`` when it is missing, ``NoPermission`` when unreadable."""
        if name in self._kept:
            return self._kept[name]
        path = self.path_of(name)
        with file_errors(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                raise WrongState(
                    f"{path} is missing", hint="Run the earlier steps first, with the same --data-dir."
                ) from None

    def read_json(self, name: str, kind: type[_T], *, made_by: str = "") -> _T:
        """A JSON file (gunzipped if it ends in .gz) as ``kind``. ``made_by``: the step that makes it anew,
        without a loss, when it is not there.

        Raises ``CorruptFile`` when it cannot be decoded, and as :meth:`read`.
        """
        data = self.read(name)
        try:
            return msgspec.json.decode(gunzip_bytes(data) if name.endswith(".gz") else data, type=kind)
        except (msgspec.MsgspecError, ValueError) as error:
            raise CorruptFile(
                f"{self.path_of(name)} is damaged or of an unknown version",
                why=str(error),
                hint=f"Restore it from a copy, or move it away and run 'midonet-migrate {made_by}' again."
                if made_by
                else "Restore it from a copy.",
            ) from error

    def save_copy(self, name: str, data: bytes) -> tuple[str, str]:
        """Keep the bytes that a unit is about to replace; the path and sha256 go into its inverse."""
        digest = hashlib.sha256(data).hexdigest()
        stored = f"{SAVED_DIRECTORY}/{digest[:16]}-{name}"
        if not self.dry_run:
            folder = self.path / SAVED_DIRECTORY
            with file_errors(folder):
                if not folder.exists():
                    folder.mkdir(mode=DIRECTORY_MODE)
                    sync_directory(self.path)
        self.write(stored, data)
        return stored, digest

    def saved_copy(self, inverse: Inverse) -> bytes:
        """The copy that an inverse refers to. Raises ``CorruptFile`` when it is not what was saved."""
        data = self.read(inverse.copy)
        if hashlib.sha256(data).hexdigest() != inverse.copy_digest:
            raise CorruptFile(
                f"{self.path_of(inverse.copy)} is not what was saved",
                hint="Restore the run directory from a copy.",
            )
        return data

    def tie_to(self, site: Mapping[str, Any]) -> None:
        """Make this the run directory of ``site``, or check that it is.

        ``site`` holds names, never secrets. A step that knows more of the site than the ones before adds
        its members. Raises ``ForeignRunDirectory`` naming every member that differs, ``CorruptFile`` when
        the identity file was damaged or edited.
        """
        if not self.exists(IDENTITY_FILE):
            if any(record.event == "intent" for record in self.journal.records):
                raise CorruptFile(
                    f"{self.path_of(IDENTITY_FILE)} is missing from a run directory in use",
                    hint="Restore the run directory from a copy, or start anew with another --data-dir.",
                )
            fingerprint = site_fingerprint(site)
            identity = Identity(format=_IDENTITY_FORMAT, site=dict(site), fingerprint=fingerprint)
            self.write_json(IDENTITY_FILE, identity)
            return
        known = self.read_json(IDENTITY_FILE, Identity)
        if known.format != _IDENTITY_FORMAT or known.fingerprint != site_fingerprint(known.site):
            raise CorruptFile(
                f"{self.path_of(IDENTITY_FILE)} was changed, or is of an unknown version",
                hint="Restore the run directory from a copy, or start anew with another --data-dir.",
            )
        differing = [
            f"{member}: {known.site[member]!r} there, {site[member]!r} here"
            for member in sorted(known.site.keys() & site.keys())
            if known.site[member] != site[member]
        ]
        if differing:
            raise ForeignRunDirectory(
                f"{self.path} belongs to another site",
                why="It was made for a site of another identity.",
                hint="Give this site a directory of its own with --data-dir.",
                problems=differing,
            )
        if site.keys() - known.site.keys():
            merged = {**known.site, **site}
            identity = Identity(format=_IDENTITY_FORMAT, site=merged, fingerprint=site_fingerprint(merged))
            self.write_json(IDENTITY_FILE, identity)


def open_to_read(path: Path) -> RunDirectory:
    """A run directory for commands that only read (status, plan show): no lock, nothing created.

    Raises ``WrongState`` when there is none, ``NoPermission`` when it may not be read.
    """
    with file_errors(path):
        if not path.is_dir():
            raise WrongState(
                f"There is no run directory {path}",
                hint="Run 'midonet-migrate prepare' first, or name the directory with --data-dir.",
            )
        next(path.iterdir(), None)  # a directory that may not be read says so here
    return RunDirectory(path, dry_run=True)
