"""The schemas in docs/formats describe what the program writes."""

from __future__ import annotations

import json
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
