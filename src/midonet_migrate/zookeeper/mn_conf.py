"""Reading mn-conf's settings where they are stored (imp 4.3).

``<root>/config/templates/<name>``, ``<root>/config/nodes/<host>`` and ``<root>/config/template-mappings``
hold one text each: HOCON from 5.0 and 1.9, JSON from 5.2. For a host counts: its node's text, else the
template it is mapped to, else the template ``default``, else the schema (where the importer is off).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pyhocon import ConfigFactory
from pyhocon.exceptions import ConfigException
from pyparsing import ParseBaseException

from midonet_migrate.errors import CorruptFile
from midonet_migrate.zookeeper.session import ZooKeeperSession

_ENABLED_KEY = ("cluster", "neutron_importer", "enabled")
_DEFAULT_TEMPLATE = "default"
_FALSE_WORDS = frozenset({"false", "no", "off"})


def places_where_enabled(session: ZooKeeperSession, config_path: str) -> tuple[str, ...]:
    """Where the importer is enabled: the template ``default``, and every host it is in effect on.

    Templates that no host is mapped to have no effect, except ``default``. Raises ``CorruptFile`` naming a
    text that cannot be read: what it enables is not known.
    """
    templates = _TextsBelow(session, f"{config_path}/templates")
    nodes = _TextsBelow(session, f"{config_path}/nodes")
    mappings = _mappings(_parsed(session, f"{config_path}/template-mappings"))
    places = []
    by_default = _enabled(templates.get(_DEFAULT_TEMPLATE))
    if by_default:
        places.append("template default")
    for host in sorted({*nodes.names(), *mappings}):
        own = _enabled(nodes.get(host))
        template = mappings.get(host, _DEFAULT_TEMPLATE)
        if own:
            places.append(f"host {host}")
        elif own is None and template != _DEFAULT_TEMPLATE and _enabled(templates.get(template)):
            places.append(f"template {template}, which host {host} uses")
    return tuple(places)


class _TextsBelow:
    """The parsed texts below one node, each read once."""

    def __init__(self, session: ZooKeeperSession, path: str) -> None:
        self._session = session
        self._path = path
        self._parsed: dict[str, Mapping[str, Any]] = {}

    def names(self) -> list[str]:
        return self._session.children(self._path) or []

    def get(self, name: str) -> Mapping[str, Any]:
        if name not in self._parsed:
            self._parsed[name] = _parsed(self._session, f"{self._path}/{name}")
        return self._parsed[name]


def _parsed(session: ZooKeeperSession, path: str) -> Mapping[str, Any]:
    found = session.get(path)
    if found is None or not found[0].strip():
        return {}
    try:
        return parse_settings(found[0].decode())
    except ValueError as error:
        # The text may hold a password: neither it nor the parser's message goes into ours.
        raise CorruptFile(
            f"mn-conf's settings in {path} cannot be read",
            why="The text is neither JSON nor HOCON, so it is not known whether it enables the importer.",
            hint="Repair it with 'mn-conf set -c' (run with LC_ALL=C.UTF-8), or delete the node.",
        ) from error


def parse_settings(text: str) -> Mapping[str, Any]:
    """A text of mn-conf as a tree. References to other settings are left unresolved.

    Raises ``ValueError`` when it is neither JSON nor HOCON.
    """
    try:
        tree = json.loads(text)
    except ValueError:
        try:
            tree = ConfigFactory.parse_string(text, resolve=False)
        except (ConfigException, ParseBaseException) as error:
            raise ValueError("not HOCON") from error
    if not isinstance(tree, Mapping):
        raise ValueError("not a tree of settings")
    return _plain(tree)


def _plain(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Ordinary dicts: those of pyhocon take a key for a path, and raise where others give a default."""
    return {
        str(key).strip('"'): _plain(value) if isinstance(value, Mapping) else value
        for key, value in tree.items()
    }


def _enabled(settings: Mapping[str, Any]) -> bool | None:
    """Whether a text enables the importer; None when it does not say. An unclear value counts as yes."""
    value: Any = settings
    for name in _ENABLED_KEY:
        if not isinstance(value, Mapping) or value.get(name) is None:
            return None
        value = value[name]
    return str(value).lower() not in _FALSE_WORDS


def _mappings(tree: Mapping[str, Any]) -> dict[str, str]:
    """Host id -> template name, at whatever depth of the text."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found.update(_mappings(value))
        elif (host := _host_id(str(key))) is not None:
            found[host] = str(value)
    return found


def _host_id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
