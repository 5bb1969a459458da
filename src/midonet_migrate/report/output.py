"""Rendering data for people (table) and machines (JSON, YAML, bare values)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, TextIO

import msgspec
import yaml
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from midonet_migrate.report.stream import write
from midonet_migrate.settings.values import OutputFormat

_UNLIMITED_WIDTH = 100_000
"""For pipes and files: a table is as wide as its text, nothing is cut or wrapped."""


def render_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    output_format: OutputFormat,
    stream: TextIO | None = None,
) -> None:
    """Write ``rows``, members in the order of ``columns``, to ``stream`` (standard output).

    JSON and YAML: a list of objects with plain values. ``value``: a line per row, values separated by tabs,
    no head. Missing and None: null, or nothing. Raises ``OutputClosed`` or ``MigrateError``.
    """
    plain = [{column: _plain(row.get(column)) for column in columns} for row in rows]
    stream = stream if stream is not None else sys.stdout
    match output_format:
        case OutputFormat.TABLE:
            text = _table(columns, [[_cell(row[column]) for column in columns] for row in plain], stream)
        case OutputFormat.VALUE:
            text = "".join("\t".join(_cell(row[column]) for column in columns) + "\n" for row in plain)
        case OutputFormat.JSON | OutputFormat.YAML:
            text = _document(plain, output_format)
    write(stream, text)


def render_record(
    record: Mapping[str, Any], output_format: OutputFormat, stream: TextIO | None = None
) -> None:
    """Write one object: a table of field and value, a JSON or YAML object, or one value per line.

    Raises ``OutputClosed`` or ``MigrateError``.
    """
    plain = {name: _plain(value) for name, value in record.items()}
    stream = stream if stream is not None else sys.stdout
    match output_format:
        case OutputFormat.TABLE:
            text = _table(["field", "value"], [[name, _cell(value)] for name, value in plain.items()], stream)
        case OutputFormat.VALUE:
            text = "".join(_cell(value) + "\n" for value in plain.values())
        case OutputFormat.JSON | OutputFormat.YAML:
            text = _document(plain, output_format)
    write(stream, text)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str, str_keys=True)


def _document(plain: Any, output_format: OutputFormat) -> str:
    if output_format is OutputFormat.JSON:
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=_UNLIMITED_WIDTH)


def _cell(value: Any) -> str:
    """One line of text: control characters escaped, so that data cannot drive the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        value = ", ".join(map(str, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _table(columns: Sequence[str], cells: Sequence[Sequence[str]], stream: TextIO) -> str:
    table = Table(box=box.ASCII2)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    terminal = stream.isatty()
    buffer = StringIO()
    width = Console(file=stream).width if terminal else _UNLIMITED_WIDTH
    console = Console(file=buffer, width=width, force_terminal=terminal, highlight=False)
    console.print(table)
    return buffer.getvalue()
