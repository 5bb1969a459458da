"""What a verb is given: settings, where to write data, where to talk to the operator."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

import click
from rich.console import Console
from rich.text import Text

from midonet_migrate.cli.options import Invocation, flags, invocation_of
from midonet_migrate.report.output import render_record, render_rows
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.settings.values import OutputFormat


class Context:
    """One call of one verb. Data goes to ``stdout``, everything else to ``console`` (standard error).

    Colours follow the terminal and ``NO_COLOR``.
    """

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self.stdout: TextIO = sys.stdout
        self.console = Console(stderr=True, highlight=False)

    @functools.cached_property
    def settings(self) -> Settings:
        """The effective settings, loaded at first use. Raises ``ConfigError`` or ``AccessDenied``."""
        settings = load_settings(self._invocation.flags)
        self._invocation.secrets = settings.secrets()
        self._invocation.output_format = settings.format.value
        return settings

    @property
    def output_format(self) -> OutputFormat:
        """How data is written."""
        return self.settings.format.value

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be changed."""
        return self.settings.dry_run.value

    @property
    def assume_yes(self) -> bool:
        """Whether questions count as answered with yes."""
        return self.settings.yes.value

    def show_rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Write a list of objects to standard output in the chosen format."""
        render_rows(rows, columns, self.output_format, self.stdout)

    def show_record(self, record: Mapping[str, Any]) -> None:
        """Write one object to standard output in the chosen format."""
        render_record(record, self.output_format, self.stdout)

    def note(self, text: str) -> None:
        """Tell the operator something that is no error."""
        self.console.print(Text.assemble(("note: ", "yellow"), text), soft_wrap=True)


def common_options(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """Decorator for a verb: the common flags, and a :class:`Context` as first argument.

    The verb returns its exit status; None counts as 0 (done).
    """

    @click.pass_context
    @functools.wraps(function)
    def verb(click_context: click.Context, /, *arguments: Any, **options: Any) -> int | None:
        return function(Context(invocation_of(click_context)), *arguments, **options)

    return flags(verb)
