"""``hosts facts``: what each host is and has (host 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.fleet.each import EachResult, each
from midonet_migrate.hosts.fleet.fleet import FleetRunner
from midonet_migrate.hosts.host_facts.look import look_at_host
from midonet_migrate.model.hosts import HostEntry, HostFacts
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.agents_alive import AgentsAlive, agents_alive
from midonet_migrate.steps.fleet import fleet_of


class HostFailure(msgspec.Struct, kw_only=True, frozen=True):
    """Why nothing is known of a host."""

    code: str
    what: str
    why: str = ""
    hint: str = ""


class HostFactsRow(msgspec.Struct, kw_only=True, frozen=True):
    """One host: ``facts``, or a ``failure``."""

    name: str
    roles: tuple[str, ...]
    agent: str = ""
    """``alive on 1.9``, ``alive on 5``, ``not alive on 5`` (1.9 cannot be asked any more), ``dead``,
    ``unknown`` to MidoNet; empty: it has none, or nobody could be asked."""
    facts: HostFacts | None = None
    failure: HostFailure | None = None
    remarks: tuple[str, ...] = ()
    """Where the host is not what hosts.yaml says, or nothing could be done on it."""


class FactsReport(msgspec.Struct, kw_only=True, frozen=True):
    """In the order of the inventory. ``notes``: what could not be asked."""

    hosts: tuple[HostFactsRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> list[HostFactsRow]:
        """Hosts of which nothing is known."""
        return [row for row in self.hosts if row.failure is not None]

    @property
    def exit_status(self) -> int:
        """50 when some failed, 1 when there is a remark, else 0."""
        if self.failed:
            return 50
        return int(any(row.remarks for row in self.hosts))


def host_facts(settings: Settings, hosts: Sequence[HostEntry], *, progress: Progress) -> FactsReport:
    """Look at every one of ``hosts``, side by side; changes nothing. A host that cannot be looked at is a
    row with a failure.

    Raises ``ConfigError`` for settings, ``FleetBroken`` when the process for hosts does not start.
    """
    with (
        progress.phase("looking at hosts", len(hosts)) as phase,
        fleet_of(settings, hosts) as fleet,
    ):

        def ended(result: EachResult[HostFacts]) -> None:
            phase.advance()
            if result.error is not None:
                phase.tell(f"{result.host.name}: {result.error.what}")

        results = each(fleet, hosts, _look, ended=ended, tell=phase.tell)
    alive = agents_alive(settings)
    return FactsReport(hosts=tuple(_row(result, alive) for result in results), notes=alive.notes)


def _look(host: HostEntry, runner: FleetRunner) -> HostFacts:
    return look_at_host(runner, users=host.rc_users)


def _row(result: EachResult[HostFacts], alive: AgentsAlive) -> HostFactsRow:
    entry, facts = result.host, result.value
    roles = tuple(role.value for role in entry.roles)
    agent = alive.of(entry.midonet_host_id)
    if facts is None:
        failure = _failure(result.error) if result.error is not None else None
        return HostFactsRow(name=entry.name, roles=roles, agent=agent, failure=failure)
    return HostFactsRow(
        name=entry.name, roles=roles, agent=agent, facts=facts, remarks=tuple(remarks(entry, facts))
    )


def remarks(entry: HostEntry, facts: HostFacts) -> list[str]:
    """What would stop a migration of this host, or touch another one than is meant (host 5.1)."""
    found = []
    if entry.midonet_host_id and facts.midonet_host_id != entry.midonet_host_id:
        found.append(
            f"its MidoNet host id is {facts.midonet_host_id or 'not set'}; hosts.yaml says "
            f"{entry.midonet_host_id}: is it the right machine?"
        )
    if entry.has_agent and entry.midonet_name and facts.hostname != entry.midonet_name:
        found.append(
            f"it calls itself {facts.hostname}, MidoNet knows it as {entry.midonet_name}: "
            "an agent of 5.x would not start (host 3.5)"
        )
    if facts.family is None:
        system = f"{facts.distribution} {facts.release}".strip() or "unknown"
        found.append(facts.family_reason or f"MidoNet 5 has no packages for it ({system})")
    if not facts.root:
        found.append("commands do not run as root: say 'sudo: true', or log in as root")
    return found


def _failure(error: MigrateError) -> HostFailure:
    return HostFailure(code=error.code, what=error.what, why=error.why, hint=error.hint)
