"""Packages and Java out of what a host's tools say; pure (host 1.1, 1.3, 1.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from midonet_migrate.hosts.packages.rpm_output import duplicates, name_of, newest_of_each, parse_packages
from midonet_migrate.hosts.packages.yum_output import parse_locks
from midonet_migrate.hosts.scripts import Section

_OF_INTEREST = re.compile(
    r"midolman|midonet-.*|python-midonetclient|python-neutron-plugin-midonet|python-networking-midonet|zkdump"
    r"|quagga|libreswan|haproxy|bridge-utils|python-setproctitle|iproute2?"
    r"|openjdk-[78]-.*|oracle-java[78]-.*|java-1\.[78]\.0-.*"
    r"|tomcat[678]?|zookeeper.*|cassandra.*|dsc2\d"
    r"|(python-|openstack-)?neutron(-.+)?|(openstack-)?nova-(compute|api)"
    r"|openvswitch-switch|openvswitch-datapath-dkms"
)
# How the start scripts of both versions know a Java (host 1.3).
_JAVA = {"7": re.compile(r'java version "1\.7\.'), "8": re.compile(r'version "1\.8')}
_MAJOR = re.compile(r'version "(?:1\.)?(\d+)')
_WHOLE = frozenset({"installed", "config-files", "not-installed", "triggers-pending", "triggers-awaited"})


class Packages(msgspec.Struct, kw_only=True, frozen=True):
    """``versions``: those that matter for MidoNet; ``held`` and ``broken``: of all."""

    versions: dict[str, str] = {}
    held: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


class Java(msgspec.Struct, kw_only=True, frozen=True):
    """See :class:`~midonet_migrate.model.hosts.HostFacts`."""

    paths: dict[str, str] = {}
    default: str = ""
    automatic: bool = True
    broken: dict[str, str] = {}


def of_interest(name: str) -> bool:
    """Whether a package is of MidoNet, rests below it or beside it."""
    return _OF_INTEREST.fullmatch(name) is not None


def read_dpkg(text: str) -> Packages:
    """Lines of package, version and ``want ok state`` from ``dpkg-query -W``.

    Raises ``ValueError`` for text of another form.
    """
    versions: dict[str, str] = {}
    held, broken = set(), set()
    for line in text.splitlines():
        fields = line.split("\t")
        status = fields[2].split() if len(fields) == 3 else []
        if len(status) != 3:
            raise ValueError(f"dpkg-query: {line.strip()}")
        name, version, (want, flag, state) = fields[0], fields[1], status
        if want == "hold":
            held.add(name)
        if flag != "ok" or state not in _WHOLE:
            broken.add(name)
        if state in {"installed", "triggers-pending", "triggers-awaited"} and of_interest(name):
            versions[name] = version
    return Packages(versions=versions, held=tuple(sorted(held)), broken=tuple(sorted(broken)))


def read_rpm(text: str, locks: str, unfinished: str) -> Packages:
    """What ``rpm -qa`` says, yum's version locks, and its notes of transactions that were cut off.

    Raises ``ValueError`` for text of another form.
    """
    packages = parse_packages(text)
    left = {name_of(line.split()[-1]) for line in unfinished.splitlines() if line.strip()}
    versions = {name: version for name, version in newest_of_each(packages).items() if of_interest(name)}
    return Packages(
        versions=versions,
        held=tuple(parse_locks(locks)),
        broken=tuple(sorted({*left, *duplicates(packages)})),
    )


def read_java(sections: Iterable[Section]) -> Java:
    """Out of the script's sections ``java``, ``java-default`` and ``java-mode``."""
    default, automatic = "", True
    paths: dict[str, list[str]] = {}
    broken: dict[str, str] = {}
    for part in sections:
        if part.kind == "java-default":
            default = part.body.strip()
        elif part.kind == "java-mode":
            automatic = _is_automatic(part.body)
        elif part.kind == "java" and len(part.words) >= 3:
            path = " ".join(part.words[2:])
            major = next((major for major, known in _JAVA.items() if known.search(part.body)), None)
            if part.words[1] != "0":
                broken[path] = (part.lines or ["it says nothing"])[0]
            elif major is not None:
                paths.setdefault(major, []).append(path)
            elif (other := _MAJOR.search(part.body)) is not None:
                paths.setdefault(other[1], []).append(path)
    return Java(
        paths={major: default if default in found else found[0] for major, found in sorted(paths.items())},
        default=default,
        automatic=automatic,
        broken=broken,
    )


def _is_automatic(text: str) -> bool:
    """``Status: manual`` of update-alternatives, ``java - status is manual.`` of alternatives."""
    return re.search(r"^Status: manual$|status is manual", text, re.MULTILINE) is None
