"""Calling a package manager on a host: in English, and never waiting for a lock for ever."""

from __future__ import annotations

import base64
import shlex
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.runner import Completed, Runner

LOOK_SECONDS = 300.0
CHANGE_SECONDS = 3600.0
"""Downloads over slow lines, and scripts of packages."""
LOCK_SECONDS = 300.0
_PAUSE_SECONDS = 5.0
_DETACHED = """\
log=$1 note=$2
shift 2
trap '' HUP
(umask 077 && mkdir -p "${log%/*}" && : >"$log") || exit 1
if [ -n "$note" ]; then
    (umask 077 && cat >"$note.new") || exit 1
    dd if=/dev/null of="$note.new" conv=notrunc,fsync 2>/dev/null
    mv -f "$note.new" "$note" || exit 1
fi
own=$(command -v setsid)
$own sh -c '
    log=$1 note=$2
    shift 2
    "$@" >>"$log" 2>&1
    status=$?
    if [ -n "$note" ] && [ "$status" -eq 0 ]; then rm -f "$note"; fi
    exit "$status"
' sh "$log" "$note" "$@" >/dev/null 2>&1 </dev/null &
wait $!
status=$?
cat "$log"
exit $status
"""
"""Neither a connection that breaks nor Ctrl-C must cut off dpkg or rpm: it writes to a file, and is in a
session of its own, out of reach of who ends ours."""

WRITE_FILES = """\
while read -r data name; do
    printf '%s' "${data#:}" | base64 -d >"$directory/$name.new"
    mv -f "$directory/$name.new" "$directory/$name"
done
"""
"""The end of a script that has set ``directory`` and ``-e``: the files of :func:`lines_of`, each whole or not
at all."""


def lines_of(files: Mapping[str, bytes]) -> str:
    """Files by their names below a directory, for the standard input of :data:`WRITE_FILES`."""
    return "".join(f":{base64.b64encode(data).decode('ascii')} {name}\n" for name, data in files.items())


class PackageCalls(ABC):
    """Commands on one host. A lock that another process holds is waited for, at most ``lock_seconds``."""

    environment: ClassVar[Mapping[str, str]]

    def __init__(
        self,
        runner: Runner,
        *,
        lock_seconds: float = LOCK_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._lock_seconds = lock_seconds
        self._sleep = sleep
        self._clock = clock

    def run(self, command: Sequence[str], *, stdin: str = "", timeout: float = LOOK_SECONDS) -> Completed:
        """How ``command`` ended. Raises ``PackagesBusy``, ``WrongState`` when it does not exist, and what the
        runner raises."""
        deadline = self._clock() + self._lock_seconds
        while True:
            done = self._runner.run(command, stdin=stdin, environment=self.environment, timeout=timeout)
            if not self._is_busy(done):
                break
            if self._clock() >= deadline:
                raise self._busy(done, self._lock_seconds)
            self._sleep(_PAUSE_SECONDS)
        if done.status in {126, 127}:
            raise self._explain(shlex.join(command[:1]), done)
        return done

    def demand(self, command: Sequence[str], *, stdin: str = "", timeout: float = LOOK_SECONDS) -> str:
        """What ``command`` wrote. Raises what a status other than 0 means, and as :meth:`run`."""
        done = self.run(command, stdin=stdin, timeout=timeout)
        if done.status:
            raise self.error(command, done)
        return done.stdout

    def script(self, text: str, *arguments: str, stdin: str = "", timeout: float = LOOK_SECONDS) -> str:
        """What a shell script wrote, called with ``arguments``. Raises as :meth:`demand`."""
        done = self.run(["sh", "-c", text, "sh", *arguments], stdin=stdin, timeout=timeout)
        if done.status:
            raise self._explain("sh", done)
        return done.stdout

    def change(self, command: Sequence[str], log: str, *, note: str = "", stdin: str = "") -> Completed:
        """Run what changes packages; it goes on to its end whatever becomes of the connection. ``log``: the
        file on the host that gets its words; ``note``: one that holds ``stdin`` until it has ended well.
        Raises as :meth:`run`."""
        words = ["sh", "-c", _DETACHED, "sh", log, note, *command]
        return self.run(words, stdin=stdin, timeout=CHANGE_SECONDS)

    def error(self, command: Sequence[str], done: Completed) -> MigrateError:
        """What the end of ``command`` means."""
        return self._explain(shlex.join(command), done)

    @abstractmethod
    def _is_busy(self, done: Completed) -> bool:
        """Whether it gave up because another process holds a lock of the package manager."""

    @abstractmethod
    def _busy(self, done: Completed, seconds: float) -> MigrateError:
        """The error for a lock that was not released within ``seconds``."""

    @abstractmethod
    def _explain(self, command: str, done: Completed) -> MigrateError:
        """The error for a failed ``command``."""
