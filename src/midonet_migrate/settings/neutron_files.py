"""Which files neutron-server reads, and in which order (host 2.1)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from midonet_migrate.settings.filesystem import ReadableHost, UnreadableFile

NEUTRON_CONF = "/etc/neutron/neutron.conf"
DEFAULTS_FILE = "/etc/default/neutron-server"
PLUGIN_LINK = "/etc/neutron/plugin.ini"
PLUGIN_CANDIDATES = (
    PLUGIN_LINK,
    "/etc/neutron/plugins/midonet/midonet.ini",
    "/etc/neutron/plugins/midonet/midonet_plugin.ini",
)
UNIT_FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
UNIT = "neutron-server.service"

_SERVER = "neutron-server"
_PLUGIN_VARIABLE = re.compile(r"\s*(?:export\s+)?NEUTRON_PLUGIN_CONFIG=(.*)")


class NeutronFiles(msgspec.Struct, frozen=True):
    """Paths on the host in the order neutron-server reads them; all exist."""

    paths: tuple[str, ...]
    found_by: str
    looked: tuple[str, ...]
    """What was looked for, for the message that tells that nothing was found."""
    notes: tuple[str, ...] = ()


def discover(host: ReadableHost) -> NeutronFiles:
    """The files of the running neutron-server; else those of its systemd unit; else the usual ones.

    The usual ones are neutron.conf and then the plug-in file: the one that ``NEUTRON_PLUGIN_CONFIG`` of
    ``/etc/default/neutron-server`` names (Ubuntu), or ``/etc/neutron/plugin.ini`` (RHEL), or a conventional
    place.
    """
    for found_by, arguments in (
        ("arguments of the running neutron-server", _process_arguments(host)),
        ("ExecStart of neutron-server.service", _unit_arguments(host)),
    ):
        named = _named_files(host, arguments)
        present = tuple(path for path in named if host.exists(path))
        if present:
            absent = [path for path in named if path not in present]
            notes = tuple(f"{host.shown(path)} is named by the {found_by}, but not there" for path in absent)
            return NeutronFiles(present, found_by, tuple(host.shown(path) for path in named), notes)
    return _usual_files(host)


def _usual_files(host: ReadableHost) -> NeutronFiles:
    notes: list[str] = []
    candidates = list(PLUGIN_CANDIDATES)
    named = _plugin_of_defaults_file(host, notes)
    if named is not None:
        candidates = [named, *(path for path in candidates if path != named)]
    paths = [NEUTRON_CONF] if host.exists(NEUTRON_CONF) else []
    plugin = next((path for path in candidates if host.exists(path)), None)
    if named is not None and plugin != named:
        notes.append(f"{host.shown(DEFAULTS_FILE)} names {named} as the plug-in file, which is not there")
    if plugin is not None:
        paths.append(plugin)
    elif paths:
        places = ", ".join(map(host.shown, candidates))
        notes.append(f"no plug-in file found, its defaults count; looked for {places}")
    looked = tuple(host.shown(path) for path in (NEUTRON_CONF, *candidates))
    return NeutronFiles(tuple(paths), "usual places", looked, tuple(notes))


def _plugin_of_defaults_file(host: ReadableHost, notes: list[str]) -> str | None:
    if not host.exists(DEFAULTS_FILE):
        return None
    try:
        text = host.read(DEFAULTS_FILE)
    except UnreadableFile as error:
        notes.append(error.problem.message)
        return None
    value = ""
    for line in text.splitlines():
        match = _PLUGIN_VARIABLE.match(line)
        if match:
            words = _shell_words(match.group(1))
            value = words[0] if words else ""
    if value and not value.startswith("/"):
        notes.append(f"{host.shown(DEFAULTS_FILE)}: NEUTRON_PLUGIN_CONFIG is not an absolute path, ignored")
        return None
    return value or None


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []


def _process_arguments(host: ReadableHost) -> list[str]:
    """The arguments of the first process that is a neutron-server with files of its own."""
    for words in host.command_lines(_SERVER):
        # The program itself, or the script that its interpreter runs.
        if any(PurePosixPath(word).name == _SERVER for word in words[:2]) and _config_arguments(words):
            return words
    return []


def _unit_arguments(host: ReadableHost) -> list[str]:
    """The last ``ExecStart`` of the unit file and its drop-ins; systemd's line continuation joined."""
    unit = next((f"{folder}/{UNIT}" for folder in UNIT_FOLDERS if host.exists(f"{folder}/{UNIT}")), None)
    if unit is None:
        return []
    arguments: list[str] = []
    drop_ins = [path for folder in UNIT_FOLDERS[::-1] for path in host.names(f"{folder}/{UNIT}.d", ".conf")]
    for path in (unit, *drop_ins):
        try:
            text = host.read(path)
        except UnreadableFile:
            continue
        for line in text.replace("\\\n", " ").splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip() == "ExecStart" and value.strip():
                arguments = _shell_words(value)
    return arguments


def _config_arguments(words: Sequence[str]) -> list[tuple[str, str]]:
    """``(--config-file or --config-dir, path)`` in order; both spellings, with a blank and with '='."""
    found: list[tuple[str, str]] = []
    for position, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option not in {"--config-file", "--config-dir"}:
            continue
        if not equals:
            value = words[position + 1] if position + 1 < len(words) else ""
        if value.startswith("/"):
            found.append((option, value))
    return found


def _named_files(host: ReadableHost, words: Sequence[str]) -> list[str]:
    named: list[str] = []
    for option, path in _config_arguments(words):
        named += [path] if option == "--config-file" else host.names(path, ".conf")
    return named
