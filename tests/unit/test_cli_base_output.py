"""Rendering rows and records in every format."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from midonet_migrate.errors import MigrateError
from midonet_migrate.report.output import render_record, render_rows
from midonet_migrate.report.stream import OutputClosed, write
from midonet_migrate.settings.values import OutputFormat, Secret


class Colour(StrEnum):
    RED = "red"


class Thing(msgspec.Struct):
    name: str


ROWS: list[dict[str, Any]] = [
    {"b": 1, "a": "x [bold]y[/bold]", "unasked": "z"},
    {"a": None, "b": [1, "two"]},
    {"a": "ü☃", "b": {"k": [True]}},
    {"a": Path("/p"), "b": Colour.RED},
    {"a": Secret("s3cret"), "b": Thing("n")},
]


def rendered(rows: list[dict[str, Any]], output_format: OutputFormat) -> str:
    stream = StringIO()
    render_rows(rows, ["a", "b"], output_format, stream)
    return stream.getvalue()


EXPECTED = [
    {"a": "x [bold]y[/bold]", "b": 1},
    {"a": None, "b": [1, "two"]},
    {"a": "ü☃", "b": {"k": [True]}},
    {"a": "/p", "b": "red"},
    {"a": "***", "b": {"name": "n"}},
]


def test_json_and_yaml_hold_the_asked_columns_in_their_order_as_plain_values() -> None:
    assert json.loads(rendered(ROWS, OutputFormat.JSON)) == EXPECTED
    assert yaml.safe_load(rendered(ROWS, OutputFormat.YAML)) == EXPECTED
    assert rendered(ROWS, OutputFormat.JSON).index('"a"') < rendered(ROWS, OutputFormat.JSON).index('"b"')
    assert "ü☃" in rendered(ROWS, OutputFormat.JSON)


def test_value_is_a_line_per_row_with_tabs() -> None:
    assert rendered(ROWS, OutputFormat.VALUE).splitlines() == [
        "x [bold]y[/bold]\t1",
        "\t1, two",
        'ü☃\t{"k": [true]}',
        "/p\tred",
        '***\t{"name": "n"}',
    ]


def test_a_table_for_a_pipe_is_neither_wrapped_nor_coloured_nor_interpreted() -> None:
    long = "w" * 500
    text = rendered([*ROWS, {"a": long, "b": 2}], OutputFormat.TABLE)
    assert long in text
    assert "x [bold]y[/bold]" in text
    assert "\x1b" not in text
    lines = text.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split() == ["|", "a", "|", "b", "|"]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_for_a_terminal_fits_it_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    render_rows([{"a": "w" * 100, "b": 2}], ["a", "b"], OutputFormat.TABLE, stream)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert max(map(len, lines)) <= 40
    assert "".join(lines).count("w") == 100


@pytest.mark.parametrize("output_format", [OutputFormat.TABLE, OutputFormat.VALUE])
def test_data_cannot_drive_the_terminal_or_break_lines(output_format: OutputFormat) -> None:
    text = rendered([{"a": "x\x1b[2Jy\nz\tw\r", "b": "\u202e"}], output_format)
    assert "x\\x1b[2Jy\\nz\\tw\\r" in text
    assert "\u202e" not in text


@pytest.mark.parametrize(("output_format", "expected"), [("json", "[]\n"), ("yaml", "[]\n"), ("value", "")])
def test_no_rows(output_format: str, expected: str) -> None:
    assert rendered([], OutputFormat(output_format)) == expected


def test_a_record_in_every_format() -> None:
    def text(output_format: OutputFormat) -> str:
        stream = StringIO()
        render_record({"name": "n", "none": None, "flag": True}, output_format, stream)
        return stream.getvalue()

    plain = {"name": "n", "none": None, "flag": True}
    assert json.loads(text(OutputFormat.JSON)) == plain
    assert yaml.safe_load(text(OutputFormat.YAML)) == plain
    assert text(OutputFormat.VALUE) == "n\n\ntrue\n"
    assert "| name  | n     |" in text(OutputFormat.TABLE)


class Broken(StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


def test_a_closed_pipe_and_a_full_disk_are_told_apart() -> None:
    with pytest.raises(OutputClosed):
        write(Broken(BrokenPipeError(32, "Broken pipe")), "x")
    with pytest.raises(MigrateError, match="cannot be written") as caught:
        write(Broken(OSError(28, "No space left on device")), "x")
    assert caught.value.why == "No space left on device"
