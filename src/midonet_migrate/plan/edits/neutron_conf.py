"""What MidoNet 5 wants of Neutron's own configuration (host 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from midonet_migrate.plan.edits.ini import parse
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
    it counts; one that none sets, or only a file below /usr, goes into neutron.conf, else the first file.

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
        main = _main_file(inis)
        if not main:
            continue
        path = next((path for path in reversed(inis) if inis[path].active(SECTION, key)), main)
        active = inis[path].active(SECTION, key)
        try:
            value = decide(None if active is None else _unquoted(inis[path].value(active)))
        except _Refused as error:
            place = f"{path} [{SECTION}] {key}" if active is None else place_of(path, inis[path], active)
            findings[path].append(Finding(severity=Severity.REFUSED, place=place, text=str(error)))
            continue
        if not value:
            continue
        order = list(inis)
        if active is None or (_is_packaged(path) and order.index(path) < order.index(main)):
            path, change = main, insert(inis[main], SECTION, key, value)
        else:
            change = set_value(inis[path], active, value)
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


def _main_file(paths: Iterable[str]) -> str:
    """Where a setting that is missing goes: neutron.conf, else the first file that no package owns."""
    own = [path for path in paths if not _is_packaged(path)]
    return next((path for path in own if path.endswith("/neutron.conf")), own[0] if own else "")


def _is_packaged(path: str) -> bool:
    """Defaults of a distribution (RDO's neutron-dist.conf), read first and replaced with their package."""
    return path.startswith("/usr/")


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
