"""The practice site: up, status, down, twice, side by side, and after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy

from midonet_lab import cli
from midonet_lab.practice_site import STATE_FILE, PracticeSite
from midonet_lab.processes.server_process import process_start_time
from midonet_lab.recipe import Recipe
from midonet_migrate.errors import CorruptFile, LockHeld, UsageError, WrongState
from midonet_migrate.run.file_lock import FileLock
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.zookeeper.session import open_session
from waiting import PATIENCE, wait_until

RECIPE = Recipe(seed=7)
ROOT = "/midonet/v1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeSite]:
    """A small site whose servers live on without their maker, as after ``midonet-lab up``."""
    built = PracticeSite(tmp_path_factory.mktemp("practice"))
    try:
        built.up(RECIPE)
        yield built
    finally:
        built.down()


def found_settings(site: PracticeSite) -> Settings:
    """What midonet-migrate finds with nothing but the site's environment."""
    return load_settings(environment=site.environment({}), working_directory=site.directory)


def started_at(site: PracticeSite) -> dict[int, str | None]:
    """The servers' processes, and when each was started: numbers are used again."""
    pids = [server.pid for server in site.servers.values()]
    return {pid: process_start_time(pid) for pid in pids if pid is not None}


def child_env() -> dict[str, str]:
    """For a child process that imports the lab."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_its_configuration_files_lead_to_the_database_with_an_awkward_password(site: PracticeSite) -> None:
    """The password holds every character that must be percent-encoded in a URL."""
    database = found_settings(site).require_database()
    assert set("@/:%#") <= set(str(database.url.password))
    engine = sqlalchemy.create_engine(database.url)
    with engine.connect() as connection:
        count = connection.execute(sqlalchemy.text("SELECT COUNT(*) FROM networks")).scalar_one()
        version = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    assert count == len(RECIPE.make().neutron_rows["networks"])  # type: ignore[index]
    assert version == "kilo"


def test_its_configuration_files_lead_to_the_api(site: PracticeSite) -> None:
    """The plug-in's user logs in at the API that is found."""
    settings = found_settings(site)
    account = settings.require_credentials()
    answer = httpx.get(
        f"{settings.require_source_api()}/login",
        auth=(account.username, account.password.reveal()),
        headers={"X-Auth-Project": account.project},
        timeout=PATIENCE,
    )
    assert answer.status_code == 200
    assert answer.json()["key"]


def test_its_configuration_files_lead_to_a_tree_of_midonet_1_9(site: PracticeSite) -> None:
    """Every bridge of the API is in ZooKeeper, in 1.9's form."""
    settings = found_settings(site)
    assert settings.require_roots()[0] == ROOT
    with open_session(str(settings.require_zookeeper())) as session:
        bridges = {bridge["id"]: bridge["name"] for bridge in RECIPE.make().midonet["bridge"]}
        assert session.children(f"{ROOT}/bridges") == sorted(bridges)
        for bridge_id, name in bridges.items():
            stored = session.get(f"{ROOT}/bridges/{bridge_id}")
            assert stored is not None
            assert json.loads(stored[0])["data"]["name"] == name


def test_living_hosts_are_held_by_a_session_and_dead_ones_are_not(site: PracticeSite) -> None:
    """``alive`` is ephemeral, as an agent's node is."""
    with open_session(site.zookeeper.hosts) as session:
        for host in RECIPE.make().midonet["host"]:
            found = session.get(f"{ROOT}/hosts/{host['id']}/alive")
            assert (found is not None) is host["alive"]
            assert found is None or found[1].ephemeralOwner != 0


def test_settings_have_no_complaints_about_its_files(site: PracticeSite) -> None:
    """A site made by the book is read without a remark on servers or files."""
    settings = found_settings(site)
    assert not settings.unusable()
    assert not settings.notes


def test_up_again_changes_nothing(site: PracticeSite) -> None:
    """The second ``up`` finds everything running, also when it names the same recipe."""
    before = {name: server.pid for name, server in site.servers.items()}
    assert PracticeSite(site.directory).up() is False
    assert PracticeSite(site.directory).up(RECIPE) is False
    assert {name: server.pid for name, server in PracticeSite(site.directory).servers.items()} == before


def test_up_refuses_to_replace_another_site(site: PracticeSite) -> None:
    """Nobody's practice site is thrown away without ``down``."""
    with pytest.raises(WrongState, match="another practice site"):
        PracticeSite(site.directory).up(Recipe(seed=8))


def test_two_processes_do_not_work_on_one_site_at_once(site: PracticeSite) -> None:
    """The second one is told who is at work."""
    with FileLock(site.directory), pytest.raises(LockHeld):
        PracticeSite(site.directory).down()


def test_status_shows_processes_and_ends_with_0(
    site: PracticeSite, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each server with its process id and address."""
    assert cli.run(["status", "-f", "json", "--directory", str(site.directory)]) == 0
    rows = {row["server"]: row for row in json.loads(capfd.readouterr().out)}
    cluster = rows.pop("cluster")
    assert (cluster["running"], cluster["address"]) == (False, site.cluster.url)
    assert {name: row["pid"] for name, row in rows.items()} == {
        name: server.pid for name, server in site.servers.items()
    }
    assert rows["api"]["address"] == site.api.url


def test_the_cluster_for_the_import_is_installed_and_not_started(site: PracticeSite) -> None:
    """midonet-migrate finds its commands and its API; whoever starts it, ``down --keep`` stops it, and the
    port stays the same."""
    settings = found_settings(site)
    assert settings.require_target_api() == site.cluster.url
    assert settings.target_version.value == "5.2.1"
    assert not site.cluster.running
    assert subprocess.run([*settings.mn_conf_command.value, "deploy"], check=False).returncode == 0
    assert subprocess.run([*settings.cluster_start_command.value], check=False).returncode == 0
    pid = site.cluster.pid
    assert pid is not None
    # Nobody has configured a login.
    assert httpx.get(f"{site.cluster.url}/hosts", timeout=PATIENCE).status_code == 200
    assert site.down(keep=True)
    assert pid is None or process_start_time(pid) is None
    assert site.up()
    assert not site.cluster.running


def test_down_also_ends_a_cluster_whose_process_number_is_lost(tmp_path: Path) -> None:
    """Started by somebody, its pid file gone: it is known by its environment."""
    site = PracticeSite(tmp_path / "lab")
    try:
        site.up(Recipe(seed=7), target_version="5.0.2")
        settings = found_settings(site)
        assert settings.target_version.value == "5.0.2"
        assert subprocess.run([*settings.cluster_start_command.value], check=False).returncode == 0
        pid = site.cluster.pid
        (site.cluster.directory / "server.pid").unlink()
        with pytest.raises(WrongState, match=r"5\.0\.2"):
            site.up(target_version="5.2.1")
    finally:
        site.down()
    assert pid is None or process_start_time(pid) is None
    assert not (tmp_path / "lab").exists()


def test_stopped_and_started_again_it_is_the_same_site(site: PracticeSite) -> None:
    """``down --keep`` and ``up``: the data is still there, and the files lead to it."""
    site.mariadb.execute("CREATE TABLE neutron.by_hand (id INT)")
    assert site.down(keep=True)
    assert not any(server.running for server in site.servers.values())
    assert site.up()
    database = found_settings(site).require_database()
    engine = sqlalchemy.create_engine(database.url)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE by_hand"))
    engine.dispose()
    test_its_configuration_files_lead_to_the_api(site)
    test_living_hosts_are_held_by_a_session_and_dead_ones_are_not(site)


def test_a_server_that_died_is_started_again(site: PracticeSite) -> None:
    """``up`` starts what is missing, and nothing else."""
    database = site.mariadb.pid
    site.api.kill()
    assert cli.run(["status", "--directory", str(site.directory)]) == 1
    assert site.up()
    assert site.mariadb.pid == database
    assert all(server.running for server in PracticeSite(site.directory).servers.values())


def test_a_second_site_beside_it_is_another_one_and_leaves_no_trace(
    site: PracticeSite, tmp_path: Path
) -> None:
    """Two directories are two sites; ``down`` ends the one it is told to."""
    other = PracticeSite(tmp_path / "other")
    try:
        assert other.up(Recipe(oddities=False))
        ports = {(s.mariadb.port, s.zookeeper.port, s.api.port) for s in (site, other)}
        assert len({port for each in ports for port in each}) == 6
        processes = started_at(other)
    finally:
        assert other.down()
    assert not (tmp_path / "other").exists()
    assert all(process_start_time(pid) != since for pid, since in processes.items())
    assert all(server.running for server in site.servers.values())


def test_a_half_built_site_can_be_taken_down_and_built_again(tmp_path: Path) -> None:
    """The process is killed in the middle of ``up``: nothing of it stays after ``down``."""
    directory = tmp_path / "lab"
    command = [sys.executable, "-c", "import sys; from midonet_lab.cli import run; run(sys.argv[1:])", "up"]
    child = subprocess.Popen(
        [*command, "--directory", str(directory)], stderr=subprocess.DEVNULL, env=child_env()
    )
    site = PracticeSite(directory)
    wait_until(lambda: any(server.running for server in site.servers.values()))
    child.send_signal(signal.SIGKILL)
    child.wait()
    state = site.state()
    assert state is not None
    assert state.status == "building"
    processes = started_at(site)
    assert processes
    again = PracticeSite(directory)
    try:
        assert again.up()
        assert all(server.running for server in again.servers.values())
    finally:
        assert again.down()
    assert not directory.exists()
    assert all(process_start_time(pid) != since for pid, since in processes.items())


def test_a_process_that_only_has_the_number_of_a_server_is_left_alone(tmp_path: Path) -> None:
    """After a restart of the machine a recorded number may belong to anybody."""
    directory = tmp_path / "lab"
    (directory / "mariadb").mkdir(parents=True)
    (directory / STATE_FILE).write_text('{"recipe": {}}')
    bystander = subprocess.Popen(["sleep", "6000"])
    try:
        (directory / "mariadb" / "server.pid").write_text(f"{bystander.pid} 12345")
        assert PracticeSite(directory).down()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_whose_number_was_never_written_down_is_ended_too(tmp_path: Path) -> None:
    """``up`` was killed between starting it and writing; a bystander in the same directory is left alone."""
    directory = tmp_path / "lab"
    (directory / "api").mkdir(parents=True)
    (directory / STATE_FILE).write_text('{"recipe": {}}')
    stray = subprocess.Popen(["sleep", "6000"], env={"TMPDIR": str(directory / "api")})
    bystander = subprocess.Popen(["sleep", "6000"], cwd=directory / "api")
    try:
        assert PracticeSite(directory).down()
        assert stray.wait(PATIENCE) == -signal.SIGKILL
        assert bystander.poll() is None
    finally:
        for process in (stray, bystander):
            process.kill()
            process.wait()


def test_a_directory_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    """``up`` builds in an empty directory, ``down`` deletes only what ``up`` made."""
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="not empty"):
        PracticeSite(tmp_path).up(RECIPE)
    assert PracticeSite(tmp_path).down() is False
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    """Nothing is guessed, nothing deleted."""
    (tmp_path / STATE_FILE).write_text("{")
    with pytest.raises(CorruptFile, match="damaged"):
        PracticeSite(tmp_path).down()


def test_a_folder_without_a_recording_is_a_clear_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit 64, and what a recording consists of."""
    directory = tmp_path / "lab"
    status = cli.run(["up", "--recording", str(tmp_path), "--directory", str(directory)])
    assert status == 64
    assert "no recording" in capfd.readouterr().err
    assert cli.run(["down", "--directory", str(directory)]) == 0


def test_without_the_extra_packages_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """``pip install midonet-migrate`` alone has no web server."""
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "uvicorn" else object())
    assert cli.run(["up", "--directory", str(tmp_path / "lab")]) == 64
    assert "midonet-migrate[lab]" in capfd.readouterr().err
    assert not (tmp_path / "lab").exists()


def test_the_state_file_and_its_objects_print_no_password(site: PracticeSite) -> None:
    """Neither ``repr`` shows one, and nobody else can read the directory."""
    state = site.state()
    assert state is not None
    assert state.database_password not in repr(state)
    assert (site.directory / STATE_FILE).stat().st_mode & 0o077 == 0
    assert (site.root / "etc/neutron/neutron.conf").stat().st_mode & 0o077 == 0
