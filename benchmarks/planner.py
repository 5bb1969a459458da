"""The pure planner on growing sites: linear, and within 2 GiB at 100,000 ports."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from benchmarks.measuring import answer, peak_mebibytes, timed
from midonet_lab.sites.generator import generate_with_dicts, scaled
from midonet_migrate.model.plan import PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.planner import build_plan

SIZES = (10_000, 30_000, 100_000)


def _make(ports: int, path: Path) -> None:
    spec = msgspec.structs.replace(scaled(ports), groups_per_tenant=0)
    found = generate_with_dicts(spec, 1, False)
    snapshot = Snapshot(neutron=found.neutron, midonet=found.site.midonet, meta=SnapshotMeta())
    path.write_bytes(msgspec.json.encode(snapshot))


def _measure(path: Path) -> dict[str, float]:
    """In a process of its own: the snapshot as ``prepare`` has it, then the plan."""
    gc.disable()
    snapshot = msgspec.json.decode(path.read_bytes(), type=Snapshot)
    before = peak_mebibytes()
    seconds, plan = timed(lambda: build_plan(snapshot, PlanOptions()))
    return {
        "seconds": round(seconds, 1),
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
            found = subprocess.run([*me, "--measure", str(path)], check=True, stdout=subprocess.PIPE, text=True)
            figures[f"{ports} ports"] = json.loads(found.stdout)
    answer(figures)


if __name__ == "__main__":
    main()
