"""``midonet-migrate config``: what the program would work with."""

from __future__ import annotations

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.options import flags


@click.group(short_help="Effective settings and where each came from.")
@flags
def config() -> None:
    """Effective settings and where each came from."""


@config.command()
@common_options
def show(context: Context) -> int:
    """Show each effective setting and where it came from; secrets show as ***.

    Ends with 1 when a configuration file or a value in it cannot be used, else with 0.
    """
    settings = context.settings
    context.show_rows(settings.rows(), ("setting", "value", "origin"))
    for remark in settings.remarks():
        context.note(remark)
    return 1 if settings.unusable() else 0
