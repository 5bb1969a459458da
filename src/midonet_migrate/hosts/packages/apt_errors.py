"""What an error of apt or dpkg means for the operator: one clear error for each. Pure."""

from __future__ import annotations

import re

from midonet_migrate.errors import MigrateError, NoPermission, Recovery, WrongState
from midonet_migrate.hosts.packages.apt_error_rules import RULES
from midonet_migrate.hosts.packages.manager import PackagesBusy, PackagesFailed
from midonet_migrate.hosts.runner import NOT_EXECUTABLE, NOT_FOUND, Completed
from midonet_migrate.settings.redaction import redact

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
    for rule in RULES:
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
    lines = list(dict.fromkeys(lines))
    return "; ".join(lines[-_SHOWN_LINES:]) or "it said nothing."
