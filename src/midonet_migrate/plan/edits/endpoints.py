"""The API's port in every file that names it (host 2.4, 2.5): the known key's active assignment alone."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_migrate.plan.edits import script
from midonet_migrate.plan.edits.ini import Assignment, Ini, parse
from midonet_migrate.plan.edits.ini_changes import insert, place_of, set_part
from midonet_migrate.plan.edits.model import (
    Action,
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
from midonet_migrate.plan.edits.url_port import API_PATH, Outcome, PortRule, Verdict, judge

PLUGIN_SECTION, PLUGIN_KEY = "MIDONET", "midonet_uri"
_CLUSTER_CLIENT = "midonet.neutron.client.cluster.MidonetClusterClient"
SCRIPT_KEYS = ("api_host", "login_host", "trace_api_host")
_SCRIPT_NOTES = {
    "agent_config_api_host": "MidoNet 5 has no such service (8459)",
    "traces_ws_url": "MidoNet 5 has no such service (8460)",
    "api_version": "midonet-manager for MidoNet 5 wants 5.0 here",
}
_SEVERITY = {Outcome.LEFT: Severity.ATTENTION, Outcome.REFUSED: Severity.REFUSED}


def edit_plugin_uri(files: Sequence[ConfigFile], rule: PortRule, plugin_file: str) -> list[FileEdit]:
    """``[MIDONET] midonet_uri`` among the files of one program, in the order it reads them: edited where it
    counts, which is in the last file that has it.

    When none has it, the plug-in's default http://localhost:8080/midonet-api is in effect: the new URL is
    written into ``plugin_file``. The result has an entry for each file that was found to matter.
    """
    edits: list[FileEdit] = []
    readable: dict[str, Ini] = {}
    for file in files:
        try:
            readable[file.path] = parse(text_of(file.data), Dialect.OSLO)
        except Unreadable as error:
            text = f"it cannot be read: {error}; Neutron would not start with it"
            edits.append(untouched(file.path, file.data, Severity.REFUSED, text))
    if edits:
        return edits
    active = next(
        (file for file in reversed(files) if readable[file.path].active(PLUGIN_SECTION, PLUGIN_KEY)), None
    )
    if active is None and plugin_file not in readable:
        text = "no file sets midonet_uri, and there is no plug-in file to write it into"
        edits.append(untouched(plugin_file, None, Severity.ATTENTION, text))
    for file in files:
        ini = readable[file.path]
        findings = _client_findings(file.path, ini)
        if file is active or (active is None and file.path == plugin_file):
            default = f"http://localhost:{rule.new}{API_PATH}"
            edits.append(_edit(file, ini, [PLUGIN_SECTION], PLUGIN_KEY, rule, default, findings))
        elif findings:
            edits.append(edited(file.path, file.data, (), findings))
    return edits


def edit_dhcp_agent(file: ConfigFile, rule: PortRule) -> FileEdit:
    """``[MIDONET] midonet_uri`` of dhcp_agent.ini, if it has that section; a missing key is put in."""
    try:
        ini = parse(text_of(file.data), Dialect.OSLO)
    except Unreadable as error:
        return untouched(file.path, file.data, Severity.REFUSED, f"it cannot be read: {error}")
    if ini.section(PLUGIN_SECTION) is None:
        return untouched(
            file.path, file.data, Severity.NOTE, "it has no section [MIDONET]: nothing to change"
        )
    return _edit(file, ini, [PLUGIN_SECTION], PLUGIN_KEY, rule, f"http://localhost:{rule.new}{API_PATH}", [])


def edit_client_rc(file: ConfigFile, rule: PortRule) -> FileEdit:
    """``[cli] api_url`` of a ~/.midonetrc; the client has no default, so nothing is put in."""
    try:
        ini = parse(text_of(file.data), Dialect.CLIENT)
    except Unreadable as error:
        text = f"it cannot be read: {error}; the client ignores the whole file"
        return untouched(file.path, file.data, Severity.ATTENTION, text)
    sections = ["cli", "DEFAULT"] if ini.section("cli") else []
    return _edit(file, ini, sections, "api_url", rule, "", [])


def edit_manager_script(file: ConfigFile, rule: PortRule) -> FileEdit:
    """``api_host``, ``login_host``, ``trace_api_host`` of midonet-manager's client.js: URLs without path."""
    findings: list[Finding] = []
    changes: list[Change] = []
    try:
        text = text_of(file.data)
        script.members(text)
        for key in SCRIPT_KEYS:
            member = script.active(text, key)
            place = f"{file.path} {key}"
            if member is None:
                findings.append(Finding(severity=Severity.NOTE, place=place, text="it is not set"))
                continue
            value = text[member.value_start : member.value_end]
            if not member.is_text:
                told = "it is no text that is written out; set it by hand"
                findings.append(Finding(severity=Severity.ATTENTION, place=place, text=told))
                continue
            verdict = judge(script.plain(value), rule, paths=("",))
            findings += _findings(place, verdict, rule)
            if verdict.outcome is Outcome.CHANGE:
                start = member.value_start + script.written(value, verdict.start)
                end = member.value_start + script.written(value, verdict.end)
                change = Change(
                    dialect=Dialect.SCRIPT,
                    action=Action.PORT,
                    section="",
                    key=key,
                    offset=start,
                    before=text[start:end],
                    after=f":{rule.new}",
                )
                text = change.apply(text)
                changes.append(change)
    except Unreadable as error:
        return untouched(file.path, file.data, Severity.ATTENTION, f"it cannot be read: {error}")
    findings += [
        Finding(severity=Severity.NOTE, place=f"{file.path} {key}", text=_SCRIPT_NOTES[key])
        for key in _SCRIPT_NOTES
        if script.active(text, key)
    ]
    return _settled(edited(file.path, file.data, changes, findings))


def _edit(
    file: ConfigFile,
    ini: Ini,
    sections: Sequence[str],
    key: str,
    rule: PortRule,
    default: str,
    findings: Sequence[Finding],
) -> FileEdit:
    """One URL of one INI file. ``default``: written when the key is not there; empty: nothing is."""
    found: Assignment | None = next(
        (item for item in (ini.active(section, key) for section in sections) if item is not None), None
    )
    if found is None and default:
        change = insert(ini, sections[0], key, default)
        note = Finding(
            severity=Severity.NOTE,
            place=f"{file.path} [{sections[0]}] {key}",
            text=f"it is not set, so the default counted; now written out as {default}",
        )
        return edited(file.path, file.data, [change], [*findings, note])
    if found is None:
        note = Finding(severity=Severity.NOTE, place=f"{file.path} {key}", text="it is not set")
        return edited(file.path, file.data, (), [*findings, note])
    verdict = judge(ini.value(found), rule)
    changes = (
        [set_part(ini, found, Action.PORT, (verdict.start, verdict.end), f":{rule.new}")]
        if verdict.outcome is Outcome.CHANGE
        else []
    )
    told = _findings(place_of(file.path, ini, found), verdict, rule)
    return edited(file.path, file.data, changes, [*findings, *told])


def _findings(place: str, verdict: Verdict, rule: PortRule) -> list[Finding]:
    findings = []
    severity = _SEVERITY.get(verdict.outcome)
    if severity is not None:
        findings.append(Finding(severity=severity, place=place, text=verdict.text))
    elif verdict.outcome is Outcome.DONE:
        text = f"{verdict.text} names port {rule.new} already"
        findings.append(Finding(severity=Severity.NOTE, place=place, text=text))
    if verdict.warning:
        findings.append(Finding(severity=Severity.ATTENTION, place=place, text=verdict.warning))
    return findings


def _settled(edit: FileEdit) -> FileEdit:
    """A file of which one part was refused is left as a whole."""
    return msgspec.structs.replace(edit, after=edit.before, changes=()) if edit.refused else edit


def writes_to_tasks(files: Sequence[ConfigFile]) -> bool:
    """Whether Neutron's plug-in is told to write into the task table: with the importer off nobody reads it,
    and changes would silently not reach MidoNet (host 2.3)."""
    for file in reversed(files):
        try:
            ini = parse(text_of(file.data), Dialect.OSLO)
        except Unreadable:
            continue
        found = ini.active(PLUGIN_SECTION, "client")
        if found is not None:
            return _CLUSTER_CLIENT in ini.value(found)
    return False


def _client_findings(path: str, ini: Ini) -> list[Finding]:
    """The client that writes to the task table would be cut off when the importer is switched off."""
    found = ini.active(PLUGIN_SECTION, "client")
    if found is None or _CLUSTER_CLIENT not in ini.value(found):
        return []
    text = (
        "this client writes to the task table, which nobody reads after the migration: take the line out, so "
        "that the API client counts"
    )
    return [Finding(severity=Severity.ATTENTION, place=place_of(path, ini, found), text=text)]
