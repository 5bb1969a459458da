"""Which words make yum do a change: exact versions, the right verb for each package. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesFailed,
)
from midonet_migrate.hosts.packages.rpm_versions import RpmVersion, is_older, newest_first
from midonet_migrate.hosts.packages.wanted import targets
from midonet_migrate.hosts.packages.yum_output import Listed

_NO_ARCHITECTURE = "noarch"


class YumStep(msgspec.Struct, frozen=True):
    """A verb of yum and the packages it is for."""

    verb: str
    packages: tuple[str, ...]


def require_available(
    wanted: Mapping[str, str], listed: Iterable[Listed], locked: Callable[[], Iterable[str]]
) -> None:
    """Raise ``PackagesFailed`` for a package that is locked at another version (yum hides all others then),
    ``NoRepository`` for a version that no repository has. ``locked`` is asked only if something is missing.
    """
    versions: dict[str, list[str]] = {}
    for package in listed:
        versions.setdefault(package.name, []).append(package.version)
    lacking = {name: version for name, version in wanted.items() if version not in versions.get(name, [])}
    if not lacking:
        return
    held = sorted({*lacking} & {*locked()})
    if held:
        raise PackagesFailed(
            "yum's version lock keeps packages as they are",
            why="Somebody has locked them (yum versionlock list).",
            hint=f"If that is no longer wanted: yum versionlock delete {' '.join(held)}",
            problems=[f"{name}: {lacking[name]} is wanted" for name in held],
            recovery=Recovery.RETRY,
        )
    raise NoRepository(
        "No repository of this host has the wanted versions",
        hint="Correct the versions or the repositories; see to exclude= in their files and in yum.conf.",
        problems=[
            f"{name} {version} is missing"
            + (f"; there is {', '.join(newest_first(versions[name]))}" if name in versions else "")
            for name, version in sorted(lacking.items())
        ],
        recovery=Recovery.RETRY,
    )


def steps_of(
    change: PackageChange,
    installed: Mapping[str, str],
    architectures: Mapping[str, str],
    listed: Iterable[Listed],
    machine: str,
) -> list[YumStep]:
    """What to tell yum, in an order of no meaning: all is one transaction.

    ``architectures``: of the installed packages; ``machine``: of the host. ``install`` does not go back to an
    older version in yum 3.4, so that is another verb.
    """
    known = list(listed)
    steps: dict[str, list[str]] = {"install": [], "downgrade": [], "reinstall": []}
    for name, version in targets(change, installed).items():
        verb = "install"
        if name in change.reinstall:
            verb = "reinstall"
        elif name in installed and is_older(version, installed[name]):
            verb = "downgrade"
        found = {
            package.architecture for package in known if (package.name, package.version) == (name, version)
        }
        ranked = [architectures.get(name, ""), _NO_ARCHITECTURE, machine, *sorted(found)]
        architecture = next(one for one in ranked if one in found)
        steps[verb].append(exact(name, version, architecture))
    steps["erase"] = list(change.remove)
    return [YumStep(verb, tuple(sorted(packages))) for verb, packages in steps.items() if packages]


def exact(name: str, version: str, architecture: str) -> str:
    """One package and no other, as yum 3.4 wants it: with an epoch only in front, and never without the
    architecture."""
    parsed = RpmVersion.parse(version)
    epoch = f"{parsed.epoch}:" if parsed.epoch else ""
    return f"{epoch}{name}-{parsed.version}-{parsed.release}.{architecture}"
