"""Each complaint of apt and dpkg has one clear error. Texts marked TRUSTY are those of apt 1.0.1 and
dpkg 1.17, written down from knowledge of them; the others were recorded from apt 2.6 and dpkg 1.21."""

from __future__ import annotations

import pytest

from midonet_migrate.errors import MigrateError, NoPermission, WrongState
from midonet_migrate.hosts.packages.apt_calls import AptCalls
from midonet_migrate.hosts.packages.apt_errors import busy, explain, is_busy, lists_failed, unmet
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesBusy, PackagesFailed
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed

TRUSTY_LOCK = (
    "E: Could not get lock /var/lib/dpkg/lock - open (11: Resource temporarily unavailable)\n"
    "E: Unable to lock the administration directory (/var/lib/dpkg/), is another process using it?\n"
)
LOCK = """\
E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1892 (perl)
E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?
"""
TRUSTY_NO_ROOT = (
    "E: Could not open lock file /var/lib/dpkg/lock - open (13: Permission denied)\n"
    "E: Unable to lock the administration directory (/var/lib/dpkg/), are you root?\n"
)
UNMET = """\
Some packages could not be installed. This may mean that you have
requested an impossible situation or if you are using the unstable
distribution that some required packages have not yet been created
or been moved out of Incoming.
The following information may help to resolve the situation:

The following packages have unmet dependencies:
 midolman : Depends: quagga (>= 0.99.23) but 0.99.22.4-3ubuntu1.5 is to be installed
            Depends: libreswan (>= 3.14-1) but it is not installable
 midonet-cluster : Depends: openjdk-8-jdk-headless but it is not installable or
                            java8-runtime-headless
E: Unable to correct problems, you have held broken packages.
"""

TRUSTY_KEY = """\
W: GPG error: http://builds.midonet.org stable Release: The following signatures couldn't be verified \
because the public key is not available: NO_PUBKEY 50F18FCF6EDAD91A
"""
TRUSTY_UNSIGNED = """\
WARNING: The following packages cannot be authenticated!
  midonet-tools
E: There are problems and -y was used without --force-yes
"""
TRUSTY_DOWNLOAD = "E: Some packages could not be authenticated\n"
UNSIGNED = "E: The repository 'http://127.0.0.1/unsigned stable Release' is not signed.\n"
TRUSTY_MISSING = """\
W: Failed to fetch http://repo.midonet.org/midonet/v2015.06/dists/stable/main/binary-amd64/Packages \
 404  Not Found

E: Some index files failed to download. They have been ignored, or old ones used instead.
"""
MISSING = """\
Err:3 http://127.0.0.1/nowhere stable Release
  404  File not found
E: The repository 'http://127.0.0.1/nowhere stable Release' does not have a Release file.
"""
REFUSED = """\
Err:4 http://127.0.0.1/private stable InRelease
  401  Unauthorized [IP: 127.0.0.1 80]
E: The repository 'http://127.0.0.1/private stable InRelease' is not signed.
"""
HASHES = "E: Failed to fetch http://x/y.deb  Hash Sum mismatch\n"
INTERRUPTED = (
    "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. \n"
)
NO_SPACE = "E: You don't have enough free space in /var/cache/apt/archives/.\n"
NO_SPACE_IN_DPKG = """\
dpkg: error processing archive x.deb (--unpack):
 cannot copy extracted data for './usr/bin/x' to '/usr/bin/x.dpkg-new': failed to write \
(No space left on device)
"""
TRUSTY_HELD = """\
The following held packages will be changed:
  midolman
E: There are problems and -y was used without --force-yes
"""
HELD = "E: Held packages were changed and -y was used without --allow-change-held-packages.\n"
TRUSTY_BROKEN = """\
You might want to run 'apt-get -f install' to correct these:
The following packages have unmet dependencies:
 midonet-api : Depends: java7-runtime-headless
E: Unmet dependencies. Try 'apt-get -f install' with no packages (or specify a solution).
"""
OVERWRITES = " trying to overwrite '/usr/bin/mm-meter', which is also in package midolman 1.9.8-1\n"
OVERWRITING_ALLOWED = f"dpkg: warning:{OVERWRITES}E: Sub-process /usr/bin/dpkg exited unexpectedly\n"
TRUSTY_SCRIPT = """\
dpkg: error processing package midonet-api (--configure):
 subprocess installed post-installation script returned error exit status 4
"""
NO_ROOT = "dpkg: error: requested operation requires superuser privilege\n"

CASES: list[tuple[str, type[MigrateError], str]] = [
    # It only warns, and ends with 0.
    (TRUSTY_KEY, NoRepository, "signature of a repository cannot be trusted"),
    (TRUSTY_UNSIGNED, NoRepository, "not signed"),
    (TRUSTY_DOWNLOAD, NoRepository, "not signed"),
    (UNSIGNED, NoRepository, "http://127.0.0.1/unsigned is not signed"),
    (TRUSTY_MISSING, NoRepository, "does not answer as one: http://repo.midonet.org/midonet/v2015.06/"),
    (MISSING, NoRepository, "does not answer as one: http://127.0.0.1/nowhere"),
    (REFUSED, NoRepository, "refuses the user"),
    (HASHES, NoRepository, "its own lists"),
    ("E: Version '2:5.0.2' for 'midonet-cluster' was not found\n", NoRepository, "2:5.0.2"),
    ("E: Unable to locate package midonet-tools\n", NoRepository, "has midonet-tools"),
    (INTERRUPTED, PackagesFailed, "cut off"),
    (NO_SPACE, PackagesFailed, "enough room"),
    (NO_SPACE_IN_DPKG, PackagesFailed, "enough room"),
    (TRUSTY_HELD, PackagesFailed, "Held packages"),
    (HELD, PackagesFailed, "Held packages"),
    (TRUSTY_BROKEN, PackagesFailed, "apart from what is wanted here"),
    (OVERWRITES, PackagesFailed, "overwrite /usr/bin/mm-meter"),
    (TRUSTY_SCRIPT, PackagesFailed, "script of a package failed"),
    (TRUSTY_NO_ROOT, NoPermission, "root alone"),
    (NO_ROOT, NoPermission, "root alone"),
    (UNMET, PackagesFailed, "lack something"),
    (OVERWRITING_ALLOWED, PackagesFailed, "apt-get failed"),
    ("E: something new\n", PackagesFailed, "apt-get failed"),
]


@pytest.mark.parametrize(("text", "kind", "words"), CASES)
def test_each_complaint_has_its_error(text: str, kind: type[MigrateError], words: str) -> None:
    """With a remedy, and the words of apt or dpkg."""
    error = explain("apt-get install midolman", Completed(100, stderr=text))
    assert type(error) is kind
    assert words in error.what
    assert error.hint
    assert "status 100" in error.why


def test_unmet_dependencies_are_told_package_by_package() -> None:
    """In one line each."""
    first, second = unmet(UNMET)
    assert first.startswith(
        "midolman: Depends: quagga (>= 0.99.23) but 0.99.22.4-3ubuntu1.5 is to be installed; "
    )
    assert first.endswith("; Depends: libreswan (>= 3.14-1) but it is not installable")
    assert second.startswith("midonet-cluster: Depends: openjdk-8-jdk-headless but it is not installable or")


def test_errors_that_were_encountered_are_no_repository() -> None:
    """Words that merely begin like apt's own sign for a failed download."""
    text = "Errors were encountered while processing:\n failing\nE: Sub-process dpkg returned an error\n"
    assert type(explain("apt-get", Completed(100, stdout=text))) is PackagesFailed


@pytest.mark.parametrize(
    "text",
    [
        TRUSTY_LOCK,
        LOCK,
        "dpkg: error: dpkg status database is locked by another process\n",  # TRUSTY
        "dpkg: error: dpkg frontend lock was locked by another process with pid 1892\n",
        "E: Could not get lock /x/lists/lock - open (11: Resource temporarily unavailable)\n",  # TRUSTY
    ],
)
def test_locks_of_others_are_known(text: str) -> None:
    """Of apt, of dpkg, of lists."""
    assert is_busy(Completed(100, stderr=text))
    assert type(explain("apt-get", Completed(100, stderr=text))) is PackagesBusy


def test_a_lock_that_one_may_not_open_is_no_lock_of_others() -> None:
    """TRUSTY: waiting would not help."""
    assert not is_busy(Completed(100, stderr=TRUSTY_NO_ROOT))


def test_who_holds_the_lock_is_told() -> None:
    """If apt says so."""
    assert "process 1892 (perl)" in busy(Completed(100, stderr=LOCK), 300).why


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("Hit:1 http://x stable InRelease\nW: Target Packages (main) is configured multiple times\n", False),
        ("W: http://x/InRelease: Key is stored in legacy trusted.gpg keyring\n", False),
        ("Ign http://x stable InRelease\nHit http://x stable Release.gpg\n", False),  # TRUSTY
        ("Err http://x stable/main amd64 Packages\n", True),  # TRUSTY
        ("W: Failed to fetch http://x/InRelease  Could not connect\n", True),
        ("W: GPG error: http://x stable Release: NO_PUBKEY 1\n", True),  # TRUSTY
        ("W: An error occurred during the signature verification. The repository is not updated\n", True),
    ],
)
def test_lists_that_were_not_fetched_are_known_though_apt_ends_with_0(text: str, *, failed: bool) -> None:
    """And mere remarks are no failure."""
    assert lists_failed(Completed(0, stdout=text)) is failed


def test_credentials_of_repositories_are_masked() -> None:
    """Wherever apt shows an address."""
    text = "W: Failed to fetch http://memuser:s3cr3t%21@repo.example.com/mem-1.9/Packages  404  Not Found\n"
    error = explain("apt-get update", Completed(100, stderr=text))
    assert "s3cr3t" not in f"{error.what} {error.why} {error.hint} {error.problems}"
    assert "repo.example.com" in error.what


def test_a_tool_that_is_missing_is_named() -> None:
    """The script's shell is not the culprit."""
    error = explain("sh", Completed(127, stderr="sh: 1: dpkg: not found"))
    assert type(error) is WrongState
    assert error.what == "dpkg cannot be run on this host"


class Scripted:
    """Answers one after the other, the last one for ever; ``asked``: environments and commands."""

    def __init__(self, *answers: Completed) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[dict[str, str], list[str]]] = []

    def run(
        self,
        command: object,
        *,
        stdin: str = "",
        environment: object = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        self.asked.append((dict(environment), list(command)))  # type: ignore[call-overload]
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_a_lock_is_waited_for_and_no_longer_than_wanted() -> None:
    """The clock decides, not the number of tries."""
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    held = Completed(100, stderr=TRUSTY_LOCK)
    runner = Scripted(held, held, Completed(0, stdout="done"))
    calls = AptCalls(runner, lock_seconds=60, sleep=sleep, clock=lambda: now)
    assert calls.demand(["apt-get", "check"]) == "done"
    assert now == 10

    calls = AptCalls(Scripted(held), lock_seconds=60, sleep=sleep, clock=lambda: now)
    with pytest.raises(PackagesBusy):
        calls.run(["apt-get", "check"])
    assert now == 70


def test_every_call_is_in_english_and_asks_nothing() -> None:
    """By its environment."""
    runner = Scripted(Completed(0))
    AptCalls(runner).run(["apt-get", "check"])
    environment, _ = runner.asked[0]
    assert environment["LC_ALL"] == "C"
    assert environment["DEBIAN_FRONTEND"] == "noninteractive"
    assert environment["APT_LISTCHANGES_FRONTEND"] == "none"
