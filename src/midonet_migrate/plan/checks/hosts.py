"""Is a host ready for the migration? The host rows of the preflight table (host 5.1). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from midonet_migrate.plan.checks.host_identity import host_id, host_name, hosts_alive
from midonet_migrate.plan.checks.host_resources import disk, port_free, ram
from midonet_migrate.plan.checks.host_settings import host_conf, plugin, plugin_client, root
from midonet_migrate.plan.checks.host_site import controllers_known, one_patch_level, unique_ids, unique_names
from midonet_migrate.plan.checks.host_software import (
    access,
    clock,
    config_management,
    java_7,
    java_8,
    package_state,
    source_version,
    system,
)
from midonet_migrate.plan.checks.model import HostCase, HostFinding

HostRule = Callable[[HostCase], Iterator[HostFinding]]
SiteRule = Callable[[Sequence[HostCase]], Iterator[HostFinding]]

HOST_RULES: Mapping[str, HostRule] = {
    "os": system,
    "ver-src": source_version,
    "pkg-hold": package_state,
    "plugin": plugin,
    "client": plugin_client,
    "root": root,
    "port-free": port_free,
    "disk": disk,
    "ram": ram,
    "java8": java_8,
    "java7": java_7,
    "hosts-alive": hosts_alive,
    "host-name": host_name,
    "host-id": host_id,
    "host-ssh": access,
    "host-conf": host_conf,
    "clock": clock,
    "cm": config_management,
}
"""Row of the table -> its rule for one host."""
SITE_RULES: Sequence[SiteRule] = (one_patch_level, unique_names, unique_ids, controllers_known)
"""Rules about all hosts together."""
_ORDER = {name: number for number, name in enumerate((*HOST_RULES, "ha"))}


def check_host(case: HostCase) -> list[HostFinding]:
    """The findings of one host alone, in the order of the table."""
    return [finding for rule in HOST_RULES.values() for finding in rule(case)]


def check_hosts(cases: Sequence[HostCase]) -> list[HostFinding]:
    """Every finding of every host, and those about all hosts together, in the order of the table."""
    found = [finding for case in cases for finding in check_host(case)]
    found += [finding for rule in SITE_RULES for finding in rule(cases)]
    return sorted(found, key=lambda finding: _ORDER[finding.check])
