"""A host's files and processes as the settings' readers look at them, read through its runner."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Protocol

from midonet_migrate.hosts.files.file_state import FileKind, RemoteFile
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.settings.filesystem import Problem, UnreadableFile, decoded

_COMMAND_LINES = """\
LC_ALL=C grep -l -F -s -e "$1" /proc/[0-9]*/cmdline | while read -r file; do
  base64 <"$file" 2>/dev/null | tr -d '\\n'
  echo
done
"""


class FilesToRead(Protocol):
    """As :class:`~midonet_migrate.hosts.files.remote_files.RemoteFiles`."""

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        """What stands at each of the paths, with the contents of regular files."""

    def find(self, patterns: list[str]) -> list[str]:
        """The paths that match shell patterns."""


class RemoteTree:
    """See :class:`~midonet_migrate.settings.filesystem.ReadableHost`. Each file is read once."""

    def __init__(self, files: FilesToRead, runner: Runner) -> None:
        self._files = files
        self._runner = runner
        self._seen: dict[str, RemoteFile] = {}

    def prefetch(self, paths: Iterable[str]) -> None:
        """Read many files by one command."""
        self._seen.update(self._files.fetch([path for path in paths if path not in self._seen]))

    def file(self, path: str) -> RemoteFile:
        """What stands at ``path``."""
        if path not in self._seen:
            self.prefetch([path])
        return self._seen[path]

    def exists(self, path: str) -> bool:
        """Whether something is there; true also for what may not be looked at."""
        return self.file(path).state.kind is not FileKind.ABSENT

    def names(self, folder: str, suffix: str) -> list[str]:
        """The paths of files in ``folder`` that end in ``suffix``, sorted as oslo.config does."""
        return sorted(self._files.find([f"{folder.rstrip('/')}/*{suffix}"]))

    def shown(self, path: str) -> str:
        """The path itself."""
        return path

    def read(self, path: str) -> str:
        """The text of a file. Raises ``UnreadableFile``."""
        file = self.file(path)
        if file.state.kind is FileKind.UNREADABLE:
            raise UnreadableFile(Problem(f"{path}: may not be read by this user", permission=True))
        if not file.state.is_file:
            raise UnreadableFile(Problem(f"{path}: there is no such file"))
        return decoded(file.data)

    def command_lines(self, word: str) -> list[list[str]]:
        """The arguments of every process that has ``word`` in them, as far as they may be looked at."""
        done = self._runner.run(["sh", "-c", _COMMAND_LINES, "sh", word])
        lines = [base64.b64decode(line).decode("utf-8", "replace") for line in done.stdout.split()]
        return [line.split("\0") for line in lines]
