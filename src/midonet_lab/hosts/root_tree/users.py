"""The accounts of a host: those of the distribution, and those that the services' packages would add."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from midonet_migrate.model.hosts import Family


class Account(msgspec.Struct, frozen=True):
    """A line of passwd. ``shell``: where a login ends up."""

    number: int
    group: int
    home: str
    shell: str = "/usr/sbin/nologin"


_COMMON = {
    "root": Account(0, 0, "/root", "/bin/bash"),
    "daemon": Account(1, 1, "/usr/sbin"),
    "bin": Account(2, 2, "/bin"),
    "sys": Account(3, 3, "/dev"),
    "man": Account(6, 12, "/var/cache/man"),
    "sshd": Account(74, 74, "/run/sshd"),
    "neutron": Account(164, 164, "/var/lib/neutron", "/bin/false"),
    "nova": Account(162, 162, "/var/lib/nova", "/bin/sh"),
    "haproxy": Account(188, 188, "/var/lib/haproxy", "/bin/false"),
    "quagga": Account(92, 92, "/run/quagga", "/bin/false"),
    "zookeeper": Account(189, 189, "/var/lib/zookeeper", "/bin/false"),
    "operator": Account(1000, 1000, "/home/operator", "/bin/bash"),
    "nobody": Account(65534, 65534, "/nonexistent"),
}
_OF_FAMILY = {
    Family.DEBIAN: {
        "_apt": Account(104, 65534, "/nonexistent"),
        "tomcat7": Account(106, 106, "/usr/share/tomcat7", "/bin/false"),
    },
    Family.REDHAT: {"tomcat": Account(91, 91, "/usr/share/tomcat", "/sbin/nologin")},
}
_GROUPS = {"root": 0, "adm": 4, "tty": 5, "disk": 6, "man": 12, "utmp": 43, "shadow": 42, "nogroup": 65534}


def accounts(family: Family) -> Mapping[str, Account]:
    """Account by name."""
    return {**_COMMON, **_OF_FAMILY[family]}


def account_files(family: Family) -> dict[str, str]:
    """The texts of passwd, group and shadow. Nobody has a password: who logs in has a key."""
    known = accounts(family)
    groups = {name: account.number for name, account in known.items() if account.number == account.group}
    groups = {**groups, **_GROUPS}
    passwd = [
        f"{name}:x:{one.number}:{one.group}:{name}:{one.home}:{one.shell}" for name, one in known.items()
    ]
    return {
        "etc/passwd": "".join(f"{line}\n" for line in passwd),
        "etc/group": "".join(f"{name}:x:{number}:\n" for name, number in groups.items()),
        "etc/shadow": "".join(f"{name}:*:16000:0:99999:7:::\n" for name in known),
    }
