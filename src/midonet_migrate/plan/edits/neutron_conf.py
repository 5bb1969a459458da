"""What MidoNet 5 wants of Neutron's own configuration (host 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from midonet_migrate.plan.edits.ini import Ini, parse
from midonet_migrate.plan.edits.ini_changes import insert, place_of, set_value
from midonet_migrate.plan.edits.model import (
    Change,
    ConfigFile,
    Dialect,
    FileEdit,
    Finding,
    Severity,
    Unreadable,
    edited,
    text_of,
    untouched,
)

SECTION = "DEFAULT"
NEW_PLUGIN = "midonet.neutron.plugin_v2.MidonetPluginV2"
_NEW_MODULE = "midonet.neutron.plugin_v2."
_OLD_MODULES = ("neutron.plugins.midonet.", "midonet.neutron.plugin_v1.", "midonet.neutron.plugin.")
_OLD_ALIAS = "midonet"
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


class _Refused(Exception):
    """A value that is nobody's business to change."""


def edit_neutron(files: Sequence[ConfigFile]) -> list[FileEdit]:
    """The three settings of ``[DEFAULT]`` among the files that neutron-server reads, in its order: each where
    it counts; one that none sets goes into the first file.

    ``core_plugin`` becomes the plug-in of MidoNet 5, ``dhcp_agent_notification`` False and
    ``allow_overlapping_ips`` True. Values that mean that already stay as they are written. The result has an
    entry for each file that changes or that something is told about.
    """
    texts: dict[str, str] = {}
    changes: dict[str, list[Change]] = {file.path: [] for file in files}
    findings: dict[str, list[Finding]] = {file.path: [] for file in files}
    broken: list[FileEdit] = []
    for file in files:
        try:
            texts[file.path] = text_of(file.data)
            parse(texts[file.path], Dialect.OSLO)
        except Unreadable as error:
            text = f"it cannot be read: {error}; Neutron would not start with it"
            broken.append(untouched(file.path, file.data, Severity.REFUSED, text))
    if broken:
        return broken
    for key, decide in _DECISIONS.items():
        inis = {path: parse(text, Dialect.OSLO) for path, text in texts.items()}
        path = next(
            (path for path in reversed(inis) if inis[path].active(SECTION, key)), next(iter(inis), None)
        )
        if path is None:
            continue
        try:
            change = _change(inis[path], key, decide)
        except _Refused as error:
            findings[path].append(
                Finding(severity=Severity.REFUSED, place=_place(path, inis[path], key), text=str(error))
            )
            continue
        if change is not None:
            texts[path] = change.apply(texts[path])
            changes[path].append(change)
    return [
        edited(file.path, file.data, changes[file.path], findings[file.path])
        for file in files
        if changes[file.path] or findings[file.path]
    ]


def fits_midonet5(files: Sequence[ConfigFile]) -> bool:
    """Whether neutron-server would start with the plug-in of MidoNet 5."""
    try:
        inis = [parse(text_of(file.data), Dialect.OSLO) for file in files]
    except Unreadable:
        return False
    for ini in reversed(inis):
        active = ini.active(SECTION, "core_plugin")
        if active is not None:
            return _unquoted(ini.value(active)).startswith(_NEW_MODULE)
    return False


def _change(ini: Ini, key: str, decide: Callable[[str | None], str]) -> Change | None:
    active = ini.active(SECTION, key)
    value = decide(None if active is None else _unquoted(ini.value(active)))
    if not value:
        return None
    return insert(ini, SECTION, key, value) if active is None else set_value(ini, active, value)


def _place(path: str, ini: Ini, key: str) -> str:
    active = ini.active(SECTION, key)
    return f"{path} [{SECTION}] {key}" if active is None else place_of(path, ini, active)


def _unquoted(value: str) -> str:
    """As oslo.config reads it: without one pair of quotes around."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _core_plugin(value: str | None) -> str:
    if value is None:
        raise _Refused("no file sets core_plugin, so this neutron-server does not run MidoNet")
    if value.startswith(_NEW_MODULE):
        return ""
    if value == _OLD_ALIAS or value.startswith(_OLD_MODULES):
        return NEW_PLUGIN
    raise _Refused("it names no plug-in of MidoNet 1.9 that is known; set it by hand")


def _boolean(wanted: bool) -> Callable[[str | None], str]:
    def decide(value: str | None) -> str:
        means = _TRUE if wanted else _FALSE
        return "" if value is not None and value.lower() in means else str(wanted)

    return decide


_DECISIONS: dict[str, Callable[[str | None], str]] = {
    "core_plugin": _core_plugin,
    "dhcp_agent_notification": _boolean(False),
    "allow_overlapping_ips": _boolean(True),
}
