"""After the import: the importer off in the place where it was switched on, its credentials gone, and that
proven (host 4.4; classic step 4)."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from midonet_migrate.errors import ImporterAlive, Recovery
from midonet_migrate.hosts.cluster_service import ClusterService
from midonet_migrate.hosts.mn_conf import DEFAULT_TEMPLATE, MnConf
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.configure_cluster import ENABLED_KEY, IMPORTER, LOOKING, require_no_overrides
from midonet_migrate.steps.mn_conf_writes import MnConfWriter, Row
from midonet_migrate.steps.start_cluster import is_cut_off, restart_cluster, settle_service
from midonet_migrate.zookeeper.importer_state import read_importer_state
from midonet_migrate.zookeeper.session import ZooKeeperSession

LATCH_SECONDS = 60.0
"""A cluster that was killed keeps its place in the election until its session has timed out (imp 1.8)."""
_PAUSE_SECONDS = 0.5


class FinishReport(msgspec.Struct, kw_only=True):
    """``rows``: what was set and unset. ``restarted``: the cluster, so that it takes notice."""

    rows: list[Row] = []
    restarted: bool = False

    @property
    def nothing_to_do(self) -> bool:
        """Whether the importer was off already, without credentials, and nobody imports."""
        return not self.restarted and not any(row.changed for row in self.rows)


def finish_import(
    settings: Settings,
    run: RunDirectory,
    session: ZooKeeperSession,
    mn_conf: MnConf,
    service: ClusterService,
    progress: Progress,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> FinishReport:
    """Switch the importer off, remove its credentials, restart the cluster; prove that no importer is left.

    Off comes first: whatever stops this, no importer starts again. Repeated it changes nothing. In a dry run
    the same report is given. Raises ``WrongState`` naming every host that sets the importer for itself (it
    would stay on there) before anything is changed, ``ImporterAlive`` when one still takes part in the
    election afterwards, and what mn-conf and :func:`restart_cluster` raise.
    """
    _, target_root = settings.require_roots()
    require_no_overrides(session, target_root, mn_conf.command)
    writer = MnConfWriter(run, session, mn_conf, target_root)
    report = FinishReport()
    with progress.phase(LOOKING if run.dry_run else "switching the importer off", 3) as phase:
        present = {key: value for key, value in writer.present().items() if key.startswith(f"{IMPORTER}.")}
        credentials = [key for key in present if key != ENABLED_KEY]
        if present.get(ENABLED_KEY, False) is not False:
            report.rows += writer.put({ENABLED_KEY: False})
        phase.advance()
        if credentials:
            report.rows += [row for row in writer.remove(IMPORTER) if row.key != ENABLED_KEY]
        writer.settle()
        phase.advance()
        alive = [latch for latch in read_importer_state(session, target_root).latches if latch.ephemeral]
        if report.rows or alive or is_cut_off(settings, run):
            report.restarted = True
            restart_cluster(settings, run, service)
        else:
            settle_service(run)
        phase.advance()
    if not run.dry_run:
        _prove(session, target_root, mn_conf, sleep)
    return report


def _prove(
    session: ZooKeeperSession, target_root: str, mn_conf: MnConf, sleep: Callable[[float], None]
) -> None:
    for where in ({"template": DEFAULT_TEMPLATE}, {"host": "local"}):
        value = mn_conf.get(ENABLED_KEY, **where)
        if value not in {None, False}:
            place = " ".join(f"-{name[0]} {text}" for name, text in where.items())
            raise ImporterAlive(
                "The importer is still enabled",
                why=f"'{mn_conf.command} get {place} {ENABLED_KEY}' shows {value}.",
                hint=f"Remove it there: {mn_conf.command} unset {place} {IMPORTER}; then run this again.",
                recovery=Recovery.RETRY,
            )
    deadline = time.monotonic() + LATCH_SECONDS
    while True:
        state = read_importer_state(session, target_root)
        alive = [latch.host or latch.name for latch in state.latches if latch.ephemeral]
        if not alive:
            return
        if time.monotonic() >= deadline:
            raise ImporterAlive(
                "An importer still takes part in the election",
                why="It read its settings before they were changed: they count from the next start.",
                hint="Restart midonet-cluster on every node that is named, then run this again.",
                problems=[f"host {host}" for host in alive],
                recovery=Recovery.RETRY,
            )
        sleep(_PAUSE_SECONDS)
