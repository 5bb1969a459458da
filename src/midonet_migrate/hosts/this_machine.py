"""What this machine is called, and what names mean to it and to its ssh."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from midonet_migrate.hosts.discover import ThisMachine

_ID_FILES = ("/etc/midonet_host_id.properties", "/etc/midolman/host_uuid.properties")
_HOST_UUID = re.compile(r"^\s*host_uuid\s*[=:]\s*([0-9a-fA-F-]{36})\s*$", re.MULTILINE)
_SSH_SECONDS = 10.0


def this_machine() -> ThisMachine:
    """Names as the system gives them, and the id of an agent here."""
    names = {socket.gethostname(), socket.getfqdn(), socket.gethostname().partition(".")[0]}
    host_id = ""
    for path in _ID_FILES:
        with suppress(OSError, UnicodeDecodeError):
            match = _HOST_UUID.search(Path(path).read_text(encoding="latin-1"))
            if match is not None:
                host_id = match[1].lower()
                break
    return ThisMachine(names=frozenset(names - {"localhost", ""}), midonet_host_id=host_id)


def resolver(ssh_config: str = "") -> Callable[[str], Sequence[str]]:
    """A function from a name to its addresses: as ssh_config's aliases say, and then as the system does.

    An alias that leads through a jump host stands for what ssh_config says even when nobody here can
    resolve that.
    """

    def resolve(name: str) -> list[str]:
        target, jumps = _alias(name, ssh_config)
        addresses = _addresses(target)
        if not addresses and (target != name or jumps):
            return [target]
        return addresses

    return resolve


def _addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def _alias(name: str, ssh_config: str) -> tuple[str, bool]:
    """What ssh would connect to, and whether through another host. ``-G`` connects to nothing."""
    if not name or name.startswith("-"):
        return name, False
    config = ["-F", ssh_config] if ssh_config else []
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["ssh", *config, "-G", "--", name],  # noqa: S607 - the operator's ssh
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SSH_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return name, False
    options = dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
    jumps = any(options.get(option, "none") != "none" for option in ("proxyjump", "proxycommand"))
    return options.get("hostname") or name, jumps
