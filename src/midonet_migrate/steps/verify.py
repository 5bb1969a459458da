"""Verifying: is the new site what the plan promised? Object by object, in ZooKeeper and through the API."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import inspect, text

from midonet_migrate.database.connection import open_engine
from midonet_migrate.database.errors import translated_errors
from midonet_migrate.model.plan import ObjectRequest, Plan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import ApiCredentials, Settings
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.steps.canary import Canary
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.recreate_report import RECREATE_FILE, RecreateFile
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.steps.verify_api import compare_with_api
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.results import State
from midonet_migrate.target.zoom import REPEATED, ZoomReader
from midonet_migrate.verify.by_api import COLLECTIONS
from midonet_migrate.verify.comparison import FIRST_CLASSES, NOT_TOPOLOGY, Comparison
from midonet_migrate.verify.expected import promised_site
from midonet_migrate.verify.model import Difference, Findings
from midonet_migrate.verify.old_values import with_old_values
from midonet_migrate.zookeeper.importer_state import MARKER_ID, read_importer_state
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.protobuf_text import TextFormatError, parse_message
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session

SNAPSHOT_FILE = "snapshot.json.gz"
_TASKS = "midonet_tasks"
_LEFT_OUT = "left out by "
_NO_NAMESPACE = "00000000-0000-0000-0000-000000000000"
_SHOWN_TASKS = 1000
_AT_A_TIME = 5000


class VerifyReport(msgspec.Struct, kw_only=True):
    """``checked``: how many objects of each kind were looked at, missing ones not counted."""

    checked: dict[str, int]
    differences: list[Difference]
    notes: list[str] = []

    @property
    def exit_status(self) -> int:
        """0, or 30 when there is any difference."""
        return 30 if self.differences else 0


def verify(settings: Settings, progress: Progress, *, canary: bool = True) -> VerifyReport:
    """Compare the new site with the plan of the run directory; nothing is changed but for the canary.

    With ``canary`` a network and a port are made through the new API and taken away; in a dry run they are
    not. What a canary left that was killed is taken away first.

    Raises ``WrongState`` without a plan, ``CorruptFile``, ``IntegrityFailed`` when the plan cannot be
    followed, ``ConfigError`` for missing settings, and what reading ZooKeeper, API and database raises.
    """
    directory, dry_run = settings.data_dir.value, settings.dry_run.value
    servers = settings.require_zookeeper()
    url, account = settings.require_target_api(), _account(settings.require_credentials())
    findings, notes = Findings(), list[str]()
    plan = load_plan(directory / PLAN_FILE)
    with (
        RunDirectory(directory, step="verify", dry_run=dry_run or not canary) as run,
        open_session(str(servers)) as session,
        ZooKeeperLock(session, dry_run=dry_run or not canary),
        MidonetApi(url, account) as api,
        ZoomReader(servers, settings.target_root.value) as reader,
    ):
        run.tie_to(site_identity(settings))
        api.application()
        bird = Canary(api, run, session, settings.target_root.value)
        left = bird.sweep()
        if left:
            done = "would be taken away" if run.dry_run else "was taken away"
            notes.append(f"a canary that an earlier run left {done}: network {', '.join(left)}")
        requests = _promised_requests(run, plan)
        _check_importer(settings, session, plan, findings, notes)
        stored = _compare_store(
            plan, requests, session, reader, settings.target_root.value, findings, notes, progress
        )
        compare_with_api(api, requests, stored, findings, readers=settings.threads.value, progress=progress)
        if canary and not dry_run:
            bird.fly(findings)
        differences = findings.differences
        if differences and run.exists(SNAPSHOT_FILE):
            differences = with_old_values(differences, run.read_json(SNAPSHOT_FILE, Snapshot))
    return VerifyReport(
        checked=dict(sorted(findings.checked.items())),
        differences=sorted(differences, key=lambda item: (item.kind, item.id, item.field)),
        notes=notes,
    )


def _account(credentials: ApiCredentials) -> Credentials:
    return Credentials(credentials.username, credentials.password.reveal(), credentials.project)


def _promised_requests(run: RunDirectory, plan: Plan) -> list[ObjectRequest]:
    """The plan's requests, without those that the operator chose to leave out."""
    if not run.exists(RECREATE_FILE):
        return plan.objects
    known = run.read_json(RECREATE_FILE, RecreateFile, made_by="import")
    if known.plan != plan.meta.checksum or len(known.requests) != len(plan.objects):
        return plan.objects
    return [
        request
        for request, result in zip(plan.objects, known.requests, strict=True)
        if not (result.state is State.SKIPPED and result.reason.startswith(_LEFT_OUT))
    ]


def _compare_store(
    plan: Plan,
    requests: list[ObjectRequest],
    session: ZooKeeperSession,
    reader: ZoomReader,
    root: str,
    findings: Findings,
    notes: list[str],
    progress: Progress,
) -> dict[str, list[str]]:
    """Compare with ZooKeeper; the ids that were found, by class."""
    with _collector_paused():
        with progress.phase("Working out what was promised"):
            site = promised_site(msgspec.structs.replace(plan, objects=requests))
        comparison = Comparison(site, findings, agents=_agents_run(session, root))
        with progress.phase("Comparing what ZooKeeper holds") as phase:
            ids = {name: reader.ids(name) for name in reader.classes() if name not in NOT_TOPOLOGY}
            phase.expect(sum(map(len, ids.values())))
            for name in sorted(ids, key=lambda item: (item not in FIRST_CLASSES, item)):
                for batch in _batches(ids[name], _AT_A_TIME):
                    reader.objects(name, batch, _taker(comparison, name))
                    phase.advance(len(batch))
        reader.mac_entries(comparison.mac_entry)
        reader.arp_entries(comparison.arp_entry)
        comparison.finish(reader.sequence("overlay_tunnel_key"))
    if site.cut_rules:
        notes.append(
            f"5.0.2's API has cut {site.cut_rules} rules of floating IPs off from their ports when it bound"
            " these: they work, but stay behind when such a port is deleted before its floating IP"
        )
    return {name: ids[name] for name in COLLECTIONS if name in ids}


def _batches(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _taker(comparison: Comparison, name: str) -> Callable[[str, bytes], None]:
    def take(key: str, data: bytes) -> None:
        try:
            fields = parse_message(data, REPEATED)
        except TextFormatError as error:
            comparison.unreadable(name, key, str(error))
        else:
            comparison.found(name, key, fields)

    return take


def _agents_run(session: ZooKeeperSession, root: str) -> bool:
    """Whether any agent of 5.x is alive (imp 5.1): then health states are its own."""
    base = f"{root.rstrip('/')}/zoom/0/state"
    return any(
        session.exists(f"{base}/{host}/Host/{host}/alive")
        for host in session.children(base) or []
        if host != _NO_NAMESPACE
    )


def _check_importer(
    settings: Settings, session: ZooKeeperSession, plan: Plan, findings: Findings, notes: list[str]
) -> None:
    """Its marker has passed the plan's last task, and no row waits (imp 1.4)."""
    marker = read_importer_state(session, settings.target_root.value).last_processed
    last = max((task.id for task in plan.tasks), default=0)
    findings.checked["importer"] += 1
    if marker is None or marker < last:
        findings.differ("importer", MARKER_ID, "lastProcessedTaskId", last, marker)
    elif marker > last:
        notes.append(
            f"the importer has executed tasks after the plan's last one ({last}), up to {marker}: what"
            " Neutron changed since then shows as differences"
        )
    if settings.database.value is None:
        notes.append("the Neutron database is not known: tasks that wait were not looked for")
        return
    engine = open_engine(settings.database.value.url)
    try:
        with translated_errors(), engine.connect() as connection:
            if not inspect(connection).has_table(_TASKS):
                return
            statement = text(
                "SELECT id, type, data_type, resource_id FROM midonet_tasks WHERE id > :marker"
                " ORDER BY id LIMIT :most"
            )
            waiting = connection.execute(statement, {"marker": marker or 0, "most": _SHOWN_TASKS}).all()
    finally:
        engine.dispose()
    findings.checked["task"] += len(plan.tasks)
    for row in waiting:
        what = f"waiting: {row.type} {row.data_type} {row.resource_id}"
        findings.differ("task", str(row.id), "", "executed", what)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No cyclic garbage collection: what was promised is hundreds of thousands of objects without cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
