"""``midonet-migrate hosts``: the machines of the site."""

from __future__ import annotations

import click

from midonet_migrate.cli.main import LazyGroup, Verb
from midonet_migrate.cli.options import flags

VERBS = {
    "discover": Verb(
        "midonet_migrate.cli.hosts_discover:discover", "Write hosts.yaml from what MidoNet 1.9 knows."
    ),
    "facts": Verb("midonet_migrate.cli.hosts_facts:facts", "What each host is and has; changes nothing."),
    "stage": Verb(
        "midonet_migrate.cli.hosts_stage:stage",
        "Check and record hosts, download everything; no other effect.",
    ),
    "finalise": Verb(
        "midonet_migrate.cli.hosts_finalise:finalise", "Take away what is left of 1.9: no way back after it."
    ),
}


class HostsGroup(LazyGroup):
    """The verbs below ``hosts``."""

    def __init__(self, *arguments: object, **attributes: object) -> None:
        super().__init__(*arguments, verbs=VERBS, **attributes)


@click.group(cls=HostsGroup, short_help="The machines of the site: inventory and facts.")
@flags
def hosts() -> None:
    """The machines of the site, as hosts.yaml names them."""
