"""Do a host's config files fit the migration? (host 2.2, 2.3, 2.6, 5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.model.hosts import Role
from midonet_migrate.plan.checks.model import HostCase, HostFinding
from midonet_migrate.plan.checks.neutron_plugin import is_v1, is_v2

OLD_ROOT = "/midonet/v1"
_API_CLIENT = "midonet.neutron.client.api.MidonetApiClient"
_SHOWN = 8


def plugin(case: HostCase) -> Iterator[HostFinding]:
    """``plugin``: Neutron runs the plug-in of 1.9, and the one of 5.x is installed beside it."""
    if Role.CONTROLLER not in case.entry.roles or "neutron-server" not in case.facts.services:
        return
    core_plugin = case.facts.core_plugin
    if not is_v1(core_plugin):
        what = f"core_plugin is {core_plugin}" if core_plugin else "no file sets core_plugin"
        yield HostFinding(
            check="plugin",
            level="blocker",
            host=case.entry.name,
            what=what,
            remedy="The plug-in of MidoNet 5 is set already: was this site migrated before?"
            if is_v2(core_plugin)
            else "Only Neutron with MidoNet's own core plug-in of 1.9 can be migrated.",
        )
    if case.facts.plugin_v2 is not True:
        yield HostFinding(
            check="plugin",
            level="blocker",
            host=case.entry.name,
            what="midonet.neutron.plugin_v2 is not installed",
            remedy="Install python-neutron-plugin-midonet 2015.1.x of the repository openstack-kilo; older"
            " packages have the plug-in of 1.9 alone.",
        )


def plugin_client(case: HostCase) -> Iterator[HostFinding]:
    """``client``: the plug-in writes by the API, not by the task table."""
    client = case.facts.plugin_client
    if Role.CONTROLLER in case.entry.roles and client and client != _API_CLIENT:
        yield HostFinding(
            check="client",
            level="warning",
            host=case.entry.name,
            what=f"[MIDONET] client is {client}",
            remedy="Take the line out: with the importer off, that client's changes do not reach MidoNet.",
        )


def root(case: HostCase) -> Iterator[HostFinding]:
    """``root``: 1.9's root is /midonet/v1 wherever one is named. Any other is used as it is by 5.x, which
    would write over the data of 1.9 (trap 12)."""
    for place, value in case.facts.root_keys.items():
        if value.rstrip("/") not in {OLD_ROOT, ""}:
            yield HostFinding(
                check="root",
                level="blocker",
                host=case.entry.name,
                what=f"{place} names the root {value}, not {OLD_ROOT}",
                remedy="If it is left over, take the line out. If the site really has another root, every"
                " host must name the same one; the migration then writes root keys itself.",
            )


def host_conf(case: HostCase) -> Iterator[HostFinding]:
    """``host-conf``: settings of midolman.conf outrank what is configured centrally, in 5.x too."""
    overrides = case.facts.overrides
    if case.entry.has_agent and overrides:
        more = f" and {len(overrides) - _SHOWN} more" if len(overrides) > _SHOWN else ""
        yield HostFinding(
            check="host-conf",
            level="warning",
            host=case.entry.name,
            what=f"midolman.conf sets {', '.join(overrides[:_SHOWN])}{more}",
            remedy="Move them into the central configuration (mn-conf import -t default -f FILE), or take"
            " them out, unless they are meant for this host.",
        )
