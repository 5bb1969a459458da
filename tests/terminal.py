"""A real pseudo-terminal for a child's messages, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PIECES = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)|(\x1b)")

PATIENCE_SECONDS = 250


class Outcome(NamedTuple):
    """``told``: all bytes that the child sent to the terminal (stderr), decoded."""

    status: int
    stdout: str
    told: str


class Screen:
    """An endless screen of a width, with the few control sequences that bars need. ``seen``: each state of
    a line before it was erased or overwritten."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines = [""]
        self._row = self._column = 0
        self.seen: list[str] = []
        self.cursor_shown = True

    def feed(self, text: str) -> None:
        """Show what a program wrote. Raises ``AssertionError`` for a sequence that is not known here."""
        for codes, final, carriage, newline, plain, broken in _PIECES.findall(text):
            assert not broken, "half a control sequence"
            if carriage:
                self._column = 0
            elif newline:
                self._down()
            elif plain:
                self._write(plain)
            else:
                self._control(codes, final)

    @property
    def lines(self) -> list[str]:
        """What stands there now, without blanks at the ends of lines and empty lines at the end."""
        return "\n".join(line.rstrip() for line in self._lines).rstrip().split("\n")

    def _control(self, codes: str, final: str) -> None:
        if final == "A":
            self._row = max(0, self._row - int(codes or 1))
        elif final == "K":
            self._keep()
            self._lines[self._row] = "" if codes == "2" else self._lines[self._row][: self._column]
        elif final in "hl" and codes == "?25":
            self.cursor_shown = final == "h"
        else:
            assert final == "m", f"unknown control sequence {codes}{final}"

    def _keep(self) -> None:
        if self._lines[self._row].strip():
            self.seen.append(self._lines[self._row].rstrip())

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append("")

    def _write(self, text: str) -> None:
        for character in text:
            if self._column == self._columns:
                self._column = 0
                self._down()
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1


def run_on_terminal(
    command: Sequence[str],
    *,
    columns: int,
    environment: Mapping[str, str],
    folder: Path,
    seconds: float = 250,
) -> Outcome:
    """Run to the end with stderr on a terminal of this width; no stdin, stdout a pipe."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    told: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # that is how a terminal says that nobody is left at the other end
            while piece := os.read(terminal, 65536):
                told.append(piece)

    reader = threading.Thread(target=read)
    given = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}
    try:
        with subprocess.Popen(
            command,
            cwd=folder,
            env={"TERM": "xterm-256color", "LANG": "C.UTF-8", **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=end,
            text=True,
        ) as child:
            os.close(end)
            reader.start()
            try:
                stdout, _ = child.communicate(timeout=PATIENCE_SECONDS)
            except BaseException:
                child.kill()
                raise
        reader.join()
    finally:
        os.close(terminal)
    return Outcome(child.returncode, stdout, b"".join(told).decode())
