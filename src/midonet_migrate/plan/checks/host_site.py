"""What hosts must not share, and what none of them may lack (host 5.1). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from midonet_migrate.model.hosts import HostFacts, Role
from midonet_migrate.plan.checks.host_software import AGENT, API, upstream
from midonet_migrate.plan.checks.model import HostCase, HostFinding


def one_patch_level(cases: Sequence[HostCase]) -> Iterator[HostFinding]:
    """``ver-src`` of the site: agents of one and the same 1.9."""
    versions = Counter(upstream(case.facts.packages[AGENT]) for case in cases if AGENT in case.facts.packages)
    old = {version: count for version, count in versions.items() if version.startswith("1.9.")}
    if len(old) < 2:
        return
    usual = max(old, key=lambda version: (old[version], version))
    strangers = [
        f"{case.entry.name} ({upstream(case.facts.packages[AGENT])})"
        for case in cases
        if upstream(case.facts.packages.get(AGENT, "")) in old.keys() - {usual}
    ]
    yield HostFinding(
        check="ver-src",
        level="warning",
        host="",
        what=f"agents are not of one patch level: most are {usual}, but {', '.join(strangers)}",
        remedy=f"Bring them to {usual} first; a rollback brings each back to its own version.",
    )


def unique_names(cases: Sequence[HostCase]) -> Iterator[HostFinding]:
    """``host-name`` of the site: no two hosts share one."""
    yield from _shared(cases, "host-name", lambda facts: facts.hostname)


def unique_ids(cases: Sequence[HostCase]) -> Iterator[HostFinding]:
    """``host-id`` of the site: no two hosts share one."""
    yield from _shared(cases, "host-id", lambda facts: facts.midonet_host_id)


def controllers_known(cases: Sequence[HostCase]) -> Iterator[HostFinding]:
    """``ha``: every host where neutron-server or the 1.9 API is installed has the role controller."""
    for case in cases:
        there = _servers(case.facts)
        if there and Role.CONTROLLER not in case.entry.roles:
            yield HostFinding(
                check="ha",
                level="warning",
                host=case.entry.name,
                what=f"{', '.join(there)} is there, but the host has not the role 'controller'",
                remedy="Add the role in hosts.yaml: one forgotten server writes on through the freeze.",
            )


def _servers(facts: HostFacts) -> list[str]:
    names = [name for name, service in facts.services.items() if name == "neutron-server" and service.running]
    return names + [name for name in (API,) if name in facts.packages]


def _shared(
    cases: Iterable[HostCase], check: str, value_of: Callable[[HostFacts], str]
) -> Iterator[HostFinding]:
    hosts: dict[str, list[str]] = {}
    for case in cases:
        if value_of(case.facts):
            hosts.setdefault(value_of(case.facts), []).append(case.entry.name)
    for value, names in hosts.items():
        if len(names) > 1:
            yield HostFinding(
                check=check,
                level="blocker",
                host="",
                what=f"{' and '.join(names)} have the same {check.replace('-', ' ')} {value}",
                remedy="If it is one machine, keep one entry in hosts.yaml; else one was cloned from the"
                " other and must get its own.",
            )
