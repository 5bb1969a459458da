"""The classic names of steps 2 and R1: the same files and options, in written procedures as of old."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from backup_site import kazoo_client
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database

BIN = Path(__file__).resolve().parents[2] / "bin"


def script(name: str, folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in ``folder`` as an operator who has nothing but the environment set."""
    (folder / "no-etc").mkdir(exist_ok=True)
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MIDO")}
    return subprocess.run(
        [sys.executable, str(BIN / name), *words],
        cwd=folder,
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MIDONET_MIGRATE_ROOT": str(folder / "no-etc"),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


def test_the_classic_scripts_back_up_and_roll_back(
    zookeeper_root: ZooKeeper, database: Database, tmp_path: Path
) -> None:
    url = database.url.render_as_string(hide_password=False)
    config = tmp_path / "neutron.conf"
    config.write_text(f"[database]\nconnection = {url}\n")
    backup = tmp_path / "migration_data" / "zk_original.backup"
    hosts = zookeeper_root.hosts
    with kazoo_client(hosts) as client:
        client.create("/midonet/v1/bridges", b"old", makepath=True)
        for words, environment in (
            (["-n", "-z", hosts], {}),
            (["--dryrun"], {"MIDO_ZOOKEEPER_HOST": hosts}),  # the variable of the classic scripts
        ):
            dry = script("zk_backup.py", tmp_path, *words, **environment)
            assert dry.returncode == 0, dry.stderr
            assert not backup.exists()
        made = script("zk_backup.py", tmp_path, f"--zk_server={hosts}")
        assert made.returncode == 0, made.stderr
        assert backup.exists()
        client.set("/midonet/v1/bridges", b"new")
        words = ["--zookeeper", hosts, "--config-file", str(config)]
        dry = script("zk_rollback.py", tmp_path, "-n", *words)
        assert dry.returncode == 0, dry.stderr
        assert client.get("/midonet/v1/bridges")[0] == b"new"
        rolled = script("zk_rollback.py", tmp_path, *words)
        assert rolled.returncode == 0, rolled.stderr
        assert client.get("/midonet/v1/bridges")[0] == b"old"
