"""Killed before or after any command, or between them: run again, the end is the same."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from cluster_host import NEW_ROOT, OLD_ROOT, ClusterHost, make_host
from midonet_lab.midonet5.mn_conf.command import run as run_mn_conf
from midonet_lab.processes.zookeeper import ZooKeeper, delete_below
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.configure_cluster import configure_base, switch_importer_on
from midonet_migrate.steps.finish_import import finish_import
from midonet_migrate.steps.start_cluster import mn_conf_of, service_of
from midonet_migrate.zookeeper.mn_conf import read_configuration
from midonet_migrate.zookeeper.session import open_session

HOST = "11111111-2222-4333-8444-555555555555"
PROGRESS = SilentProgress()


class Killed(BaseException):
    """Stands for SIGKILL: nothing handles it."""


class KillingRunner:
    """The host's commands in this process; ends everything at one of them, before or after it took effect."""

    def __init__(self, host: ClusterHost, client: KazooClient, at: int = -1, *, before: bool = True) -> None:
        self._host = host
        self._client = client
        self._at = at
        self._before = before
        self.count = 0

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = 1.0,
    ) -> Completed:
        self.count += 1
        last = self.count - 1 == self._at
        if last and self._before:
            raise Killed
        done = Completed(0)
        if command[0] == str(self._host.cluster.mn_conf):
            done = self._mn_conf(command[1:], stdin, environment)
        if last:
            raise Killed
        return done

    def _mn_conf(self, arguments: Sequence[str], stdin: str, environment: Mapping[str, str]) -> Completed:
        @contextmanager
        def connect(hosts: str) -> Iterator[KazooClient]:
            yield self._client

        outcome = run_mn_conf(
            arguments,
            stdin.encode,
            environment,
            host_root=self._host.root,
            version="5.2.1",
            connect=connect,
        )
        return Completed(outcome.status, outcome.stdout.decode(), outcome.stderr.decode())


class _WantsLogin(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    """Something that answers where the API should."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _WantsLogin)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/midonet-api"
    server.shutdown()
    thread.join()
    server.server_close()


def everything(host: ClusterHost, runner: KillingRunner, data: Path) -> None:
    """What import and its finish do with mn-conf and the service."""
    settings = host.settings()
    with ExitStack() as stack:
        session = stack.enter_context(open_session(host.zookeeper.hosts))
        run = stack.enter_context(RunDirectory(data, step="import"))
        mn_conf, service = mn_conf_of(settings, runner), service_of(settings, runner)
        configure_base(settings, run, session, mn_conf, PROGRESS)
        switch_importer_on(settings, run, session, mn_conf, PROGRESS)
        finish_import(settings, run, session, mn_conf, service, PROGRESS)


def finish_alone(host: ClusterHost, runner: KillingRunner, data: Path) -> None:
    """The second half, repeated by itself."""
    settings = host.settings()
    with open_session(host.zookeeper.hosts) as session, RunDirectory(data, step="import") as run:
        mn_conf, service = mn_conf_of(settings, runner), service_of(settings, runner)
        finish_import(settings, run, session, mn_conf, service, PROGRESS)


def end_state(host: ClusterHost) -> Any:
    with open_session(host.zookeeper.hosts) as session:
        configuration = read_configuration(session, f"{NEW_ROOT}/config")
        counter = session.get(f"{NEW_ROOT}/sequences/overlay_tunnel_key")
        assert counter is not None
        return configuration, counter[0]


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_command_and_run_again(
    tmp_path: Path, zookeeper_root: ZooKeeper, api: str, before: bool
) -> None:
    """Settings, templates, mappings and counter are as after a run without trouble; nothing is pending."""
    host = make_host(tmp_path, zookeeper_root)
    host.change(target_api=api)
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    try:
        client.create(f"{OLD_ROOT}/gre/0000000041", b"", makepath=True)
        for place, text in (
            ("templates/default", 'agent.loggers.root : "DEBUG"'),
            ("templates/mine", "agent.midolman.simulation_threads : 7"),
            (f"nodes/{HOST}", 'agent.loggers.root : "WARN"'),
            ("template-mappings", f'"{HOST}" : mine'),
        ):
            client.create(f"{OLD_ROOT}/config/{place}", text.encode(), makepath=True)
        runner = KillingRunner(host, client)
        everything(host, runner, tmp_path / "whole")
        wanted = end_state(host)
        for at in range(runner.count):
            delete_below(client, NEW_ROOT, keep={OLD_ROOT})
            data = tmp_path / f"killed-{at}"
            with pytest.raises(Killed):
                everything(host, KillingRunner(host, client, at, before=before), data)
            if any("restart" in record.summary for record in read_journal(data).records):
                finish_alone(host, KillingRunner(host, client), data)
                assert not read_journal(data).pending()
            everything(host, KillingRunner(host, client), data)
            assert end_state(host) == wanted
            assert not read_journal(data).pending()
    finally:
        client.stop()
        client.close()
