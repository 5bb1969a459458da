"""A planned site whose tasks are queued, and nodes of the lab's importer that execute them while we watch."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from kazoo.client import KazooClient
from sqlalchemy import URL, Engine, text

from midonet_lab.midonet5.importer import BackOff, ImporterMinion, ImporterSettings
from midonet_lab.midonet5.store import Zoom
from midonet_lab.midonet5.topology.tables import Version
from midonet_migrate.database.connection import open_engine
from midonet_migrate.model.codec import snapshot_pieces
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.diagnosis.pulse import Patience
from midonet_migrate.plan.planner import build_plan, sealed
from midonet_migrate.run.atomic import gzip_pieces, json_bytes
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import LineProgress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.prepare import SNAPSHOT_FILE
from midonet_migrate.steps.stall import Decide
from midonet_migrate.steps.watch_import import watch_import
from midonet_migrate.steps.watch_report import WatchOptions, WatchReport
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable
from midonet_migrate.zookeeper.session import open_session
from neutron_builders import group, identity, interface, network, port, router, rule, snapshot, subnet
from server_fixtures import Database

ROOT = "/midonet"
HOST, OTHER_HOST = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
DRIVER = "org.mariadb.jdbc.Driver"
QUICK = WatchOptions(
    interval=0.05,
    patience=Patience(stall=1.0, confirm=2.0),
    unsure=4.0,
    unreachable=120.0,
    again=1.0,
)

PATIENT = msgspec.structs.replace(QUICK, patience=Patience(stall=1.0, confirm=60.0), unsure=90.0)
"""For imports that come to their end, and for stalls whose reason is certain, however slow the machine is.
``QUICK`` is for what stays uncertain."""

UNCONFIRMED = msgspec.structs.replace(PATIENT, patience=QUICK.patience)
"""For imports whose end the database never confirms."""


def small_site(machines: int = 6) -> Snapshot:
    """A router with an extra route, a network, machines in a group."""
    net, sub, owner = identity(1), identity(11), identity(41)
    link = port(21, net, {"10.0.1.1": sub}, device_owner="network:router_interface", device_id=owner)
    rules = [rule(91, identity(51))]
    routes = [{"destination": "172.16.1.0/24", "nexthop": "10.0.1.250"}]
    return snapshot(
        networks=[network(1), network(2)],
        subnets=[subnet(11, net, 1)],
        ports=[
            link,
            *(
                port(100 + number, net, {f"10.0.1.{number + 2}": sub}, security_groups=[identity(51)])
                for number in range(machines)
            ),
        ],
        routers=[router(41, routes=routes)],
        router_interfaces=[interface(link)],
        security_groups=[group(51, rules[0])],
        security_group_rules=rules,
    )


@dataclass
class WatchedSite:
    """Database, ZooKeeper and run directory, with a plan in all of them."""

    folder: Path
    database: Database
    hosts: str
    version: Version = "5.2.1"
    target_api: str = ""
    output: io.StringIO = field(default_factory=io.StringIO)

    @property
    def data(self) -> Path:
        return self.folder / "migration_data"

    @property
    def plan(self) -> Plan:
        return load_plan(self.data / PLAN_FILE)

    def settings(self, **flags: str) -> Settings:
        environment = {
            "MIDONET_MIGRATE_DATABASE": self.database.url.render_as_string(hide_password=False),
            "MIDONET_MIGRATE_ZOOKEEPER": self.hosts,
            "MIDONET_MIGRATE_TARGET_VERSION": self.version,
        }
        if self.target_api:
            environment["MIDONET_MIGRATE_TARGET_API"] = self.target_api
        return load_settings(flags, environment=environment, root=self.folder, working_directory=self.folder)

    def prepare(self, site: Snapshot | None = None) -> Plan:
        """Plan, queue the tasks, write the files that the watch needs."""
        found = site if site is not None else small_site()
        plan = build_plan(found, PlanOptions(target_version=self.version))
        with self.engine() as engine, RunDirectory(self.data, step="prepare") as run:
            table = TaskTable(engine, run, importer_marker=None)
            tasks = numbered(plan.tasks, table.first_id(plan.tasks))
            plan = sealed(Plan(**{**_members(plan), "tasks": tasks}))
            table.write(plan.tasks)
            run.write(PLAN_FILE, json_bytes(plan))
            run.write(SNAPSHOT_FILE, gzip_pieces(snapshot_pieces(found)))
        return plan

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = open_engine(self.database.url, connect_timeout=60, read_timeout=60)
        try:
            yield engine
        finally:
            engine.dispose()

    def watch(
        self,
        *,
        on_stall: Decide | None = None,
        options: WatchOptions = PATIENT,
        dry_run: bool = False,
        restart: Any = None,
        **flags: str,
    ) -> WatchReport:
        """Watch to the end, with what was told on the way in ``output``."""
        with (
            self.engine() as engine,
            open_session(self.hosts) as session,
            RunDirectory(self.data, step="import", dry_run=dry_run) as run,
        ):
            return watch_import(
                self.settings(**flags),
                run,
                self.plan,
                session=session,
                engine=engine,
                progress=LineProgress(self.output, interval=0.2),
                on_stall=on_stall,
                restart=restart,
                options=options,
            )

    def execute(self, statement: str, **values: Any) -> None:
        """Do something to the table as somebody else."""
        with self.engine() as engine, engine.begin() as connection:
            connection.execute(text(statement), values)

    def ids(self) -> list[int]:
        return [int(row[0]) for row in self.database.execute("SELECT id FROM midonet_tasks ORDER BY id")]

    @contextmanager
    def zookeeper(self) -> Iterator[KazooClient]:
        client = KazooClient(hosts=self.hosts, timeout=15.0)  # longer than a server takes to restart
        client.start(timeout=60)
        try:
            yield client
        finally:
            client.stop()
            client.close()

    def set_mn_conf(self, importer: dict[str, Any]) -> None:
        """What mn-conf would have written into the template default."""
        tree = {"cluster": {"neutron_importer": importer}}
        with self.zookeeper() as client:
            path = f"{ROOT}/config/templates/default"
            client.ensure_path(path)
            client.set(path, json.dumps(tree).encode())

    def importer_settings(self, **members: Any) -> dict[str, Any]:
        """Settings of mn-conf that work."""
        url: URL = self.database.url
        given: dict[str, Any] = {
            "enabled": True,
            "jdbc_driver_class": DRIVER,
            "connection_string": f"jdbc:mysql://{url.host}:{url.port}/{url.database}",
            "user": url.username,
            "password": url.password,
        }
        return given | members

    @contextmanager
    def node(
        self, host: str = HOST, *, prepare: bool = True, back_off: BackOff | None = None, **members: Any
    ) -> Iterator[ImporterMinion]:
        """A node of the cluster, without its API, in threads of this process."""
        settings = self.importer_settings(**members)
        settings.pop("enabled")
        with self.zookeeper() as client:
            zoom = Zoom(client, ROOT, self.version)
            if prepare:
                zoom.prepare()
            minion = ImporterMinion(
                zoom,
                ImporterSettings(host_id=host, period=0.1, back_off=back_off or BackOff(), **settings),
            )
            minion.start()
            try:
                yield minion
            finally:
                minion.stop()


def _members(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__struct_fields__}


@contextmanager
def meanwhile(action: Any, when: Any) -> Iterator[None]:
    """Do ``action`` in a thread as soon as ``when()`` is true; its failure is raised at the end."""
    failed: list[BaseException] = []
    stopped = threading.Event()

    def wait() -> None:
        try:
            while not when():
                if stopped.wait(0.05):
                    return
            action()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if failed:
        raise failed[0]
