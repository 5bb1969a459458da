"""The doctor of an import: gathers the facts, and lets the pure part judge them."""

from __future__ import annotations

from typing import get_args

import msgspec
from sqlalchemy import Engine

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import Bug, CorruptFile, Unreachable, WrongState
from midonet_migrate.model.plan import Finding, Plan
from midonet_migrate.plan.diagnosis.diagnose import diagnose, diagnose_skipped, preview, skipped_tasks
from midonet_migrate.plan.diagnosis.leader import Leadership
from midonet_migrate.plan.diagnosis.model import Diagnosis, SiteFacts
from midonet_migrate.plan.diagnosis.pulse import Sample
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.settings.effective import Settings
from midonet_migrate.target.high_water_mark import read_high_water_mark
from midonet_migrate.target.importer.leadership import neutron_address, read_leadership
from midonet_migrate.target.importer.live_topology import LiveTopology
from midonet_migrate.target.importer.readiness import api_problem
from midonet_migrate.target.importer.sampler import ImporterSampler
from midonet_migrate.target.importer.site_facts import TableReader
from midonet_migrate.target.task_tables_schema import inspect_task_tables
from midonet_migrate.zookeeper.session import ZooKeeperSession

_COUNTER_RULE = "counter-below-marker"


class ImportDoctor:
    """Examines one site. Methods change nothing, and raise ``Unreachable`` when a server does not answer."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        session: ZooKeeperSession,
        engine: Engine,
        sampler: ImporterSampler,
    ) -> None:
        self._settings = settings
        self._session = session
        self._engine = engine
        self._sampler = sampler
        self._root = settings.target_root.value
        self.version = _version(plan.meta.target_version)
        self.plan = plan
        self._table = TableReader(engine, self.version)

    def follow(self, sample: Sample, *, until: float) -> None:
        """Take over what the importer has executed, so that an examination need not begin with the first row.

        Takes until ``until`` of the monotonic clock at most. What does not answer is left for later.
        """
        marker = sample.marker
        if marker is None or marker == self._table.last_id or sample.zookeeper or sample.database:
            return
        try:
            hosts = self._table.hosts
            if hosts is None:
                hosts = LiveTopology(self._session, self._root).hosts()
            self._table.catch_up(marker, hosts, until=until)
        except (Unreachable, WrongState):
            return

    def examine(self, sample: Sample, *, has_worked: bool) -> Diagnosis:
        """Why nothing moves. ``has_worked``: since the present leader leads, it has done something."""
        topology = LiveTopology(self._session, self._root)
        url = self._settings.require_database().url
        leadership = self._leadership(sample, has_worked=has_worked)
        return diagnose(self._facts(sample, topology), topology, leadership, neutron_address(url))

    def foresee(self, sample: Sample) -> Diagnosis | None:
        """At which row an importer would stop at once; None if it would begin."""
        topology = LiveTopology(self._session, self._root)
        return preview(self._facts(sample, topology), topology)

    def skipped(self, marker: int) -> Diagnosis | None:
        """Tasks that the marker has passed without importing them."""
        skipped = skipped_tasks(
            self.plan.tasks, marker, LiveTopology(self._session, self._root, listing=True)
        )
        return diagnose_skipped(skipped, marker) if skipped else None

    def counter(self, marker: int) -> Finding | None:
        """A counter below the marker: what Neutron writes later would never be imported (imp 1.7)."""
        with translated_errors(), self._engine.connect() as connection:
            tables = inspect_task_tables(connection, begun_here=True)
            counter = read_high_water_mark(connection, tables, run_directory=0, importer_marker=None).counter
            connection.rollback()
        if counter >= marker:
            return None
        statement = f"ALTER TABLE midonet_tasks AUTO_INCREMENT = {marker + 1}"
        return Finding(
            level="warning",
            rule=_COUNTER_RULE,
            kind="task",
            id=str(marker),
            message=f"the next row of midonet_tasks gets id {counter + 1}, and the importer reads only rows"
            f" above {marker}: what Neutron writes next would be ignored",
            remedy=f"{statement};",
        )

    def api(self) -> str:
        """Why the 5.x API does not answer; empty if it does, or if its address is not known."""
        url = self._settings.target_api.value
        return "" if url is None else api_problem(url)

    def _facts(self, sample: Sample, topology: LiveTopology) -> SiteFacts:
        return self._table.read(
            sample.marker,
            plan={task.id: task for task in self.plan.tasks},
            hosts=topology.hosts(),
            request_limit=self._settings.request_limit.value,
        )

    def _leadership(self, sample: Sample, *, has_worked: bool) -> Leadership:
        hosts = [self._sampler.host_of(participant) for participant in sample.participants]
        url = self._settings.require_database().url
        try:
            return read_leadership(self._session, self._root, hosts, url, has_worked=has_worked, api=self.api)
        except CorruptFile:
            # Settings that nobody can read explain nothing; the rows may.
            return Leadership(hosts=tuple(hosts), has_worked=has_worked, api="" if hosts else self.api())


def _version(text: str) -> TargetVersion:
    try:
        version: TargetVersion = msgspec.convert(text, TargetVersion)
    except msgspec.ValidationError as error:
        raise Bug(f"The plan is for version {text}", why=f"Known are {get_args(TargetVersion)}.") from error
    return version
