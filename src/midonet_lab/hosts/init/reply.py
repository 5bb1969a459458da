"""What a command of the init system is asked, and what it answers."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True):
    """``name`` is how the command was called; ``user`` who called it."""

    name: str
    arguments: tuple[str, ...]
    user: int = 0
    environment: tuple[str, ...] = ()
    stdin: bytes = b""

    @classmethod
    def decoded(cls, data: bytes, user: int) -> Request:
        """What the scripts of :mod:`midonet_lab.hosts.shims` send. Raises ``ValueError``."""
        head, _, rest = data.partition(b"\n")
        arguments, variables = (int(word) for word in head.split())
        *words, stdin = rest.split(b"\0", 1 + arguments + variables)
        name, *texts = (word.decode("utf-8", "replace") for word in words)
        return cls(name, tuple(texts[:arguments]), user, tuple(texts[arguments:]), stdin)


class Reply(msgspec.Struct, frozen=True):
    """Exit status and what is written."""

    status: int = 0
    output: str = ""
    errors: str = ""

    def encoded(self) -> bytes:
        """As the scripts of :mod:`midonet_lab.hosts.shims` read it."""
        output = self.output.encode()
        return b"%d %d\n%s%s" % (self.status, len(output), output, self.errors.encode())
