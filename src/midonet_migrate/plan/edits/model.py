"""What an edit is: single changes that can be taken back, and what the operator is told."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Dialect(StrEnum):
    """Who reads a file, and so which line of it counts."""

    OSLO = "oslo"
    """neutron-server and the agents: oslo.config 1.9 (host 2.1)."""
    CLIENT = "client"
    """~/.midonetrc: Python 2's ConfigParser."""
    MIDONET = "midonet"
    """midonet.conf, midolman.conf: commons-configuration (host 2.6)."""
    SCRIPT = "script"
    """midonet-manager's client.js: an object of JavaScript, mostly JSON."""
    LINES = "lines"
    """Files of repositories: a line is known by its words; ``before`` and ``after`` are whole lines."""


class Action(StrEnum):
    """What a change does to the active assignment of a key."""

    PORT = "port"
    """Only the port of the URL: ``before``, ``after`` are texts like ``:8080``; empty: none was written."""
    VALUE = "value"
    INSERT = "insert"
    """A line, or a section with a line, is new."""
    REMOVE = "remove"
    """The assignment is gone, with its line."""


class Change(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One change at one place. Texts hold a character for each byte (Latin-1), line ends included."""

    dialect: Dialect
    action: Action
    section: str
    """As the file spells it; of a script: empty."""
    key: str
    offset: int
    """In bytes, in the file as the changes before this one leave it."""
    before: str = ""
    after: str = ""
    above: str = ""
    below: str = ""
    """The lines around something removed, to find the place again."""
    rest: int = 0
    """Bytes after something removed: what is written above it later does not change them."""

    def __repr__(self) -> str:
        # The texts may hold a password.
        return f"Change({self.action} [{self.section}] {self.key} at {self.offset})"

    def apply(self, text: str) -> str:
        """The text with this change. Raises ``ValueError`` when it is not the text it was made for."""
        if text[self.offset : self.offset + len(self.before)] != self.before or self.offset > len(text):
            raise ValueError(f"{self!r} does not fit")
        return f"{text[: self.offset]}{self.after}{text[self.offset + len(self.before) :]}"


class Severity(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    """Good to know."""
    ATTENTION = "attention"
    """Left alone; the operator must see to it."""
    REFUSED = "refused"
    """Nobody can tell what is meant: the step stops here until it is settled."""


class Finding(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Something the operator is told about a file. No password stands here."""

    severity: Severity
    place: str
    """``path`` or ``path:line [section] key``."""
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class FileEdit(msgspec.Struct, kw_only=True, frozen=True):
    """A file before and after. ``before`` is None when there is no file yet."""

    path: str
    before: bytes | None
    after: bytes | None
    changes: tuple[Change, ...] = ()
    """Empty too when the file is new as a whole."""
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        return f"FileEdit({self.path}, {len(self.changes)} changes, {len(self.findings)} findings)"

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What must be settled before anything is written."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.REFUSED)


class ConfigFile(msgspec.Struct, frozen=True):
    """A file's path, for what is told, and its content."""

    path: str
    data: bytes

    def __repr__(self) -> str:
        return f"ConfigFile({self.path}, {len(self.data)} bytes)"


class Unreadable(Exception):
    """The program that reads the file would not understand it. ``str()`` says where, without its content."""


def text_of(data: bytes) -> str:
    """A character for each byte. Raises ``Unreadable`` for what is no text."""
    if b"\0" in data:
        raise Unreadable("it holds bytes 0: it is no text, or one of UTF-16")
    return data.decode("latin-1")


def bytes_of(text: str) -> bytes:
    """The bytes of :func:`text_of`'s characters."""
    return text.encode("latin-1")


def edited(path: str, data: bytes, changes: Sequence[Change], findings: Sequence[Finding]) -> FileEdit:
    """The edit that these changes make, one after the other."""
    text = text_of(data)
    for change in changes:
        text = change.apply(text)
    return FileEdit(
        path=path, before=data, after=bytes_of(text), changes=tuple(changes), findings=tuple(findings)
    )


def untouched(path: str, data: bytes | None, severity: Severity, text: str) -> FileEdit:
    """A file left as it is, and why."""
    finding = Finding(severity=severity, place=path, text=text)
    return FileEdit(path=path, before=data, after=data, findings=(finding,))


def combined(first: FileEdit, second: FileEdit) -> FileEdit:
    """Two edits of a file as one; the second is of what the first makes."""
    return FileEdit(
        path=first.path,
        before=first.before,
        after=second.after,
        changes=(*first.changes, *second.changes),
        findings=(*first.findings, *second.findings),
    )
