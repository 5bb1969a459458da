"""What yum is told for a change, and settings of our own beside the host's."""

from __future__ import annotations

import pytest

from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesFailed,
    Transaction,
)
from midonet_migrate.hosts.packages.rpm_output import FileConflict
from midonet_migrate.hosts.packages.wanted import left_undone, still_wanted, unfulfilled
from midonet_migrate.hosts.packages.yum_files import is_known_overlap
from midonet_migrate.hosts.packages.yum_output import Listed
from midonet_migrate.hosts.packages.yum_plan import YumStep, exact, require_available, steps_of
from midonet_migrate.hosts.packages.yum_settings import (
    keys_of,
    local_directories,
    own_settings,
    parse_sections,
    wants_signatures,
    with_key_directory,
)

OLD, NEW = "1.9.8-1.0.el7", "2:5.2.1-1.0.el7"


def listed(name: str, version: str, architecture: str = "noarch") -> Listed:
    """A line of ``yum list``."""
    return Listed(name=name, architecture=architecture, version=version, repository="r")


def test_each_package_gets_its_verb_and_its_exact_name() -> None:
    """``install`` never goes back in yum 3.4; an epoch stands in front, and never without architecture."""
    change = PackageChange(
        install={"midonet-tools": NEW, "midolman": OLD, "java-1.8.0-openjdk-headless": "1:1.8.0-1.el7"},
        remove=("midonet-cluster",),
        reinstall=("zkdump",),
    )
    installed = {"midolman": NEW, "midonet-cluster": NEW, "zkdump": "1:1.05-1"}
    available = [
        listed("midonet-tools", NEW),
        listed("midolman", OLD),
        listed("zkdump", "1:1.05-1"),
        listed("java-1.8.0-openjdk-headless", "1:1.8.0-1.el7", "i686"),
        listed("java-1.8.0-openjdk-headless", "1:1.8.0-1.el7", "x86_64"),
    ]
    assert steps_of(change, installed, {"midolman": "noarch"}, available, "x86_64") == [
        YumStep(
            "install",
            ("1:java-1.8.0-openjdk-headless-1.8.0-1.el7.x86_64", "2:midonet-tools-5.2.1-1.0.el7.noarch"),
        ),
        YumStep("downgrade", ("midolman-1.9.8-1.0.el7.noarch",)),
        YumStep("reinstall", ("1:zkdump-1.05-1.noarch",)),
        YumStep("erase", ("midonet-cluster",)),
    ]
    assert exact("midolman", OLD, "noarch") == "midolman-1.9.8-1.0.el7.noarch"


def test_only_what_is_not_so_yet_is_wanted() -> None:
    """A second run wants nothing; who is installed anew is not reinstalled besides, nor removed."""
    change = PackageChange(
        install={"midolman": NEW, "midonet-tools": NEW},
        remove=("midonet-api", "gone", "midolman"),
        reinstall=("midonet-tools", "zkdump", "missing"),
    )
    assert still_wanted(change, {"midolman": OLD, "midonet-api": OLD, "zkdump": "1-1"}) == PackageChange(
        install={"midolman": NEW, "midonet-tools": NEW}, remove=("midonet-api",), reinstall=("zkdump",)
    )
    assert (
        still_wanted(PackageChange(install={"midolman": NEW}, remove=("midonet-api",)), {"midolman": NEW})
        == PackageChange()
    )


def test_what_yum_leaves_out_without_a_word_is_noticed() -> None:
    """It goes on when a package is not there; afterwards the database decides."""
    change = PackageChange(install={"a": "1-1", "b": "2-1"}, remove=("c",), reinstall=("d",))
    assert unfulfilled(change, Transaction(installed={"a": "1-2"})) == [
        "a 1-1 would not be installed",
        "b 2-1 would not be installed",
        "c would not be removed",
        "d would not be reinstalled",
    ]
    done = Transaction(
        installed={"a": "1-1"}, changed={"b": ("1-1", "2-1"), "d": ("1-1", "1-1")}, removed={"c": "1-1"}
    )
    assert unfulfilled(change, done) == []
    assert left_undone(change, {"a": "1-1", "b": "1-1", "c": "1-1"}) == [
        "b is 1-1, wanted is 2-1",
        "c is still installed",
    ]
    assert left_undone(change, {"a": "1-1", "b": "2-1"}) == []


def test_locks_are_looked_at_only_when_something_is_missing() -> None:
    """A lock hides all other versions, so that is what is told first."""

    def never() -> list[str]:
        raise AssertionError("nothing is missing")

    require_available({"midolman": NEW}, [listed("midolman", NEW)], never)
    with pytest.raises(PackagesFailed, match="version lock"):
        require_available({"midolman": NEW}, [listed("midolman", OLD)], lambda: ["midolman", "x"])
    with pytest.raises(NoRepository) as missing:
        require_available({"midolman": NEW}, [listed("midolman", OLD)], lambda: ["x"])
    assert missing.value.problems == (f"midolman {NEW} is missing; there is {OLD}",)


@pytest.mark.parametrize(
    ("conflict", "known"),
    [
        (FileConflict(path="/usr/bin/mn-conf", incoming="midonet-tools", present="midolman"), True),
        (FileConflict(path="/usr/bin/mm-stat", incoming="midolman", present="midonet-tools"), True),
        (FileConflict(path="/usr/bin/mm-ctl", incoming="midonet-tools", present="midolman"), False),
        (FileConflict(path="/usr/bin/mn-conf", incoming="midonet-tools", present="other"), False),
        (
            FileConflict(
                path="/usr/bin/mn-conf", incoming="midonet-tools", present="midolman", both_new=True
            ),
            False,
        ),
    ],
)
def test_only_the_overlap_of_both_versions_is_known(conflict: FileConflict, known: bool) -> None:
    """host 1.4: four files of two packages, in both directions, and never within one transaction."""
    assert is_known_overlap(conflict) is known


HOST_SETTINGS = """\
[main]
cachedir=/var/cache/yum/$basearch/$releasever
keepcache=0
exclude=kernel*
  zookeeper
reposdir = /etc/yum.repos.d
    /opt/repos
proxy=http://proxy:3128
distroverpkg=centos-release
# a comment
[local]
name=Local
cachedir=not ours
"""


def test_our_settings_replace_those_of_the_host_in_main_alone() -> None:
    """Continued values go as a whole; proxy, excludes and sections of repositories stay."""
    text = own_settings(HOST_SETTINGS, {"cachedir": "/ours", "keepcache": "1", "reposdir": "/ours/repos.d"})
    sections = parse_sections(text)
    assert sections["main"] == {
        "cachedir": "/ours",
        "keepcache": "1",
        "reposdir": "/ours/repos.d",
        "exclude": "kernel*\nzookeeper",
        "proxy": "http://proxy:3128",
        "distroverpkg": "centos-release",
    }
    assert sections["local"]["cachedir"] == "not ours"
    assert "/opt/repos" not in text
    assert own_settings("", {"keepcache": "1"}) == "[main]\nkeepcache=1\n"
    assert parse_sections(own_settings("[local]\nname=x\n", {"keepcache": "1"}))["main"] == {"keepcache": "1"}


def test_a_repository_file_is_read_as_yum_reads_it() -> None:
    """Several addresses on several lines, blanks around the sign, comments, a byte order mark."""
    text = """\
\ufeff# comment
[mem]
name = MEM: the vendor's
baseurl=http://u:p@one.example.com/mem/
        http://two.example.com/mem/
GPGCHECK = 1
; other comment
gpgkey=file:///etc/pki/rpm-gpg/KEY-1, https://example.com/KEY-2

[mem-testing]
enabled=0
"""
    mem = parse_sections(text)["mem"]
    assert mem["name"] == "MEM: the vendor's"
    assert mem["baseurl"].splitlines() == ["http://u:p@one.example.com/mem/", "http://two.example.com/mem/"]
    assert keys_of(mem, {}) == ["file:///etc/pki/rpm-gpg/KEY-1", "https://example.com/KEY-2"]
    assert wants_signatures(mem, {"gpgcheck": "0"})
    assert wants_signatures({}, {"gpgcheck": "1"})
    assert not wants_signatures({"gpgcheck": "no"}, {"gpgcheck": "1"})
    assert not wants_signatures({}, {})
    assert keys_of({}, {"gpgkey": "file:///k"}) == ["file:///k"]


def test_keys_of_the_inventory_are_looked_up_in_our_directory() -> None:
    """Whole names only, wherever the host will have them later."""
    text = (
        "gpgkey=file:///etc/pki/rpm-gpg/KEY file:///etc/pki/rpm-gpg/KEY-2\n       https://example.com/KEY\n"
    )
    assert with_key_directory(text, ["KEY"], "/ours/keys") == (
        "gpgkey=file:///ours/keys/KEY file:///etc/pki/rpm-gpg/KEY-2\n       https://example.com/KEY\n"
    )


def test_repositories_on_disks_are_found() -> None:
    """yum takes packages from there and copies none."""
    urls = "file:///mnt/mirror/el7\nfile://localhost/srv/x\nhttp://example.com/file:/no\nfile:/short"
    assert local_directories({"baseurl": urls}) == ["/mnt/mirror/el7", "/srv/x", "/short"]
    assert local_directories({}) == []


def test_a_transaction_does_something_as_soon_as_one_package_changes() -> None:
    """Installed, changed or removed."""
    assert Transaction().nothing_to_do
    for found in (
        Transaction(installed={"a": "1"}),
        Transaction(changed={"a": ("1", "2")}),
        Transaction(removed={"a": "1"}),
    ):
        assert not found.nothing_to_do
