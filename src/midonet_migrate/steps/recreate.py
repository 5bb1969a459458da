"""Re-creating what only MidoNet knew: hosts and zones before the Neutron import, the rest after it."""

from __future__ import annotations

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.model.plan import Plan
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.steps.recreate_report import (
    RECREATE_FILE,
    Part,
    RecreateFile,
    RecreateReport,
    numbers_of,
    recreate_file,
    recreate_report,
)
from midonet_migrate.target.hosts_in_store import CONVERSION, HostStore
from midonet_migrate.target.midonet_api.bgp_conflicts import Ask, BgpPolicy, bgp_left_out
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.job import SendOptions
from midonet_migrate.target.midonet_api.recreation import Recreation
from midonet_migrate.target.midonet_api.results import Result
from midonet_migrate.zookeeper.session import ZooKeeperSession

_REPLACES = "arp-replaces"


class TargetStore(msgspec.Struct, frozen=True):
    """Where the new version keeps its objects; needed for 5.0.2 only, whose API creates no hosts."""

    session: ZooKeeperSession
    root: str


def recreate(
    run: RunDirectory,
    plan: Plan,
    api: MidonetApi,
    progress: Progress,
    part: Part,
    *,
    store: TargetStore | None = None,
    options: SendOptions | None = None,
    bgp: BgpPolicy | Ask = BgpPolicy.MERGE,
) -> RecreateReport:
    """Make everything of one part of ``plan.objects`` that is not there yet, in order, same ids.

    What is there is compared field by field: equal is adopted, different is a conflict and stays as it is.
    Each request is a unit of the journal; a run that was killed is continued by the next, and the last one
    writes nothing. With a dry run directory only GETs are sent, and the report is the same; with
    ``options.expect_import`` as if the import had been done. ``recreate.json`` has the state of each request,
    also when this raises.

    Raises ``ApiUnreachable``, ``AuthenticationFailed``, ``AccessDenied``; on 5.0.2 also ``WrongState`` and
    ``ZooKeeperUnreachable``.
    """
    chosen = msgspec.structs.replace(
        options or SendOptions(),
        dry_run=run.dry_run,
        left_out={**(options or SendOptions()).left_out, **bgp_left_out(plan, bgp)},
        replacing=frozenset((item.kind, item.id) for item in plan.ledger if item.rule == _REPLACES),
    )
    known = _known(run)
    numbers = numbers_of(plan, part)
    recreation = Recreation(api, run, plan.objects, chosen)
    hosts: list[Result] | None = None
    written = 0
    try:
        api.application()
        if part == "before-import":
            hosts, written = _hosts_in_store(run, plan, store)
            recreation.assume(hosts)
        recreation.send([plan.objects[number] for number in numbers], progress)
    finally:
        recreation.close()
        run.write_json(RECREATE_FILE, recreate_file(plan, known, recreation.results, hosts))
    results = [*(hosts or []), *(recreation.results[number] for number in numbers)]
    return recreate_report(plan, part, results, recreation.sent + written)


def _hosts_in_store(run: RunDirectory, plan: Plan, store: TargetStore | None) -> tuple[list[Result], int]:
    conversions = [conversion for conversion in plan.conversions if conversion.type == CONVERSION]
    if not conversions:
        return [], 0
    if store is None:
        raise WrongState(
            "the hosts of MidoNet 5.0.2 can only be written into its store",
            hint="Give the ZooKeeper servers of the new site: --zookeeper HOST:2181,...",
        )
    writer = HostStore(store.session, store.root, run)
    results = writer.create(conversions)
    return results, writer.written


def _known(run: RunDirectory) -> RecreateFile | None:
    """What an earlier run left."""
    return run.read_json(RECREATE_FILE, RecreateFile, made_by="import") if run.exists(RECREATE_FILE) else None
