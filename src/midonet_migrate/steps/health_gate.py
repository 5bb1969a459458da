"""The health gate of a host after its agent was replaced (host 3.6): nothing goes on until it is passed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.errors import HostsFailed, NoPermission, Recovery, Unreachable
from midonet_migrate.hosts.agent_health import agent_log, datapath_ports, recent_trouble, site_command
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.service_names import MIDOLMAN
from midonet_migrate.model.hosts import HostEntry, Role, ServiceFacts
from midonet_migrate.plan.checks.health import (
    Baseline,
    Check,
    PortSeen,
    Verdict,
    is_established,
    is_up,
    judge_bgp,
    judge_command,
    judge_datapath,
    judge_host,
    judge_log,
    judge_package,
    judge_ports,
    judge_process,
    passed,
)
from midonet_migrate.settings.redaction import redact
from midonet_migrate.target.agent_state import AgentState

CANARY_SECONDS = 130.0
"""Longer than the 120 s in which upstart and systemd count respawns (host 1.3)."""
LATER_SECONDS = 30.0
READY_SECONDS = 180.0
_PAUSE_SECONDS = 2.0


class FindsServices(Protocol):
    """As :class:`~midonet_migrate.hosts.services.Services`."""

    def find(self, role: str) -> ServiceFacts | None:
        """How a service stands now."""


class GateOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``wanted``: the version, for people; ``fits``: whether an installed version is it.

    ``watch_seconds``: how long one and the same process must be seen; ``ready_seconds``: how long host, ports
    and BGP may take until they are as before.
    """

    wanted: str
    fits: Callable[[str], bool]
    watch_seconds: float = LATER_SECONDS
    ready_seconds: float = READY_SECONDS
    bgp_command: str = ""
    """Run on gateways that name none of their own: it must end with 0. Empty: what MidoNet tells of BGP
    counts."""


class GateResult(msgspec.Struct, kw_only=True, frozen=True):
    """What came out, rule by rule."""

    host: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return passed(self.checks)

    @property
    def not_checked(self) -> list[str]:
        """What could not be looked at, and why."""
        return [
            f"{check.name} not checked: {check.saw}"
            for check in self.checks
            if check.verdict is Verdict.NOT_CHECKED
        ]

    def require(self) -> None:
        """Raise ``HostsFailed`` with every rule that is broken."""
        failed = [check for check in self.checks if check.verdict is Verdict.FAILED]
        if failed:
            raise HostsFailed(
                f"{self.host}: its agent is not healthy: {failed[0].saw}",
                why=f"{len(failed)} of {len(self.checks)} checks failed.",
                hint="Look into /var/log/midolman/midolman.log there and correct what it names; then run the"
                " same command again, or roll the host back.",
                problems=[
                    line
                    for check in failed
                    for line in (f"{check.name}: {check.saw}", *(f"  {text}" for text in check.problems))
                ],
                recovery=Recovery.RETRY,
            )


class HealthGate:
    """Watches hosts. ``state`` is MidoNet's view of the version that the agents are to be of; None: there is
    none that can be asked, and what it would tell is not checked. Safe to use for many hosts at once if
    ``state`` is."""

    def __init__(
        self,
        state: AgentState | None,
        options: GateOptions,
        *,
        secrets: Iterable[str] = (),
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._options = options
        self._secrets = tuple(secrets)
        self._sleep = sleep
        self._clock = clock

    def watch(
        self, entry: HostEntry, runner: Runner, services: FindsServices, installed: str, before: Baseline
    ) -> GateResult:
        """Wait until the agent of a host is as healthy as ``before``, or is known not to become so.

        ``installed``: the version of midolman there. A rule that is broken for good ends the waiting; the
        others are told all the same. Raises what the runner raises.
        """
        began = self._clock()
        package = judge_package(installed, fits=self._options.fits(installed), wanted=self._options.wanted)
        samples: list[ServiceFacts | None] = [services.find(MIDOLMAN)]
        if package.verdict is Verdict.FAILED or not _lives(samples):
            process = self._process(runner, samples, began)
            return GateResult(host=entry.name, checks=(package, process, self._log(runner, samples[0])))
        view = self._wait_for_midonet(entry, services, samples, before, began)
        while _lives(samples) and (left := self._options.watch_seconds - (self._clock() - began)) > 0:
            self._sleep(min(_PAUSE_SECONDS * 5, left))
            samples.append(services.find(MIDOLMAN))
        # Rules that need a process come before the last look at it.
        checks = [
            package,
            *view,
            self._datapath(runner, before),
            *self._commands(entry, runner),
            self._log(runner, samples[-1]),
        ]
        samples.append(services.find(MIDOLMAN))
        checks.insert(1, self._process(runner, samples, began))
        return GateResult(host=entry.name, checks=tuple(checks))

    def _process(self, runner: Runner, samples: Sequence[ServiceFacts | None], began: float) -> Check:
        """With what the log tells of the reason when it has died."""
        check = judge_process(samples, self._clock() - began)
        if check.verdict is not Verdict.FAILED:
            return check
        lines = recent_trouble(runner, secrets=self._secrets)
        return msgspec.structs.replace(check, problems=tuple(line.strip() for line in lines))

    def _wait_for_midonet(
        self,
        entry: HostEntry,
        services: FindsServices,
        samples: list[ServiceFacts | None],
        before: Baseline,
        began: float,
    ) -> list[Check]:
        """Ask until host, ports and BGP are as before, the agent has died, or time is over."""
        if self._state is None:
            why = "no MidoNet API can be asked"
            return [
                Check(name=name, verdict=Verdict.NOT_CHECKED, saw=why) for name in ("host", "ports", "bgp")
            ]
        view = _View(self._state, entry, before, with_bgp=self._bgp_by_api(entry))
        while True:
            view.look()
            if view.settled or self._clock() - began >= self._options.ready_seconds:
                return view.checks()
            self._sleep(_PAUSE_SECONDS)
            samples.append(services.find(MIDOLMAN))
            if not _lives(samples):
                view.look()
                return view.checks()

    def _bgp_by_api(self, entry: HostEntry) -> bool:
        return Role.GATEWAY in entry.roles and not self._bgp_command(entry)

    def _bgp_command(self, entry: HostEntry) -> str:
        return entry.bgp_command or self._options.bgp_command

    def _datapath(self, runner: Runner, before: Baseline) -> Check:
        return judge_datapath(before.datapath_ports, datapath_ports(runner))

    def _commands(self, entry: HostEntry, runner: Runner) -> list[Check]:
        checks = []
        if Role.GATEWAY in entry.roles and self._bgp_command(entry):
            checks.append(self._command("bgp", self._bgp_command(entry), runner))
        checks.append(self._command("probe", entry.probe, runner))
        return checks

    def _command(self, name: str, command: str, runner: Runner) -> Check:
        if not command:
            return judge_command(name, None, "")
        done = site_command(runner, command)
        return judge_command(name, done.status, redact(f"{done.stdout}\n{done.stderr}", self._secrets))

    def _log(self, runner: Runner, facts: ServiceFacts | None) -> Check:
        if facts is None or facts.pid is None:
            return judge_log(None, "there is no process of the agent")
        look = agent_log(runner, facts.pid, secrets=self._secrets)
        return judge_log(look.lines, look.why_not, whole=look.whole)


class _View:
    """What MidoNet tells of one host, asked again only for what was not well yet."""

    def __init__(self, state: AgentState, entry: HostEntry, before: Baseline, *, with_bgp: bool) -> None:
        self._state = state
        self._entry = entry
        self._before = before
        self._with_bgp = with_bgp
        self._bgp_ports = set(before.bgp_ports or ()) if with_bgp else set()
        self._ports: dict[str, PortSeen | None] = {}
        self._host: Check | None = None
        self._bindings: dict[str, str] | None = None
        self._trouble = ""
        self._refused = False

    @property
    def settled(self) -> bool:
        """Whether everything is as before, or nobody may look."""
        if self._trouble:
            return self._refused
        return self._host is not None and all(
            check.verdict is not Verdict.FAILED for check in (self._host, *self._about_ports())
        )

    def look(self) -> None:
        """Ask anew. An API that does not answer now may answer later."""
        self._trouble = ""
        self._bindings = None
        try:
            seen = self._state.host(self._entry.midonet_host_id)
            self._host = judge_host(
                seen.name if seen is not None else None,
                seen.alive if seen is not None else False,
                self._entry.midonet_name,
            )
            for port in {*(self._before.active_ports or ()), *self._bgp_ports}:
                if not self._is_well(port):
                    self._ports[port] = self._state.port(port) or self._successor(port)
        except (Unreachable, NoPermission) as error:
            self._trouble = " ".join(part for part in (error.what, error.why) if part)
            self._refused = isinstance(error, NoPermission)

    def checks(self) -> list[Check]:
        """The verdicts."""
        if self._trouble:
            return [Check(name="host", verdict=Verdict.FAILED, saw=self._trouble), *self._about_ports()]
        return [*([self._host] if self._host is not None else []), *self._about_ports()]

    def _about_ports(self) -> Sequence[Check]:
        ports = judge_ports(self._before.active_ports, self._ports, self._entry.midonet_host_id)
        return (ports, judge_bgp(self._before.bgp_ports, self._ports)) if self._with_bgp else (ports,)

    def _successor(self, port: str) -> PortSeen | None:
        """The port that has taken the place of one that is not there: bound to the same interface. Uplinks of
        the Provider Router get another id when they are converted (new 4)."""
        interface = self._before.interfaces.get(port)
        if not interface:
            return None
        if self._bindings is None:
            self._bindings = self._state.bindings(self._entry.midonet_host_id)
        successor = self._bindings.get(interface)
        return self._state.port(successor) if successor and successor != port else None

    def _is_well(self, port: str) -> bool:
        seen = self._ports.get(port)
        if seen is None or not is_up(seen, self._entry.midonet_host_id):
            return False
        bgp_counts = self._with_bgp and (bool(seen.bgp_status) or port in self._bgp_ports)
        return is_established(seen.bgp_status) if bgp_counts else True


def _lives(samples: Sequence[ServiceFacts | None]) -> bool:
    """Whether the agent may still become healthy: it is at work, with the process of the first look."""
    return judge_process(samples, 0).verdict is not Verdict.FAILED
