"""Files of a run directory against the schemas in docs/formats."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

_FORMATS = Path(__file__).resolve().parents[1] / "docs" / "formats"


def require_format(path: Path) -> None:
    """Raises ``ValidationError`` when a JSON file is not as the schema of its name says."""
    schema = json.loads((_FORMATS / f"{path.stem}.schema.json").read_text())
    jsonschema.validate(json.loads(path.read_text()), schema)
