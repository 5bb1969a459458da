"""``midonet-migrate hosts facts``: what each host is and has."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.hosts.inventory import exposure
from midonet_migrate.model.hosts import HostFacts, Role
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.fleet import chosen_hosts, load_inventory
from midonet_migrate.steps.host_facts import HostFactsRow, host_facts

_COLUMNS = ("host", "roles", "system", "init", "midonet", "java", "services", "agent", "remarks")
_MIDONET = ("midolman", "midonet-api", "midonet-cluster", "midonet-tools")


@click.command(short_help="What each host is and has; changes nothing.")
@click.argument("names", nargs=-1, metavar="[HOST]...")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="Hosts of this role, too; may be repeated.",
)
@common_options
def facts(context: Context, names: tuple[str, ...], roles: tuple[str, ...]) -> int:
    """Look at the hosts of hosts.yaml, all of them unless some are named: distribution, init system, packages
    and holds, Java, services, configuration files, host id, whether the agent is alive.

    Everything that was found is in -f json. Nothing is changed on any host.

    Ends with 0; with 1 when a host is not what hosts.yaml says; with 50 when some could not be looked at.
    """
    settings = context.settings
    inventory = load_inventory(settings)
    hosts = chosen_hosts(inventory, names, [Role(role) for role in roles])
    report = host_facts(settings, hosts, progress=progress_on(sys.stderr))
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record({"hosts": msgspec.to_builtins(report.hosts), "notes": report.notes})
    else:
        context.show_rows([_row(row) for row in report.hosts], _COLUMNS)
    for note in (*report.notes, exposure(settings.hosts_file.value, inventory)):
        if note:
            context.note(note)
    for row in report.failed:
        assert row.failure is not None
        context.note(f"{row.name}: {row.failure.hint or row.failure.why}")
    return report.exit_status


def _row(row: HostFactsRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"host": row.name, "roles": list(row.roles), "agent": row.agent}
    if row.failure is not None:
        why = f" ({row.failure.why})" if row.failure.why else ""
        return {**shown, "remarks": f"failed: {row.failure.what}{why}"}
    if row.facts is None:
        return {**shown, "remarks": "not looked at"}
    return {**shown, **_facts(row.facts), "remarks": "; ".join([*row.remarks, *_trouble(row.facts)])}


def _facts(found: HostFacts) -> dict[str, Any]:
    default = next((major for major, path in found.java.items() if path == found.java_default), "")
    return {
        "system": f"{found.distribution} {found.release}".strip(),
        "init": found.init.value if found.init is not None else "",
        "midonet": ", ".join(f"{name} {found.packages[name]}" for name in _MIDONET if name in found.packages),
        "java": ", ".join(f"{major}*" if major == default else major for major in sorted(found.java)),
        "services": ", ".join(
            f"{role} {'runs' if service.running else 'stopped'}"
            for role, service in sorted(found.services.items())
        ),
    }


def _trouble(found: HostFacts) -> list[str]:
    lists = (
        ("held", found.held),
        ("half installed", found.broken),
        ("would revert edits", found.config_management),
        ("not found out", found.problems),
    )
    return [f"{title}: {', '.join(items)}" for title, items in lists if items]
