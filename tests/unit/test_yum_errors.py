"""Each way in which yum and rpm fail has one error, in words that help; with the texts of CentOS 7."""

from __future__ import annotations

import pytest

from midonet_migrate.errors import MigrateError, NoPermission, WrongState
from midonet_migrate.hosts.packages.manager import NoRepository, PackagesBusy, PackagesFailed
from midonet_migrate.hosts.packages.yum_errors import explain, is_busy
from midonet_migrate.hosts.runner import Completed

LOCKED = """\
Existing lock /var/run/yum.pid: another copy is running as pid 2077.
Another app is currently holding the yum lock; exiting as configured by exit_on_lock
"""
NO_METADATA = """\
Error: Cannot retrieve repository metadata (repomd.xml) for repository: mem. Please verify its path \
and try again
"""
OTHER_KEY = """\


The GPG keys listed for the "MEM" repository are already installed but they are not correct \
for this package.
Check that the correct key URLs are configured for this repository.
"""
NO_ROOM = """\


Transaction check error:
  installing package midolman-2:5.2.1-1.0.el7.noarch needs 12MB on the / filesystem

Error Summary
-------------
Disk Requirements:
  At least 12MB more space needed on the / filesystem.

"""
DISK_FULL = """\
Error unpacking rpm package 2:midolman-5.2.1-1.0.el7.noarch
error: unpacking of archive failed on file /usr/share/midolman/midolman.jar;56df: cpio: write failed - \
No space left on device
"""
DATABASE = """\
error: rpmdb: BDB0113 Thread/process 1/2 failed: BDB1507 Thread died in Berkeley DB library
error: cannot open Packages database in /var/lib/rpm
CRITICAL:yum.main:

Error: rpmdb open failed
"""
_FIX_THIS = """\


 One of the configured repositories failed (MEM),
 and yum doesn't have enough cached data to continue. At this point the only
 safe thing yum can do is fail. There are a few ways to work "fix" this:

     1. Contact the upstream for the repository and get them to fix the problem.

"""


def failure(reason: str) -> str:
    """A repository that cannot be read, as yum says it."""
    url = "http://mem:s3c/r@t@repo.example.com/mem-5/stable/el7/repodata/repomd.xml"
    return (
        f"{_FIX_THIS}failure: repodata/repomd.xml from mem: [Errno 256] No more mirrors to try.\n"
        f"{url}: [Errno 14] {reason}\n"
    )


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        (failure("HTTP Error 404 - Not Found"), NoRepository, "The repository mem does not answer as one"),
        (failure("HTTP Error 401 - Unauthorized"), NoRepository, "refuses the user or the password"),
        (failure("HTTP Error 403 - Forbidden"), NoRepository, "refuses the user or the password"),
        (failure("HTTP Error 407 - Proxy Authentication Required"), NoRepository, "through the proxy"),
        (failure('curl#56 - "Received HTTP code 407 from proxy after CONNECT"'), NoRepository, "proxy"),
        (failure('curl#5 - "Could not resolve proxy: web; Unknown error"'), NoRepository, "the proxy"),
        (failure('curl#6 - "Could not resolve host: repo; Unknown error"'), NoRepository, "repository mem"),
        (failure('curl#7 - "Failed connect to repo:80; Connection refused"'), NoRepository, "mem"),
        (
            "Cannot find a valid baseurl for repo: base/7/x86_64\n",
            NoRepository,
            "The repository base/7/x86_64 does not answer",
        ),
        (
            NO_METADATA,
            NoRepository,
            "The repository mem does not answer",
        ),
        (
            "Error: Caching enabled but no local cache of /var/c/filelists.sqlite.bz2 from mem\n",
            NoRepository,
            "have not been fetched",
        ),
        ("\n\nPackage midolman-5.2.1-1.0.el7.noarch.rpm is not signed\n", NoRepository, "is not signed"),
        (
            "\n\nPublic key for midolman-5.2.1-1.0.el7.noarch.rpm is not installed\n",
            NoRepository,
            "The key that signed midolman-5.2.1-1.0.el7.noarch.rpm is not known",
        ),
        (
            OTHER_KEY,
            NoRepository,
            "The repository MEM signs with another key",
        ),
        (
            'GPG key retrieval failed: [Errno 14] curl#37 - "Couldn\'t open file /etc/pki/rpm-gpg/KEY"\n',
            NoRepository,
            "The key of a repository cannot be read",
        ),
        (
            NO_ROOM,
            PackagesFailed,
            "not enough room",
        ),
        (
            DISK_FULL,
            PackagesFailed,
            "not enough room",
        ),
        ("You need to be root to perform this command.\n", NoPermission, "root alone"),
        (
            'Error: Trying to remove "yum", which is protected\n',
            PackagesFailed,
            "refuses to remove a protected package",
        ),
        ("Error:  Protected multilib versions: a.i686 != b.x86_64\n", PackagesFailed, "Other architectures"),
        (
            DATABASE,
            PackagesFailed,
            "database of this host is damaged",
        ),
        (
            "warning: %post(midolman-2:5.2.1-1.0.el7.noarch) scriptlet failed, exit status 1\n",
            PackagesFailed,
            "A script of a package failed",
        ),
        ("Something new\n", PackagesFailed, "yum failed"),
        (LOCKED, PackagesBusy, "Another process"),
    ],
)
def test_each_failure_has_its_error(said: str, kind: type[MigrateError], what: str) -> None:
    """The class decides the exit status; what yum said is there, the noise and the passwords are not."""
    error = explain("yum -y install midolman", Completed(1, stderr=said))
    assert type(error) is kind
    assert what in error.what
    assert error.hint
    shown = f"{error.what}{error.why}{error.hint}{error.problems}"
    assert "s3c" not in shown
    assert "r@t" not in shown


def test_what_an_unrelated_warning_says_does_not_hide_the_cause() -> None:
    """yum mentions unfinished transactions on every call; only alone it is the cause."""
    warning = (
        "There are unfinished transactions remaining. You might consider running yum-complete-transaction\n"
    )
    both = explain(
        "yum -y install x", Completed(1, stderr=f"{warning}Package x-1-1.noarch.rpm is not signed\n")
    )
    assert "x-1-1.noarch.rpm is not signed" in both.what
    assert "cut off" in explain("yum -y install x", Completed(1, stderr=warning)).what


def test_missing_dependencies_are_listed_with_who_needs_them() -> None:
    """All of them, in yum's and in rpm's words."""
    yum = """\
--> Finished Dependency Resolution
Error: Package: 2:midolman-5.2.1-1.0.el7.noarch (midonet5)
           Requires: libreswan >= 1.15.0
Error: Package: 2:midolman-5.2.1-1.0.el7.noarch (midonet5)
           Requires: quagga >= 0.99.23
           Installed: quagga-0.99.22.4-5.el7_4.x86_64 (@base)
               quagga = 0.99.22.4-5.el7_4
 You could try using --skip-broken to work around the problem
 You could try running: rpm -Va --nofiles --nodigest
"""
    rpm = """\
error: Failed dependencies:
\tlibreswan >= 1.15.0 is needed by midolman-2:5.2.1-1.0.el7.noarch
"""
    assert explain("yum", Completed(1, stdout=yum)).problems == (
        "2:midolman-5.2.1-1.0.el7.noarch (midonet5): Requires: libreswan >= 1.15.0",
        "2:midolman-5.2.1-1.0.el7.noarch (midonet5): Requires: quagga >= 0.99.23",
    )
    assert explain("rpm -U", Completed(1, stderr=rpm)).problems == (
        "midolman-2:5.2.1-1.0.el7.noarch: libreswan >= 1.15.0",
    )


def test_only_a_command_that_gave_up_is_tried_again_for_a_lock() -> None:
    """A command that went well after all, or mentions locks otherwise, is not repeated."""
    assert is_busy(Completed(1, stderr=LOCKED))
    assert is_busy(
        Completed(1, stderr="error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temp")
    )
    assert not is_busy(Completed(0, stderr=LOCKED))
    assert not is_busy(Completed(1, stdout="0:lockfile-1-1.*\nversionlock list done\n"))


def test_a_missing_command_is_told_as_such() -> None:
    """Not CentOS, or a broken one."""
    error = explain("yum", Completed(127, stderr="yum: not found"))
    assert isinstance(error, WrongState)
    assert error.what == "yum cannot be run on this host"
