"""Texts of apt and dpkg, and what each means. The first that fits counts."""

from __future__ import annotations

import re

import msgspec

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesFailed

CONFIGURE = "dpkg --configure -a"


class Rule(msgspec.Struct, frozen=True):
    """A text of apt or dpkg -> the error. ``{name}`` in ``what`` is the first group that was found."""

    pattern: re.Pattern[str]
    error: type[MigrateError]
    what: str
    hint: str


def _rule(pattern: str, error: type[MigrateError], what: str, hint: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE | re.MULTILINE), error, what, hint)


_KEY_HINT = (
    "Give the key of the repository in hosts.yaml (keys), or put it into /etc/apt/trusted.gpg.d of the host;"
    " if you trust the path to it, mark its line [trusted=yes]."
)
_NETWORK_HINT = (
    "Check its address in the sources of the host, name service and routes; or take its entry out, or give"
    " its file under 'disables' in hosts.yaml."
)

RULES = (
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
        r"\b40[13]\s+(?:Unauthorized|Authorization|Forbidden)",
        NoRepository,
        "A repository refuses the user or the password in its address",
        "Correct the credentials in the sources of the host, or in hosts.yaml.",
    ),
    _rule(
        r"packages cannot be authenticated|could not be authenticated|There were unauthenticated packages",
        NoRepository,
        "Packages come from a repository that is not signed, or by a key that this host does not know",
        _KEY_HINT,
    ),
    _rule(
        r"GPG error: (?P<name>\S+)|NO_PUBKEY|signatures? (?:couldn't|could not) be verified"
        r"|signatures were invalid|BADSIG|EXPKEYSIG|KEYEXPIRED",
        NoRepository,
        "The signature of a repository cannot be trusted on this host: {name}",
        _KEY_HINT,
    ),
    _rule(
        r"The repository '(?P<name>\S+)[^']*' is (?:not signed|no longer signed)",
        NoRepository,
        "The repository {name} is not signed",
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
        r"Hash Sum mismatch|Size mismatch|File has unexpected size",
        NoRepository,
        "A repository offers files that its own lists do not describe",
        "A mirror is being changed, or a proxy keeps old files. Wait, then run the same command again.",
    ),
    _rule(
        r"^\s*(?-i:Err(?::\d+)?|[WE]: Failed to fetch)\s+(?P<name>\S+)"
        r"|The repository '(?P<other>\S+)[^']*' does not have a Release file"
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
        r"^(?!dpkg: warning:).*trying to overwrite '(?P<name>[^']+)'"
        r", which is also in package (?P<other>\S+)",
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
