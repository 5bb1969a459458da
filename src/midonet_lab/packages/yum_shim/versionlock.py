"""The plug-in that keeps packages at a version."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path

from .names import Package, always_with_epoch

_SETTINGS = Path("/etc/yum/pluginconf.d/versionlock.conf")
_LIST = Path("/etc/yum/pluginconf.d/versionlock.list")


def is_installed() -> bool:
    """Whether the plug-in is there and on."""
    settings = ConfigParser(interpolation=None)
    return bool(settings.read(_SETTINGS)) and settings.getboolean("main", "enabled", fallback=False)


def entries() -> list[str]:
    """The lines of the list."""
    if not is_installed() or not _LIST.exists():
        return []
    lines = (line.strip() for line in _LIST.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def add(packages: Iterable[Package]) -> list[str]:
    """Lock packages at their version; the new lines."""
    new = [f"{always_with_epoch(package).rpartition('.')[0]}.*" for package in packages]
    with _LIST.open("a", encoding="utf-8") as file:
        file.writelines(f"\n# Added locks on now\n{entry}\n" for entry in new)
    return new


def delete(names: Iterable[str]) -> int:
    """Take locks away; how many there were."""
    patterns = list(names)
    kept = [entry for entry in entries() if not any(_named(entry, pattern) for pattern in patterns)]
    count = len(entries()) - len(kept)
    _LIST.write_text("".join(f"{entry}\n" for entry in kept), encoding="utf-8")
    return count


def hides(package: Package) -> bool:
    """Whether a lock keeps this version of an available package out of sight."""
    locked = False
    for entry in entries():
        if entry.startswith("!"):
            if fnmatch.fnmatchcase(always_with_epoch(package), entry[1:]):
                return True
        elif _name(entry) == package.name:
            locked = True
            if fnmatch.fnmatchcase(always_with_epoch(package), entry):
                return False
    return locked


def _name(entry: str) -> str:
    return entry.lstrip("!").partition(":")[2].rsplit("-", 2)[0]


def _named(entry: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(_name(entry), pattern) or fnmatch.fnmatchcase(entry, pattern)
