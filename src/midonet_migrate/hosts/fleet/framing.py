"""A command inside a few words of POSIX shell that say when it began and how it ended.

Without them there is no telling apart: what ssh, sudo or a login script writes, and what the command does;
status 255 of the command, and a lost connection; a command that ended while a service that it started keeps
its output open, and one that still runs. Output stays exact to the byte.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import msgspec

_SCRIPT = (
    "IFS=' ' read -r a b c d group rest </proc/self/stat; "
    "printf '%s:%s\\n' {begin} \"$group\"; printf '%s\\n' {begin} >&2; "
    "{command}; status=$?; "
    "printf '%s:%s\\n' {end} $status; printf '%s\\n' {end} >&2; exit $status"
)
"""/proc/self is the shell itself: ``read`` is built in. The fifth word is its process group."""
_KILL = (
    "kill -s TERM -- -{group} 2>/dev/null || exit 0; "
    "for i in 1 2 3 4 5 6 7 8 9 10; do sleep {pause}; kill -s 0 -- -{group} 2>/dev/null || exit 0; done; "
    "kill -s KILL -- -{group}"
)
_LONGEST_STATUS = 5


class Frame:
    """The marks around one command. ``token`` must be new for each, or output could imitate them."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{16,}", token):
            raise ValueError("a token is at least 16 hexadecimal digits")
        self._begin_word, self._end_word = f"begin-{token}", f"end-{token}"
        self._begin, self._end = self._begin_word.encode(), self._end_word.encode()
        self._begin_line = re.compile(re.escape(self._begin) + rb":(\d*)\n")
        self._end_line = re.compile(re.escape(self._end) + rb":(\d{1,3})\n")

    def script(self, command: Sequence[str]) -> str:
        """The text for ``sh -c``."""
        return _SCRIPT.format(begin=self._begin_word, end=self._end_word, command=shlex.join(command))

    def began(self, stdout: bytes | bytearray) -> int | None:
        """Where the command's own output begins; None as long as it has not begun."""
        match = self._begin_line.search(stdout)
        return match.end() if match is not None else None

    def group(self, stdout: bytes | bytearray) -> int | None:
        """The process group of the command on its host."""
        match = self._begin_line.search(stdout)
        return int(match[1]) if match is not None and match[1] else None

    def stdout_ended(self, stdout: bytearray, new: int) -> bool:
        """Whether the end stands in ``stdout``; only the last ``new`` bytes have not been looked at yet."""
        start = max(0, len(stdout) - new - len(self._end) - _LONGEST_STATUS)
        return self._end_line.search(stdout, start) is not None

    def stderr_ended(self, stderr: bytearray, new: int) -> bool:
        """The same for standard error."""
        start = max(0, len(stderr) - new - len(self._end) - 1)
        return stderr.find(self._end + b"\n", start) >= 0

    def parse(self, stdout: bytes | bytearray, stderr: bytes | bytearray) -> Framed:
        """What is the command's own, and what stands around it."""
        begin = self._begin_line.search(stdout)
        if begin is None:
            return Framed(None, b"", b"", bytes(stdout), bytes(stderr))
        ends = list(self._end_line.finditer(stdout, begin.end()))
        end = ends[-1] if ends else None
        mark = self._begin + b"\n"
        at = stderr.find(mark)
        own_from = at + len(mark) if at >= 0 else 0
        until = stderr.rfind(self._end + b"\n", own_from)
        before = stderr[:at] if at >= 0 else b""
        after = stderr[until + len(self._end) + 1 :] if until >= 0 else b""
        return Framed(
            int(end[1]) if end is not None else None,
            bytes(stdout[begin.end() : end.start() if end is not None else len(stdout)]),
            bytes(stderr[own_from : until if until >= 0 else len(stderr)]),
            bytes(stdout[: begin.start()]),
            bytes(before + after),
            began=True,
        )


class Framed(msgspec.Struct, frozen=True):
    """``status`` is None when the command's end was not seen."""

    status: int | None
    stdout: bytes
    stderr: bytes
    foreign_stdout: bytes
    """What a login script wrote."""
    foreign_stderr: bytes
    """What ssh, sudo or a login script wrote."""
    began: bool = False


def kill_script(group: int, *, pause: float = 0.3) -> str:
    """The text for ``sh -c`` that ends a process group: TERM, and KILL to what is left after a while."""
    if group <= 1:
        raise ValueError("not a process group of ours")
    return _KILL.format(group=group, pause=pause)
