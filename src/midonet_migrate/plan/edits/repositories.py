"""Files of repositories (host 1.8): entries switched off, and the classic substitution in those in effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from midonet_migrate.plan.edits.ini import Ini, parse
from midonet_migrate.plan.edits.ini_changes import insert, set_value
from midonet_migrate.plan.edits.lines import lines_of, replace_line
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

SWITCHED_OFF = "# midonet-migrate: "
_NEW_STYLE = ".sources"
_APT_ENTRY = re.compile(
    r"(?P<head>[ \t]*deb(?:-src)?[ \t]+(?:\[[^\]]*\][ \t]*)?)(?P<place>[^#]*)(?P<comment>.*)", re.DOTALL
)
_URL_OPTIONS = ("baseurl", "mirrorlist", "metalink", "gpgkey")
_MAIN = "main"
_ENABLED = "enabled"
_OFF = frozenset({"0", "no", "false"})
_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<account>[^/\s]*@)?(?P<rest>\S*)")
_Reader = Callable[[str], Iterator[tuple[int, str, str, str]]]


def switch_apt_off(file: ConfigFile) -> FileEdit:
    """Every entry behind a comment sign that says by whom; applied again it changes nothing."""

    def change(text: str) -> Change | None:
        for start, line in lines_of(text):
            if _APT_ENTRY.fullmatch(line):
                return replace_line(text, start, f"{SWITCHED_OFF}{line}")
        return None

    return _of_new_style(file) or _changed(file, change)


def switch_yum_off(file: ConfigFile) -> FileEdit:
    """``enabled`` is 0 in every section that is on; applied again it changes nothing."""

    def change(text: str) -> Change | None:
        ini = parse(text, Dialect.CLIENT)
        for name in _sections_in_effect(ini):
            active = ini.active(name, _ENABLED)
            return set_value(ini, active, "0") if active is not None else insert(ini, name, _ENABLED, "0")
        return None

    return _changed(file, change)


def substitute_in_apt(file: ConfigFile, old: str, new: str) -> FileEdit:
    """``old`` replaced in addresses, suites and components of entries in effect, whole words only."""
    return _of_new_style(file) or _substituted(file, old, new, _apt_places)


def substitute_in_yum(file: ConfigFile, old: str, new: str) -> FileEdit:
    """``old`` replaced in the addresses of sections in effect, whole words only."""
    return _substituted(file, old, new, _yum_places)


def _of_new_style(file: ConfigFile) -> FileEdit | None:
    """The refusal of a file in the form of later apts, which must not be taken for one without entries."""
    if not file.path.endswith(_NEW_STYLE):
        return None
    text = (
        "entries of this form (deb822) are not edited: apt 1.0 of Ubuntu 14.04 does not read them; for a"
        " later apt switch them by hand (Enabled: no) and take the file out of hosts.yaml"
    )
    return untouched(file.path, file.data, Severity.REFUSED, text)


def _changed(file: ConfigFile, change: Callable[[str], Change | None]) -> FileEdit:
    """The edit of single changes, each made in what the ones before it left."""
    changes: list[Change] = []
    try:
        text = text_of(file.data)
        while (one := change(text)) is not None:
            changes.append(one)
            text = one.apply(text)
    except Unreadable as error:
        return untouched(file.path, file.data, Severity.REFUSED, str(error))
    return edited(file.path, file.data, changes, ())


def _substituted(file: ConfigFile, old: str, new: str, places: _Reader) -> FileEdit:
    replace = _replacing(old.encode().decode("latin-1"), new.encode().decode("latin-1"))

    def change(text: str) -> Change | None:
        for start, head, place, tail in places(text):
            after = replace(place)
            if after != place:
                return replace_line(text, start, f"{head}{after}{tail}")
        return None

    result = _changed(file, change)
    if result.refused or result.changed:
        return result
    there = any(new in place for _, _, place, _ in places(text_of(file.data)))
    text = "no entry in effect names it" if old in text_of(file.data) else "it is not named there"
    finding = Finding(severity=Severity.ATTENTION, place=file.path, text=f"{old} is not replaced: {text}")
    return edited(file.path, file.data, (), () if there else (finding,))


def _replacing(old: str, new: str) -> Callable[[str], str]:
    """Whole words, outside of user and password: ``mem-1.9`` is no part of ``mem-1.90``, ``mem-1.9.1`` or
    ``mem-1.9.example.com``, but of ``mem-1.9-deb``. What is ``new`` already stays, even if ``old`` is in it.
    """
    word = re.compile(
        rf"(?<![A-Za-z0-9_.])(?:(?P<new>{re.escape(new)})|{re.escape(old)})(?![A-Za-z0-9_]|\.[A-Za-z0-9])"
    )

    def replaced(text: str) -> str:
        return word.sub(lambda match: match[0] if match["new"] else new, text)

    def replace(place: str) -> str:
        result, position = "", 0
        for match in _AUTHORITY.finditer(place):
            account = f"{match['scheme']}{match['account'] or ''}"
            result += f"{replaced(place[position : match.start()])}{account}{replaced(match['rest'])}"
            position = match.end()
        return result + replaced(place[position:])

    return replace


def _apt_places(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Of each entry in effect: where its line begins, and the line in three parts, the place between."""
    for start, line in lines_of(text):
        match = _APT_ENTRY.fullmatch(line)
        if match is not None:
            yield start, match["head"], match["place"], match["comment"]


def _yum_places(text: str) -> Iterator[tuple[int, str, str, str]]:
    """The same of each line of an address. Raises ``Unreadable``."""
    ini = parse(text, Dialect.CLIENT)
    sections = _sections_in_effect(ini)
    for item in ini.assignments:
        if item.section not in sections or item.key not in _URL_OPTIONS:
            continue
        for start, line in lines_of(text[: item.end]):
            if start < item.start or line.startswith(("#", ";")):
                continue
            begin = max(item.value_start - start, 0)
            end = min(item.value_end - start, len(line))
            yield start, line[:begin], line[begin:end], line[end:]


def _sections_in_effect(ini: Ini) -> list[str]:
    """Repositories that are on; without a word of it they are."""
    names = list(dict.fromkeys(section.name for section in ini.sections if section.name != _MAIN))
    return [
        name
        for name in names
        if (active := ini.active(name, _ENABLED)) is None or ini.value(active).strip().lower() not in _OFF
    ]
