"""Reading mn-conf's settings where they are stored (imp 4.3).

``<root>/config/templates/<name>``, ``<root>/config/nodes/<host>`` and ``<root>/config/template-mappings``
hold one text each: HOCON from 5.0 and 1.9, JSON from 5.2. For a host counts: its node's text, else the
template it is mapped to, else the template ``default``, else the schema (where the importer is off).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pyhocon import ConfigFactory
from pyhocon.exceptions import ConfigException
from pyparsing import ParseBaseException

from midonet_migrate.errors import CorruptFile
from midonet_migrate.plan.mn_conf.carry_over import OldConfiguration
from midonet_migrate.plan.mn_conf.texts import flatten, parse_rendered
from midonet_migrate.zookeeper.session import ZooKeeperSession

_ENABLED_KEY = ("cluster", "neutron_importer", "enabled")
_DEFAULT_TEMPLATE = "default"
_INCLUDE = re.compile(
    r'"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|(?:#|//)[^\n]*'
    r'|(?P<include>\binclude\s*(?="|(?:url|file|package|required)\b))',
    re.IGNORECASE,
)
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


def settings_in_effect(session: ZooKeeperSession, config_path: str, host: str) -> dict[str, Any]:
    """What is set for a host, as a tree: its node's text over that of its template over ``default``.

    The schema's defaults are not in it. Raises ``CorruptFile`` naming a text that cannot be read.
    """
    mappings = _mappings(_parsed(session, f"{config_path}/template-mappings"))
    places = [f"templates/{_DEFAULT_TEMPLATE}", f"templates/{mappings.get(host, _DEFAULT_TEMPLATE)}"]
    merged: dict[str, Any] = {}
    for place in (*places, f"nodes/{host}"):
        merged = _merged(merged, _parsed(session, f"{config_path}/{place}"))
    return merged


def hosts_with_settings(session: ZooKeeperSession, config_path: str) -> list[str]:
    """Ids of the hosts that have settings of their own, or a template."""
    mappings = _mappings(_parsed(session, f"{config_path}/template-mappings"))
    return sorted({*(session.children(f"{config_path}/nodes") or []), *mappings})


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        trees = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old or {}, value) if trees else value
    return merged


def read_configuration(session: ZooKeeperSession, config_path: str) -> OldConfiguration:
    """Every template, every host's own settings, and which host uses which template.

    Raises ``CorruptFile`` naming a text that cannot be read.
    """
    templates = _TextsBelow(session, f"{config_path}/templates")
    nodes = _TextsBelow(session, f"{config_path}/nodes")
    return OldConfiguration(
        templates={name: dict(templates.get(name)) for name in templates.names()},
        nodes={name: dict(nodes.get(name)) for name in nodes.names()},
        mappings=_mappings(_parsed(session, f"{config_path}/template-mappings")),
    )


def read_settings(session: ZooKeeperSession, config_path: str, place: str) -> dict[str, Any]:
    """The settings of ``templates/NAME`` or ``nodes/HOST`` by key; empty when there are none.

    Raises ``CorruptFile``.
    """
    return flatten(_parsed(session, f"{config_path}/{place}"))


def overrides(session: ZooKeeperSession, config_path: str, prefix: str) -> dict[str, dict[str, Any]]:
    """Where a key that begins with ``prefix`` is set so that the template ``default`` does not count: host
    or host's template -> key -> value. Templates that no host uses have no effect.
    """
    configuration = read_configuration(session, config_path)
    found: dict[str, dict[str, Any]] = {}
    for host in sorted({*configuration.nodes, *configuration.mappings}):
        template = configuration.mappings.get(host, _DEFAULT_TEMPLATE)
        trees = [(f"host {host}", configuration.nodes.get(host, {}))]
        if template != _DEFAULT_TEMPLATE:
            name = f"template {template}, which host {host} uses"
            trees.append((name, configuration.templates.get(template, {})))
        for place, tree in trees:
            values = {
                key: value
                for key, value in flatten(tree).items()
                if key.startswith(prefix) and value is not None
            }
            if values:
                found[place] = values
    return found


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

    Raises ``ValueError`` when it is neither JSON nor HOCON, or includes another text: mn-conf stores none
    that does.
    """
    try:
        tree = json.loads(text)
    except ValueError:
        try:
            return parse_rendered(text)
        except ValueError:
            pass  # written by hand: HOCON has more forms
        tree = _parsed_hocon(text)
    if not isinstance(tree, Mapping):
        raise ValueError("not a tree of settings")
    return _plain(tree)


def _parsed_hocon(text: str) -> Any:
    if any(match["include"] for match in _INCLUDE.finditer(text)):
        raise ValueError("it includes another text")  # the parser would open that file or URL here
    try:
        return ConfigFactory.parse_string(text, resolve=False)
    except (ConfigException, ParseBaseException) as error:
        raise ValueError("not HOCON") from error


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
