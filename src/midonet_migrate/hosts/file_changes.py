"""What stages change in a host's files: each by a pure edit, what was there being kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from midonet_migrate.errors import AccessDenied, WrongState
from midonet_migrate.hosts.actor import HostActor, Would
from midonet_migrate.hosts.changes import FILE
from midonet_migrate.hosts.files.file_state import FileKind, NoPlaceForFile, RemoteFile, sha256
from midonet_migrate.hosts.files.remote_files import ABSENT
from midonet_migrate.hosts.files.shown_diff import shown_diff
from midonet_migrate.hosts.parts import Files, HostParts
from midonet_migrate.plan.edits.model import Change as SingleChange
from midonet_migrate.plan.edits.model import FileEdit, Severity
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Kind

Edit = Callable[[bytes | None], FileEdit]
"""From what a file holds (None: there is none) to what it should hold."""


class FileContent(msgspec.Struct, kw_only=True, frozen=True):
    """A file holds what ``edit`` makes of it. ``edit`` applied to its own result changes nothing.

    ``mode`` is for a file that is made; mode and owner of one that is there stay.
    """

    kind: ClassVar[Kind] = "file"

    host: str
    files: Files
    path: str
    edit: Edit
    summary: str
    mode: int = 0o644

    @classmethod
    def of(
        cls, parts: HostParts, path: str, edit: Edit, summary: str = "", *, mode: int = 0o644
    ) -> FileContent:
        """The content of a file of a host."""
        shown = summary or f"{path} is as MidoNet 5 needs it"
        return cls(host=parts.entry.name, files=parts.files, path=path, edit=edit, summary=shown, mode=mode)

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"file {self.path}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Raises ``WrongState`` when an edit is refused,
        ``AccessDenied`` when the file may not be written."""
        before, edit = self.look()
        if edit.refused:
            raise WrongState(
                f"{self.host}: {self.path} cannot be edited",
                why="What is meant there cannot be told.",
                hint="Settle what is listed, by hand or with the options that it names, then run again.",
                problems=[str(finding) for finding in edit.refused],
            )
        if not edit.changed:
            return None
        if before.state.locked:  # to be known before a service is stopped for it
            raise AccessDenied(
                f"{self.host}: {self.path} may not be changed there",
                why="It or its directory is immutable, or its file system is mounted read-only.",
                hint="Look at 'lsattr -d' of both, and at 'findmnt -T' of it; make it writable (chattr -i,"
                " mount -o remount,rw), then run the same command again.",
            )
        gone = (f"{self.path} is there",) if edit.after is None else ()
        return Would(details=gone, diff=shown_diff(self.path, edit.before, edit.after))

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`. ``written`` is the sha256 of what we write,
        ``changes`` the file below the run directory that holds the single changes, ``directory`` one that has
        to be made."""
        before, edit = self.look()
        state, name = before.state, f"{self.host}-{self.path.strip('/').replace('/', '-')}"
        arguments: dict[str, Any] = {"host": self.host, "path": self.path}
        arguments["written"] = sha256(edit.after) if edit.after is not None else ""
        if edit.changes:
            data = msgspec.json.encode(edit.changes)
            arguments["changes"], arguments["changes_digest"] = run.save_copy(f"{name}.changes.json", data)
        if not state.is_file:
            if self._directory_is_missing():
                arguments["directory"] = self._directory
            return Inverse(action=FILE, arguments=arguments)
        arguments |= {"mode": state.mode, "owner": state.owner, "group": state.group}
        copy, digest = run.save_copy(name, before.data)
        return Inverse(action=FILE, arguments=arguments, copy=copy, copy_digest=digest)

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        before, edit = self.look()
        if edit.after is None:
            self.files.remove(self.path, expected=before.state.sha256)
        elif before.state.is_file:
            self.files.write(self.path, edit.after, expected=before.state.sha256)
        else:
            if self._directory_is_missing():
                self.files.make_directory(self._directory)
            self.files.write(self.path, edit.after, expected=ABSENT, mode=self.mode)
        return {}

    def look(self) -> tuple[RemoteFile, FileEdit]:
        """The file as it is, and what would be made of it. Raises ``NoPlaceForFile``."""
        before = self.files.fetch([self.path])[self.path]
        if before.state.kind not in {FileKind.FILE, FileKind.ABSENT}:
            raise NoPlaceForFile(
                f"{self.host}: {self.path} is no file that can be read ({before.state.kind})",
                hint="Look at the path on the host.",
            )
        return before, self.edit(before.data if before.state.is_file else None)

    @property
    def _directory(self) -> str:
        return self.path.rpartition("/")[0]

    def _directory_is_missing(self) -> bool:
        found = self.files.fetch([self._directory])[self._directory] if self._directory else None
        return found is not None and found.state.kind is FileKind.ABSENT


def edit_file(actor: HostActor, change: FileContent) -> bool:
    """Perform an edit, and pass on what it found; whether the file had to be changed."""
    before, edit = change.look()
    if edit.changed and before.state.hard_links > 1:
        actor.warn(
            f"{change.path} has {before.state.hard_links} names (hard links): only this one gets the new"
            " content, the others keep the old; find them with find / -xdev -samefile"
        )
    done = actor.perform(change)
    for finding in edit.findings:
        if finding.severity is Severity.ATTENTION:
            actor.advise(str(finding))
    return done


def whole(path: str, content: bytes | None) -> Edit:
    """The edit after which a file holds exactly this; None: after which there is none."""

    def edit(before: bytes | None) -> FileEdit:
        return FileEdit(path=path, before=before, after=content)

    return edit


def saved_changes(run: RunDirectory, inverse: Inverse) -> tuple[SingleChange, ...]:
    """The single changes of an edit. Raises ``CorruptFile`` when they are not what was saved."""
    name = inverse.arguments.get("changes", "")
    if not name:
        return ()
    kept = Inverse(action="", copy=name, copy_digest=inverse.arguments["changes_digest"])
    return msgspec.json.decode(run.saved_copy(kept), type=tuple[SingleChange, ...])
