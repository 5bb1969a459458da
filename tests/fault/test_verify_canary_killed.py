"""``verify`` killed while the canary flies: the next one takes away what is left and finds no difference."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.steps.canary import CANARY_NAME
from midonet_migrate.zookeeper.lock import LOCK_NODE
from new_site import Version, golden_plan, golden_tree
from verify_harness import ROOT, SOURCE_ROOT, NewSite, new_site, write_plan

WRITES = 4
"""A network and a port made, a port and a network deleted."""
KILL = """
import os, signal, sys
from midonet_migrate.target.midonet_api.client import MidonetApi
write, left = MidonetApi.write, [int(sys.argv[1])]
def counted(self, *arguments):
    answer = write(self, *arguments)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
MidonetApi.write = counted
from midonet_migrate.zookeeper.session import open_session
from midonet_migrate.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


def killed_verify(site: NewSite, after: int) -> int:
    arguments = ["verify", "-f", "json", "--data-dir", str(site.data), "--zookeeper", site.zookeeper]
    arguments += ["--target-api", site.api.url, "--source-root", SOURCE_ROOT]
    command = [sys.executable, "-c", KILL, str(after), *arguments]
    return subprocess.run(command, capture_output=True, timeout=250, check=False).returncode


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_a_canary_killed_after_any_write_leaves_nothing_for_long(
    golden: Path,
    zookeeper_root: ZooKeeper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: Version,
) -> None:
    """SIGKILL right after each of its writes; then one verify, which settles the journal too."""
    with new_site(zookeeper_root, tmp_path, version, monkeypatch) as site:
        write_plan(site, golden_plan(golden, version))
        site.put(golden_tree(golden, version))
        bridges = sorted(site.client.get_children(f"{ROOT}/bridges")) if version == "5.0.2" else []
        for after in range(1, WRITES + 1):
            assert killed_verify(site, after) == -signal.SIGKILL
            site.client.delete(LOCK_NODE)  # it would go with its session
        status, found, _ = site.verify()
        assert (status, found["differences"]) == (0, [])
        names = [bridge["name"] for bridge in httpx.get(f"{site.api.url}/bridges", timeout=60).json()]
        assert CANARY_NAME not in names
        if version == "5.0.2":
            assert sorted(site.client.get_children(f"{ROOT}/bridges")) == bridges
        status, _, said = site.verify("--dry-run")
        assert status == 0
        assert "canary" not in said
