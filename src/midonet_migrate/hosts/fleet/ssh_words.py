"""How the system's ``ssh`` is called. The operator's ssh_config counts: jump hosts, agents, known_hosts,
users, ports, old algorithms. Only what a program needs is set on top of it."""

from __future__ import annotations

import re

import msgspec

from midonet_migrate.model.hosts import HostEntry

_ALWAYS = (
    "BatchMode=yes",  # it never asks
    "ClearAllForwardings=yes",
    "ControlPersist=no",  # no master of ours outlives us
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
)
_SINCE: tuple[tuple[tuple[int, int], str], ...] = (
    ((7, 6), "RemoteCommand=none"),
    ((8, 7), "StdinNull=no"),
    ((8, 7), "ForkAfterAuthentication=no"),
)
"""Options that an operator may have set for people, and the OpenSSH that knows them."""
_NEWEST = (99, 0)


class Ssh(msgspec.Struct, frozen=True):
    """The ssh of this machine."""

    version: tuple[int, int] = _NEWEST
    config: str = ""
    """A file instead of ssh's own; jump hosts use it too."""

    def master(self, host: HostEntry, socket: str) -> list[str]:
        """A process that logs in and lets others use its connection through ``socket`` until it is killed."""
        # INFO: at ERROR it would not say why the two sides have no algorithm in common.
        options = [*self._options(), "LogLevel=INFO", "ControlMaster=yes", f"ControlPath={socket}"]
        return ["ssh", *self._common(options), "-N", *_destination(host)]

    def command(self, host: HostEntry, socket: str, text: str) -> list[str]:
        """Run ``text`` by the login shell over that connection, or over an own one if it is refused there."""
        options = [*self._options(), "LogLevel=ERROR", "ControlMaster=no", f"ControlPath={socket}"]
        if self.version >= (8, 7):
            options.append("SessionType=default")
        return ["ssh", *self._common(options), *_destination(host), text]

    def _options(self) -> list[str]:
        return [*_ALWAYS, *(option for since, option in _SINCE if self.version >= since)]

    def _common(self, options: list[str]) -> list[str]:
        config = ["-F", self.config] if self.config else []
        return [*config, "-T", "-x", *(word for option in options for word in ("-o", option))]


def _destination(host: HostEntry) -> list[str]:
    user = ["-l", host.user] if host.user else []
    port = ["-p", str(host.port)] if host.port is not None else []
    return [*user, *port, "--", host.destination]


def version_of(text: str) -> tuple[int, int]:
    """From what ``ssh -V`` says. Anything but OpenSSH counts as new."""
    match = re.search(r"OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match is not None else _NEWEST
