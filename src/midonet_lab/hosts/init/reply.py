"""What a command of the init system is asked, and what it answers."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True):
    """``name`` is how the command was called; ``user`` who called it."""

    name: str
    arguments: tuple[str, ...]
    user: int = 0


class Reply(msgspec.Struct, frozen=True):
    """Exit status and what is written."""

    status: int = 0
    output: str = ""
    errors: str = ""

    def encoded(self) -> bytes:
        """As the scripts of :mod:`midonet_lab.hosts.shims` read it."""
        output = self.output.encode()
        return b"%d %d\n%s%s" % (self.status, len(output), output, self.errors.encode())
