"""Every command that a message or the documentation tells the operator to type exists, with its options."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from midonet_lab.cli import command_line as lab
from midonet_migrate.cli.main import command_line

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_NAMED = re.compile(r"(midonet-migrate|midonet-lab) ([a-z-][^'`#\n]*)")
_PROGRAMS: dict[str, click.Command] = {"midonet-migrate": command_line, "midonet-lab": lab}
_NO_COMMAND = {"that", "runs", "as", "canary"}
"""Words that follow the program's name in sentences."""


def _missing(program: str, text: str) -> str:
    """Which word of a command line does not exist; empty when all do."""
    command, known = _PROGRAMS[program], {"-h", "--help"}
    for word in text.split():
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(click.Context(command), word.strip("[]").split("|")[0].rstrip(".,;)"))
            if found is None:
                return word
            command = found
        elif word.startswith(("-", "[-")):
            for parameter in command.params:
                known.update(parameter.opts, parameter.secondary_opts)
            name = word.strip("[]").partition("=")[0].rstrip(".,;)")
            if name not in known and name.strip("-"):
                return word
    return ""


def _commands(text: str) -> Iterator[tuple[str, str]]:
    for program, words in _NAMED.findall(text):
        shown = words.split("  ")[0]
        if shown.split()[0].rstrip(".,;") not in _NO_COMMAND:
            yield program, shown


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents(path: Path) -> None:
    text = path.read_text()
    quoted = "\n".join(re.findall(r"^    .*|`[^`\n]+`", text, re.MULTILINE))
    wrong = [(program, words) for program, words in _commands(quoted) if _missing(program, words)]
    assert not wrong
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert not [link for link in links if not (path.parent / link).exists()]


def test_messages() -> None:
    wrong = []
    for path in sorted((ROOT / "src" / "midonet_migrate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                wrong += [
                    (path.name, node.lineno, words)
                    for program, words in _commands(node.value)
                    if _missing(program, words)
                ]
    assert not wrong


def test_a_command_that_does_not_exist_is_found() -> None:
    assert _missing("midonet-migrate", "retreat")
    assert _missing("midonet-migrate", "rollback zookeeper --softly")
    assert not _missing("midonet-migrate", shlex.join(["rollback", "zookeeper", "--preview", "-f", "json"]))
