"""What yum prints and notes while rpm works."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, ClassVar

import dnf.transaction
import dnf.yum.rpmtrans

from .names import always_with_epoch, full_name

_SCRIPT_ERROR = re.compile(r"Error in (\S+) scriptlet in rpm package (\S+)")


class Display(dnf.yum.rpmtrans.TransactionDisplay):  # type: ignore[misc]
    """Says what happens, and keeps yum's notes of what is done."""

    _WORDS: ClassVar[dict[int, str]] = {
        dnf.transaction.PKG_INSTALL: "Installing",
        dnf.transaction.PKG_UPGRADE: "Updating",
        dnf.transaction.PKG_DOWNGRADE: "Installing",
        dnf.transaction.PKG_REINSTALL: "Installing",
        dnf.transaction.PKG_CLEANUP: "Cleanup",
        dnf.transaction.PKG_REMOVE: "Erasing",
        dnf.transaction.PKG_OBSOLETE: "Erasing",
    }

    def __init__(self, done: Path) -> None:
        super().__init__()
        self._done = done
        self._last: tuple[str, int] | None = None
        self.errors: list[str] = []

    def progress(
        self, package: Any, action: int, ti_done: int, ti_total: int, ts_done: int, ts_total: int
    ) -> None:
        """A step of rpm, told several times while it goes on."""
        del ti_done, ti_total
        word = self._WORDS.get(action)
        if word is None or self._last == (str(package), action):
            return
        self._last = (str(package), action)
        print(f"  {word:<11}: {full_name(package):<58} {ts_done:>2}/{ts_total} ")
        removing = action in {
            dnf.transaction.PKG_CLEANUP,
            dnf.transaction.PKG_REMOVE,
            dnf.transaction.PKG_OBSOLETE,
        }
        with self._done.open("a", encoding="utf-8") as file:
            file.write(f"{'erase' if removing else 'install'} {always_with_epoch(package)}\n")

    def error(self, message: str) -> None:
        """Something went wrong that does not end the transaction; dnf says it twice."""
        if message in self.errors:
            return
        self.errors.append(message)
        print(
            _SCRIPT_ERROR.sub(r"Non-fatal \1 scriptlet failure in rpm package \2", message), file=sys.stderr
        )

    def scriptout(self, msgs: bytes | str | None) -> None:
        """What a script of a package said."""
        if msgs:
            text = msgs.decode("utf-8", "replace") if isinstance(msgs, bytes) else msgs
            print(text.rstrip("\n"))
