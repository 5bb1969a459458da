"""``midonet-migrate update``: hosts to MidoNet 5 (classic step 4)."""

from __future__ import annotations

import click

from midonet_migrate.cli.main import LazyGroup, Verb
from midonet_migrate.cli.options import flags

VERBS = {
    "controller": Verb(
        "midonet_migrate.cli.update_controller:controller",
        "The importer off, 1.9's API gone, client and files to 5.x.",
    ),
    "gateways": Verb("midonet_migrate.cli.update_agents:gateways", "Agents of gateways, one by one."),
    "computes": Verb(
        "midonet_migrate.cli.update_agents:computes", "Agents of compute hosts, a canary first."
    ),
}


class UpdateGroup(LazyGroup):
    """The verbs below ``update``."""

    def __init__(self, *arguments: object, **attributes: object) -> None:
        super().__init__(*arguments, verbs=VERBS, **attributes)


@click.group(cls=UpdateGroup, short_help="Hosts to MidoNet 5: controller, gateways, computes (step 4).")
@flags
def update() -> None:
    """Bring hosts to MidoNet 5, as hosts.yaml names them: the controller, then gateways, then computes."""
