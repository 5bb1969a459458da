"""Files of yum's settings: our own ``yum.conf`` made from the host's, and what repositories say. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECTION = re.compile(r"\[([^\]]+)\]\s*")
_OPTION = re.compile(r"([^\s=:#;][^=:]*?)\s*[=:]\s*(.*?)\s*")
MAIN = "main"
_TRUE = frozenset({"1", "yes", "true", "on"})


def own_settings(text: str, options: Mapping[str, str]) -> str:
    """The host's ``yum.conf`` with ``options`` in ``[main]`` instead of its own; all else as it is.

    What the host sets for proxies, excludes, variables of the distribution therefore stays in effect.
    """
    lines: list[str] = []
    section, dropping, written = "", False, False
    for line in text.removeprefix("\ufeff").splitlines():
        head = _SECTION.fullmatch(line)
        if head is not None:
            section, dropping = head[1].strip(), False
            lines.append(line)
            if section == MAIN and not written:
                lines += _lines(options)
                written = True
            continue
        if section == MAIN:
            if line[:1].isspace() and line.strip():
                if dropping:
                    continue
            else:
                option = _OPTION.fullmatch(line)
                dropping = option is not None and option[1].lower() in options
                if dropping:
                    continue
        lines.append(line)
    if not written:
        lines = [f"[{MAIN}]", *_lines(options), *lines]
    return "".join(f"{line}\n" for line in lines)


def parse_sections(text: str) -> dict[str, dict[str, str]]:
    """Section -> option (lower case) -> value; a value of several lines keeps its breaks. Comments go."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    name = ""
    for line in text.removeprefix("\ufeff").splitlines():
        if not line.strip() or line[0] in "#;":
            continue
        head = _SECTION.fullmatch(line)
        if head is not None:
            current, name = sections.setdefault(head[1].strip(), {}), ""
        elif line[0].isspace() and name:
            current[name] = f"{current[name]}\n{line.strip()}"
        else:
            option = _OPTION.fullmatch(line)
            if option is not None:
                name = option[1].lower()
                current[name] = option[2]
    return sections


def wants_signatures(repository: Mapping[str, str], main: Mapping[str, str]) -> bool:
    """Whether packages of a repository must be signed: its own ``gpgcheck``, else the one of ``[main]``."""
    return repository.get("gpgcheck", main.get("gpgcheck", "0")).strip().lower() in _TRUE


def keys_of(repository: Mapping[str, str], main: Mapping[str, str]) -> list[str]:
    """The URLs of a repository's keys."""
    return repository.get("gpgkey", main.get("gpgkey", "")).replace(",", " ").split()


def local_directories(repository: Mapping[str, str]) -> list[str]:
    """Where a repository of ``file:`` addresses lies: yum takes its packages from there and copies none."""
    found = (re.fullmatch(r"file:(?://[^/]*)?(/.+)", url) for url in repository.get("baseurl", "").split())
    return [match[1] for match in found if match is not None]


def with_key_directory(text: str, names: list[str], directory: str) -> str:
    """A repository file whose local keys of these file names lie in ``directory`` instead."""
    for name in names:
        local = re.compile(rf"file:///?\S*?/{re.escape(name)}(?=[\s,]|$)", re.MULTILINE)
        moved = f"file://{directory}/{name}".replace("\\", r"\\")
        text = local.sub(moved, text)
    return text


def _lines(options: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in options.items()]
