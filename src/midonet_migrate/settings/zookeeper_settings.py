"""Where ZooKeeper is and which root MidoNet 1.9 uses (host 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

import msgspec

from midonet_migrate.settings import midonet_files, web_xml
from midonet_migrate.settings.filesystem import HostFiles, UnreadableFile
from midonet_migrate.settings.values import NOT_SET, Setting
from midonet_migrate.settings.zookeeper_servers import (
    DEFAULT_SERVERS,
    SOURCE_ROOT,
    ZooKeeperServers,
    parse_root,
    parse_servers,
)

T = TypeVar("T")

_SECTION = "zookeeper"
_CASSANDRA = "cassandra"


class _Candidate(msgspec.Struct, frozen=True):
    text: str
    origin: str


class ZooKeeperSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Servers and 1.9's root as MidoNet's own tools would find them."""

    servers: Setting[ZooKeeperServers | None]
    root: Setting[str | None]
    notes: tuple[str, ...]
    cassandra: Mapping[str, Setting[str]]
    """Keys of ``[cassandra]`` in the same files."""


def read_zookeeper(
    host: HostFiles, environment: Mapping[str, str], api_parameters: Mapping[str, Setting[str]]
) -> ZooKeeperSettings:
    """The first source that has a key wins, for each key by itself.

    Sources: ``MIDO_ZOOKEEPER_HOSTS`` (``MIDO_ZOOKEEPER_HOST``, the variable of the classic scripts, after it)
    and ``MIDO_ZOOKEEPER_ROOT_KEY``; ``~/.midonetrc``; ``midonet.conf``; ``midolman.conf``; the 1.9 API's
    web.xml; the default. With a file that could not be read no default is taken: this machine's own ZooKeeper
    could be another one than the site's.
    """
    home = PurePosixPath(environment.get("HOME") or "/root")
    paths = (str(home / midonet_files.MIDONETRC), midonet_files.MIDONET_CONF, midonet_files.MIDOLMAN_CONF)
    servers = _from_environment(environment, "MIDO_ZOOKEEPER_HOSTS", "MIDO_ZOOKEEPER_HOST")
    roots = _from_environment(environment, "MIDO_ZOOKEEPER_ROOT_KEY")
    unreadable: list[str] = []
    cassandra: dict[str, Setting[str]] = {}
    for path in paths:
        if not host.exists(path):
            continue
        try:
            values = midonet_files.parse(host.read(path))
        except UnreadableFile as error:
            unreadable.append(error.problem.message)
            continue
        for key, candidates in (("zookeeper_hosts", servers), ("root_key", roots)):
            found = values.get((_SECTION, key))
            if found is not None and found.value:
                origin = f"{host.shown(path)}:{found.line} [{_SECTION}] {key}"
                candidates.append(_Candidate(found.value, origin))
        for (section, key), item in values.items():
            if section == _CASSANDRA and item.value:
                origin = f"{host.shown(path)}:{item.line} [{section}] {key}"
                cassandra.setdefault(key, Setting(item.value, origin))
    for name, candidates in (
        ("zookeeper-zookeeper_hosts", servers),
        ("zookeeper-midolman_root_key", roots),
    ):
        parameter = api_parameters.get(name)
        if parameter is not None and parameter.value:
            candidates.append(_Candidate(parameter.value, parameter.origin))
    if not unreadable:
        servers.append(_Candidate(DEFAULT_SERVERS, "default"))
        roots.append(_Candidate(SOURCE_ROOT, "default"))
    notes = list(unreadable)
    return ZooKeeperSettings(
        servers=_first(servers, parse_servers, unreadable, notes),
        root=_first(roots, parse_root, unreadable, notes),
        notes=tuple(notes),
        cassandra=cassandra,
    )


def _from_environment(environment: Mapping[str, str], *names: str) -> list[_Candidate]:
    return [_Candidate(environment[name], f"environment {name}") for name in names if environment.get(name)]


def _first(
    candidates: list[_Candidate], convert: Callable[[str], T], unreadable: list[str], notes: list[str]
) -> Setting[T | None]:
    """The first candidate; later ones that differ from it are noted, but for the default."""
    if not candidates:
        return Setting(None, NOT_SET, f"no source names it, and {'; '.join(unreadable)}")
    first = candidates[0]
    try:
        value = convert(first.text)
    except ValueError as error:
        return Setting(None, first.origin, f"{first.origin} cannot be used: {error}")
    for other in candidates[1:]:
        try:
            differs = other.origin != "default" and convert(other.text) != value
        except ValueError:
            differs = True
        if differs:
            notes.append(
                f"{other.origin} says '{other.text}', which does not count: {first.origin} comes first"
            )
    return Setting(value, first.origin)


def read_api_parameters(host: HostFiles) -> tuple[dict[str, Setting[str]], tuple[str, ...]]:
    """The 1.9 API's parameters with their origin, and a note when its web.xml cannot be read."""
    shown = host.shown(web_xml.WEB_XML)
    if not host.exists(web_xml.WEB_XML):
        return {}, ()
    try:
        parameters = web_xml.parse(host.read(web_xml.WEB_XML), shown)
    except UnreadableFile as error:
        return {}, (error.problem.message,)
    return {
        name: Setting(parameter.value, f"{shown}:{parameter.line} {name}")
        for name, parameter in parameters.items()
    }, ()
