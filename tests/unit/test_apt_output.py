"""What apt and dpkg print is read as it is meant. Outputs marked TRUSTY are those of apt 1.0.1 and dpkg 1.17,
written down from knowledge of them; the others were recorded from apt 2.6 and dpkg 1.21."""

from __future__ import annotations

import pytest

from midonet_migrate.hosts.packages.apt_output import (
    Action,
    Overlap,
    Row,
    coming,
    overlaps,
    parse_apt_version,
    parse_madison,
    parse_owners,
    parse_relations,
    parse_simulation,
    parse_status,
    to_transaction,
    versions_of,
)

STATUS = """\
libc6\t2.19-0ubuntu6.15\tamd64\tinstall ok installed
libc6\t2.19-0ubuntu6.14\ti386\tinstall ok installed
midolman\t1.9.8-1\tall\thold ok installed
midonet-api\t1.9.8\tall\tinstall ok half-configured
midonet-cluster\t2:5.2.1\tall\tdeinstall ok config-files
never\t\t\tunknown ok not-installed
openjdk-7-jre-headless\t7u201-2.6.17-1~14.04.1\tamd64\tinstall reinstreq half-installed
tomcat7\t7.0.52-1ubuntu0.16\tall\tinstall ok triggers-pending
"""
CONTROLLER = """\
Reading package lists...
Building dependency tree...
Reading state information...
The following packages will be REMOVED:
  midonet-api
Remv midonet-api [1.9.8]
Inst libreswan (3.15-1 misc:stable [amd64])
Inst quagga [0.99.22.4-3ubuntu1.5] (0.99.23.1-0midokura1 misc:stable [amd64])
Inst midonet-tools (2:5.2.1 midonet-5.2.1:stable [all])
Inst midolman [1.9.8-1] (2:5.2.1 midonet-5.2.1:stable [all])
Conf libreswan (3.15-1 misc:stable [amd64])
Conf midolman (2:5.2.1 midonet-5.2.1:stable [all])
"""
# TRUSTY: several origins, packages that are broken meanwhile in brackets at the end, another architecture.
TRUSTY_SIMULATION = """\
NOTE: This is only a simulation!
      apt-get needs root privileges for real execution.
      Keep also in mind that locking is deactivated,
      so don't depend on the relevance to the real current situation!
Reading package lists... Done
Building dependency tree
Reading state information... Done
The following packages will be upgraded:
  libc6 midolman
1 upgraded, 0 newly installed, 0 to remove and 12 not upgraded.
Inst libc6 [2.19-0ubuntu6] (2.19-0ubuntu6.15 Ubuntu:14.04/trusty-updates, U:14.04/sec [amd64]) [libc6:i386 ]
Inst libc6:i386 [2.19-0ubuntu6] (2.19-0ubuntu6.15 Ubuntu:14.04/trusty-updates [i386]) []
Remv python-neutron-plugin-midonet [1:2015.1.2-1] [python-midonetclient ]
Purg midonet-api [1.9.8]
Inst midolman [1.9.8-1] (2:5.2.1 Midokura SARL:stable [all])
Conf midolman (2:5.2.1 Midokura SARL:stable [all])
"""
MADISON = """\
  midolman |    2:5.2.1 | http://127.0.0.1:39959/midonet-5.2.1 stable/main amd64 Packages
  midolman |    1.9.9-1 | http://127.0.0.1:39959/mem-1.9 stable/main amd64 Packages
  midolman |    1.9.8-1 | http://127.0.0.1:39959/mem-1.9 stable/main amd64 Packages
  midolman |    1.9.8-1 | http://mirror.example.org/mem-1.9 stable/main amd64 Packages
    quagga | 0.99.23.1-0midokura1 | http://127.0.0.1:39959/misc stable/main amd64 Packages
    quagga | 0.99.22.4-3ubuntu1.5 | http://archive.ubuntu.com/ubuntu trusty/main Sources
"""


def test_the_state_of_each_package_is_read() -> None:
    """Held, half done, gone but for its configuration; another architecture has a name of its own."""
    entries = {entry.name: entry for entry in parse_status(STATUS, "amd64")}
    assert versions_of(entries.values()) == {
        "libc6": "2.19-0ubuntu6.15",
        "libc6:i386": "2.19-0ubuntu6.14",
        "midolman": "1.9.8-1",
        "tomcat7": "7.0.52-1ubuntu0.16",
    }
    assert [name for name, entry in entries.items() if entry.held] == ["midolman"]
    assert [name for name, entry in entries.items() if entry.broken] == [
        "midonet-api",
        "openjdk-7-jre-headless",
    ]


@pytest.mark.parametrize("line", ["midolman 1.9.8-1", "a\tb\tc\tinstall ok", "a\tb\tinstall ok installed"])
def test_a_line_of_another_form_is_no_package(line: str) -> None:
    """It is told, not guessed."""
    with pytest.raises(ValueError, match="makes no sense"):
        parse_status(line, "amd64")


def test_a_simulation_becomes_a_transaction() -> None:
    """New, changed and removed packages, dependencies included."""
    rows = parse_simulation(CONTROLLER)
    installed = {"midolman": "1.9.8-1", "midonet-api": "1.9.8", "quagga": "0.99.22.4-3ubuntu1.5"}
    transaction = to_transaction(rows, installed)
    assert transaction.installed == {"libreswan": "3.15-1", "midonet-tools": "2:5.2.1"}
    assert transaction.changed == {
        "midolman": ("1.9.8-1", "2:5.2.1"),
        "quagga": ("0.99.22.4-3ubuntu1.5", "0.99.23.1-0midokura1"),
    }
    assert transaction.removed == {"midonet-api": "1.9.8"}


def test_trustys_simulation_is_read_too() -> None:
    """TRUSTY."""
    rows = parse_simulation(TRUSTY_SIMULATION)
    assert [(row.action, row.name, row.version, row.architecture) for row in rows] == [
        (Action.INSTALL, "libc6", "2.19-0ubuntu6.15", "amd64"),
        (Action.INSTALL, "libc6:i386", "2.19-0ubuntu6.15", "i386"),
        (Action.REMOVE, "python-neutron-plugin-midonet", "", ""),
        (Action.PURGE, "midonet-api", "", ""),
        (Action.INSTALL, "midolman", "2:5.2.1", "all"),
    ]


def test_what_is_taken_away_for_a_moment_is_not_removed() -> None:
    """apt takes it off and puts it back in one go."""
    rows = parse_simulation("Remv midolman [1.9.8-1]\nInst midolman [1.9.8-1] (2:5.2.1 m:s [all])\n")
    transaction = to_transaction(rows, {"midolman": "1.9.8-1"})
    assert (transaction.removed, transaction.changed) == ({}, {"midolman": ("1.9.8-1", "2:5.2.1")})


def test_a_step_that_makes_no_sense_is_told() -> None:
    """Nothing would be missed silently."""
    with pytest.raises(ValueError, match="makes no sense"):
        parse_simulation("Inst midolman [1.9.8-1]\n")


def test_a_file_is_called_as_apt_calls_it() -> None:
    """Colons of epochs are written as numbers; the architecture is the package's."""
    names = [row.file_name for row in coming(parse_simulation(TRUSTY_SIMULATION + CONTROLLER))]
    assert names[:3] == [
        "libc6_2.19-0ubuntu6.15_amd64.deb",
        "libc6_2.19-0ubuntu6.15_i386.deb",
        "midolman_2%3a5.2.1_all.deb",
    ]
    odd = Row(action=Action.INSTALL, name="a", version="1:1.0_b%c~rc1+d", architecture="all")
    assert odd.file_name == "a_1%3a1.0%5fb%25c~rc1+d_all.deb"


def test_candidates_come_once_each_and_the_newest_first() -> None:
    """Of several repositories; sources are no packages."""
    assert parse_madison(MADISON) == {
        "midolman": ["2:5.2.1", "1.9.9-1", "1.9.8-1"],
        "quagga": ["0.99.23.1-0midokura1"],
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("apt 2.6.2 (amd64)\nSupported modules:\n", (2, 6)),
        ("apt 1.0.1ubuntu2 for amd64 compiled on Aug  1 2018 19:20:48\n", (1, 0)),  # TRUSTY
    ],
)
def test_the_version_of_apt_is_read(text: str, version: tuple[int, int]) -> None:
    """It decides which word allows a downgrade."""
    assert parse_apt_version(text) == version


def test_owners_are_read_without_diversions() -> None:
    """Several owners of a directory; a package of another architecture."""
    text = (
        "midolman: /usr/bin/mn-conf\nmidolman, midonet-tools: /usr/share/man/man1\n"
        "diversion by dash from: /bin/sh\nlibc6:amd64: /lib/x86_64-linux-gnu/libc.so.6\n"
    )
    assert parse_owners(text) == {
        "/usr/bin/mn-conf": ["midolman"],
        "/usr/share/man/man1": ["midolman", "midonet-tools"],
        "/lib/x86_64-linux-gnu/libc.so.6": ["libc6"],
    }


def test_what_a_package_declares_to_replace_is_no_overlap() -> None:
    """dpkg takes that file over without being forced."""
    owners = {"/usr/bin/a": ["old"], "/usr/bin/b": ["other"], "/usr/bin/c": ["new"]}
    replaced = parse_relations("old (<< 2.0), another ")
    assert replaced == ["old", "another"]
    assert overlaps("new", replaced, owners) == [Overlap(path="/usr/bin/b", incoming="new", present="other")]
