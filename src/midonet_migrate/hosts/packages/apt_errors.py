"""What an error of apt or dpkg means for the operator: one clear error for each. Pure."""

from __future__ import annotations

import re

import msgspec

from midonet_migrate.errors import MigrateError, NoPermission, Recovery, WrongState
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesBusy, PackagesFailed
from midonet_migrate.hosts.runner import NOT_EXECUTABLE, NOT_FOUND, Completed
from midonet_migrate.settings.redaction import redact

CONFIGURE = "dpkg --configure -a"
_SHOWN_LINES = 12
_LOCK = re.compile(
    r"Could not get lock |Unable to lock (?:the administration directory|directory|the list directory"
    r"|the download directory).*is another process"
    r"|dpkg frontend lock.*is another process"
    r"|dpkg: error: .*(?:is|was) locked by another process|Resource temporarily unavailable\)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\(13: Permission denied\)|are you root\?|requires superuser privilege"
    r"|^(?:mkdir|rm|cp|mv|chmod|sh|/bin/sh)\b.*Permission denied",
    re.IGNORECASE | re.MULTILINE,
)
_LISTS_FAILED = re.compile(
    r"^Err[:\s]|^[WE]: (?:Failed to fetch|GPG error|An error occurred during the signature|Some index files"
    r"|The repository .* (?:is|does) not )",
    re.MULTILINE,
)
_NOT_FOUND = re.compile(r"(\S+): (?:not found|command not found)")
_LOCK_OWNER = re.compile(r"held by process (\d+)(?: \(([^)]*)\))?|locked by another process with pid (\d+)")
_UNMET = re.compile(r"^ (?P<package>\S+) : (?P<first>.+(?:\n {3,}.+)*)", re.MULTILINE)
_NOISE = re.compile(
    r"Reading (package lists|database|state information)|Building dependency tree|\(Reading database|Get:\d"
    r"|Hit:?\d|Hit |Ign |Ign:|Selecting previously|Preparing to unpack|Unpacking |Setting up |N: |Fetched "
    r"|NOTE: This is only a simulation"
)


class _Rule(msgspec.Struct, frozen=True):
    """A text of apt or dpkg -> the error. ``{name}`` in ``what`` is the first group that was found."""

    pattern: re.Pattern[str]
    error: type[MigrateError]
    what: str
    hint: str


def _rule(pattern: str, error: type[MigrateError], what: str, hint: str) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE | re.MULTILINE), error, what, hint)


_KEY_HINT = (
    "Give the key of the repository in hosts.yaml (keys), or put it into /etc/apt/trusted.gpg.d of the host;"
    " if you trust the path to it, mark its line [trusted=yes]."
)
_NETWORK_HINT = (
    "Check its address in the sources of the host, name service and routes; or take its entry out, or give"
    " its file under 'disables' in hosts.yaml."
)

_RULES = (
    _rule(
        r"dpkg was interrupted, you must manually run",
        PackagesFailed,
        "dpkg was cut off on this host in the middle of an earlier run",
        f"Run '{CONFIGURE}' there, look that it ends well, then run the same command again.",
    ),
    _rule(
        r"No space left on device|don't have enough free space in|not enough free disk space|Disk quota",
        PackagesFailed,
        "There is not enough room on the disks of this host",
        f"Make room there (old logs, apt-get clean, old kernels); then '{CONFIGURE}' if dpkg was cut off.",
    ),
    _rule(
        r"407\s+Proxy|Could not resolve proxy|Proxy Authentication",
        NoRepository,
        "apt cannot get through the proxy",
        "Check Acquire::http::Proxy in /etc/apt/apt.conf.d of the host.",
    ),
    _rule(
        r"packages cannot be authenticated|could not be authenticated|There were unauthenticated packages",
        NoRepository,
        "Packages come from a repository that is not signed, or by a key that this host does not know",
        _KEY_HINT,
    ),
    _rule(
        r"The repository '(?P<name>\S+)[^']*' is (?:not signed|no longer signed)"
        r"|The repository '(?P<other>\S+)[^']*' does not have a Release file",
        NoRepository,
        "The repository {name} is not signed",
        _KEY_HINT,
    ),
    _rule(
        r"GPG error: (?P<name>\S+)|NO_PUBKEY|signatures? (?:couldn't|could not) be verified"
        r"|signatures were invalid|BADSIG|EXPKEYSIG|KEYEXPIRED",
        NoRepository,
        "The signature of a repository cannot be trusted on this host",
        _KEY_HINT,
    ),
    _rule(
        r"Release file (?:for|expired).*(?:is expired|ignoring)|Release file for \S+ is not valid yet",
        NoRepository,
        "The lists of a repository are out of date, or the host's clock is wrong",
        "Check the clock of the host; ask for fresh lists, or allow old ones"
        ' (Acquire::Check-Valid-Until "false") in apt.conf.d.',
    ),
    _rule(
        r"\b40[13]\s+(?:Unauthorized|Authorization|Forbidden)",
        NoRepository,
        "A repository refuses the user or the password in its address",
        "Correct the credentials in the sources of the host, or in hosts.yaml.",
    ),
    _rule(
        r"Hash Sum mismatch|Size mismatch|File has unexpected size",
        NoRepository,
        "A repository offers files that its own lists do not describe",
        "A mirror is being changed, or a proxy keeps old files. Wait, then run the same command again.",
    ),
    _rule(
        r"^\s*(?:Err\S*|W: Failed to fetch|E: Failed to fetch)\s+(?P<name>\S+)"
        r"|Some index files failed to download|Unable to fetch some archives",
        NoRepository,
        "A repository does not answer as one: {name}",
        _NETWORK_HINT,
    ),
    _rule(
        r"Malformed (?:line|entry|stanza) \d+ in (?:source list |list file |sources file )?(?P<name>\S+)"
        r"|Type '[^']*' is not known on line \d+ in source list (?P<other>\S+)"
        r"|The list of sources could not be read",
        NoRepository,
        "The sources of this host cannot be read",
        "Correct the line that it names.",
    ),
    _rule(
        r"Held packages were changed|held packages will be changed",
        PackagesFailed,
        "Held packages would be changed",
        "Somebody holds them (apt-mark showhold). If that is no longer wanted: apt-mark unhold.",
    ),
    _rule(
        r"^E: Version '(?P<name>[^']+)' for '[^']+' was not found|^E: Unable to locate package (?P<other>\S+)"
        r"|has no installation candidate|^E: Can't find a source to download version",
        NoRepository,
        "No repository of this host has {name}",
        "Correct the versions or the repositories.",
    ),
    _rule(
        r"E: Unmet dependencies|fix-broken install|apt-get -f install",
        PackagesFailed,
        "Packages on this host lack what they depend on, apart from what is wanted here",
        "Run 'apt-get -f install' there and look at what it would do, then run the same command again.",
    ),
    _rule(
        r"trying to overwrite '(?P<name>[^']+)', which is also in package (?P<other>\S+)",
        PackagesFailed,
        "A package would overwrite {name} of another one",
        "Remove the package that is in the way, or report it: only known overlaps are taken.",
    ),
    _rule(
        r"status file|available file|parsing file|unable to (?:parse|open) package file",
        PackagesFailed,
        "The package database of this host is damaged",
        "Repair /var/lib/dpkg/status, for which there are copies in /var/backups.",
    ),
    _rule(
        r"(?:installation|removal|pre-\w+|post-\w+|maintainer) script|subprocess .*returned error exit status"
        r"|end of file on stdin at conffile prompt",
        PackagesFailed,
        "A script of a package failed",
        f"Read what it said, cure it, run '{CONFIGURE}' there, then run the same command again.",
    ),
)
_REPORT_HINT = "Read the lines above; run the same command by hand on the host."


def said_by(done: Completed) -> str:
    """Everything that a command wrote."""
    return f"{done.stdout}\n{done.stderr}"


def is_busy(done: Completed) -> bool:
    """Whether the command gave up because another process holds a lock of apt or dpkg."""
    said = said_by(done)
    return bool(done.status) and _LOCK.search(said) is not None and _DENIED.search(said) is None


def lists_failed(done: Completed) -> bool:
    """Whether ``apt-get update`` could not get all lists, or trust them: it warns, and often ends with 0."""
    return bool(done.status) or _LISTS_FAILED.search(said_by(done)) is not None


def busy(done: Completed, seconds: float) -> PackagesBusy:
    """The error for a lock that was not released within ``seconds``."""
    owner = _LOCK_OWNER.search(said_by(done))
    who = ""
    if owner is not None:
        who = f"; it is process {owner[1] or owner[3]}" + (f" ({owner[2]})" if owner[2] else "")
    return PackagesBusy(
        "Another process is working on the packages of this host",
        why=f"It held the lock of apt or dpkg for {seconds:g} seconds{who}.",
        hint="Wait until it ends (unattended-upgrades, an operator?), then run the same command again.",
        recovery=Recovery.RETRY,
    )


def explain(command: str, done: Completed) -> MigrateError:
    """The error for a failed ``command`` (as an operator would type it). Credentials in it are masked."""
    said = redact(said_by(done))
    why = f"'{redact(command)}' ended with status {done.status}: {_essence(said)}"
    if done.status in {NOT_FOUND, NOT_EXECUTABLE}:
        missing = _NOT_FOUND.search(said)
        name = missing[1] if missing is not None else command.split(maxsplit=1)[0]
        return WrongState(
            f"{name} cannot be run on this host",
            why=said.strip(),
            hint="Is it Ubuntu 14.04? Correct the inventory.",
        )
    if _DENIED.search(said):
        return NoPermission(
            "The packages of this host may be changed by root alone",
            why=why,
            hint="Connect as root, or set sudo: true for the host in hosts.yaml.",
            recovery=Recovery.RETRY,
        )
    if is_busy(done):
        return busy(done, 0)
    for rule in _RULES:
        match = rule.pattern.search(said)
        if match is not None:
            return rule.error(
                _filled(rule.what, match),
                why=why,
                hint=rule.hint,
                problems=unmet(said),
                recovery=Recovery.RETRY,
            )
    problems = unmet(said)
    if problems:
        return PackagesFailed(
            "Packages lack something that no repository of this host offers, or clash with others",
            why=why,
            hint="Add the repository that has it (quagga and libreswan of MidoNet 5 come from 'misc', Java 8"
            " from openjdk-r); see to pins in /etc/apt/preferences.d.",
            problems=problems,
            recovery=Recovery.RETRY,
        )
    return PackagesFailed(
        f"{command.split(maxsplit=1)[0]} failed", why=why, hint=_REPORT_HINT, recovery=Recovery.RETRY
    )


def unmet(said: str) -> list[str]:
    """The dependencies that apt says it cannot meet, a text for each package."""
    _, _, rest = said.partition("The following packages have unmet dependencies:\n")
    found = []
    for match in _UNMET.finditer(rest):
        reasons = [" ".join(line.split()) for line in match["first"].splitlines()]
        found.append(f"{match['package']}: {'; '.join(reasons)}")
    return found


def _filled(what: str, match: re.Match[str]) -> str:
    names = [text for text in match.groupdict().values() if text]
    return what.replace("{name}", names[0] if names else "it").removesuffix(": it")


def _essence(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _NOISE.match(line)]
    return "; ".join(lines[-_SHOWN_LINES:]) or "it said nothing."
