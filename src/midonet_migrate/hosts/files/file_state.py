"""What a file on a host is, and what can go wrong with it."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from midonet_migrate.errors import HostsFailed, WrongState


class FileKind(StrEnum):
    """What stands at a path, symbolic links followed."""

    ABSENT = "absent"
    """Nothing, or a link to nothing."""
    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"
    UNREADABLE = "unreadable"
    """It, or a directory above it, may not be looked at by this account."""


class FileState(msgspec.Struct, kw_only=True, frozen=True):
    """A path on a host. Everything but ``link`` is said of what the path leads to."""

    path: str
    kind: FileKind
    target: str = ""
    """The path without any symbolic link; ``path`` itself when there is none on the way."""
    link: str = ""
    """The text of the symbolic link that stands at ``path``; empty: it is no link."""
    mode: int = 0
    """Permission bits."""
    owner: str = ""
    group: str = ""
    """Their names; their numbers when the host knows no name."""
    size: int = 0
    """Bytes."""
    hard_links: int = 1
    sha256: str = ""
    """Of a regular file's content; else empty."""
    locked: bool = False
    """It, or its directory, may not be written by this account: for root's that is an immutable file
    (``chattr +i``) or a file system that is mounted read-only."""

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file that can be read."""
        return self.kind is FileKind.FILE


class RemoteFile(msgspec.Struct, frozen=True):
    """A file with its content; ``data`` is empty unless it is a regular file."""

    state: FileState
    data: bytes = b""

    def __repr__(self) -> str:
        return f"RemoteFile({self.state.path}, {self.state.kind}, {len(self.data)} bytes)"


class FileChanged(WrongState):
    """A file is not what it was when the change was worked out; it is left alone."""

    code = "file-changed"


class FileNotWritten(HostsFailed):
    """A file of a host could not be read or written; the old one is whole."""

    code = "file-not-written"


class NoPlaceForFile(WrongState):
    """There is no directory for a file, or something that is no file stands in its place."""

    code = "no-place-for-file"


def sha256(data: bytes) -> str:
    """The digest by which contents are told apart."""
    return hashlib.sha256(data).hexdigest()
