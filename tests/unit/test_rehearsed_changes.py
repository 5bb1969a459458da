"""What every change of a host owes to a rehearsal."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import midonet_migrate

SOURCES = Path(midonet_migrate.__file__).parent
METHODS = {"examine", "inverse", "apply"}


def changes() -> Iterator[tuple[str, ast.ClassDef, ast.FunctionDef]]:
    """Every class that can be handed to ``HostActor.perform``, with its ``apply``."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not any(
                "Protocol" in ast.unparse(base) for base in node.bases
            ):
                methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
                if set(methods) >= METHODS:
                    yield f"{path.name}: {node.name}", node, methods["apply"]


def test_a_change_that_runs_commands_of_its_own_says_so() -> None:
    """Only then a dry run, a preview or an answer of no leaves it out (I6): parts of a host can predict what
    packages, services and files would be, and no command that goes to the host by itself."""
    found = {name for name, _, _ in changes()}
    assert len(found) > 8
    commanding = {
        name: any("by_command" in ast.unparse(item) for item in node.body if isinstance(item, ast.AnnAssign))
        for name, node, apply in changes()
        if "runner" in ast.unparse(apply)
    }
    assert commanding, "the two that purge and delete are gone: is this still looking at the right thing?"
    assert all(commanding.values()), commanding
