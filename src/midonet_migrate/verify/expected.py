"""What a plan promises of the new site: its tasks as the importer executes them, then its API requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from midonet_migrate.errors import IntegrityFailed, WrongState
from midonet_migrate.model.plan import Plan, Task
from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion, data_types
from midonet_migrate.verify import (
    expected_balancing,
    expected_floating_ips,
    expected_groups,
    expected_interfaces,
    expected_networks,
    expected_others,
    expected_ports,
    expected_routers,
)
from midonet_migrate.verify.created import follow_hosts_in_store, follow_requests
from midonet_migrate.verify.links import close_links
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, Retained, Unordered

Translate = Callable[[Site, Object], None]

_TASKS: Final[Mapping[tuple[str, str], Translate]] = {
    ("CREATE", "NETWORK"): expected_networks.create_network,
    ("UPDATE", "NETWORK"): expected_networks.update_network,
    ("CREATE", "SUBNET"): expected_networks.create_subnet,
    ("CREATE", "PORT"): expected_ports.create_port,
    ("CREATE", "ROUTER"): expected_routers.create_router,
    ("UPDATE", "ROUTER"): expected_routers.update_router,
    ("CREATE", "ROUTERINTERFACE"): expected_interfaces.create_interface,
    ("CREATE", "FLOATINGIP"): expected_floating_ips.create_floating_ip,
    ("CREATE", "SECURITYGROUP"): expected_groups.create_group,
    ("UPDATE", "SECURITYGROUP"): expected_groups.update_group,
    ("CREATE", "SECURITYGROUPRULE"): expected_groups.create_rule,
    ("CREATE", "POOL"): expected_balancing.create_pool,
    ("CREATE", "MEMBER"): expected_balancing.create_member,
    ("CREATE", "VIP"): expected_balancing.create_vip,
    ("CREATE", "HEALTHMONITOR"): expected_balancing.create_monitor,
    ("CREATE", "CONFIG"): expected_others.create_config,
    ("CREATE", "AGENTMEMBERSHIP"): expected_others.create_membership,
    ("CREATE", "PORTBINDING"): expected_others.create_binding,
}


def follow_tasks(site: Site, tasks: Iterable[Task]) -> None:
    """Add what the importer makes of ``tasks``, in their order (imp 3).

    Raises ``IntegrityFailed`` for a task that the importer could not execute, or of a kind that no plan has.
    """
    types = data_types(site.version)
    retained = Retained()
    for task in tasks:
        translate = _TASKS.get((task.type, task.data_type))
        fields = types[task.data_type].fields if task.data_type in types else None
        if translate is None or fields is None:
            raise _impossible(task, "no plan has tasks of this kind")
        try:
            translate(site, retained.message(fields, task.data))
        except Refused as refused:
            raise _impossible(task, refused.message) from refused
        except KeyError as missing:
            raise _impossible(task, f"it lacks {missing}") from missing


def _impossible(task: Task, why: str) -> IntegrityFailed:
    return IntegrityFailed(
        f"Task {task.id} of the plan ({task.type} {task.data_type} {task.resource_id}) cannot be followed",
        why=why,
        hint="Prepare again; if it happens again, report it.",
    )


def close_groups(site: Site) -> None:
    """Write the members of groups into their address groups."""
    for group, members in site.group_members.items():
        entries = [
            {"ip_address": address, "port_ids": set(ports)} if ports else {"ip_address": address}
            for address, ports in members.items()
        ]
        if entries:
            site.get("IPAddrGroup", group).setdefault("ip_addr_ports", Unordered()).extend(entries)


def promised_site(plan: Plan) -> Site:
    """All that ``plan`` promises of the new site, links on both sides. Linear; the plan is not changed.

    What the API makes before the import comes first, then the tasks, then the rest (new 4.1). Raises
    ``IntegrityFailed`` when the plan cannot be followed.
    """
    site = Site(_version(plan.meta.target_version))
    follow_hosts_in_store(site, plan.conversions)
    follow_requests(site, (request for request in plan.objects if before_import(request)))
    follow_tasks(site, plan.tasks)
    follow_requests(site, (request for request in plan.objects if not before_import(request)))
    close_groups(site)
    close_links(site)
    return site


def _version(text: str) -> TargetVersion:
    if text == "5.0.2":
        return "5.0.2"
    if text == "5.2.1":
        return "5.2.1"
    raise WrongState(
        f"The plan is for MidoNet {text or 'of no version'}, and only 5.0.2 and 5.2.1 can be verified",
        hint="Prepare for one of these.",
    )
