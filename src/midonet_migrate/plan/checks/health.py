"""When an agent is as healthy as before: the rules of the health gate (host 3.6). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from midonet_migrate.model.hosts import ServiceFacts

_AT_WORK = frozenset({"start/running", "running", "active (running)"})
_DATAPATH = "midonet"
OVERLAY_PORTS = ("tnvxlan-overlay", "tngre-overlay")
_TUNNELS = frozenset({*OVERLAY_PORTS, "tnvxlan-vtep", "tnvxlan-fip64"})
# 5.2 makes a veth pair for packets that go through its pipeline twice (host 3.4).
_OWN_PORTS = frozenset({_DATAPATH, "midorecirc-dp", "midorecirc-host"})
_BAD_LINE = re.compile(r"\bERROR\b|already taken|Could not acquire ownership")
_ESTABLISHED = re.compile(r"BGP state = Established|^\s*established\b", re.IGNORECASE)
_HEALTH_MONITOR = "_hm_dp"
_MANY = 5


class Verdict(StrEnum):
    """How one check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Check(msgspec.Struct, kw_only=True, frozen=True):
    """One rule. ``saw``: what was seen, or why it could not be looked at."""

    name: str
    verdict: Verdict
    saw: str
    problems: tuple[str, ...] = ()


class Baseline(msgspec.Struct, kw_only=True, frozen=True):
    """What a host was like before its switch; None: nobody knows."""

    active_ports: tuple[str, ...] | None = None
    """Ids of the ports that were active there; those that agents make for themselves are none."""
    interfaces: dict[str, str] = {}
    """Port -> the interface that it was bound to."""
    datapath_ports: tuple[str, ...] | None = None
    """Interfaces of its datapath (``HostFacts.datapath_ports``)."""
    bgp_ports: tuple[str, ...] | None = None
    """Ids of the router ports whose BGP session was established."""


def is_own_interface(name: str) -> bool:
    """Whether an agent makes this interface for itself, for a health monitor of a pool: bindings of such are
    not migrated, and 5.x makes its own (old 4, new 6)."""
    return name.endswith(_HEALTH_MONITOR)


class PortSeen(msgspec.Struct, kw_only=True, frozen=True):
    """A port as the API shows it."""

    active: bool
    host_id: str = ""
    bgp_status: str = ""


def passed(checks: Iterable[Check]) -> bool:
    """Whether nothing failed. What could not be looked at is no failure, and no success either."""
    return all(check.verdict is not Verdict.FAILED for check in checks)


def judge_process(samples: Sequence[ServiceFacts | None], seconds: float) -> Check:
    """One and the same process over the whole window: a crashing agent looks started for a while."""
    name = "service"
    if not samples:
        return _not_checked(name, "nobody looked")
    for facts in samples:
        if facts is None:
            return _failed(name, "the service is not installed")
        if facts.state not in _AT_WORK:
            return _failed(name, f"{facts.name} is {facts.state}")
    pids = list(dict.fromkeys(facts.pid for facts in samples if facts is not None))
    if None in pids:
        return _failed(name, "the init system knows no process of it")
    if len(pids) > 1:
        return _failed(
            name, f"it is started again and again: process {', then '.join(str(pid) for pid in pids)}"
        )
    return _ok(name, f"process {pids[0]} for {seconds:g} s")


def judge_package(found: str, *, fits: bool, wanted: str) -> Check:
    """The package that is installed is the one that was wanted."""
    name = "package"
    if not found:
        return _failed(name, "midolman is not installed")
    if not fits:
        return _failed(name, f"midolman is {found}, wanted is {wanted}")
    return _ok(name, f"midolman {found}")


def judge_host(name_seen: str | None, alive: bool, name_wanted: str) -> Check:
    """MidoNet sees the host alive, under its name (host 0.16). ``name_seen`` None: it knows no such host."""
    name = "host"
    if name_seen is None:
        return _failed(name, "MidoNet knows no host of this id")
    if name_wanted and name_seen != name_wanted:
        return _failed(name, f"MidoNet calls it {name_seen}; it was {name_wanted}")
    if not alive:
        return _failed(name, f"{name_seen} is not alive")
    return _ok(name, f"{name_seen} is alive")


def judge_ports(before: Sequence[str] | None, now: Mapping[str, PortSeen | None], host_id: str) -> Check:
    """Every port that was active before is active again, on this host."""
    name = "ports"
    if before is None:
        return _not_checked(name, "which ports were active before is not known")
    problems = []
    for port in sorted(before):
        seen = now.get(port)
        if seen is None:
            problems.append(f"port {port} does not exist")
        elif seen.host_id != host_id:
            problems.append(f"port {port} is bound to {seen.host_id or 'no host'}")
        elif not seen.active:
            problems.append(f"port {port} is not active")
    if problems:
        return _failed(name, f"{len(problems)} of {len(before)} ports are not active again", problems)
    return _ok(name, f"{len(before)} ports are active again")


def is_up(port: PortSeen | None, host_id: str) -> bool:
    """Whether a port is active on this host."""
    return port is not None and port.active and port.host_id == host_id


def judge_datapath(before: Sequence[str] | None, now: Sequence[str] | None) -> Check:
    """The same taps, and the tunnels of the overlay. What versions name otherwise does not count."""
    name = "datapath"
    if now is None:
        if before is None:
            return _not_checked(name, "mm-dpctl tells of no datapath, now as before")
        return _failed(name, "mm-dpctl tells of no datapath 'midonet'")
    problems = [f"{port} is missing" for port in OVERLAY_PORTS if port not in now]
    if before is None:
        if problems:
            return _failed(name, "the tunnels are not there", problems)
        return _not_checked(name, f"{len(now)} interfaces; which there were before is not known")
    wanted = {port for port in before if not is_own_interface(port)} - _OWN_PORTS - _TUNNELS
    missing = sorted(wanted - set(now))
    problems += [f"{port} is missing" for port in missing]
    if problems:
        return _failed(name, f"{len(problems)} interfaces are missing", problems)
    taps = set(now) - _OWN_PORTS - _TUNNELS
    return _ok(name, f"{len(taps)} interfaces and the tunnels")


def is_bad_line(line: str) -> bool:
    """Whether a line of the agent's log means trouble."""
    return _BAD_LINE.search(line) is not None


def judge_log(lines: Sequence[str] | None, why_not: str = "", *, whole: bool = True) -> Check:
    """Nothing bad in the agent's log since its start. ``lines`` None: it could not be read.

    ``whole``: it was not rotated since.
    """
    name = "log"
    if lines is None:
        return _not_checked(name, why_not or "the log cannot be read")
    bad = [line.strip() for line in lines if is_bad_line(line)]
    if bad:
        return _failed(name, f"{len(bad)} bad lines since the start", bad[:_MANY])
    if not whole:
        return _not_checked(name, "nothing bad, but the log was rotated since the start")
    return _ok(name, "nothing bad since the start")


def judge_bgp(before: Sequence[str] | None, now: Mapping[str, PortSeen | None]) -> Check:
    """Every session that was established before is established again.

    Where it is not known which those were, all that MidoNet tells of now must be. ``now``: the host's ports.
    """
    name = "bgp"
    told = {port: seen.bgp_status for port, seen in now.items() if seen is not None and seen.bgp_status}
    wanted = told.keys() if before is None else before
    if not wanted:
        why = "MidoNet tells of no BGP session" if before is None else "no session was established before"
        return _not_checked(name, why)
    down = [
        f"port {port}: {_first_line(told.get(port, 'nothing is told'))}"
        for port in sorted(wanted)
        if not is_established(told.get(port, ""))
    ]
    if down:
        return _failed(name, f"{len(down)} of {len(wanted)} sessions are not established", down)
    return _ok(name, f"{len(wanted)} sessions are established")


def is_established(status: str) -> bool:
    """Whether a status of the API means it: a phase, or lines of ``show ip bgp neighbor`` (old 3)."""
    return any(_ESTABLISHED.search(line) for line in status.splitlines())


def judge_command(name: str, status: int | None, said: str) -> Check:
    """A command of the site ends with 0. ``status`` None: there is no such command."""
    if status is None:
        return _not_checked(name, "hosts.yaml names no such command")
    if status:
        lines = [line for line in said.splitlines() if line.strip()][-_MANY:]
        return _failed(name, f"the command ended with status {status}", lines)
    return _ok(name, "the command ended with 0")


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    state = next((line for line in lines if "BGP state" in line), "")
    return state or (lines[0] if lines else "")


def _ok(name: str, saw: str) -> Check:
    return Check(name=name, verdict=Verdict.OK, saw=saw)


def _failed(name: str, saw: str, problems: Iterable[str] = ()) -> Check:
    return Check(name=name, verdict=Verdict.FAILED, saw=saw, problems=tuple(problems))


def _not_checked(name: str, saw: str) -> Check:
    return Check(name=name, verdict=Verdict.NOT_CHECKED, saw=saw)
