"""Which words make apt do a change, and what must be so before it is done. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.apt_error_rules import CONFIGURE
from midonet_migrate.hosts.packages.apt_output import Overlap
from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesFailed,
    Transaction,
    UnexpectedChange,
)

KNOWN_OVERLAP = frozenset(
    {"/usr/bin/mn-conf", "/usr/bin/mm-meter", "/usr/bin/mm-stat", "/usr/share/man/man1/mn-conf.1.gz"}
)
"""Files of midolman 1.9 and of midonet-tools 5.x (host 1.4)."""
_OVERLAPPING_PACKAGES = frozenset({"midolman", "midonet-tools"})
_KEEP_CONFIGURATION = ("--force-confdef", "--force-confold")
_FIRST_WITH_ALLOW_DOWNGRADES = (1, 1)


def words_of(change: PackageChange, installed: Mapping[str, str]) -> list[str]:
    """The verb of ``apt-get`` and its packages: one call for all of ``change``."""
    wanted = {**change.install, **{name: installed[name] for name in change.reinstall}}
    if not wanted:
        return ["remove", *change.remove]
    packages = [f"{name}={version}" for name, version in sorted(wanted.items())]
    reinstall = ["--reinstall"] if change.reinstall else []
    return [*reinstall, "install", *packages, *(f"{name}-" for name in change.remove)]


def force_of(*, overwrite: bool, missing: bool) -> list[str]:
    """What dpkg is to do beyond keeping edited configuration files. ``overwrite``: files of others that are
    known to overlap; ``missing``: configuration files that are not there are brought."""
    return [
        *(["--force-overwrite"] if overwrite else []),
        *(["--force-confmiss"] if missing else []),
    ]


def options_of(*, downgrade: bool, force: Sequence[str], apt_version: tuple[int, int]) -> list[str]:
    """The options for doing it: edited configuration files stay, nothing is asked. ``force``: see
    :func:`force_of`.

    ``--force-yes`` of apt 1.0 would also take packages without signature and change held ones: the first is
    looked at when they are fetched, the second before.
    """
    all_force = [*_KEEP_CONFIGURATION, *force]
    options = [word for option in all_force for word in ("-o", f"Dpkg::Options::={option}")]
    if downgrade:
        modern = apt_version >= _FIRST_WITH_ALLOW_DOWNGRADES
        options.append("--allow-downgrades" if modern else "--force-yes")
    return ["-y", "-q", *options]


def require_available(wanted: Mapping[str, str], candidates: Mapping[str, Sequence[str]]) -> None:
    """Raise ``NoRepository`` for every version that no repository has."""
    lacking = {name: version for name, version in wanted.items() if version not in candidates.get(name, ())}
    if lacking:
        raise NoRepository(
            "No repository of this host has the wanted versions",
            hint="Correct the versions or the repositories, then run the stage again: it reads their lists.",
            problems=[
                f"{name} {version} is missing"
                + (f"; there is {', '.join(candidates[name])}" if candidates.get(name) else "")
                for name, version in sorted(lacking.items())
            ],
            recovery=Recovery.RETRY,
        )


def require_not_held(transaction: Transaction, held: Collection[str]) -> None:
    """Raise ``PackagesFailed`` when a held package would be changed: apt with ``--force-yes`` would do it."""
    changes = {
        **dict.fromkeys(transaction.removed, "would be removed"),
        **{name: f"would go from {old} to {new}" for name, (old, new) in transaction.changed.items()},
        **{name: f"{version} would be installed" for name, version in transaction.installed.items()},
    }
    found = sorted(name for name in {*held} & {*changes} if not _stays(transaction, name))
    if found:
        raise _held(found, [f"{name} {changes[name]}" for name in found])


def require_holds_not_in_the_way(problems: Sequence[str], held: Collection[str]) -> None:
    """Raise ``PackagesFailed`` when what apt cannot meet has to do with a held package."""
    named = {word for problem in problems for word in re.findall(r"[a-z0-9][a-z0-9+.-]+", problem)}
    found = sorted(named & {*held})
    if found:
        raise _held(found, problems)


def _held(names: Sequence[str], problems: Sequence[str]) -> PackagesFailed:
    return PackagesFailed(
        "Packages are held as they are",
        why=f"Somebody holds {', '.join(names)} (apt-mark showhold).",
        hint=f"If that is no longer wanted: apt-mark unhold {' '.join(names)}",
        problems=problems,
        recovery=Recovery.RETRY,
    )


def require_whole(broken: Collection[str]) -> None:
    """Raise ``PackagesFailed`` when dpkg was cut off before: it would go on with that first."""
    if broken:
        raise PackagesFailed(
            "Packages of this host are half installed",
            why="dpkg was cut off, or a script of theirs failed.",
            hint=f"Run '{CONFIGURE}' there, look that it ends well, then run the same command again.",
            problems=sorted(broken),
            recovery=Recovery.RETRY,
        )


def require_no_other_removals(change: PackageChange, transaction: Transaction) -> None:
    """Raise ``UnexpectedChange`` when a package would go that ``change`` does not remove."""
    others = {name: version for name, version in transaction.removed.items() if name not in change.remove}
    if others:
        raise UnexpectedChange(
            "apt would remove packages that the migration does not touch",
            why="They depend on what is to be removed, or clash with what is to be installed.",
            hint="Correct the repositories of the host, then run again.",
            problems=[f"{name} {version} would be removed" for name, version in sorted(others.items())],
        )


def require_known_overlaps(found: Sequence[Overlap]) -> None:
    """Raise ``PackagesFailed`` for a file that would be overwritten, other than those of host 1.4."""
    unknown = [overlap for overlap in found if not _is_known(overlap)]
    if unknown:
        raise PackagesFailed(
            "Packages would overwrite each other's files",
            why="dpkg would stop in the middle.",
            hint="Remove the package that is in the way, or report it: only known overlaps are taken.",
            problems=[str(overlap) for overlap in unknown],
            recovery=Recovery.RETRY,
        )


def _is_known(overlap: Overlap) -> bool:
    return overlap.path in KNOWN_OVERLAP and {overlap.incoming, overlap.present} == _OVERLAPPING_PACKAGES


def _stays(transaction: Transaction, name: str) -> bool:
    """Whether a package is only installed again, in the version that it has."""
    before, after = transaction.changed.get(name, ("", "-"))
    return before == after
