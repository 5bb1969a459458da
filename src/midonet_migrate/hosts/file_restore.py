"""Files of a host back to what they were before us: whole if nobody changed them since, else our own changes
alone taken back (host 2.5, 3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from midonet_migrate.hosts.actor import Would
from midonet_migrate.hosts.changes import FILE
from midonet_migrate.hosts.file_changes import saved_changes
from midonet_migrate.hosts.files.file_state import FileKind, FileState, RemoteFile, sha256
from midonet_migrate.hosts.files.remote_files import ABSENT
from midonet_migrate.hosts.files.shown_diff import shown_diff
from midonet_migrate.hosts.parts import Files
from midonet_migrate.hosts.record import SavedFile
from midonet_migrate.plan.edits.reverse import reverse
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Kind


class Wanted(msgspec.Struct, kw_only=True, frozen=True):
    """What a file is to hold after the rollback; ``content`` None: it is to be gone.

    ``left``: why something of ours stays, for the operator.
    """

    content: bytes | None
    left: tuple[str, ...] = ()


class RestoredFile(msgspec.Struct, kw_only=True, frozen=True):
    """A file is as it was before our first edit of it.

    ``edits``: all of ours, the first one first; ``saved``: what the host's record holds of it, None: the file
    was not there. ``always``: it is put back whatever is there, since its package was removed and installed
    again.
    """

    kind: ClassVar[Kind] = "file"

    host: str
    files: Files
    run: RunDirectory
    path: str
    edits: Sequence[Inverse]
    saved: SavedFile | None
    always: bool = False

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"restore {self.path}"

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"{self.path} is as before the migration"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        now = self._now()
        before, after = _content(now), self.wanted(now).content
        state = now.state
        if before == after and not self._attributes_differ(state):
            return None
        return Would(
            details=()
            if before != after
            else (f"{self.path}: {state.mode:04o} {state.owner}:{state.group}",),
            diff=shown_diff(self.path, before, after) if before != after else "",
        )

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        now = self._now()
        arguments: dict[str, Any] = {"host": self.host, "path": self.path, "restored": True}
        after = self.wanted(now).content
        arguments["written"] = sha256(after) if after is not None else ""
        if not now.state.is_file:
            return Inverse(action=FILE, arguments=arguments)
        copy, digest = run.save_copy(f"{self.host}-{self.path.strip('/').replace('/', '-')}", now.data)
        return Inverse(action=FILE, arguments=arguments, copy=copy, copy_digest=digest)

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        now = self._now()
        after = self.wanted(now).content
        if after is None:
            self.files.remove(self.path, expected=now.state.sha256)
            for edit in self.edits[:1]:
                if edit.arguments.get("directory"):
                    self.files.remove_directory(edit.arguments["directory"])
            return {}
        if not now.state.is_file:
            self._make_directory()  # dpkg takes it away with the package, and what the operator made in it
        expected = now.state.sha256 if now.state.is_file else ABSENT
        if self.saved is None:
            self.files.write(self.path, after, expected=expected)
        else:
            state = self.saved.state
            self.files.write(
                self.path, after, expected=expected, mode=state.mode, owner=state.owner, group=state.group
            )
        return {}

    def _make_directory(self) -> None:
        directory = self.path.rpartition("/")[0]
        if directory and self.files.fetch([directory])[directory].state.kind is FileKind.ABSENT:
            self.files.make_directory(directory)

    def wanted(self, now: RemoteFile) -> Wanted:
        """What the file is to hold, by what it holds now."""
        original = self._original()
        current = _content(now)
        if current == original or self.always:
            return Wanted(content=original)
        if current is None:
            return Wanted(content=original)
        ours = {edit.arguments["written"] for edit in self.edits}
        if sha256(current) in ours:
            return Wanted(content=original)
        changes = [change for edit in self.edits for change in saved_changes(self.run, edit)]
        if original is None or not changes:
            return Wanted(
                content=current, left=("it was changed by somebody else since; it is left as it is",)
            )
        result = reverse(current, changes)
        left = [f"{change.key}: {why}" for change, why in result.left]
        return Wanted(
            content=result.data,
            left=("it was changed by somebody else since; only our own changes were taken back", *left),
        )

    def look(self) -> Wanted:
        """What the file is to hold, and what of ours has to stay."""
        return self.wanted(self._now())

    def _now(self) -> RemoteFile:
        return self.files.fetch([self.path])[self.path]

    def _original(self) -> bytes | None:
        if self.edits:
            first = self.edits[0]
            return self.run.saved_copy(first) if first.copy else None
        return self.saved.content(self.run) if self.saved is not None and self.saved.copy else None

    def _attributes_differ(self, state: FileState) -> bool:
        saved = self.saved.state if self.saved is not None else None
        return (
            saved is not None
            and state.is_file
            and saved.is_file
            and (saved.mode, saved.owner, saved.group) != (state.mode, state.owner, state.group)
        )


class PackageFiles(msgspec.Struct, kw_only=True):
    """Configuration files of packages are as recorded, with nothing left beside them. Most of it the package
    manager has done already: with ``packages_changed`` this counts as done, whatever is left to do, so that a
    rehearsal, which cannot know that, says the same.
    """

    kind: ClassVar[Kind] = "file"
    key: ClassVar[str] = "restore files of packages"
    summary: ClassVar[str] = "configuration files of packages are as before the migration"

    restored: Sequence[RestoredFile]
    packages_changed: bool
    applied: bool = False

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        if any(file.examine() is not None for file in self.restored):
            return Would()
        return Would() if self.packages_changed and not self.applied else None

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        self.applied = True
        differing = [file for file in self.restored if file.examine() is not None]
        for file in differing:
            file.apply()
        return {"files": [file.path for file in differing]}


def _content(file: RemoteFile) -> bytes | None:
    return file.data if file.state.kind is FileKind.FILE else None
