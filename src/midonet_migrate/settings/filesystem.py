"""Reading configuration files below a root directory that stands for the host's '/'."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Protocol

import msgspec

from midonet_migrate.errors import AccessDenied, ConfigError, MigrateError

_MAXIMUM_LINKS = 40


class Problem(msgspec.Struct, frozen=True):
    """Why a file could not be read. ``message`` names the file and, for its syntax, the line."""

    message: str
    permission: bool = False


class UnreadableFile(Exception):
    """Raised inside this room; carries the ``Problem`` that the operator is told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def problems_error(what: str, problems: list[Problem]) -> MigrateError:
    """One error for all ``problems``: 77 when permission is all that is missing, else 64."""
    messages = [problem.message for problem in problems]
    if all(problem.permission for problem in problems):
        return AccessDenied(what, hint="Run it as root, or as a user that may read it.", problems=messages)
    return ConfigError(what, hint="Correct what is listed, then run again.", problems=messages)


class ReadableHost(Protocol):
    """The files and processes of a host, here or elsewhere. Paths are the host's own, absolute ones."""

    def exists(self, path: str) -> bool:
        """Whether something is there; true also for what may not be looked at."""

    def names(self, folder: str, suffix: str) -> list[str]:
        """The paths of files in ``folder`` that end in ``suffix``, sorted as oslo.config does."""

    def shown(self, path: str) -> str:
        """The path as messages name it."""

    def read(self, path: str) -> str:
        """The text of a file. Raises ``UnreadableFile``."""

    def command_lines(self, word: str) -> list[list[str]]:
        """The arguments of every process that has ``word`` in them, as far as they may be looked at."""


class HostFiles:
    """The files of one host: of this machine (root '/'), or of a copy or image of its tree elsewhere.

    Absolute symbolic links are followed inside ``root``, as a process on that host would.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def locate(self, path: str) -> Path:
        """Where the host's absolute ``path`` is for us, links followed. It need not exist."""
        if self.root == Path("/"):
            return Path(path)
        pending = [part for part in path.split("/") if part not in {"", "."}][::-1]
        resolved: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                resolved = resolved[:-1]
                continue
            link = _link_target(self.root.joinpath(*resolved, part))
            if link and links < _MAXIMUM_LINKS:
                links += 1
                if link.startswith("/"):
                    resolved = []
                pending += [step for step in link.split("/") if step not in {"", "."}][::-1]
            else:
                resolved.append(part)
        return self.root.joinpath(*resolved)

    def exists(self, path: str) -> bool:
        """Whether something is at the host's ``path``; true also for what may not be looked at."""
        return is_there(self.locate(path))

    def names(self, folder: str, suffix: str) -> list[str]:
        """The host's paths of files in ``folder`` that end in ``suffix``, sorted as oslo.config does."""
        try:
            found = sorted(entry.name for entry in self.locate(folder).iterdir())
        except OSError:
            return []
        return [f"{folder.rstrip('/')}/{name}" for name in found if name.endswith(suffix) and name[0] != "."]

    def shown(self, path: str) -> str:
        """The host's ``path`` as messages name it."""
        return path if self.root == Path("/") else str(self.root / path.lstrip("/"))

    def read(self, path: str) -> str:
        """The text of the host's ``path``. Raises ``UnreadableFile``."""
        return read_text(self.locate(path), self.shown(path))

    def command_lines(self, word: str) -> list[list[str]]:
        """The arguments of every process with ``word`` in them, as far as they may be looked at."""
        found = []
        for command_line in sorted(self.locate("/proc").glob("[0-9]*/cmdline")):
            try:
                text = command_line.read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            if word in text:
                found.append(text.split("\0"))
        return found


def is_there(path: Path) -> bool:
    """Whether something is at ``path``; true also for what may not be looked at."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.EACCES
    return True


def _link_target(path: Path) -> str:
    """Where the symbolic link at ``path`` points to; empty when there is none or it may not be looked at."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def read_text(path: Path, shown: str | None = None) -> str:
    """The text of a configuration file. Raises ``UnreadableFile``.

    UTF-8 with or without a byte order mark; else Latin-1, because the programs of Kilo's time read bytes and
    did not mind what a comment holds.
    """
    shown = shown if shown is not None else str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(Problem(f"{shown}: there is no such file")) from None
    except OSError as error:
        denied = error.errno in {errno.EACCES, errno.EPERM}
        reason = "may not be read by this user" if denied else f"cannot be read ({error.strerror})"
        raise UnreadableFile(Problem(f"{shown}: {reason}", permission=denied)) from None
    return decoded(data)


def decoded(data: bytes) -> str:
    """The text of a configuration file: UTF-8 with or without a byte order mark, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
