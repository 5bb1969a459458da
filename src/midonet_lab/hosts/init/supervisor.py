"""The running services of one host: started, stopped, started again after a crash, and given up on."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from midonet_lab.hosts.init.process import run_in_child
from midonet_lab.hosts.init.reply import Reply
from midonet_lab.hosts.init.unit import Unit

_LOOK_SECONDS = 0.02


class Instance:
    """What is known of a service since the host came up."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.pid: int | None = None
        self.since = 0.0
        self.wanted = False
        self.failed = False
        """It ended by itself, and is not started again."""
        self.refused = False
        """Of late it was started too often."""
        self.last_pid = 0
        self.last_status = 0
        """Exit status of its last process; 128 + number for a signal."""
        self.starts: list[float] = []
        self.waiting: asyncio.TimerHandle | None = None
        """It will be started again."""

    @property
    def running(self) -> bool:
        """Whether it has a process."""
        return self.pid is not None


class Supervisor:
    """Keeps the services. ``spawn`` starts a unit's process and returns its id."""

    def __init__(self, spawn: Callable[[Unit], int], tell: Callable[[str], None]) -> None:
        self._spawn = spawn
        self._tell = tell
        self._instances: dict[str, Instance] = {}
        self._by_pid: dict[int, Instance] = {}
        self._asked: dict[int, asyncio.Future[None]] = {}

    def instance(self, unit: Unit) -> Instance:
        """What is known of ``unit``, whose file may have changed since."""
        known = self._instances.setdefault(unit.name, Instance(unit))
        known.unit = unit
        return known

    def running(self) -> list[Instance]:
        """Every service that has a process or will have one again."""
        return [one for one in self._instances.values() if one.running or one.waiting is not None]

    def start(self, unit: Unit) -> Instance:
        """Start it. With ``refused`` set on the result it was started too often."""
        one = self.instance(unit)
        if one.running:
            return one
        self._cancel(one)
        one.failed = one.refused = False
        if unit.count_manual_starts and self._too_often(one):
            one.failed = one.refused = True
            return one
        if not unit.count_manual_starts:
            one.starts.clear()
        self._launch(one)
        return one

    async def stop(self, unit: Unit) -> Instance:
        """Stop it and wait for its end: SIGTERM, and SIGKILL after the unit's patience."""
        one = self.instance(unit)
        one.wanted = one.failed = False
        self._cancel(one)
        if not one.running:
            return one
        self._signal(one, signal.SIGTERM)
        if not await self._gone(one, unit.kill_timeout):
            self._signal(one, signal.SIGKILL)
            await self._gone(one, math.inf)
        one.failed = False
        return one

    @staticmethod
    async def _gone(one: Instance, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while one.running and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)
        return not one.running

    async def stop_all(self) -> None:
        """Stop every service."""
        await asyncio.gather(*(self.stop(one.unit) for one in self.running()))

    def forget_failure(self, unit: Unit) -> None:
        """systemd's reset-failed: the count of starts too begins anew."""
        one = self.instance(unit)
        one.failed = one.refused = False
        one.starts.clear()

    def reap(self) -> None:
        """Take the status of every child that has ended, and start again what shall run."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            asked = self._asked.pop(pid, None)
            if asked is not None:
                asked.set_result(None)
            one = self._by_pid.pop(pid, None)
            if one is not None:
                self._ended(one, status)

    async def ask_child(self, work: Callable[[], Reply]) -> Reply:
        """Let a child of its own find the answer, which may take its time."""
        with tempfile.TemporaryFile() as answer:
            pid = run_in_child(work, answer.fileno())
            self._asked[pid] = asyncio.get_running_loop().create_future()
            await self._asked[pid]
            answer.seek(0)
            try:
                return msgspec.msgpack.decode(answer.read(), type=Reply)
            except msgspec.MsgspecError:
                return Reply(1, errors="The program of the practice site failed; see the host's server.log\n")

    def _ended(self, one: Instance, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        one.last_pid, one.pid = one.pid or 0, None
        one.last_status = code if code >= 0 else 128 - code
        with suppress(ProcessLookupError):  # what it started and left behind
            os.killpg(one.last_pid, signal.SIGKILL)
        if not one.wanted:
            return
        unit = one.unit
        self._tell(f"{unit.name} main process ({one.last_pid}) ended with status {one.last_status}")
        success = one.last_status in unit.success_statuses or code == -signal.SIGTERM
        again = unit.respawn == "always" or (unit.respawn == "on-failure" and not success)
        if not again:
            one.wanted = False
            one.failed = not success
        elif self._too_often(one):
            one.wanted = False
            one.failed = one.refused = True
            self._tell(f"{unit.name} respawning too fast, stopped")
        else:
            self._tell(f"{unit.name} main process ended, respawning")
            one.waiting = asyncio.get_running_loop().call_later(unit.pause, self._launch, one)

    def _too_often(self, one: Instance) -> bool:
        """Whether one start more within the unit's interval would be more than its limit."""
        now = time.monotonic()
        one.starts = [at for at in one.starts if now - at < one.unit.interval]
        return len(one.starts) >= one.unit.limit

    def _launch(self, one: Instance) -> None:
        # upstart's limit is one of respawns: the first start does not count.
        if one.waiting is not None or one.unit.count_manual_starts:
            one.starts.append(time.monotonic())
        one.waiting = None
        one.wanted = True
        one.pid = self._spawn(one.unit)
        one.since = time.time()
        self._by_pid[one.pid] = one

    def _cancel(self, one: Instance) -> None:
        if one.waiting is not None:
            one.waiting.cancel()
            one.waiting = None

    def _signal(self, one: Instance, number: signal.Signals) -> None:
        if one.pid is None:
            return
        try:
            os.killpg(one.pid, number)
        except ProcessLookupError:  # it has not made its session yet
            with suppress(ProcessLookupError):
                os.kill(one.pid, number)
