"""Options that verbs about hosts share, and how their reports are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from midonet_migrate.cli.context import Context
from midonet_migrate.hosts.report import HostReport, host_record
from midonet_migrate.plan.edits.url_port import NEW_PORT, OLD_PORT
from midonet_migrate.report.hosts_text import COLUMNS, host_rows, print_host_report
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.health_gate import CANARY_SECONDS, LATER_SECONDS, READY_SECONDS
from midonet_migrate.steps.hosts.gates import GateSettings
from midonet_migrate.steps.hosts.wiring import PortSettings

Function = TypeVar("Function", bound=Callable[..., Any])


def way_back_option(function: Function) -> Function:
    """``--no-way-back``."""
    return click.option(
        "--no-way-back",
        is_flag=True,
        help="Go on though the versions that are installed now cannot be kept for a rollback.",
    )(function)


def gate_options(function: Function) -> Function:
    """``--watch``, ``--ready``, ``--bgp-command``."""
    for option in (
        click.option(
            "--bgp-command",
            default="",
            metavar="COMMAND",
            help="Run on each gateway by the health gate, unless hosts.yaml has a bgp_command for it; it must"
            " end with 0 [default: ask MidoNet].",
        ),
        click.option(
            "--ready",
            type=click.FloatRange(1),
            default=READY_SECONDS,
            show_default=True,
            metavar="SECONDS",
            help="How long host, ports and BGP may take until they are as before.",
        ),
        click.option(
            "--watch",
            type=click.FloatRange(0),
            metavar="SECONDS",
            help="How long one and the same process must be seen"
            f" [default: {CANARY_SECONDS:g} on the first host, {LATER_SECONDS:g} on others].",
        ),
    ):
        function = option(function)
    return function


def gate_settings(watch: float | None, ready: float, bgp_command: str) -> GateSettings:
    """From the options of :func:`gate_options`."""
    return GateSettings(watch_seconds=watch, ready_seconds=ready, bgp_command=bgp_command)


def port_options(function: Function) -> Function:
    """``--old-api-port``, ``--new-api-port``."""
    port = click.IntRange(1, 65535)
    for option in (
        click.option(
            "--new-api-port",
            type=port,
            default=NEW_PORT,
            show_default=True,
            help="Where the API of MidoNet 5 listens.",
        ),
        click.option(
            "--old-api-port",
            "old_api_ports",
            type=port,
            multiple=True,
            help=f"Where the API of 1.9 listened; may be repeated [default: {OLD_PORT}].",
        ),
    ):
        function = option(function)
    return function


def port_settings(old_api_ports: tuple[int, ...], new_api_port: int) -> PortSettings:
    """From the options of :func:`port_options`."""
    return PortSettings(old=old_api_ports or (OLD_PORT,), new=new_api_port)


def asking(context: Context, question: str, word: str) -> Callable[[HostReport], None]:
    """Shows what would be done, and wants ``word`` typed unless --yes was given."""

    def ask(report: HostReport) -> None:
        if context.assume_yes:
            for text in report.notes:
                context.note(text)
        else:
            print_host_report(report, context.console)
        count = sum(any(item.changed for item in result.items) for result in report.hosts)
        confirm(question.format(count=count), word, assume_yes=context.assume_yes)

    return ask


def show_report(context: Context, report: HostReport, *, next_step: str = "") -> int:
    """Write the report in the chosen format; the exit status."""
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record(host_record(report))
    else:
        context.show_rows(host_rows(report), COLUMNS)
    print_host_report(report, context.console, next_step=next_step)
    return report.exit_status
