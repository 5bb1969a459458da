"""From the answer of the probe script to :class:`~midonet_migrate.model.hosts.HostFacts`; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from midonet_migrate.hosts.host_facts.network import read_addresses, read_macs, read_sockets
from midonet_migrate.hosts.host_facts.settings_found import has_plugin_v2, read_settings
from midonet_migrate.hosts.host_facts.software import Packages, read_dpkg, read_java, read_rpm
from midonet_migrate.hosts.host_facts.system import (
    clock_offset,
    config_management,
    free_bytes,
    read_datapath,
    read_distribution,
    read_memory,
)
from midonet_migrate.hosts.init_systems.reading import read_services
from midonet_migrate.hosts.scripts import Section
from midonet_migrate.hosts.service_names import by_role
from midonet_migrate.model.hosts import HostFacts, InitSystem

_UNREADABLE = "?"
_SYSTEM_LINES = 3


def read_facts(sections: Sequence[Section], *, sent: float, received: float) -> HostFacts:
    """The facts of a host. ``sent`` and ``received``: our clock before and after the script ran.

    What a section does not tell stays empty and is named in ``problems``; nothing is guessed.
    """
    problems: list[str] = []
    first = {part.kind: part for part in reversed(sections)}

    def body(kind: str) -> str:
        return first[kind].body if kind in first else ""

    distribution = read_distribution(body("os-release"), body("release-file"))
    user, architecture, kernel, *_ = [*body("system").split(), *[""] * _SYSTEM_LINES]
    if not user.isdigit():
        problems.append("whether this is root: 'id -u' says nothing")
    clock, clock_error = _clock(body("clock"), body("clock-end"), sent, received, problems)
    packages = _packages(first, problems)
    java = read_java(sections)
    seen = read_services(sections)
    problems += [f"state of {error}" for error in seen.unreadable.values()]
    found = read_settings({" ".join(part.words[1:]): part.body for part in sections if part.kind == "file"})
    problems += found.problems
    total, available = read_memory(body("memory"))
    listings = [part.body for part in sections if part.kind == "plugin"]
    return HostFacts(
        hostname=body("name").strip(),
        distribution=distribution.name,
        release=distribution.release,
        family=distribution.family,
        family_reason=distribution.reason,
        architecture=architecture,
        kernel=kernel,
        init=_init(first),
        root=user == "0",
        packages=packages.versions,
        held=packages.held,
        broken=packages.broken,
        java=java.paths,
        java_default=java.default,
        java_automatic=java.automatic,
        java_broken=java.broken,
        services=by_role(seen.services),
        files=_files(first.get("files"), problems),
        midonet_host_id=found.host_id,
        disk_free=_disks(sections, problems),
        clock=clock,
        clock_error=clock_error,
        config_management=config_management(body("processes").splitlines()),
        macs=read_macs(body("macs").splitlines()),
        addresses=read_addresses(body("addresses").splitlines()),
        listening=_listening(sections),
        memory_total=total,
        memory_available=available,
        datapath_ports=_datapath(first.get("datapath"), problems),
        root_keys=found.root_keys,
        overrides=found.overrides,
        core_plugin=found.core_plugin,
        plugin_client=found.plugin_client,
        plugin_v2=any(map(has_plugin_v2, listings)) if listings else None,
        api_provider=found.api_provider,
        problems=tuple(problems),
    )


def _init(first: dict[str, Section]) -> InitSystem | None:
    words = first["init"].words[1:] if "init" in first else ()
    return InitSystem(words[0]) if words and words[0] in set(InitSystem) else None


def _clock(
    at_start: str, at_end: str, sent: float, received: float, problems: list[str]
) -> tuple[float, float]:
    try:
        return clock_offset(at_start, at_end, sent, received)
    except ValueError:
        problems.append("its clock: 'date' does not say the time")
        return 0.0, 0.0


def _packages(first: dict[str, Section], problems: list[str]) -> Packages:
    def body(kind: str) -> str:
        return first[kind].body if kind in first else ""

    try:
        if "dpkg" in first:
            return read_dpkg(body("dpkg"))
        if "rpm" in first:
            return read_rpm(body("rpm"), body("versionlock"), body("unfinished"))
    except ValueError as error:
        problems.append(f"packages: {error}")
        return Packages()
    problems.append("packages: it has neither dpkg nor rpm")
    return Packages()


def _files(part: Section | None, problems: list[str]) -> dict[str, str]:
    files = {}
    for line in part.lines if part is not None else []:
        digest, _, path = line.partition(" ")
        if digest == _UNREADABLE:
            problems.append(f"{path} cannot be read")
        else:
            files[path] = digest
    return files


def _disks(sections: Iterable[Section], problems: list[str]) -> dict[str, int]:
    free = {}
    for part in sections:
        if part.kind == "disk":
            directory, found = " ".join(part.words[1:]), free_bytes(part.body)
            if found is None:
                problems.append(f"what is free in {directory}: df does not say it")
            else:
                free[directory] = found
    return free


def _listening(sections: Iterable[Section]) -> tuple[str, ...]:
    found: set[str] = set()
    for part in sections:
        if part.kind == "sockets":
            found |= read_sockets(part.words[1], part.lines)
    return tuple(sorted(found, key=lambda socket: (socket[:3], int(socket[4:]))))


def _datapath(part: Section | None, problems: list[str]) -> tuple[str, ...] | None:
    if part is None:
        return None
    if part.words[1] != "0":
        if "not find" not in part.body:
            problems.append(f"ports of the datapath: mm-dpctl ended with status {part.words[1]}")
        return None
    return read_datapath(part.body)
