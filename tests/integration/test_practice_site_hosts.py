"""A whole practice site with hosts: packages, services and agents of 1.9 on each, and nothing left over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from lab_host_fixtures import needs_root
from lab_host_software import run
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.snapshot import HostSnapshot
from midonet_lab.practice_site import PracticeSite
from midonet_lab.processes.server_process import process_start_time
from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.inventory import read_inventory
from midonet_migrate.model.hosts import Family, Role
from waiting import wait_until

pytestmark = [needs_root, pytest.mark.timeout(600)]
HOST_LIST = {"Accept": "application/vnd.org.midonet.collection.Host-v2+json"}
_LISTEN = "0A"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeSite]:
    """A site whose computes are of both families."""
    built = PracticeSite(tmp_path_factory.mktemp("hosts") / "site", guarded=True)
    built.up(hosts="mixed")
    yield built
    built.down()


def old_hosts(site: PracticeSite) -> dict[str, bool]:
    """Name -> whether the 1.9 API says that it is alive."""
    state = site.state()
    assert state is not None
    account = ("midonet", state.api_password)
    project = {"X-Auth-Project": "service"}
    with httpx.Client(trust_env=False, timeout=30) as client:
        token = client.post(f"{site.api.url}/login", auth=account, headers=project).json()["key"]
        answer = client.get(f"{site.api.url}/hosts", headers={**HOST_LIST, "X-Auth-Token": token})
    return {host["name"]: host["alive"] for host in answer.json()}


def processes_of(directory: Path) -> list[int]:
    """Processes that were started for servers below a directory, and all that share a space with them."""
    mark = f"TMPDIR={directory}/".encode()
    spaces, mine = {}, set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            spaces[int(process.name)] = (process / "ns/pid").readlink()
            if mark in (process / "environ").read_bytes():
                mine.add(int(process.name))
        except OSError:
            continue
    outside = Path("/proc/self/ns/pid").readlink()
    inside = {spaces[pid] for pid in mine} - {outside}
    return sorted(mine | {pid for pid, space in spaces.items() if space in inside})


def test_every_host_has_its_packages_and_services(site: PracticeSite) -> None:
    """A controller, a gateway and four computes, all of 1.9, with what each needs running."""
    roles = [planned.role for planned in site.hosts.planned]
    assert roles == [Role.CONTROLLER, Role.GATEWAY, *[Role.COMPUTE] * 4]
    for planned in site.hosts.planned:
        host = site.hosts.host(planned.name)
        snapshot = host.snapshot()
        running = {name for name, state in snapshot.services.items() if state.running and state.at_boot}
        if planned.role is Role.CONTROLLER:
            assert "neutron-server" in running
            assert running & {"tomcat7", "tomcat"}
            assert "1.9.8" in snapshot.packages["midonet-api"]
        else:
            assert "midolman" in running
            assert "1.9.8" in snapshot.packages["midolman"]
            assert planned.midonet_host_id in (host.root / "etc/midonet_host_id.properties").read_text()
        assert run(host, "hostname").stdout == f"{planned.name}\n"


def test_the_old_api_shows_the_agents_as_they_are(site: PracticeSite) -> None:
    """Each host's agent is alive while its service runs, and again after a start."""
    hosts = {planned.name for planned in site.hosts.planned if planned.midonet_host_id}
    wait_until(lambda: all(old_hosts(site)[name] for name in hosts))
    assert old_hosts(site)["compute-down"] is False
    assert old_hosts(site)["spare-1"] is True, "it has no host here, and yet lives"
    compute = site.hosts.host("compute-002")
    assert run(compute, "service midolman stop").status == 0
    wait_until(lambda: not old_hosts(site)["compute-002"])
    assert old_hosts(site)["compute-001"]
    assert run(compute, "service midolman start").status == 0
    wait_until(lambda: old_hosts(site)["compute-002"])


def test_ssh_and_the_inventory_lead_to_the_hosts(site: PracticeSite) -> None:
    """ssh_config knows them by name; the repositories' section names both what is new and where."""
    for planned in site.hosts.planned:
        words = ["ssh", "-F", str(site.hosts.ssh.config), planned.name, "hostname"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.stdout == f"{planned.name}\n", done.stderr
    inventory = read_inventory(site.hosts.directory / "hosts.yaml")
    assert [entry.name for entry in inventory.hosts] == [planned.name for planned in site.hosts.planned]
    assert all(entry.has_agent for entry in inventory.with_role(Role.GATEWAY, Role.COMPUTE))
    for family in Family:
        definition = inventory.repositories.of(family)
        assert definition is not None
        assert "midonet-5.2.1" in definition.text
        assert all(Path(key.file).exists() for key in definition.keys)


def test_midonet_migrate_finds_the_site(site: PracticeSite, tmp_path: Path) -> None:
    """The controller's files, read from outside, are enough for a dry run of the preparation."""
    environment = {**site.environment(), "PYTHONPATH": ":".join(sys.path)}
    words = [sys.executable, "-m", "midonet_migrate", "prepare", "--dry-run"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr


def test_hosts_listen_on_the_loopback_alone(site: PracticeSite) -> None:
    """No process of the site waits for anybody from outside."""
    inodes = set()
    for pid in processes_of(site.directory):
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()
    ]
    mine = [words[1].partition(":")[0] for words in lines if words[3] == _LISTEN and words[9] in inodes]
    assert len(mine) > len(site.hosts.planned)
    # Addresses are written with their last octet first; 127.0.0.1 within IPv6 is how Java listens.
    assert all(address.endswith("7F") for address in mine), mine


def test_a_site_that_was_stopped_comes_back_as_it_was(site: PracticeSite) -> None:
    """``down --keep`` and ``up``: hosts with the same files, addresses and services."""
    before = {planned.name: site.hosts.host(planned.name).snapshot() for planned in site.hosts.planned}
    pids = processes_of(site.directory)
    assert pids
    assert site.down(keep=True)
    wait_until(lambda: processes_of(site.directory) == [])
    assert site.up()
    assert site.up() is False
    configuration = re.compile(r"files (?:etc/(?:neutron|midolman|midonet)/|usr/share/midonet-api|root/)")
    for name, snapshot in before.items():
        host = site.hosts.host(name)
        wait_until(partial(has_services, host, snapshot))
        changed = snapshot.differences(host.snapshot())
        assert [line for line in changed if not configuration.match(line)] == []


def has_services(host: LabHost, snapshot: HostSnapshot) -> bool:
    """Whether the services of a host are as they were."""
    return host.snapshot().services == snapshot.services


def test_another_kind_of_hosts_is_refused(site: PracticeSite) -> None:
    """A site with hosts is not turned into another one."""
    with pytest.raises(WrongState, match="has mixed hosts"):
        site.up(hosts="debian")


def test_down_leaves_nothing(tmp_path: Path) -> None:
    """No process, no mount, no file: also after the process that made the site was killed."""
    directory = tmp_path / "site"
    script = (
        "import sys, time; from pathlib import Path; from midonet_lab.practice_site import PracticeSite\n"
        "site = PracticeSite(Path(sys.argv[1]), guarded=True)\n"
        "site.up(hosts='redhat'); print('up', flush=True); time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    words = [sys.executable, "-c", script, str(directory)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        pids = processes_of(directory)
        started = {pid: process_start_time(pid) for pid in pids}
        assert len(pids) > 10
        owner.kill()
    wait_until(lambda: all(process_start_time(pid) != since for pid, since in started.items()))
    assert str(directory) not in Path("/proc/mounts").read_text()
    PracticeSite(directory).down()
    assert not directory.exists()
