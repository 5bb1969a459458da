"""``prepare`` on a large site (20,000 ports), end to end: time per phase, peak memory of its process."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import answer
from midonet_lab.practice_site import PracticeSite
from midonet_lab.recipe import Recipe

_PEAK = "peak of the process, KiB: "
_PROGRAM = f"""
import sys
from pathlib import Path
from midonet_migrate.cli.main import run
status = run(sys.argv[1:])
sizes = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print("{_PEAK}" + sizes["VmHWM"].split()[0], file=sys.stderr)
sys.exit(status)
"""
"""The verb, and at its end its own peak: what the system counts for a child begins with its parent's size."""
_DONE = re.compile(r"(?P<phase>.+): .*, done$")


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def main() -> None:
    """A practice site is built first; only ``prepare`` itself is measured."""
    with tempfile.TemporaryDirectory() as folder:
        site = PracticeSite(Path(folder) / "site", guarded=True)
        site.up(Recipe(size="large", seed=1, oddities=True), tell=lambda _: None)
        try:
            command = [sys.executable, "-c", _PROGRAM, "prepare", "--yes"]
            data = Path(folder) / "run"
            phases: dict[str, float] = {}
            memory = 0
            begin = last = time.perf_counter()
            with subprocess.Popen(
                [*command, "--data-dir", str(data)],
                env=site.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                assert process.stderr is not None
                for line in process.stderr:
                    if line.startswith(_PEAK):
                        memory = int(line.removeprefix(_PEAK)) // 1024
                    found = _DONE.match(line.strip())
                    now = time.perf_counter()
                    if found:
                        phases[f"{found['phase']}, seconds"] = round(now - last, 1)
                        phases[f"{found['phase']}, peak MiB so far"] = _peak(process.pid)
                        last = now
            total = time.perf_counter() - begin
        finally:
            site.down()
    answer(
        {
            **phases,
            "writing tasks and files, seconds": round(begin + total - last, 1),
            "in all, seconds": round(total, 1),
            "peak MiB": memory,
        }
    )


if __name__ == "__main__":
    main()
