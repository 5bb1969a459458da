"""200 hosts (aliases of ssh_config, one real sshd) on which a command takes half a second: side by side
against one host after another; what a host costs; the memory of this process, of its child, and of ssh.

All of ssh's work, the server's half included, is done by this machine.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.measuring import answer, own_peak_mebibytes, timed
from midonet_lab.processes.sshd import Sshd, descendants
from midonet_migrate.hosts.fleet.each import each
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetOptions, FleetRunner
from midonet_migrate.model.hosts import HostEntry

_HOSTS = 200
_SECONDS = 0.5
_COMMANDS = 4
"""Per host: stop, repositories, packages, start."""
_SAMPLE = 20
"""Hosts of the runs that go one after another: their time grows by the same for each host."""
_AT_A_TIME = (50, 200)


class Memory(threading.Thread):
    """Watches the child and its ssh processes; peaks in MiB. ``shared`` counts shared pages in parts."""

    def __init__(self, child: int) -> None:
        super().__init__(daemon=True)
        self.child = child
        self.child_peak = self.ssh_peak = self.ssh_shared_peak = self.ssh_count = 0
        self._ended = threading.Event()

    def run(self) -> None:
        """Until :meth:`end`."""
        while not self._ended.wait(0.5):
            self.look()

    def look(self) -> None:
        """One sample."""
        self.child_peak = max(self.child_peak, _resident(self.child)[0])
        sizes = [_resident(pid) for pid in descendants(self.child)]
        self.ssh_count = max(self.ssh_count, len(sizes))
        self.ssh_peak = max(self.ssh_peak, sum(size for size, _ in sizes))
        self.ssh_shared_peak = max(self.ssh_shared_peak, sum(shared for _, shared in sizes))

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        self.join()


def _resident(pid: int) -> tuple[int, int]:
    """RSS and PSS in KiB; 0 when the process is gone."""
    found = {"Rss": 0, "Pss": 0}
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, rest = line.partition(":")
            if name in found:
                found[name] = int(rest.split()[0])
    return found["Rss"], found["Pss"]


def _update(host: HostEntry, runner: FleetRunner) -> None:
    for number in range(_COMMANDS):
        done = runner.run(["half-a-second", str(number)])
        assert (done.status, done.stdout) == (0, f"{number}\n"), (host.name, done.stderr)


def _fleet(server: Sshd, at_a_time: int) -> Fleet:
    options = FleetOptions(ssh_config=str(server.ssh_config), parallel=at_a_time, login_timeout=120)
    return Fleet(server.hosts(), options)


def _with_fleet(server: Sshd, hosts: int, at_a_time: int, figures: dict[str, Any]) -> float:
    """Seconds with start, logins and logging out."""

    def run() -> Memory:
        with _fleet(server, at_a_time) as fleet:
            memory = Memory(fleet.child)
            memory.start()
            results = each(fleet, fleet.hosts[:hosts], _update)
            memory.look()
            memory.end()
        failed = [result.error for result in results if result.error is not None]
        assert not failed, failed[0].why
        return memory

    seconds, memory = timed(run)
    if hosts == _HOSTS:
        figures[f"child process, {at_a_time} at a time, peak MiB"] = memory.child_peak // 1024
        figures[f"ssh processes, {at_a_time} at a time"] = memory.ssh_count
        figures[f"ssh processes, {at_a_time} at a time, peak MiB (resident)"] = memory.ssh_peak // 1024
        figures[f"ssh processes, {at_a_time} at a time, peak MiB (shared pages once)"] = (
            memory.ssh_shared_peak // 1024
        )
    return seconds


def _by_hand(server: Sshd, hosts: int) -> float:
    """A loop over ``ssh host command``: a login for each command."""
    begin = time.perf_counter()
    for host in server.hosts()[:hosts]:
        for number in range(_COMMANDS):
            command = ["ssh", "-F", str(server.ssh_config), host.name, f"half-a-second {number}"]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def _grown(measure: Callable[[int], float]) -> float:
    """Seconds for all hosts, from a sample."""
    return measure(_SAMPLE) / _SAMPLE * _HOSTS


def main() -> None:
    """All ways over the same sshd."""
    figures: dict[str, Any] = {"hosts": _HOSTS, "commands per host": _COMMANDS, "seconds each": _SECONDS}
    with tempfile.TemporaryDirectory() as folder:
        aliases = [f"host{number}" for number in range(1, _HOSTS + 1)]
        with Sshd(Path(folder) / "sshd", aliases=aliases) as server:
            server.command("half-a-second", f'sleep {_SECONDS}; echo "$1"')
            by_hand = _grown(lambda hosts: _by_hand(server, hosts))
            figures[f"one after another, ssh by hand, s (from {_SAMPLE} hosts)"] = round(by_hand, 1)
            alone = _grown(lambda hosts: _with_fleet(server, hosts, 1, figures))
            figures[f"one after another, fleet, s (from {_SAMPLE} hosts)"] = round(alone, 1)
            for at_a_time in _AT_A_TIME:
                seconds = _with_fleet(server, _HOSTS, at_a_time, figures)
                figures[f"side by side, {at_a_time} at a time, s"] = round(seconds, 1)
                figures[f"side by side, {at_a_time} at a time, times faster"] = round(alone / seconds, 1)
    figures["main process, peak MiB"] = own_peak_mebibytes()
    answer(figures)


if __name__ == "__main__":
    main()
