"""Decoding the ports of a large site into typed objects and encoding them: msgspec against pydantic (D18).

pydantic is no dependency: without it only msgspec is measured, and the answer says so.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring import answer, timed
from midonet_migrate.model.snapshot import Snapshot

PORTS = 30_000


class Entry(msgspec.Struct):
    """A typed port, as either library would model it."""

    id: str
    type: str
    deviceId: str  # noqa: N815 - the name on the wire
    adminStateUp: bool = True  # noqa: N815
    hostId: str | None = None  # noqa: N815
    interfaceName: str | None = None  # noqa: N815
    peerId: str | None = None  # noqa: N815
    portMac: str | None = None  # noqa: N815


def _pydantic(data: bytes) -> dict[str, Any]:
    try:
        pydantic = importlib.import_module("pydantic")
    except ImportError:
        return {"pydantic": "not installed: not measured"}
    fields: dict[str, Any] = {
        field.name: (field.type, ... if field.required else field.default)
        for field in msgspec.structs.fields(Entry)
    }
    model = pydantic.create_model("Entry", **fields)
    many: Any = list
    adapter = pydantic.TypeAdapter(many[model])
    decoding, items = timed(lambda: adapter.validate_json(data))
    encoding, _ = timed(lambda: adapter.dump_json(items))
    return {"pydantic, decode s": round(decoding, 3), "pydantic, encode s": round(encoding, 3)}


def main() -> None:
    """The ports of a generated site, decoded into typed objects and encoded again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.json"
        make = [sys.executable, "-m", "benchmarks.planner", "--make", str(PORTS), str(path)]
        subprocess.run(make, check=True)
        snapshot = msgspec.json.decode(path.read_bytes(), type=Snapshot)
    data = msgspec.json.encode(snapshot.midonet["port"])
    decoder = msgspec.json.Decoder(list[Entry])
    decoding, items = timed(lambda: decoder.decode(data))
    encoding, _ = timed(lambda: msgspec.json.encode(items))
    answer(
        {
            "ports": len(items),
            "bytes": len(data),
            "msgspec, decode s": round(decoding, 3),
            "msgspec, encode s": round(encoding, 3),
            **_pydantic(data),
        }
    )


if __name__ == "__main__":
    main()
