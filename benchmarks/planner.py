"""The pure planner on growing sites: linear, and within 2 GiB at 100,000 ports."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.measuring import answer, peak_mebibytes, timed
from midonet_lab.sites.generator import generate_with_dicts, scaled
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.source.midonet.slim import Slimmer

SIZES = (10_000, 30_000, 100_000)


def _make(ports: int, path: Path) -> None:
    spec = msgspec.structs.replace(scaled(ports), groups_per_tenant=0)
    found = generate_with_dicts(spec, 1, False)
    with path.open("wb") as lines:
        for half, kinds in (("neutron", found.neutron), ("midonet", found.site.midonet)):
            for kind, items in kinds.items():
                lines.writelines(msgspec.json.encode([half, kind, item]) + b"\n" for item in items)


def _read(path: Path) -> Snapshot:
    """Object by object, through the readers' slimmer: the whole text is never in memory."""
    slimmer = Slimmer()
    halves: dict[str, dict[str, list[JsonObject]]] = {"neutron": {}, "midonet": {}}
    with path.open("rb") as lines:
        for line in lines:
            half, kind, item = msgspec.json.decode(line)
            kept = slimmer.compacted if kind == "rule" else slimmer.slimmed
            halves[half].setdefault(kind, []).extend(kept([item]))
    return Snapshot(**halves, meta=SnapshotMeta())


def _measure(path: Path) -> dict[str, float]:
    """In a process of its own: the snapshot as ``prepare`` has it, then the plan."""
    gc.disable()
    snapshot = _read(path)
    before = peak_mebibytes()
    begin = time.process_time()
    seconds, plan = timed(lambda: build_plan(snapshot, PlanOptions()))
    processor = time.process_time() - begin
    return {
        "seconds": round(seconds, 1),
        "processor seconds": round(processor, 1),
        "processor microseconds per object": round(processor / len(plan.ledger) * 1e6),
        "MiB with the snapshot": before,
        "MiB peak": peak_mebibytes(),
        "objects": len(plan.ledger),
        "rules": len(snapshot.midonet["rule"]),
    }


def main() -> None:
    """Make each site and plan it, each in a process of its own."""
    if len(sys.argv) > 2 and sys.argv[1] == "--make":
        _make(int(sys.argv[2]), Path(sys.argv[3]))
        return
    if len(sys.argv) > 2 and sys.argv[1] == "--measure":
        print(json.dumps(_measure(Path(sys.argv[2]))))
        return
    figures: dict[str, object] = {}
    for ports in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "snapshot.json"
            me = [sys.executable, "-m", "benchmarks.planner"]
            subprocess.run([*me, "--make", str(ports), str(path)], check=True)
            measure = [*me, "--measure", str(path)]
            found = subprocess.run(measure, check=True, stdout=subprocess.PIPE, text=True)
            figures[f"{ports} ports"] = json.loads(found.stdout)
    answer(figures)


if __name__ == "__main__":
    main()
