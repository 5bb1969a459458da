"""What the main process and its child say to each other: one JSON object per line, over pipes.

Commands, their input and output may hold secrets: they go through the pipes alone, and ``repr`` shows none.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from midonet_migrate.model.hosts import HostEntry


class Start(msgspec.Struct, tag="start", frozen=True):
    """The child's first line: whom it will reach, and how."""

    hosts: tuple[HostEntry, ...]
    control_directory: str
    """A directory of ours (0700) for the sockets of ssh; short, since their paths are limited."""
    ssh_config: str = ""
    """Empty: where ssh looks by itself."""
    logins: int = 50
    """How many hosts we are logged in to at a time; more only while more are used."""
    login_timeout: float = 30.0
    """Seconds until a host must have let us in."""


class Run(msgspec.Struct, tag="run", frozen=True):
    """Run a command on a host. ``number`` comes back with the answer."""

    number: int
    host: str
    command: tuple[str, ...]
    stdin: str
    environment: dict[str, str]
    timeout: float

    def __repr__(self) -> str:
        return f"Run({self.number}, host={self.host!r})"


class Stop(msgspec.Struct, tag="stop", frozen=True):
    """Kill what :class:`Run` number ``number`` started, on its host; its answer says STOPPED."""

    number: int


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The child has read ``Start`` and takes commands."""

    pyinfra: str


class Ended(msgspec.Struct, tag="ended", frozen=True):
    """The command ended by itself."""

    number: int
    status: int
    stdout: str
    stderr: str

    def __repr__(self) -> str:
        return f"Ended({self.number}, status={self.status})"


class Reason(StrEnum):
    """Why there is no result of a command."""

    NOT_CONNECTED = "not-connected"
    """ssh gave up; ``detail`` is what it said."""
    LOGIN_TIMEOUT = "login-timeout"
    CONNECTION_LOST = "connection-lost"
    """The connection broke, or the host's shell was killed, while the command ran."""
    SUDO = "sudo"
    """sudo did not run the command; ``detail`` is what it said."""
    NO_SHELL = "no-shell"
    """Logged in, but no command is run there; ``detail`` is what was seen instead."""
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    NO_SSH = "no-ssh"
    """This machine has no ssh."""
    BUG = "bug"
    """``detail`` is a traceback."""


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """There is no result."""

    number: int
    reason: Reason
    detail: str = ""


ToChild = Start | Run | Stop
FromChild = Ready | Ended | Failed

_ENCODER = msgspec.json.Encoder()
_TO_CHILD: msgspec.json.Decoder[ToChild] = msgspec.json.Decoder(ToChild)
_FROM_CHILD: msgspec.json.Decoder[FromChild] = msgspec.json.Decoder(FromChild)


def encode(message: ToChild | FromChild) -> bytes:
    """A message as one line. Raises ``UnicodeEncodeError`` for text that is no Unicode."""
    return _ENCODER.encode(message) + b"\n"


def decode_to_child(line: bytes) -> ToChild:
    """What the main process wrote."""
    return _TO_CHILD.decode(line)


def decode_from_child(line: bytes) -> FromChild:
    """What the child wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return _FROM_CHILD.decode(line)
