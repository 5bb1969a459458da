"""Reading and replacing files on a host (host 2.5): whole, atomically, with owner, mode and links kept."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Iterable, Sequence

import msgspec

from midonet_migrate.errors import AccessDenied, HostsFailed, MigrateError, Recovery, WrongState
from midonet_migrate.hosts.files import shell_scripts
from midonet_migrate.hosts.files.file_state import (
    FileChanged,
    FileKind,
    FileNotWritten,
    FileState,
    NoPlaceForFile,
    RemoteFile,
    sha256,
)
from midonet_migrate.hosts.runner import Completed, Runner

LARGEST_BYTES = 64 * 1024 * 1024
"""No configuration file is larger; one that is, is not read."""
ABSENT = shell_scripts.ABSENT
"""As ``expected``: there must be no file yet."""

_BATCH = 200
_READINGS = 3
_TIMEOUT_SECONDS = 120.0
_MISSING = ("No such file", "Not a directory", "Too many levels of symbolic links")
_FORBIDDEN = re.compile(r"Permission denied|Operation not permitted|Read-only file system")
_NO_ROOM = re.compile(r"No space left|[Qq]uota exceeded|File too large")


class RemoteFiles:
    """Files of the host behind ``runner``; nothing but a POSIX shell and coreutils is needed there.

    Paths are absolute. All methods raise what the runner raises, ``AccessDenied`` when the account may not,
    ``WrongState`` when the disk is full or a tool is missing, ``NoPlaceForFile``, and ``FileNotWritten``.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def look(self, paths: Iterable[str]) -> dict[str, FileState]:
        """What stands at each of the paths, without contents."""
        return {path: file.state for path, file in self._look(paths, limit=-1).items()}

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        """What stands at each of the paths, with the contents of regular files, each read in one moment."""
        return self._look(paths, limit=LARGEST_BYTES)

    def read(self, path: str) -> bytes:
        """A file's content. Raises ``WrongState`` when there is none."""
        file = self.fetch([path])[path]
        if file.state.kind is FileKind.UNREADABLE:
            raise _forbidden(path, "The account may not read it.")
        if file.state.kind is not FileKind.FILE:
            raise WrongState(f"There is no file {path} on the host", why=f"What is there: {file.state.kind}.")
        return file.data

    def find(self, patterns: Sequence[str]) -> list[str]:
        """The paths that match shell patterns, each once, in the patterns' order; links to nothing too."""
        for pattern in patterns:
            _require_path(pattern)
        done = self._run(shell_scripts.FIND, patterns)
        found = [_decoded(line) for line in done.stdout.split()]
        return list(dict.fromkeys(path for path in found if path.isprintable() and "\ufffd" not in path))

    def write(
        self,
        path: str,
        data: bytes,
        *,
        expected: str | None = None,
        mode: int | None = None,
        owner: str = "",
        group: str = "",
    ) -> FileState:
        """Put ``data`` in place of the file, or make it; of a symbolic link what it leads to is written.

        After a kill, a lost connection or a full disk at any moment there is the old file or the new one.
        Owner, mode, ACL and SELinux context stay unless given; a new file gets 0644. A file with this content
        and nothing else to set is not touched. ``expected``: sha256 of the content that must be there, or
        ``ABSENT``; raises ``FileChanged`` otherwise, and when it changes meanwhile.
        """
        arguments = [
            path,
            secrets.token_hex(6),
            expected or shell_scripts.ANYTHING,
            sha256(data),
            "" if mode is None else f"{mode:04o}",
            f"{owner}:{group}" if group else owner,
        ]
        done = self._run(shell_scripts.WRITE, arguments, stdin=base64.encodebytes(data).decode("ascii"))
        return _state(path, done.stdout.splitlines()[-1])

    def remove(self, path: str, *, expected: str | None = None) -> None:
        """Delete a regular file; none there is no error. ``expected`` as in :meth:`write`."""
        self._run(shell_scripts.REMOVE, [path, expected or shell_scripts.ANYTHING])

    def link(self, path: str, text: str, *, expected: str | None = None) -> None:
        """Put a symbolic link with ``text`` at ``path``, in place of a file with the digest ``expected``."""
        token = secrets.token_hex(6)
        self._run(shell_scripts.LINK, [path, token, expected or shell_scripts.ANYTHING, text])

    def make_directory(self, path: str, *, mode: int = 0o755) -> bool:
        """Make a directory; whether it was made: False when there is one. What is above it must be there."""
        return bool(self._run(shell_scripts.MAKE_DIRECTORY, [path, f"{mode:04o}"]).stdout.strip())

    def remove_directory(self, path: str) -> bool:
        """Remove a directory if it is empty; whether it was removed."""
        return bool(self._run(shell_scripts.REMOVE_DIRECTORY, [path]).stdout.strip())

    def _look(self, paths: Iterable[str], limit: int) -> dict[str, RemoteFile]:
        wanted = list(dict.fromkeys(paths))
        found: dict[str, RemoteFile] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            for _ in range(_READINGS):
                done = self._run(shell_scripts.LOOK, [str(limit), *batch])
                answers = _answers(batch, done.stdout, contents=limit >= 0)
                found.update(answers)
                batch = [path for path in batch if path not in answers]
                if not batch:
                    break
            else:
                raise FileNotWritten(
                    f"{batch[0]} cannot be read as a whole",
                    why="It changes all the time, or is larger than any configuration file.",
                    hint="Find out what writes it (configuration management?), stop that, and run again.",
                    problems=batch,
                    recovery=Recovery.RETRY,
                )
        return {path: found[path] for path in wanted}

    def _run(self, script: str, arguments: Sequence[str], *, stdin: str = "") -> Completed:
        path = arguments[1] if script is shell_scripts.LOOK else arguments[0]
        if script is not shell_scripts.FIND:
            for argument in arguments[1:] if script is shell_scripts.LOOK else arguments[:1]:
                _require_path(argument)
        command = ["sh", "-c", script, "sh", *arguments]
        done = self._runner.run(command, stdin=stdin, timeout=_TIMEOUT_SECONDS)
        if done.status:
            raise _error(path, done)
        return done


def _require_path(path: str) -> None:
    if not path.startswith("/") or not path.isprintable() or path.endswith("/"):
        raise ValueError(f"not the absolute path of a file: {path!r}")


def _answers(paths: Sequence[str], output: str, *, contents: bool) -> dict[str, RemoteFile]:
    """The files that were read as a whole."""
    lines = iter(output.splitlines())
    found: dict[str, RemoteFile] = {}
    for path in paths:
        line = next(lines, "")
        encoded: list[str] = []
        for text in lines:
            if text == ".":
                break
            encoded.append(text)
        else:
            raise HostsFailed(
                f"The host's answer about {path} is cut short",
                hint="Run the same command again.",
                recovery=Recovery.RETRY,
            )
        state = _state(path, line)
        if not contents or not state.is_file:
            found[path] = RemoteFile(state)
            continue
        try:
            data = base64.b64decode("".join(encoded), validate=True)
        except binascii.Error:
            continue
        if sha256(data) == state.sha256:
            found[path] = RemoteFile(state, data)
    return found


def _state(path: str, line: str) -> FileState:
    link, target, lock, digest, rest = line.split(" ", 4)
    where = FileState(
        path=path,
        kind=FileKind.ABSENT,
        link=_decoded(link),
        target=_decoded(target),
        locked=lock == "locked",
    )
    if digest == "error":
        missing = any(text in rest for text in _MISSING)
        return where if missing else msgspec.structs.replace(where, kind=FileKind.UNREADABLE)
    mode, user, group, user_name, group_name, size, hard_links, kind = rest.split(":", 7)
    kinds = {
        "regular file": FileKind.FILE,
        "regular empty file": FileKind.FILE,
        "directory": FileKind.DIRECTORY,
    }
    return msgspec.structs.replace(
        where,
        kind=FileKind.UNREADABLE if digest == "unreadable" else kinds.get(kind, FileKind.OTHER),
        mode=int(mode, 8),
        owner=user if user_name == "UNKNOWN" else user_name,
        group=group if group_name == "UNKNOWN" else group_name,
        size=int(size),
        hard_links=int(hard_links),
        sha256="" if digest in {"-", "unreadable"} else digest,
    )


def _decoded(text: str) -> str:
    if text.startswith("="):
        return base64.b64decode(text[1:]).decode("utf-8", "replace")
    return "" if text == "-" else text


def _forbidden(path: str, why: str) -> AccessDenied:
    return AccessDenied(
        f"May not use {path} on the host",
        why=why,
        hint="Use an account with root's rights (sudo: true in hosts.yaml); look at mount options, chattr.",
    )


def _error(path: str, done: Completed) -> MigrateError:
    """Why a script failed; the exit status is ours, or a tool's own with its text."""
    said = done.stderr.strip()
    if _FORBIDDEN.search(said):
        return _forbidden(path, said)
    if _NO_ROOM.search(said):
        return WrongState(
            f"No room left on the host to write {path}",
            why=said,
            hint="Free some space there and run the same command again. The old file is whole.",
            recovery=Recovery.RETRY,
        )
    if done.status == shell_scripts.CHANGED:
        return FileChanged(
            f"{path} was changed by somebody else",
            why="Its content is not the one that the change was worked out for; it is left alone.",
            hint="Find out who changed it (configuration management?), then run the same command again.",
            recovery=Recovery.RETRY,
        )
    if done.status == shell_scripts.NO_TOOL:
        return WrongState(
            f"The host lacks the command {said}",
            hint="Install coreutils there, or correct the account's PATH.",
        )
    if done.status in {shell_scripts.NO_DIRECTORY, shell_scripts.NO_FILE}:
        what = (
            "is no regular file" if done.status == shell_scripts.NO_FILE else "has no directory to stand in"
        )
        return NoPlaceForFile(f"{path} {what}", why=said, hint="Look at the path on the host.")
    if done.status == shell_scripts.NOT_KEPT:
        return _forbidden(path, "Its owner or mode cannot be kept by this account.")
    return FileNotWritten(
        f"{path} could not be read or written on the host",
        why=said or f"The command ended with status {done.status}.",
        hint="The old file is whole. Run the same command again.",
        recovery=Recovery.RETRY,
    )
