"""ZooKeeper's server list and root keys (host 2.6)."""

from __future__ import annotations

import ipaddress
import re

import msgspec

DEFAULT_PORT = 2181
DEFAULT_SERVERS = "127.0.0.1:2181"
SOURCE_ROOT = "/midonet/v1"
TARGET_ROOT = "/midonet"

_HIGHEST_PORT = 65535
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


class Server(msgspec.Struct, frozen=True):
    """One member of the ensemble."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ZooKeeperServers(msgspec.Struct, frozen=True):
    """All members that the setting names, each once, in its order."""

    servers: tuple[Server, ...]

    def __str__(self) -> str:
        """The list as ZooKeeper's clients take it, every port written out."""
        return ",".join(str(server) for server in self.servers)


def parse_servers(text: str) -> ZooKeeperServers:
    """Read ``host[:port],...``: blanks do not matter, the port is 2181 when left out, IPv6 in brackets.

    An address with several colons and no brackets is read as ZooKeeper 3.4 reads it: what follows the last
    colon is the port. Raises ``ValueError`` saying what is wrong with which member.
    """
    members = [member.strip() for member in text.split(",") if member.strip()]
    if not members:
        raise ValueError("it names no server")
    return ZooKeeperServers(tuple(dict.fromkeys(_server(member) for member in members)))


def _server(member: str) -> Server:
    if "/" in member:
        raise ValueError(
            f"'{member}': a path after the servers is not supported; it belongs into the root key"
        )
    if member.startswith("["):
        host, bracket, rest = member[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in {"", ":"} or not _is_address6(host):
            raise ValueError(f"'{member}' is not an IPv6 address in brackets")
    else:
        host, colon, port = member.rpartition(":") if ":" in member else (member, "", "")
        if not (_is_address6(host) if ":" in host else _NAME.fullmatch(host)):
            raise ValueError(f"'{member}' is not a host name or address")
    if not colon:
        return Server(host, DEFAULT_PORT)
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) <= _HIGHEST_PORT:
        raise ValueError(f"'{member}': the port is not a number from 1 to {_HIGHEST_PORT}")
    return Server(host, int(port))


def _is_address6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def parse_root(text: str) -> str:
    """A root key: an absolute znode path without the '/' at its end. Raises ``ValueError``."""
    path = text.strip()
    trimmed = path.rstrip("/")
    steps = trimmed.split("/")[1:]
    if not path.startswith("/") or not steps or any(step in {"", ".", ".."} for step in steps):
        raise ValueError(f"'{path}' is not the absolute path of a znode below '/'")
    if any(not character.isprintable() for character in trimmed):
        raise ValueError("a root key holds only printable characters")
    return trimmed
