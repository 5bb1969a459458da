"""Services of one host by role, whatever they are called there and whatever starts them (host 1.3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from midonet_migrate.errors import HostsFailed, NoPermission, Recovery, WrongState
from midonet_migrate.hosts.init_systems.overrides import with_manual, without_manual
from midonet_migrate.hosts.init_systems.reading import Seen, is_alive, is_stopped, read_services
from midonet_migrate.hosts.runner import NOT_FOUND, Runner
from midonet_migrate.hosts.scripts import is_refusal, no_permission, run_script, script_text
from midonet_migrate.hosts.service_names import NAMES, choose, log_files
from midonet_migrate.model.hosts import InitSystem, ServiceFacts
from midonet_migrate.settings.redaction import redact

COMMAND_SECONDS = 300.0
"""A stop may wait for a process that does not want to end."""
APPEAR_SECONDS = 60.0
SETTLE_SECONDS = 3.0
_PAUSE_SECONDS = 0.25
_LOG_LINES = 20
_Verb = Literal["start", "stop", "enable", "disable"]

_STATES = 'main() {\n    service_states "$(init_kind)" "$@"\n}\n'
_ACT = 'main() {\n    act "$@"\n}\n'
_OVERRIDE = """\
main() {
    [ -e "$1" ] || return
    section override
    cat "$1" 2>&1 || section unreadable
}
"""
_LOG = """\
main() {
    lines=$1 kind=$2 name=$3
    shift 3
    for file in "$@"; do
        [ -s "$file" ] && section log && tail -n "$lines" "$file" 2>/dev/null
    done
    if [ "$kind" = systemd ]; then
        section log
        journalctl -u "$name.service" -n "$lines" --no-pager -o cat 2>/dev/null
    else
        section log
        for file in /var/log/syslog /var/log/kern.log; do
            [ -r "$file" ] && grep -F "init: $name " "$file" | tail -n 5
        done
    fi
    return 0
}
"""


class Services:
    """The services of the host that ``runner`` reaches. Every verb looks first, does nothing when it is so
    already, and looks again afterwards.

    Roles are those of :mod:`midonet_migrate.hosts.service_names`. Methods raise ``HostsFailed`` with the last
    lines of the service's log, ``NoPermission``, ``WrongState`` when the host has no such service, and what
    the runner raises. ``settle_seconds``: how long a service just started must live with one and the same
    process. That does not replace a health gate: an agent that crashes is started again (host 1.3, 3.6).
    """

    def __init__(
        self,
        runner: Runner,
        *,
        secrets: Iterable[str] = (),
        appear_seconds: float = APPEAR_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._secrets = tuple(secrets)
        self._appear_seconds = appear_seconds
        self._settle_seconds = settle_seconds
        self._sleep = sleep

    def find(self, role: str) -> ServiceFacts | None:
        """How the service stands now; None when the host has none. Raises ``KeyError`` for no role."""
        seen = self._look(NAMES[role])
        facts = choose(seen.services, NAMES[role])
        for error in seen.unreadable.values():
            if facts is not None and facts.running:
                break
            what = f"Asking for the state of {error.name}"
            if error.refused:
                raise no_permission(what, redact(error.said, self._secrets))
            raise self._error(f"{what} failed", redact(error.said, self._secrets), [])
        return facts

    def start(self, role: str) -> None:
        """Start it unless it runs, and wait until it is at work."""
        facts = self._require(role)
        if not is_alive(facts):
            self._act("start", role, facts)
            self._require_life(role)

    def stop(self, role: str) -> None:
        """Stop it unless it is stopped, and wait until no process of it is left. One that is between a crash
        and the next start is stopped, too."""
        facts = self._require(role)
        if is_stopped(facts):
            return
        said = self._act("stop", role, facts, judge=False)
        after = self._wait(role, lambda found: found is None or is_stopped(found))
        if after is not None and not is_stopped(after):
            raise self._not_so(f"{after.name} does not stop", after, said, role)

    def restart(self, role: str) -> None:
        """Stop it if it runs, and start it."""
        self._require(role)
        self.stop(role)
        self.start(role)

    def enable(self, role: str) -> None:
        """Let it start with the host."""
        self._set_enabled(role, True)

    def disable(self, role: str) -> None:
        """Do not let it start with the host; :meth:`enable` brings back exactly what was there."""
        self._set_enabled(role, False)

    def log_tail(self, role: str, lines: int = _LOG_LINES) -> list[str]:
        """The last lines that it wrote, and that its init system wrote of it; secrets masked."""
        facts = self.find(role)
        return self._log(role, facts, lines) if facts is not None else []

    def _look(self, names: Sequence[str]) -> Seen:
        text = script_text("init_systems/states.sh") + _STATES
        return read_services(run_script(self._runner, text, names, what="Asking for services"))

    def _require(self, role: str) -> ServiceFacts:
        facts = self.find(role)
        if facts is None:
            raise WrongState(
                f"The host has no service {role}",
                why=f"Neither of these is installed: {', '.join(NAMES[role])}.",
                hint="Install it, or correct the host's roles in hosts.yaml.",
            )
        return facts

    def _act(
        self, verb: _Verb, role: str, facts: ServiceFacts, *more: str, judge: bool = True
    ) -> tuple[int, str]:
        """Tell the init system; its status and words. ``judge``: raise when it says that it failed."""
        text = script_text("init_systems/act.sh") + _ACT
        what = f"{verb} of {facts.name}"
        arguments = [verb, facts.init.value, facts.name, *more]
        sections = run_script(self._runner, text, arguments, what=what, timeout=COMMAND_SECONDS)
        answer = next((part for part in sections if part.kind == "said"), None)
        status = int(answer.words[1]) if answer is not None else 1
        said = redact(answer.body.strip(), self._secrets) if answer is not None else ""
        if status and is_refusal(said):
            raise no_permission(what, said)
        if status == NOT_FOUND:
            raise self._error(f"{what} failed", f"a command is missing on the host: {said}", [])
        if status and judge and "already running" not in said:
            raise self._error(
                f"{what} failed", f"status {status}: {said or 'nothing was said'}", self._log(role, facts)
            )
        return status, said

    def _require_life(self, role: str) -> None:
        """Wait until it is at work, and a while longer, with one and the same process."""
        first = self._wait(role, lambda found: found is None or is_alive(found) or is_stopped(found))
        if first is None or not is_alive(first):
            raise self._not_so(f"{role} does not stay up", first, (0, ""), role)
        self._sleep(self._settle_seconds)
        second = self.find(role)
        if second is None or not is_alive(second):
            raise self._not_so(f"{first.name} ended soon after its start", second, (0, ""), role)
        if second.pid != first.pid:
            raise self._not_so(
                f"{first.name} is started again and again",
                second,
                (0, f"its process was {first.pid} and is {second.pid}"),
                role,
            )

    def _wait(self, role: str, done: Callable[[ServiceFacts | None], bool]) -> ServiceFacts | None:
        waited = 0.0
        while True:
            facts = self.find(role)
            if done(facts) or waited >= self._appear_seconds:
                return facts
            pause = min(max(_PAUSE_SECONDS, waited / 4), 5.0)
            self._sleep(pause)
            waited += pause

    def _set_enabled(self, role: str, wanted: bool) -> None:
        facts = self._require(role)
        if facts.enabled is wanted:
            return
        verb: _Verb = "enable" if wanted else "disable"
        more = [self._override(facts.name, wanted)] if facts.init is InitSystem.UPSTART else []
        said = self._act(verb, role, facts, *more)
        after = self.find(role)
        if after is None or after.enabled is not wanted:
            raise self._error(
                f"{facts.name} cannot be {verb}d",
                said[1] or f"{facts.init} was told so, and nothing changed.",
                [],
            )

    def _override(self, name: str, wanted: bool) -> str:
        path = f"/etc/init/{name}.override"
        sections = run_script(self._runner, _OVERRIDE, [path], what=f"Reading {path}")
        kinds = [part.kind for part in sections]
        if "unreadable" in kinds:
            said = sections[0].body.strip()
            raise no_permission(f"Reading {path}", said) if is_refusal(said) else self._error(path, said, [])
        text = sections[0].body if sections else ""
        if "\ufffd" in text:
            raise self._error(f"{path} cannot be edited", "It is not UTF-8.", [])
        return without_manual(text) if wanted else with_manual(text)

    def _log(self, role: str, facts: ServiceFacts, lines: int = _LOG_LINES) -> list[str]:
        arguments = [str(lines), facts.init.value, facts.name, *log_files(role, facts.name)]
        try:
            sections = run_script(self._runner, _LOG, arguments, what="Reading logs")
        except (HostsFailed, NoPermission):  # a log is a help, not what is asked for
            return []
        return [
            redact(line, self._secrets)
            for part in sections
            if part.kind == "log"
            for line in part.lines[-lines:]
        ]

    def _not_so(self, what: str, facts: ServiceFacts | None, said: tuple[int, str], role: str) -> HostsFailed:
        state = f"Its state is {facts.state}" if facts is not None else "It is not installed any more"
        why = "; ".join(part for part in (state, said[1]) if part)
        return self._error(what, f"{why}.", self._log(role, facts) if facts is not None else [])

    def _error(self, what: str, why: str, problems: Sequence[str]) -> HostsFailed:
        return HostsFailed(
            what,
            why=why,
            hint="Read the service's log on the host, correct what it names, then run again.",
            problems=problems,
            recovery=Recovery.RETRY,
        )
