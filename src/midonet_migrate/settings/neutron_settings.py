"""What Neutron's files say: database, plug-in and the API it uses (host 2.1-2.4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from midonet_migrate.settings import api_url, oslo_files
from midonet_migrate.settings.database_url import Database, parse_database_url
from midonet_migrate.settings.filesystem import HostFiles, Problem, UnreadableFile, read_text
from midonet_migrate.settings.neutron_files import discover
from midonet_migrate.settings.values import NOT_SET, PluginFlavour, Secret, Setting

T = TypeVar("T")

DATABASE_NAMES = (
    ("database", "connection"),
    ("DEFAULT", "sql_connection"),
    ("DATABASE", "sql_connection"),
    ("sql", "connection"),
)
"""The option and its deprecated names, in oslo.db's order."""

NEUTRON_DEFAULTS = {"bind_host": "0.0.0.0", "bind_port": "9696", "state_path": "/var/lib/neutron"}  # noqa: S104
"""Options that others refer to by ``$name``, with Neutron's own values. (Nothing is bound here.)"""

PLUGIN_DEFAULTS = {
    "midonet_uri": api_url.PLUGIN_DEFAULT,
    "username": "admin",
    "password": "passw0rd",
    "project_id": "77777777-7777-7777-7777-777777777777",
    "client": "midonet.neutron.client.api.MidonetApiClient",
}
"""Defaults that the plug-in itself declares (host 2.3)."""

_FIRST_PLUGIN_MODULES = ("neutron.plugins.midonet.", "midonet.neutron.plugin_v1.", "midonet.neutron.plugin.")
_SECOND_PLUGIN_MODULES = ("midonet.neutron.plugin_v2.",)


class NeutronSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Values as Neutron sees them; ``midonet_uri`` is normalised."""

    files: Setting[tuple[str, ...]]
    database: Setting[Database | None]
    core_plugin: Setting[str | None]
    flavour: Setting[PluginFlavour | None]
    midonet_uri: Setting[str | None]
    username: Setting[str | None]
    password: Setting[Secret | None]
    project: Setting[str | None]
    client: Setting[str | None]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_neutron(
    host: HostFiles, explicit: Setting[tuple[Path, ...]] | None, working_directory: Path
) -> NeutronSettings:
    """Read the files that ``explicit`` names (last wins), else those that neutron-server would read."""
    notes: tuple[str, ...] = ()
    parsed: list[list[oslo_files.Assignment]] = []
    problems: list[Problem] = []
    names: list[str] = []
    if explicit is not None:
        origin = explicit.origin
        sources = [(working_directory / path, str(path)) for path in explicit.value]
        looked = tuple(shown for _, shown in sources)
    else:
        found = discover(host)
        origin, notes, looked = found.found_by, found.notes, found.looked
        sources = [(host.locate(path), host.shown(path)) for path in found.paths]
    for path, shown in sources:
        names.append(shown)
        try:
            parsed.append(oslo_files.parse(read_text(path, shown), shown))
        except UnreadableFile as error:
            problems.append(error.problem)
    reader = _Reader(oslo_files.OsloFiles(parsed, defaults=NEUTRON_DEFAULTS), looked, bool(parsed))
    core_plugin = reader.text(("DEFAULT", "core_plugin"))
    midonet_uri, uri_notes = reader.midonet_uri()
    return NeutronSettings(
        files=Setting(
            tuple(names),
            origin if names else NOT_SET,
            "" if names else f"no file of Neutron to be read; looked for {', '.join(looked)}",
        ),
        database=reader.converted(parse_database_url, *DATABASE_NAMES),
        core_plugin=core_plugin,
        flavour=reader.flavour(core_plugin),
        midonet_uri=midonet_uri,
        username=reader.plugin("username"),
        password=reader.password(),
        project=reader.plugin("project_id"),
        client=reader.plugin("client"),
        problems=tuple(problems),
        notes=(*notes, *uri_notes),
    )


class _Reader:
    def __init__(self, files: oslo_files.OsloFiles, looked: tuple[str, ...], any_file: bool) -> None:
        self._files = files
        self._looked = looked
        self._any_file = any_file

    def converted(self, convert: Callable[[str], T], *names: tuple[str, str]) -> Setting[T | None]:
        found = self._files.find(*names)
        if found is None and not self._any_file:
            return Setting(
                None, NOT_SET, f"no file of Neutron to be read; looked for {', '.join(self._looked)}"
            )
        if found is None:
            spelled = " or ".join(f"[{section}] {key}" for section, key in names)
            return Setting(None, NOT_SET, f"no {spelled} in {', '.join(self._looked)}")
        try:
            text = self._files.value(found)
            return Setting(convert(text), found.origin)
        except oslo_files.UnresolvedReference as error:
            return Setting(None, found.origin, f"{found.origin} refers to {error}")
        except ValueError as error:
            return Setting(None, found.origin, f"{found.origin} cannot be used: {error}")

    def text(self, *names: tuple[str, str]) -> Setting[str | None]:
        return self.converted(str, *names)

    def plugin(self, key: str) -> Setting[str | None]:
        """An option of ``[MIDONET]``; its default counts when there are files of Neutron at all."""
        found = self.text(("MIDONET", key))
        if found.origin == NOT_SET and self._any_file:
            return Setting(PLUGIN_DEFAULTS[key], f"default of [MIDONET] {key}")
        return found

    def password(self) -> Setting[Secret | None]:
        found = self.plugin("password")
        return Setting(None if found.value is None else Secret(found.value), found.origin, found.problem)

    def midonet_uri(self) -> tuple[Setting[str | None], tuple[str, ...]]:
        found = self.plugin("midonet_uri")
        if found.value is None:
            return found, ()
        try:
            url = api_url.parse_api_url(found.value)
        except ValueError as error:
            return Setting(None, found.origin, f"{found.origin} cannot be used: {error}"), ()
        if api_url.holds_credentials(found.value):
            return Setting(url, found.origin), (
                f"{found.origin}: user and password inside the URL are not used",
            )
        return Setting(url, found.origin), ()

    def flavour(self, core_plugin: Setting[str | None]) -> Setting[PluginFlavour | None]:
        """The module of ``core_plugin`` tells v1 from v2: both classes have one name (host 2.2)."""
        name = core_plugin.value or ""
        if name.startswith(_SECOND_PLUGIN_MODULES):
            return Setting(PluginFlavour.V2, core_plugin.origin)
        if name == "midonet" or name.startswith(_FIRST_PLUGIN_MODULES):
            extensions = self._files.find(("MIDONET", "extra_extensions"))
            if extensions is not None and extensions.raw.strip():
                return Setting(PluginFlavour.LEGACY, extensions.origin)
            return Setting(PluginFlavour.V1, core_plugin.origin)
        return Setting(None, NOT_SET)
