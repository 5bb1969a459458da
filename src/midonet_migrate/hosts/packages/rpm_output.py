"""Reading what rpm prints (4.11 of CentOS 7, and later). Pure: texts in, values out."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from midonet_migrate.hosts.packages.rpm_versions import RpmVersion, written

QUERY_FORMAT = r"%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\n"
"""Of :func:`parse_packages`."""
_KEYS = "gpg-pubkey"
_SEVERAL_ALLOWED = re.compile(r"kernel(-.+)?|gpg-pubkey|installonlypkg.*")
"""Packages of which several versions stand side by side by design."""

_CONFLICT = re.compile(
    r"\s*file (?P<path>\S.*) (?:from install of (?P<incoming>\S+) conflicts with file from package"
    r" (?P<present>\S+)"
    r"|conflicts between attempted installs of (?P<one>\S+) and (?P<other>\S+))\s*"
)
_SPACE = re.compile(
    r"installing package \S+ needs (?P<needs>\S+?)(?P<unit>[KMG]?B) (?:more space )?"
    r"on the (?P<where>\S+) filesystem"
)
_NEVRA = re.compile(r"(?:(?P<early>\d+):)?(?P<name>\S+)-(?:(?P<late>\d+):)?[^-]+-[^-]+")
_SIGNED_FILE = re.compile(r"(?P<path>\S.*\.rpm):\s*")
_SIGNATURE = re.compile(r"\s+.*[Ss]ignature, key ID (?P<key>[0-9a-fA-F]+): (?P<verdict>[A-Z]+).*")
_DIGEST = re.compile(r"\s+.*[Dd]igest: (?P<verdict>[A-Z]+).*")


class InstalledPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``rpm -qa`` or ``rpm -qp``."""

    name: str
    version: str
    architecture: str


class FileConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A file that two packages bring with different content. Names only, without versions.

    ``present``: the installed one, or the other one of the same transaction (``both_new``).
    """

    path: str
    incoming: str
    present: str
    both_new: bool = False

    def __str__(self) -> str:
        return f"{self.path}: of {self.incoming} and of {self.present}"


class Trust(StrEnum):
    """What ``rpm -Kv`` thinks of a file."""

    GOOD = "good"
    UNSIGNED = "unsigned"
    MISSING_KEY = "missing key"
    BAD = "bad"


class Signature(msgspec.Struct, frozen=True):
    """Its verdict on one file. ``key``: the id of the key that signed it, empty without signature."""

    trust: Trust
    key: str = ""


def parse_packages(output: str) -> list[InstalledPackage]:
    """Lines of :data:`QUERY_FORMAT`; keys, which rpm keeps as packages, are left out.

    Raises ``ValueError`` for a line of another form.
    """
    packages = []
    for line in output.splitlines():
        fields = line.split("\t")
        if len(fields) != 5:
            raise ValueError(f"a line of rpm makes no sense: {line!r}")
        name, epoch, version, release, architecture = fields
        if name != _KEYS:
            packages.append(
                InstalledPackage(
                    name=name, version=written(epoch, version, release), architecture=architecture
                )
            )
    return packages


def newest_of_each(packages: list[InstalledPackage]) -> dict[str, str]:
    """Name -> version; where several stand side by side, the newest."""
    found: dict[str, str] = {}
    for package in packages:
        known = found.get(package.name)
        if known is None or RpmVersion.parse(known) < RpmVersion.parse(package.version):
            found[package.name] = package.version
    return found


def duplicates(packages: list[InstalledPackage]) -> list[str]:
    """Names installed in two versions for one architecture: an update was cut off in between."""
    seen: dict[tuple[str, str], str] = {}
    twice: set[str] = set()
    for package in packages:
        if _SEVERAL_ALLOWED.fullmatch(package.name):
            continue
        known = seen.setdefault((package.name, package.architecture), package.version)
        if known != package.version:
            twice.add(package.name)
    return sorted(twice)


def parse_conflicts(output: str) -> list[FileConflict]:
    """The file conflicts that ``rpm -U --test``, or yum's own transaction test, complains about."""
    conflicts = []
    for line in output.splitlines():
        match = _CONFLICT.fullmatch(line)
        if match is None:
            continue
        both_new = match["one"] is not None
        incoming, present = ("one", "other") if both_new else ("incoming", "present")
        conflicts.append(
            FileConflict(
                path=match["path"],
                incoming=name_of(match[incoming]),
                present=name_of(match[present]),
                both_new=both_new,
            )
        )
    return conflicts


def parse_space(output: str) -> dict[str, str]:
    """File systems that are too small -> what a package needs there (``12MB``), the last one named."""
    return {match["where"]: f"{match['needs']}{match['unit']}" for match in _SPACE.finditer(output)}


def parse_signatures(output: str) -> dict[str, Signature]:
    """``rpm -Kv FILES``: path -> verdict. Digests alone are no signature; one bad line spoils all."""
    found: dict[str, Signature] = {}
    path = ""
    for line in output.splitlines():
        file = _SIGNED_FILE.fullmatch(line)
        if file is not None:
            path = file["path"]
            found[path] = Signature(Trust.UNSIGNED)
            continue
        if not path:
            continue
        signature, digest = _SIGNATURE.fullmatch(line), _DIGEST.fullmatch(line)
        if signature is not None:
            found[path] = _worse(found[path], _verdict(signature["verdict"]), signature["key"].lower())
        elif digest is not None and digest["verdict"] != "OK":
            found[path] = _worse(found[path], Trust.BAD, found[path].key)
    return found


def name_of(package: str) -> str:
    """The name in ``name-epoch:version-release.architecture``, the epoch anywhere or nowhere."""
    match = _NEVRA.fullmatch(package)
    return match["name"] if match is not None else package


def _verdict(word: str) -> Trust:
    return {"OK": Trust.GOOD, "NOKEY": Trust.MISSING_KEY}.get(word, Trust.BAD)


def _worse(known: Signature, trust: Trust, key: str) -> Signature:
    order = (Trust.UNSIGNED, Trust.GOOD, Trust.MISSING_KEY, Trust.BAD)
    return Signature(trust, key) if order.index(trust) >= order.index(known.trust) else known
