"""Can this tool work on a host, and is its software what the migration starts from? (host 5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.model.hosts import Family
from midonet_migrate.plan.checks.model import HostCase, HostFinding

LARGEST_SKEW_SECONDS = 2.0
AGENT, API = "midolman", "midonet-api"


def system(case: HostCase) -> Iterator[HostFinding]:
    """``os``: MidoNet 5 has packages for it."""
    if case.facts.family is None:
        yield HostFinding(
            check="os",
            level="blocker",
            host=case.entry.name,
            what=case.facts.family_reason or f"{case.facts.distribution} {case.facts.release}",
            remedy="MidoNet 5 runs on Ubuntu 14.04, CentOS 7 and RHEL 7: install the host anew with one of"
            " them, or take it out of the site.",
        )
    if case.facts.init is None:
        yield HostFinding(
            check="os",
            level="blocker",
            host=case.entry.name,
            what="its init system is neither upstart nor systemd",
            remedy="Services cannot be started there by this tool; look what process 1 is.",
        )


def source_version(case: HostCase) -> Iterator[HostFinding]:
    """``ver-src``: its agent and API are of 1.9."""
    for name in (AGENT, API):
        version = case.facts.packages.get(name, "")
        if version and not upstream(version).startswith("1.9."):
            after = upstream(version).startswith("5.")
            yield HostFinding(
                check="ver-src",
                level="blocker",
                host=case.entry.name,
                what=f"{name} is {version}",
                remedy="The host is on MidoNet 5 already: see 'midonet-migrate hosts facts'."
                if after
                else "Upgrade the old site to 1.9 first.",
            )
    if case.entry.has_agent and AGENT not in case.facts.packages:
        yield HostFinding(
            check="ver-src",
            level="blocker",
            host=case.entry.name,
            what="midolman is not installed, though MidoNet knows the host",
            remedy="Correct midonet_host_id in hosts.yaml, or install the agent of 1.9 again.",
        )


def package_state(case: HostCase) -> Iterator[HostFinding]:
    """``pkg-hold``: nothing is held, nothing half configured."""
    debian = case.facts.family is Family.DEBIAN
    if case.facts.held:
        names = " ".join(case.facts.held)
        release = "apt-mark unhold" if debian else "yum versionlock delete"
        yield HostFinding(
            check="pkg-hold",
            level="warning",
            host=case.entry.name,
            what=f"held in their version: {', '.join(case.facts.held)}",
            remedy=f"If the migration is to change one of them: {release} {names}",
        )
    if case.facts.broken:
        yield HostFinding(
            check="pkg-hold",
            level="warning",
            host=case.entry.name,
            what=f"half installed or half configured: {', '.join(case.facts.broken)}",
            remedy="dpkg --configure -a; apt-get -f install"
            if debian
            else "yum-complete-transaction; package-cleanup --cleandupes",
        )


def java_7(case: HostCase) -> Iterator[HostFinding]:
    """``java7``: there, and it starts; without it there is no way back."""
    wants = bool(case.facts.packages.keys() & {AGENT, API}) or case.entry.has_agent
    if wants and "7" not in case.facts.java:
        broken = "".join(f"; {path}: {said}" for path, said in case.facts.java_broken.items())
        yield HostFinding(
            check="java7",
            level="blocker",
            host=case.entry.name,
            what=f"no Java 7 that starts{broken}",
            remedy="Install Java 7 (openjdk-7-jre-headless, java-1.7.0-openjdk): a rollback needs it.",
        )


def java_8(case: HostCase) -> Iterator[HostFinding]:
    """``java8``: there, or to be had."""
    available = case.context.java8_available.get(case.entry.name)
    if "8" not in case.facts.java and available is False:
        source = (
            "Add ppa:openjdk-r (openjdk-8-jre-headless)"
            if case.facts.family is Family.DEBIAN
            else "Enable the base channel (java-1.8.0-openjdk-headless)"
        )
        yield HostFinding(
            check="java8",
            level="blocker",
            host=case.entry.name,
            what="no Java 8, and its repositories have none",
            remedy=f"{source}; MidoNet 5 starts with Java 8 alone.",
        )


def access(case: HostCase) -> Iterator[HostFinding]:
    """``host-ssh``: commands run with root's rights. (It could be reached, or there were no facts.)"""
    if not case.facts.root:
        yield HostFinding(
            check="host-ssh",
            level="blocker",
            host=case.entry.name,
            what="commands do not run with root's rights",
            remedy="Log in as root, or set 'sudo: true' for the host in hosts.yaml and allow the user sudo"
            " without a password.",
        )


def clock(case: HostCase) -> Iterator[HostFinding]:
    """``clock``: less than 2 s off, as far as the look could tell."""
    certain = abs(case.facts.clock) - case.facts.clock_error
    if certain > LARGEST_SKEW_SECONDS:
        yield HostFinding(
            check="clock",
            level="warning",
            host=case.entry.name,
            what=f"its clock is {case.facts.clock:+.1f} s off (give or take {case.facts.clock_error:.1f} s)",
            remedy="Set it (ntpdate, chrony): logs and tokens are hard to follow otherwise.",
        )


def config_management(case: HostCase) -> Iterator[HostFinding]:
    """``cm``: no agent of configuration management runs."""
    if case.facts.config_management:
        names = ", ".join(case.facts.config_management)
        yield HostFinding(
            check="cm",
            level="warning",
            host=case.entry.name,
            what=f"running: {names}",
            remedy="Stop it for the length of the migration, or it reverts every edit.",
        )


def upstream(version: str) -> str:
    """Without epoch and release: ``5.2.1`` of ``2:5.2.1-1.0.el7``."""
    return version.rpartition(":")[2].partition("-")[0]
