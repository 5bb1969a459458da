"""From what an init system says of its services to facts; pure (host 1.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from midonet_migrate.hosts.scripts import Section, is_refusal
from midonet_migrate.model.hosts import InitSystem, ServiceFacts

_UPSTART = re.compile(
    r"^(?P<name>\S+)(?: \([^)]*\))? (?P<goal>start|stop)/(?P<state>[a-z-]+)(?:, process (?P<pid>\d+))?"
)
_PID = re.compile(r"\bpids?\b[:\s]*(\d+)", re.IGNORECASE)
_CONDITION = re.compile(r"^\s*(start\s+on|manual)(?:\s|$)")
_OWNER = re.compile(r"^([a-z0-9][a-z0-9.+-]*)(?:[:,].*)?: (/.*)$")
_STATES_WITH_FUTURE = frozenset({"active", "reloading", "activating"})
_GONE = frozenset({"deinstall", "purge"})

STOPPED = frozenset({"stop/waiting", "stopped", "inactive (dead)"})
"""States in which nothing of a service is left; so is every one that begins with ``failed``."""
ALIVE = frozenset(
    {"start/running", "running", "active (running)", "active (exited)", "reloading (running)", "reloading"}
)
"""States of a service that is at work."""


class UnreadableState(Exception):
    """The init system does not tell the state of a service. ``refused``: for lack of privileges."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name}: {said}")
        self.name = name
        self.said = said
        self.refused = is_refusal(said)


class Seen(msgspec.Struct, kw_only=True, frozen=True):
    """The services of a script's answer by name, and those whose state could not be read."""

    services: dict[str, ServiceFacts] = {}
    unreadable: dict[str, UnreadableState] = {}


def is_stopped(facts: ServiceFacts) -> bool:
    """Whether no process of it is left and none will come by itself."""
    return facts.state in STOPPED or facts.state.startswith("failed")


def is_alive(facts: ServiceFacts) -> bool:
    """Whether it is at work at this moment."""
    return facts.state in ALIVE


def read_services(sections: Iterable[Section]) -> Seen:
    """The services that the sections of ``states.sh`` tell of. Files that a removed package has left behind
    (dpkg keeps those below /etc) are no service."""
    listed = list(sections)
    by_name = {(part.kind, part.words[1]): part for part in listed if len(part.words) > 1}
    removed = _of_removed_packages(listed)
    services: dict[str, ServiceFacts] = {}
    unreadable: dict[str, UnreadableState] = {}
    for part in listed:
        if part.kind == "units":
            try:
                services |= _units(part, by_name)
            except UnreadableState as error:
                unreadable[error.name] = error
        if part.kind != "service" or len(part.words) < 3:
            continue
        init, name = InitSystem(part.words[1]), part.words[2]
        try:
            facts = _READERS[init](name, part, by_name)
        except UnreadableState as error:
            unreadable[name] = error
            continue
        if facts is not None and (facts.running or name not in removed):
            services[name] = facts
    return Seen(services=services, unreadable=unreadable)


def _upstart(name: str, part: Section, others: Mapping[tuple[str, str], Section]) -> ServiceFacts | None:
    found = [match for line in part.lines if (match := _UPSTART.match(line))]
    if not found:
        if "Unknown job" in part.body:
            return None
        raise UnreadableState(name, part.body.strip())
    # Of a job with several instances the one that runs counts.
    best = max(found, key=lambda match: (match["goal"] == "start", match["state"] == "running"))
    conditions = others.get(("conditions", name))
    return ServiceFacts(
        name=name,
        init=InitSystem.UPSTART,
        running=best["goal"] == "start",
        enabled=starts_by_itself(conditions.lines if conditions is not None else []),
        pid=int(best["pid"]) if best["pid"] and best["goal"] == "start" else None,
        state=f"{best['goal']}/{best['state']}",
    )


def starts_by_itself(lines: Iterable[str]) -> bool:
    """Whether the last ``start on`` of a job and its override stands behind the last ``manual``."""
    found = [match[1] for line in lines if (match := _CONDITION.match(line))]
    return bool(found) and found[-1] != "manual"


def _sysv(name: str, part: Section, others: Mapping[tuple[str, str], Section]) -> ServiceFacts | None:
    status = next((found for (kind, of), found in others.items() if (kind, of) == ("status", name)), None)
    code = int(status.words[2]) if status is not None else 4
    if code and "unrecognized service" in part.body:
        return None  # a script that may not be executed: ``service`` itself says so, with status 1
    if code not in {0, 1, 2, 3}:  # LSB: 1 and 2 died and left a file, 3 is stopped
        raise UnreadableState(name, part.body.strip() or f"its script ended with status {code}")
    pid = _PID.search(part.body)
    links = others.get(("links", name))
    starting = [line for line in links.lines if line.rpartition("/")[2].startswith("S")] if links else []
    return ServiceFacts(
        name=name,
        init=InitSystem.SYSV,
        running=code == 0,
        enabled=bool(starting),
        pid=int(pid[1]) if pid is not None and code == 0 else None,
        state={0: "running", 3: "stopped"}.get(code, "failed (died)"),
    )


def _units(part: Section, others: Mapping[tuple[str, str], Section]) -> dict[str, ServiceFacts]:
    """The services among the blocks of ``systemctl show``, one for each unit that was asked for."""
    blocks = [
        dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        for block in part.body.split("\n\n")
    ]
    wanted = part.words[1:]
    if wanted and not any(block.get("ActiveState") for block in blocks):
        raise UnreadableState(wanted[0], part.body.strip())
    found = {}
    for values in blocks:
        # One unit may have several names.
        known = {values.get("Id", ""), *values.get("Names", "").split()}
        for name in wanted:
            if f"{name}.service" in known:
                facts = _unit(name, values, others.get(("enabled", name)))
                if facts is not None:
                    found[name] = facts
    return found


def _unit(name: str, values: Mapping[str, str], enabled: Section | None) -> ServiceFacts | None:
    active, sub = values.get("ActiveState", ""), values.get("SubState", "")
    running = active in _STATES_WITH_FUTURE
    if values.get("LoadState") in {"not-found", "error"} and not running:
        return None
    by_command = enabled is not None and enabled.words[2:] == ("0",)
    of_file = values.get("UnitFileState", "")
    is_script = bool(values.get("SourcePath")) and of_file in {"", "bad", "generated"}
    result = values.get("Result", "")
    return ServiceFacts(
        name=name,
        init=InitSystem.SYSTEMD,
        running=running,
        enabled=by_command if is_script else of_file in {"enabled", "enabled-runtime"},
        pid=_main_pid(values.get("MainPID", "")) if running else None,
        state=f"failed ({result})" if active == "failed" and result else f"{active} ({sub})",
    )


def _main_pid(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text) else None


_Reader = Callable[[str, Section, Mapping[tuple[str, str], Section]], ServiceFacts | None]
_READERS: Mapping[InitSystem, _Reader] = {
    InitSystem.UPSTART: _upstart,
    InitSystem.SYSV: _sysv,
}


def _of_removed_packages(sections: Iterable[Section]) -> set[str]:
    """Names of services whose files belong to packages that are not installed any more."""
    owners: list[tuple[str, str]] = []
    gone: set[str] = set()
    for part in sections:
        if part.kind == "owners":
            owners += [(match[1], match[2]) for line in part.lines if (match := _OWNER.match(line))]
        elif part.kind == "owner-states":
            for package, *status in (line.split() for line in part.lines):
                if status[-1:] in (["config-files"], ["not-installed"]) and status[0] in _GONE:
                    gone.add(package)
    return {_service_of(path) for package, path in owners if package in gone}


def _service_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".conf")
