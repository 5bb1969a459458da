"""The package files that yum has fetched for us: which are there, who signed them, whom they collide with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesFailed
from midonet_migrate.hosts.packages.rpm_output import (
    QUERY_FORMAT,
    FileConflict,
    Trust,
    parse_conflicts,
    parse_packages,
    parse_signatures,
    parse_space,
)
from midonet_migrate.hosts.packages.yum_calls import YumCalls
from midonet_migrate.hosts.packages.yum_output import Action, Row
from midonet_migrate.hosts.packages.yum_private import PrivateYum
from midonet_migrate.hosts.packages.yum_settings import (
    keys_of,
    local_directories,
    wants_signatures,
)
from midonet_migrate.settings.redaction import redact

FORCED = ("--oldpackage", "--replacepkgs")
"""Of rpm -U: what is older, or there already, is wanted all the same."""
_LOOK = """\
format=$1
shift
for file in "$@"; do
    # A download that was cut off is as good as none.
    rpm -K --nosignature "$file" >/dev/null 2>&1 || continue
    line=$(rpm -qp --nosignature --nodigest --qf "$format" "$file" 2>/dev/null) || continue
    printf '%s\\t%s\\n' "$line" "$file"
done
"""
_OVERLAPPING = frozenset(
    {
        "/usr/bin/mn-conf",
        "/usr/bin/mm-meter",
        "/usr/bin/mm-stat",
        "/usr/share/man/man1/mn-conf.1.gz",
    }
)
_OVERLAPPING_PACKAGES = frozenset({"midolman", "midonet-tools"})


def is_known_overlap(conflict: FileConflict) -> bool:
    """Whether it is one of midolman 1.9 and midonet-tools 5.x (host 1.4), and only one of them is new."""
    return (
        conflict.path in _OVERLAPPING
        and {conflict.incoming, conflict.present} == _OVERLAPPING_PACKAGES
        and not conflict.both_new
    )


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a row of the transaction."""

    row: Row
    path: str


class PackageFiles:
    """What lies in the corner's cache."""

    def __init__(self, calls: YumCalls, private: PrivateYum) -> None:
        self._calls = calls
        self._private = private

    def of(self, rows: Iterable[Row]) -> tuple[list[Fetched], list[Row]]:
        """The files of everything that comes in, and the rows whose file is not there."""
        coming = [row for row in rows if row.action is not Action.REMOVE]
        there = self._there(coming) if coming else {}
        fetched: list[Fetched] = []
        missing: list[Row] = []
        for row in coming:
            path = there.get((row.name, row.version, row.architecture))
            if path is None:
                missing.append(row)
            else:
                fetched.append(Fetched(row=row, path=path))
        return fetched, missing

    def require_signatures(self, files: Iterable[Fetched]) -> None:
        """Everything from a repository with ``gpgcheck`` is signed by a key that is known here or that the
        repository names. yum looks at that only when it installs, and rpm not at all.

        Keys are put into a keyring of our own: the host's stays as it is. Raises ``NoRepository``.
        """
        of_repository: dict[str, list[str]] = {}
        for file in files:
            of_repository.setdefault(file.row.repository, []).append(file.path)
        for name, paths in of_repository.items():
            repository = self._private.repository(name)
            if not wants_signatures(repository.options, repository.main):
                continue
            unknown = self._strangers(name, paths)
            if unknown:
                self._import(name, keys_of(repository.options, repository.main))
                unknown = self._strangers(name, list(unknown), "--dbpath", self._private.keyring)
            if unknown:
                raise _not_trusted(
                    f"The keys of the repository {name} are not those that its packages are signed with",
                    [f"{path.rpartition('/')[2]}: key {key}" for path, key in sorted(unknown.items())],
                )

    def conflicts(self, paths: Sequence[str], leaving: Iterable[str] = ()) -> list[FileConflict]:
        """The known overlaps that installing files would meet; packages ``leaving`` are in nobody's way.

        Raises ``PackagesFailed`` for any other collision, and when the disks have no room.
        """
        if not paths:
            return []
        done = self._calls.run(["rpm", "-U", "--test", "--nodeps", *FORCED, *paths])
        if not done.status:
            return []
        said = f"{done.stdout}\n{done.stderr}"
        gone = frozenset(leaving)
        found = [conflict for conflict in parse_conflicts(said) if conflict.present not in gone]
        unknown = [conflict for conflict in found if not is_known_overlap(conflict)]
        if unknown:
            raise PackagesFailed(
                "Packages would overwrite files of others",
                why="rpm refuses to install them over each other, and it is not one of the known overlaps"
                " between midolman 1.9 and midonet-tools 5.",
                hint="Remove the package that is in the way.",
                problems=[str(conflict) for conflict in unknown],
                recovery=Recovery.RETRY,
            )
        if parse_space(said) or not parse_conflicts(said):
            raise self._calls.error(["rpm", "-U", "--test"], done)
        return found

    def _there(self, rows: list[Row]) -> dict[tuple[str, str, str], str]:
        places = [self._private.cache]
        for name in sorted({row.repository for row in rows}):
            places += local_directories(self._private.repository(name).options)
        names = [word for row in rows for word in ("-o", "-name", _file_name(row))][1:]
        # A place that is not there is no error.
        found = self._calls.run(["find", *places, "-type", "f", "(", *names, ")"]).stdout.splitlines()
        there = {}
        query_format = QUERY_FORMAT.removesuffix(r"\n")
        for line in self._calls.script(_LOOK, query_format, *sorted(found)).splitlines():
            fields, _tab, path = line.rpartition("\t")
            for package in parse_packages(fields):
                there[package.name, package.version, package.architecture] = path
        return there

    def _strangers(self, repository: str, paths: list[str], *options: str) -> dict[str, str]:
        """Path -> key id of those signed by a key that is not known. Raises for what is not signed at all."""
        done = self._calls.run(["rpm", *options, "-Kv", *paths])
        verdicts = parse_signatures(done.stdout)
        unknown: dict[str, str] = {}
        for path in paths:
            signature = verdicts.get(path)
            if signature is None:
                raise self._calls.error(["rpm", "-Kv", path], done)
            if signature.trust is Trust.MISSING_KEY:
                unknown[path] = signature.key
            elif signature.trust is not Trust.GOOD:
                raise _not_trusted(
                    f"A package of the repository {repository} is not signed as it must be",
                    [f"{path.rpartition('/')[2]}: {signature.trust.value}"],
                )
        return unknown

    def _import(self, repository: str, keys: list[str]) -> None:
        if not keys:
            raise _not_trusted(f"The repository {repository} names no key of its packages (gpgkey)", [])
        self._calls.script('mkdir -p "$1" && chmod 0700 "$1"', self._private.keyring)
        for key in keys:
            done = self._calls.run(["rpm", "--dbpath", self._private.keyring, "--import", key])
            if done.status:
                raise _not_trusted(
                    f"A key of the repository {repository} cannot be read",
                    [redact(f"{key}: {done.stderr.strip()}")],
                )


def _file_name(row: Row) -> str:
    return f"{row.name}-{row.version.rpartition(':')[2]}.{row.architecture}.rpm"


def _not_trusted(what: str, problems: list[str]) -> NoRepository:
    return NoRepository(
        what,
        why="Its gpgcheck option asks for signed packages.",
        hint="Give its key in hosts.yaml (keys) and in its gpgkey option, or, if you trust the path to the"
        " repository, set gpgcheck=0 there.",
        problems=problems,
        recovery=Recovery.RETRY,
    )
