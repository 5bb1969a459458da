"""What each of yum's commands wants; none of them changes anything yet."""

from __future__ import annotations

from typing import Any

from .names import full_name, matches, version_text
from .options import Options

Outcome = tuple[set[str], bool]
"""Names that were asked for, and whether anything at all was found."""


def add(base: Any, verb: str, patterns: list[str]) -> Outcome:
    """Put the wishes of one command into dnf's goal; says what cannot be had, as yum does."""
    wanted: set[str] = set()
    found = False
    for pattern in patterns:
        names = _VERBS[verb](base, pattern)
        found = found or names is not None
        wanted |= names or set()
    return wanted, found


def known(verb: str) -> bool:
    """Whether it is a command that changes packages."""
    return verb in _VERBS


def listed(base: Any, options: Options, patterns: list[str], narrow: str) -> tuple[list[Any], list[Any]]:
    """Installed and available packages for ``yum list``; by default only the newest of those available."""
    installed = [] if narrow == "available" else _matching(base.sack.query().installed().run(), patterns)
    available = [] if narrow == "installed" else _matching(base.sack.query().available().run(), patterns)
    if not options.has("showduplicates"):
        there = {(package.name, package.arch): package for package in base.sack.query().installed().run()}
        newest: dict[tuple[str, str], Any] = {}
        for package in available:
            key = (package.name, package.arch)
            if (key not in newest or newest[key] < package) and not (key in there and there[key] >= package):
                newest[key] = package
        available = list(newest.values())
    unique = {
        (package.name, package.arch, version_text(package), package.reponame): package
        for package in available
    }
    return sorted(installed), sorted(unique.values())


def _matching(packages: list[Any], patterns: list[str]) -> list[Any]:
    if not patterns:
        return list(packages)
    return [package for package in packages if any(matches(package, pattern) for pattern in patterns)]


def _best(packages: list[Any]) -> Any:
    """The newest, of the architectures the one that is not foreign."""
    return max(packages, key=lambda package: (package, package.arch != "i686"))


def _installed(base: Any, name: str) -> list[Any]:
    return list(base.sack.query().installed().filter(name=name))


def _install(base: Any, pattern: str, *, update_only: bool = False) -> set[str] | None:
    available = _matching(base.sack.query().available().run(), [pattern])
    if not available:
        if _matching(base.sack.query().installed().run(), [pattern]):
            print(f"Package {pattern} already installed and latest version")
            return set()
        print(f"No package {pattern} available.")
        return None
    wanted = set()
    for name in {package.name for package in available}:
        best = _best([package for package in available if package.name == name])
        there = _installed(base, name)
        if not there and update_only:
            print(f"Package(s) {pattern} available, but not installed.")
        elif there and max(there) == best:
            print(f"Package {full_name(best)} already installed and latest version")
        elif there and max(there) > best:
            # yum install never goes back.
            print(f"Package matching {full_name(best)} already installed. Checking for update.")
        else:
            base.package_install(best)
            wanted.add(name)
    return wanted


def _update(base: Any, pattern: str) -> set[str] | None:
    return _install(base, pattern, update_only=True)


def _downgrade(base: Any, pattern: str) -> set[str] | None:
    available = _matching(base.sack.query().available().run(), [pattern])
    wanted = set()
    for name in {package.name for package in available}:
        there = _installed(base, name)
        older = [package for package in available if package.name == name and there and package < max(there)]
        if older:
            base.package_downgrade(_best(older), strict=True)
            wanted.add(name)
        elif there:
            print(f"Only Upgrade available on package: {full_name(max(there))}")
    if not available:
        print(f"No package {pattern} available.")
        return None
    return wanted


def _reinstall(base: Any, pattern: str) -> set[str] | None:
    there = _matching(base.sack.query().installed().run(), [pattern])
    if not there:
        return None
    wanted = set()
    for package in there:
        same = base.sack.query().available().filter(nevra=str(package))
        if not same:
            print(f"Installed package {full_name(package)} not available.")
            continue
        base.package_reinstall(same[0])
        wanted.add(package.name)
    return wanted or None


def _erase(base: Any, pattern: str) -> set[str] | None:
    there = _matching(base.sack.query().installed().run(), [pattern])
    if not there:
        print(f"No Match for argument: {pattern}")
        return set()
    for package in there:
        base.package_remove(package)
    return {package.name for package in there}


_VERBS = {
    "install": _install,
    "update": _update,
    "upgrade": _update,
    "downgrade": _downgrade,
    "reinstall": _reinstall,
    "erase": _erase,
    "remove": _erase,
}
ERASING = frozenset({"erase", "remove"})
