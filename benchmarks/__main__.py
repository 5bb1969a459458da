"""Runs benchmarks, each in a process of its own so that its memory is its own."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NAMES = (
    "api_reading",
    "task_writing",
    "planner",
    "large_site",
    "models",
    "verifying",
    "zookeeper_backup",
    "zookeeper_restore",
    "zookeeper_memory",
    "recreating",
    "import_watching",
    "doctor",
    "host_fan_out",
)


def main() -> int:
    """Run the named benchmarks, or all; print tables, and with --output write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--output", type=Path, help="write the figures to this file")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    results: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    }
    for name in chosen.names or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "answer.json"
            print(f"== {name}", flush=True)
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}", str(answer)], check=True)
            results[name] = json.loads(answer.read_text())
    if chosen.output:
        chosen.output.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
