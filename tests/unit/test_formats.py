"""The schemas in docs/formats describe what the program writes."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted((ROOT / "docs" / "formats").glob("*.schema.json"))


def test_the_schemas_are_those_of_the_classes_that_write_the_files() -> None:
    found = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "formats"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_each_schema_is_one(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_there_is_a_schema_for_every_file_of_the_run_directory() -> None:
    names = {path.name.removesuffix(".schema.json") for path in SCHEMAS}
    assert names >= {"snapshot", "plan", "report", "journal-record", "neutron_post_data", "midonet_post_data"}
    assert names >= {"import_report", "recreate", "stall", "identity", "task-ids"}


def test_the_manual_of_the_journal_names_every_inverse() -> None:
    """Whoever takes something back by hand looks there."""
    manual = (ROOT / "docs" / "formats" / "journal.md").read_text()
    actions: set[str] = set()
    shared: dict[str, str] = {}
    imported: set[str] = set()
    for path in (ROOT / "src" / "midonet_migrate").rglob("*.py"):
        tree = ast.parse(path.read_text())
        constants: dict[str, str] = {}
        for line in tree.body:
            constants |= _constants(line) if isinstance(line, ast.Assign) else {}
        shared |= {name: value for name, value in constants.items() if not name.startswith("_")}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Inverse":
                (action,) = (word.value for word in node.keywords if word.arg == "action")
                if isinstance(action, ast.Constant):
                    actions.add(str(action.value))
                elif isinstance(action, ast.Name) and action.id.isupper():
                    found = constants.get(action.id)
                    actions |= {found} if found is not None else set()
                    imported |= {action.id} if found is None else set()
    actions = (actions | {shared[name] for name in imported}) - {""}
    assert len(actions) > 10
    assert not [action for action in actions if f"`{action}`" not in manual]


def _constants(node: ast.Assign) -> dict[str, str]:
    names, values = node.targets[0], node.value
    pairs = (
        zip(names.elts, values.elts, strict=False)
        if isinstance(names, ast.Tuple) and isinstance(values, ast.Tuple)
        else [(names, values)]
    )
    return {
        name.id: value.value
        for name, value in pairs
        if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def test_the_manual_of_rules_names_every_conversion() -> None:
    manual = (ROOT / "docs" / "rules.md").read_text()
    rules = set()
    for path in (ROOT / "src" / "midonet_migrate" / "plan" / "conversions").glob("*.py"):
        rules |= set(re.findall(r'(?:RULE = |rule=)"([a-z-]+)"', path.read_text()))
    assert len(rules) > 10
    assert not [rule for rule in rules if f"`{rule}`" not in manual]


def test_the_manual_names_every_code_of_an_error() -> None:
    """Scripts that read errors as JSON go by them."""
    manual = (ROOT / "docs" / "settings.md").read_text()
    codes = set()
    for path in (ROOT / "src" / "midonet_migrate").rglob("*.py"):
        codes |= set(re.findall(r'^    code = "([a-z-]+)"', path.read_text(), re.MULTILINE))
    assert len(codes) > 30
    assert not [code for code in codes if f"`{code}`" not in manual]
