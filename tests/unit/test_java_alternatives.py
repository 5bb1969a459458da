"""What Debian's and Red Hat's alternatives say of Java (host 1.7). Texts marked TRUSTY and CENTOS are of
Ubuntu 14.04 and CentOS 7, written down from knowledge of them; the others were recorded from dpkg 1.21."""

from __future__ import annotations

import pytest

from midonet_migrate.hosts.java import parse_alternatives

SEVEN = "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java"
EIGHT = "/usr/lib/jvm/java-8-openjdk-amd64/jre/bin/java"
QUERY = f"""\
Name: java
Link: /usr/bin/java
Slaves:
 java.1.gz /usr/share/man/man1/java.1.gz
Status: auto
Best: {EIGHT}
Value: {EIGHT}

Alternative: {SEVEN}
Priority: 1071
Slaves:
 java.1.gz /usr/lib/jvm/java-7-openjdk-amd64/jre/man/man1/java.1.gz

Alternative: {EIGHT}
Priority: 1081
Slaves:
 java.1.gz /usr/lib/jvm/java-8-openjdk-amd64/jre/man/man1/java.1.gz
"""
# TRUSTY: no paragraph of the link's slaves when there are none.
TRUSTY_MANUAL = f"""\
Name: java
Link: /usr/bin/java
Status: manual
Best: {EIGHT}
Value: {SEVEN}

Alternative: {SEVEN}
Priority: 1071

Alternative: {EIGHT}
Priority: 1081
"""
CENTOS_SEVEN = "/usr/lib/jvm/java-1.7.0-openjdk-1.7.0.261-2.6.22.2.el7_8.x86_64/jre/bin/java"
CENTOS_EIGHT = "/usr/lib/jvm/java-1.8.0-openjdk-1.8.0.262.b10-1.el7.x86_64/jre/bin/java"
# CENTOS: chkconfig 1.7.4 and later name a family.
CENTOS = f"""\
java - status is manual.
 link currently points to {CENTOS_SEVEN}
{CENTOS_SEVEN} - family java-1.7.0-openjdk.x86_64 priority 1700261
 slave keytool: /usr/lib/jvm/x/jre/bin/keytool
 slave java.1.gz: (null)
{CENTOS_EIGHT} - priority 1800262
 slave keytool: /usr/lib/jvm/y/jre/bin/keytool
Current `best' version is {CENTOS_EIGHT}.
"""


@pytest.mark.parametrize(
    ("text", "automatic", "current", "choices"),
    [
        (QUERY, True, EIGHT, {SEVEN: 1071, EIGHT: 1081}),
        (TRUSTY_MANUAL, False, SEVEN, {SEVEN: 1071, EIGHT: 1081}),
        (CENTOS, False, CENTOS_SEVEN, {CENTOS_SEVEN: 1700261, CENTOS_EIGHT: 1800262}),
        ("", True, "", {}),
        ("Name: java\nStatus: auto\nBest: none\nValue: none\n", True, "", {}),
    ],
)
def test_alternatives_are_read(text: str, *, automatic: bool, current: str, choices: dict[str, int]) -> None:
    """How it was chosen, what it is, and what could be chosen, with priorities."""
    group = parse_alternatives(text)
    assert (group.automatic, group.current, group.choices) == (automatic, current, choices)
