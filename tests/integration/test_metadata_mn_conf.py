"""Metadata by MidoNet's agents, set with the practice host's real mn-conf in a real ZooKeeper."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_host import ClusterHost, make_host
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.metadata_agent import MetadataAgent
from midonet_migrate.settings.values import Secret
from midonet_migrate.steps.hosts.metadata_proxy import ENABLED_KEY, SECRET_KEY, URL_KEY, Proxy, switch_on
from midonet_migrate.steps.hosts.wiring import default_settings

SECRET = 'sh4red "$ecret" #ü'
AGENTS = {"controller": MetadataAgent(url="http://[2001:db8::5]:8775", secret=Secret(SECRET))}
WANTED = {URL_KEY: "http://[2001:db8::5]:8775", SECRET_KEY: SECRET, ENABLED_KEY: True}


@pytest.fixture
def host(tmp_path: Path, zookeeper_root: ZooKeeper) -> ClusterHost:
    return make_host(tmp_path, zookeeper_root)


def set_all(host: ClusterHost, *, dry_run: bool = False) -> tuple[Proxy, dict[str, object]]:
    """What was done, and what the template has of it then."""
    settings = host.settings()
    data = host.folder / "migration_data"
    with (
        RunDirectory(data, step="hosts finalise", dry_run=dry_run) as run,
        default_settings(settings, LocalRunner())(run) as writer,
    ):
        proxy = switch_on(writer, AGENTS)
        there = {key: value for key, value in writer.present().items() if key in WANTED}
        assert run.journal.pending() == []
    return proxy, there


def test_set_once_and_the_secret_is_in_no_file(host: ClusterHost) -> None:
    """A dry run tells the same and sets nothing; the second time nothing is done."""
    told, there = set_all(host, dry_run=True)
    assert (told.new, there) == (True, {})
    done, there = set_all(host)
    assert (done, there) == (told, WANTED)
    again, _ = set_all(host)
    assert (again.on, again.new) == (True, False)
    assert SECRET not in repr(done)
    kept = [path for path in (host.folder / "migration_data").rglob("*") if path.is_file()]
    assert kept
    assert all(b"sh4red" not in path.read_bytes() for path in kept)


def test_what_was_set_by_hand_stays(host: ClusterHost) -> None:
    host.mn_conf(
        "set", "-t", "default", stdin=f'{URL_KEY} : "http://by-hand:8775"\nagent.loglevel : "INFO"\n'
    )
    done, there = set_all(host)
    assert done.on
    assert there == {**WANTED, URL_KEY: "http://by-hand:8775"}
    assert "INFO" in host.mn_conf("get", "-t", "default", "agent.loglevel")
