"""rpm's versions and rpm's words."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.hosts.packages.rpm_output import (
    FileConflict,
    InstalledPackage,
    Signature,
    Trust,
    duplicates,
    name_of,
    newest_of_each,
    parse_conflicts,
    parse_packages,
    parse_signatures,
    parse_space,
)
from midonet_migrate.hosts.packages.rpm_versions import RpmVersion, is_older, newest_first

_PART = st.text("0123456789abcXYZ.+_~", min_size=1, max_size=10)
_VERSIONS = st.builds(RpmVersion, st.integers(0, 3), _PART, _PART)


@given(version=_VERSIONS)
def test_a_version_is_written_as_it_is_read(version: RpmVersion) -> None:
    """Text and fields are the same thing; an epoch of 0 is never written."""
    assert RpmVersion.parse(str(version)) == version
    assert not str(version).startswith("0:")


@pytest.mark.parametrize("text", ["", "1.9.8", "x:1.9.8-1", ":1.0-1", "1.9.8-", "-1", "2:-1"])
def test_what_is_no_version_is_refused(text: str) -> None:
    """A version without release would match several packages."""
    with pytest.raises(ValueError, match="not a version"):
        RpmVersion.parse(text)


@pytest.mark.skipif(shutil.which("rpm") is None, reason="needs rpm to compare with")
@given(pairs=st.lists(st.tuples(_VERSIONS, _VERSIONS), min_size=60, max_size=60))
def test_order_is_the_one_of_rpm_itself(pairs: list[tuple[RpmVersion, RpmVersion]]) -> None:
    """The real rpm is asked for all pairs at once."""
    calls = ",".join(f'rpm.vercmp("{one}", "{other}")' for one, other in pairs)
    answer = subprocess.run(
        ["rpm", "--eval", f"%{{lua: print({calls})}}"], capture_output=True, text=True, check=True
    )
    ours = [-1 if one < other else 1 if other < one else 0 for one, other in pairs]
    assert [int(word) for word in answer.stdout.split()] == ours


def test_epochs_and_candidates_are_ranked_as_the_migration_needs() -> None:
    """5.x has epoch 2: it is newer whatever its number; a candidate release is older than the final one."""
    assert newest_first(["1.9.8-1.0.el7", "2:5.2.1-1.0.el7", "2:5.2.1-0.1.rc1.el7", "1.9.8-1.0.el7"]) == [
        "2:5.2.1-1.0.el7",
        "2:5.2.1-0.1.rc1.el7",
        "1.9.8-1.0.el7",
    ]
    assert is_older("1.9.8-1.0.el7", "1:0.1-1")
    assert not is_older("1.9.8-1.0.el7", "1.9.8-1.0.el7")
    assert not is_older("1.00-1", "1.0-1")
    assert not is_older("1.0-1", "1.00-1")


def test_the_database_is_read_with_epochs_and_without_keys() -> None:
    """(none) is no epoch; gpg-pubkey is no package."""
    output = (
        "midolman\t(none)\t1.9.8\t1.0.el7\tnoarch\n"
        "python-midonetclient\t1\t1.9.8\t1.0.el7\tnoarch\n"
        "gpg-pubkey\t(none)\tf4a80eb5\t53a7ff4b\t(none)\n"
        "kernel\t(none)\t3.10.0\t327.el7\tx86_64\n"
        "kernel\t(none)\t3.10.0\t1160.el7\tx86_64\n"
    )
    packages = parse_packages(output)
    assert newest_of_each(packages) == {
        "midolman": "1.9.8-1.0.el7",
        "python-midonetclient": "1:1.9.8-1.0.el7",
        "kernel": "3.10.0-1160.el7",
    }
    assert duplicates(packages) == []
    with pytest.raises(ValueError, match="no sense"):
        parse_packages("error: rpmdb: BDB0113\n")


def test_a_package_that_is_there_twice_was_left_by_a_cut_off_update() -> None:
    """Two versions for one architecture; two architectures of one version are normal."""
    packages = [
        InstalledPackage(name="midolman", version="1.9.8-1.0.el7", architecture="noarch"),
        InstalledPackage(name="midolman", version="2:5.2.1-1.0.el7", architecture="noarch"),
        InstalledPackage(name="glibc", version="2.17-317.el7", architecture="x86_64"),
        InstalledPackage(name="glibc", version="2.17-317.el7", architecture="i686"),
    ]
    assert duplicates(packages) == ["midolman"]


def test_file_conflicts_name_both_packages() -> None:
    """Of an installed package, and of two that come together; the epoch stands where rpm 4.11 puts it."""
    output = """\
Preparing...                          ########################################
\tfile /usr/bin/mn-conf from install of midonet-tools-2:5.2.1-1.0.el7.noarch conflicts with file from \
package midolman-1.9.8-1.0.el7.noarch
\tfile /usr/share/a b from install of one-1-1.x86_64 conflicts with file from package two-3:1-1.x86_64
\tfile /etc/x conflicts between attempted installs of one-1-1.x86_64 and three-1-1.noarch
"""
    assert parse_conflicts(output) == [
        FileConflict(path="/usr/bin/mn-conf", incoming="midonet-tools", present="midolman"),
        FileConflict(path="/usr/share/a b", incoming="one", present="two"),
        FileConflict(path="/etc/x", incoming="one", present="three", both_new=True),
    ]


def test_lacking_room_is_told_per_file_system() -> None:
    """The words of rpm 4.11 and of later ones."""
    output = """\
  installing package midolman-2:5.2.1-1.0.el7.noarch needs 12MB on the / filesystem
\tinstalling package midonet-tools-2:5.2.1-1.0.el7.noarch needs 7MB more space on the /var filesystem
"""
    assert parse_space(output) == {"/": "12MB", "/var": "7MB"}


def test_signatures_are_told_from_digests() -> None:
    """rpm -Kv of 4.11 (CentOS 7): good, unsigned, unknown key, damaged."""
    output = """\
/c/good-1-1.noarch.rpm:
    Header V4 RSA/SHA256 Signature, key ID f4a80eb5: OK
    Header SHA1 digest: OK (a6ed5a2f)
    V4 RSA/SHA256 Signature, key ID f4a80eb5: OK
    MD5 digest: OK (14d3e1f5)
/c/plain-1-1.noarch.rpm:
    Header SHA1 digest: OK (a6ed5a2f)
    MD5 digest: OK (14d3e1f5)
/c/stranger-1-1.noarch.rpm:
    Header V4 RSA/SHA256 Signature, key ID 352C64E5: NOKEY
    Header SHA1 digest: OK (a6ed5a2f)
    V4 RSA/SHA256 Signature, key ID 352C64E5: NOKEY
    MD5 digest: OK (14d3e1f5)
/c/damaged-1-1.noarch.rpm:
    Header V4 RSA/SHA256 Signature, key ID f4a80eb5: OK
    Header SHA1 digest: OK (a6ed5a2f)
    V4 RSA/SHA256 Signature, key ID f4a80eb5: BAD
    MD5 digest: BAD Expected(14d3e1f5) != (99)
"""
    assert parse_signatures(output) == {
        "/c/good-1-1.noarch.rpm": Signature(Trust.GOOD, "f4a80eb5"),
        "/c/plain-1-1.noarch.rpm": Signature(Trust.UNSIGNED),
        "/c/stranger-1-1.noarch.rpm": Signature(Trust.MISSING_KEY, "352c64e5"),
        "/c/damaged-1-1.noarch.rpm": Signature(Trust.BAD, "f4a80eb5"),
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("midonet-tools-2:5.2.1-1.0.el7.noarch", "midonet-tools"),
        ("2:midonet-tools-5.2.1-1.0.el7.noarch", "midonet-tools"),
        ("0:java-1.8.0-openjdk-headless-1.8.0.262.b10-1.el7.x86_64", "java-1.8.0-openjdk-headless"),
        ("midolman-1.9.8-1.0.el7.noarch", "midolman"),
    ],
)
def test_names_are_found_wherever_the_epoch_stands(text: str, name: str) -> None:
    """rpm writes it after the name, yum in front."""
    assert name_of(text) == name
