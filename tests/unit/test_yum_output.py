"""yum 3.4 as CentOS 7 prints it: tables, wrapped lines, lists, locks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.hosts.packages.yum_output import (
    Action,
    Listed,
    Row,
    parse_available,
    parse_locks,
    parse_rows,
    to_transaction,
)

UPGRADE = """\
Loaded plugins: fastestmirror, versionlock
Loading mirror speeds from cached hostfile
 * base: mirror.example.org
Resolving Dependencies
--> Running transaction check
---> Package midolman.noarch 0:1.9.8-1.0.el7 will be updated
---> Package midolman.noarch 2:5.2.1-1.0.el7 will be an update
--> Processing Dependency: libreswan >= 1.15.0 for package: 2:midolman-5.2.1-1.0.el7.noarch
--> Running transaction check
---> Package libreswan.x86_64 0:3.15-8.el7 will be installed
--> Finished Dependency Resolution

Dependencies Resolved

================================================================================
 Package         Arch         Version                     Repository       Size
================================================================================
Installing:
 midonet-tools   noarch       2:5.2.1-1.0.el7             midonet5         38 M
     replacing  python-oldtools.noarch 1.2-3.el7
Updating:
 midolman        noarch       2:5.2.1-1.0.el7             midonet5         41 M
Removing:
 midonet-api     noarch       1.9.8-1.0.el7               @mem             60 M
Reinstalling:
 haproxy         x86_64       1.5.18-9.el7                base            834 k
Downgrading:
 zkdump          noarch       1:1.05-1                    misc            512
Installing for dependencies:
 libreswan       x86_64       3.15-8.el7                  misc            1.2 M
 java-1.8.0-openjdk-headless
                 x86_64       1:1.8.0.262.b10-1.el7       base             32 M
 python-neutron-plugin-midonet-with-a-long-tail
                 noarch       1:2015.1.3-1.0.el7.20160101.and.some.more
                                                          openstack-kilo-of-the-vendor
                                                                          120 k
Updating for dependencies:
 quagga          x86_64       0.99.23-1.el7               misc            1.1 M
Removing for dependencies:
 python-neutron-plugin-midonet
                 noarch       2015.1.2-1.0.el7            @openstack-kilo
                                                                          150 k

Transaction Summary
================================================================================
Install    1 Package  (+3 Dependent packages)
Upgrade    1 Package  (+1 Dependent package)
Remove     1 Package  (+1 Dependent package)
Reinstall  1 Package
Downgrade  1 Package

Total download size: 115 M
Exiting on user command
Your transaction was saved, rerun it with:
 yum load-transaction /tmp/yum_save_tx.2016-03-08.14-48.hvXq7t.yumtx
"""


def test_every_section_of_the_transaction_table_is_read_wrapped_lines_too() -> None:
    """Nothing of the table is lost, and no row is taken for two."""
    rows = parse_rows(UPGRADE)

    assert [(row.action, row.name, row.architecture, row.version, row.repository) for row in rows] == [
        (Action.INSTALL, "midonet-tools", "noarch", "2:5.2.1-1.0.el7", "midonet5"),
        (Action.UPDATE, "midolman", "noarch", "2:5.2.1-1.0.el7", "midonet5"),
        (Action.REMOVE, "midonet-api", "noarch", "1.9.8-1.0.el7", "@mem"),
        (Action.REINSTALL, "haproxy", "x86_64", "1.5.18-9.el7", "base"),
        (Action.DOWNGRADE, "zkdump", "noarch", "1:1.05-1", "misc"),
        (Action.INSTALL, "libreswan", "x86_64", "3.15-8.el7", "misc"),
        (Action.INSTALL, "java-1.8.0-openjdk-headless", "x86_64", "1:1.8.0.262.b10-1.el7", "base"),
        (
            Action.INSTALL,
            "python-neutron-plugin-midonet-with-a-long-tail",
            "noarch",
            "1:2015.1.3-1.0.el7.20160101.and.some.more",
            "openstack-kilo-of-the-vendor",
        ),
        (Action.UPDATE, "quagga", "x86_64", "0.99.23-1.el7", "misc"),
        (Action.REMOVE, "python-neutron-plugin-midonet", "noarch", "2015.1.2-1.0.el7", "@openstack-kilo"),
    ]
    assert rows[0].replaces == {"python-oldtools": "1.2-3.el7"}


def test_a_transaction_knows_what_was_there_before() -> None:
    """Upgrades and downgrades carry both versions; what is replaced is removed, if it was there."""
    installed = {
        "midolman": "1.9.8-1.0.el7",
        "midonet-api": "1.9.8-1.0.el7",
        "haproxy": "1.5.18-9.el7",
        "zkdump": "1:1.06-1",
        "quagga": "0.99.22.4-5.el7_4",
        "python-oldtools": "1.2-3.el7",
        "python-neutron-plugin-midonet": "2015.1.2-1.0.el7",
    }
    transaction = to_transaction(parse_rows(UPGRADE), installed)

    assert transaction.changed == {
        "midolman": ("1.9.8-1.0.el7", "2:5.2.1-1.0.el7"),
        "haproxy": ("1.5.18-9.el7", "1.5.18-9.el7"),
        "zkdump": ("1:1.06-1", "1:1.05-1"),
        "quagga": ("0.99.22.4-5.el7_4", "0.99.23-1.el7"),
    }
    assert transaction.removed == {
        "midonet-api": "1.9.8-1.0.el7",
        "python-oldtools": "1.2-3.el7",
        "python-neutron-plugin-midonet": "2015.1.2-1.0.el7",
    }
    assert set(transaction.installed) == {
        "midonet-tools",
        "libreswan",
        "java-1.8.0-openjdk-headless",
        "python-neutron-plugin-midonet-with-a-long-tail",
    }


@pytest.mark.parametrize(
    "output",
    [
        "Loaded plugins: fastestmirror\nNo package midolman-9 available.\nError: Nothing to do\n",
        "Error: Package: 2:midolman-5.2.1-1.0.el7.noarch (midonet5)\n           Requires: libreswan\n",
        "",
    ],
)
def test_output_without_a_table_has_no_rows(output: str) -> None:
    """An error is not taken for an empty transaction by itself: there are just no rows."""
    assert parse_rows(output) == []


def test_a_table_of_something_else_is_refused() -> None:
    """A line that does not fit is never left out without a word."""
    rule = "=" * 80
    with pytest.raises(ValueError, match="no sense"):
        parse_rows(f"{rule}\n Package\n{rule}\nInstalling:\n half a-row\n\nTransaction Summary\n")
    with pytest.raises(ValueError, match="Melting"):
        parse_rows(f"{rule}\n Package\n{rule}\nMelting:\n a b c d e\n\nTransaction Summary\n")


_WORD = st.text("abcdefghij-.0123456789", min_size=1, max_size=60).filter(lambda text: text.strip("-."))
_ROWS = st.lists(
    st.builds(
        Row,
        action=st.sampled_from([Action.INSTALL, Action.UPDATE, Action.REMOVE, Action.DOWNGRADE]),
        name=_WORD,
        architecture=st.sampled_from(["noarch", "x86_64", "i686"]),
        version=_WORD,
        repository=_WORD,
    ),
    min_size=1,
    max_size=8,
)


@given(
    rows=_ROWS, widths=st.tuples(*[st.integers(1, 40)] * 4), sizes=st.sampled_from(["38 M", "512  ", "0  "])
)
def test_what_yum_lays_out_in_columns_of_any_width_is_read_back(
    rows: list[Row], widths: tuple[int, ...], sizes: str
) -> None:
    """yum breaks a row after a field that is too long for its column, and goes on under the next one."""

    def laid_out(fields: list[str]) -> str:
        text, position = " ", 1
        for field, width in zip(fields, widths, strict=True):
            position += width + 1
            text += f"{field.ljust(width)} " if len(field) <= width else f"{field}\n{' ' * position}"
        return text

    rule = "=" * 80
    lines = ["Dependencies Resolved", "", rule, " Package  Arch  Version  Repository  Size", rule]
    for action in dict.fromkeys(row.action for row in rows):
        lines.append(f"{action.value}:")
        lines += [
            laid_out([row.name, row.architecture, row.version, row.repository]) + sizes.rjust(5)
            for row in rows
            if row.action is action
        ]
    lines += ["", "Transaction Summary", rule, "Install  1 Package"]

    order = list(dict.fromkeys(row.action for row in rows))
    assert parse_rows("\n".join(lines)) == sorted(rows, key=lambda row: order.index(row.action))


def test_available_versions_are_those_below_their_heading_alone() -> None:
    """Installed ones are no candidates; a wrapped line is one package."""
    output = """\
Installed Packages
midolman.noarch                   1.9.8-1.0.el7                     @mem
Available Packages
midolman.noarch                   1.9.8-1.0.el7                     mem
midolman.noarch                   2:5.2.1-1.0.el7                   midonet5
python-neutron-plugin-midonet.noarch
                                  2015.1.2-1.0.el7                  openstack-kilo
java-1.8.0-openjdk-headless.x86_64
                                  1:1.8.0.262.b10-1.el7_9.of.the.vendor
                                                                    base
"""
    assert parse_available(output) == [
        Listed(name="midolman", architecture="noarch", version="1.9.8-1.0.el7", repository="mem"),
        Listed(name="midolman", architecture="noarch", version="2:5.2.1-1.0.el7", repository="midonet5"),
        Listed(
            name="python-neutron-plugin-midonet",
            architecture="noarch",
            version="2015.1.2-1.0.el7",
            repository="openstack-kilo",
        ),
        Listed(
            name="java-1.8.0-openjdk-headless",
            architecture="x86_64",
            version="1:1.8.0.262.b10-1.el7_9.of.the.vendor",
            repository="base",
        ),
    ]
    assert parse_available("Error: No matching Packages to list\n") == []


def test_version_locks_are_named_once_and_exclusions_are_none() -> None:
    """The list of the plug-in, with its chatter around."""
    output = """\
Loaded plugins: fastestmirror, versionlock
0:midolman-1.9.8-1.0.el7.*
1:python-midonetclient-1.9.8-1.0.el7.*
1:python-midonetclient-1.9.9-1.0.el7.*
!2:midonet-cluster-5.0.0-1.0.el7.*
versionlock list done
"""
    assert parse_locks(output) == ["midolman", "python-midonetclient"]
