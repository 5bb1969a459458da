"""What an error of yum or rpm means for the operator: one clear error for each. Pure."""

from __future__ import annotations

import re

import msgspec

from midonet_migrate.errors import MigrateError, NoPermission, Recovery, WrongState
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesBusy, PackagesFailed
from midonet_migrate.hosts.packages.rpm_output import parse_conflicts, parse_space
from midonet_migrate.hosts.runner import NOT_EXECUTABLE, NOT_FOUND, Completed
from midonet_migrate.settings.redaction import redact

_SHOWN_LINES = 12
_LOCK = re.compile(
    r"Another app is currently holding the yum lock|Existing lock /\S+: another copy is running"
    r"|can't create transaction lock on|rpmdb is locked|Can't get exclusive lock",
    re.IGNORECASE,
)
_LOCK_OWNER = re.compile(r"another copy is running as pid (\d+)")
_NOISE = re.compile(
    r"(Loaded plugins:|Loading mirror speeds|Resolving Dependencies|-->|--->|\s\* |Determining fastest"
    r"|rpm: |=+$|Running transaction|Downloading packages:).*"
)
_MISSING = re.compile(r"^Error: Package: (?P<package>.+)\n\s+(?P<requires>Requires: .+)", re.MULTILINE)
_NEEDED = re.compile(r"^\s+(?P<requires>\S.*) is needed by (?P<package>\S.*)$", re.MULTILINE)


class _Rule(msgspec.Struct, frozen=True):
    """A text of yum or rpm -> the error. ``what`` may name groups of ``pattern``."""

    pattern: re.Pattern[str]
    error: type[MigrateError]
    what: str
    hint: str


def _rule(pattern: str, error: type[MigrateError], what: str, hint: str) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE | re.MULTILINE), error, what, hint)


_PROXY_HINT = "Check proxy, proxy_username and proxy_password in /etc/yum.conf of the host (yum makecache)."
_NETWORK_HINT = "Check the address in the repository's file and the host's name service and routes to it."
_KEY_HINT = (
    "Give the key of the repository in hosts.yaml (keys) and in its gpgkey option, or, if you trust the path"
    " to the repository, set gpgcheck=0 there."
)
_REPORT_HINT = "Read the lines above; run the same command of yum by hand on the host."

_RULES = (
    _rule(
        r"You need to be root|you must be root|Permission denied",
        NoPermission,
        "The packages of this host may be changed by root alone",
        "Connect as root, or set sudo: true for the host in hosts.yaml.",
    ),
    _rule(
        r"HTTP Error 407|code 407 from proxy|Could not resolve proxy|Couldn't resolve proxy",
        NoRepository,
        "yum cannot get through the proxy",
        _PROXY_HINT,
    ),
    _rule(
        r"^Package (?P<name>\S+) is not signed",
        NoRepository,
        "The package {name} is not signed",
        _KEY_HINT,
    ),
    _rule(
        r"^Public key for (?P<name>\S+) is not installed",
        NoRepository,
        "The key that signed {name} is not known on this host",
        _KEY_HINT,
    ),
    _rule(
        r'GPG keys listed for the "(?P<name>[^"]+)" repository are already installed but they are not',
        NoRepository,
        "The repository {name} signs with another key than the one its gpgkey option names",
        _KEY_HINT,
    ),
    _rule(
        r"GPG key retrieval failed|Invalid GPG Key|didn't install any keys|Importing GPG key .* failed",
        NoRepository,
        "The key of a repository cannot be read",
        _KEY_HINT,
    ),
    _rule(
        r"repomd\.xml signature could not be verified for (?P<name>\S+)",
        NoRepository,
        "The lists of the repository {name} are not signed by a known key (repo_gpgcheck)",
        _KEY_HINT,
    ),
    _rule(
        r"needs \S+ (?:more space )?on the \S+ filesystem|No space left on device"
        r"|Insufficient space in download|Failed writing (?:body|received data)|Disk Requirements",
        PackagesFailed,
        "There is not enough room on the disks of this host",
        "Make room there (old logs, yum clean all), then run the same command again.",
    ),
    _rule(
        r"HTTP Error 40[13]",
        NoRepository,
        "A repository refuses the user or the password in its address",
        "Correct the credentials in the repository's file.",
    ),
    _rule(
        r"^Error: Caching enabled (?:but no local cache|and local cache)|"
        r"(?:No such file or directory|does not exist).*\brepomd\.xml",
        NoRepository,
        "The lists of a repository have not been fetched on this host",
        "Run the stage again while the repositories can be reached.",
    ),
    _rule(
        r"^failure: \S+ from (?P<name>[^:\s]+): |"
        r"^(?:Error: )?Cannot retrieve (?:repository metadata \(repomd\.xml\)|metalink)"
        r" for repository: (?P<other>\S+?)\.?(?:\s|$)|"
        r"Cannot find a valid baseurl for repo: (?P<third>\S+)",
        NoRepository,
        "The repository {name} does not answer as one",
        _NETWORK_HINT,
    ),
    _rule(
        r"Could not retrieve mirrorlist|Could(?: not|n't) resolve host|No more mirrors to try|curl#\d+",
        NoRepository,
        "A repository does not answer",
        _NETWORK_HINT,
    ),
    _rule(
        r"Protected multilib versions",
        PackagesFailed,
        "Other architectures of a package stand in the way",
        "Remove them from the host, or give the repository for them.",
    ),
    _rule(
        r"which is protected|are protected",
        PackagesFailed,
        "yum refuses to remove a protected package",
        _REPORT_HINT,
    ),
    _rule(
        r"rpmdb open failed|cannot open Packages|Thread died in Berkeley DB|rpmdb: BDB\d+",
        PackagesFailed,
        "The package database of this host is damaged",
        "Run 'rm -f /var/lib/rpm/__db.*; rpm --rebuilddb' on the host, then run the same command again.",
    ),
    _rule(
        r"scriptlet failed|scriptlet failure|Error in \w+ scriptlet",
        PackagesFailed,
        "A script of a package failed",
        "Read what it said, cure it, then run the same command again.",
    ),
    _rule(
        r"There are unfinished transactions remaining",
        PackagesFailed,
        "An earlier transaction of yum was cut off on this host",
        "Run yum-complete-transaction and package-cleanup --cleandupes (of yum-utils) there, then run the"
        " same command again.",
    ),
)


def is_busy(done: Completed) -> bool:
    """Whether the command gave up because another process holds yum's or rpm's lock."""
    return bool(done.status) and _LOCK.search(f"{done.stdout}\n{done.stderr}") is not None


def busy(done: Completed, seconds: float) -> PackagesBusy:
    """The error for a lock that was not released within ``seconds``."""
    owner = _LOCK_OWNER.search(f"{done.stdout}\n{done.stderr}")
    waited = f" for {seconds:g} seconds" if seconds else ""
    return PackagesBusy(
        "Another process is working on the packages of this host",
        why=f"It held the lock of yum or rpm{waited}"
        + (f"; it is process {owner[1]}." if owner is not None else "."),
        hint="Wait until it ends (yum-cron, packagekit, an operator?), then run the same command again.",
        recovery=Recovery.RETRY,
    )


def unreadable(command: str, done: Completed, error: ValueError) -> PackagesFailed:
    """The error for an answer that is not one of yum or rpm as we know them."""
    return PackagesFailed(
        f"What {command.split(maxsplit=1)[0]} answers on this host cannot be read",
        why=f"'{redact(command)}': {redact(str(error))}; it ended with status {done.status}.",
        hint="Is it yum 3.4 of CentOS or RHEL 7? Run the command by hand there.",
        recovery=Recovery.RETRY,
    )


def explain(command: str, done: Completed) -> MigrateError:
    """The error for a failed ``command`` (as an operator would type it). Credentials in it are masked."""
    said = redact(f"{done.stdout}\n{done.stderr}")
    why = f"'{redact(command)}' ended with status {done.status}: {_essence(said)}"
    if done.status in {NOT_FOUND, NOT_EXECUTABLE}:
        return WrongState(
            f"{command.split(maxsplit=1)[0]} cannot be run on this host",
            why=said.strip(),
            hint="Is it CentOS or RHEL 7? Correct the inventory.",
        )
    if _LOCK.search(said):
        return busy(done, 0)
    missing = [
        f"{match['package'].strip()}: {match['requires'].strip()}"
        for pattern in (_MISSING, _NEEDED)
        for match in pattern.finditer(said)
    ]
    if missing:
        return PackagesFailed(
            "Packages lack something that no repository of this host offers",
            why=why,
            hint="Add the repository that has it (quagga and libreswan of MidoNet 5 come from 'misc').",
            problems=missing,
            recovery=Recovery.RETRY,
        )
    conflicts = parse_conflicts(said)
    if conflicts:
        return PackagesFailed(
            "Packages would overwrite each other's files",
            why=why,
            hint="Remove the package that is in the way, or report it: only known overlaps are taken.",
            problems=[str(conflict) for conflict in conflicts],
            recovery=Recovery.RETRY,
        )
    problems = [f"{where} needs {size} more" for where, size in sorted(parse_space(said).items())]
    for rule in _RULES:
        match = rule.pattern.search(said)
        if match is not None:
            return rule.error(
                _filled(rule.what, match), why=why, hint=rule.hint, problems=problems, recovery=Recovery.RETRY
            )
    return PackagesFailed(
        "yum failed" if command.startswith("yum") else "rpm failed",
        why=why,
        hint=_REPORT_HINT,
        recovery=Recovery.RETRY,
    )


def _filled(what: str, match: re.Match[str]) -> str:
    names = [text for text in match.groupdict().values() if text]
    return what.replace("{name}", names[0]) if names else what


def _essence(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _NOISE.match(line)]
    return "; ".join(lines[-_SHOWN_LINES:]) or "it said nothing."
