"""The scene of step R2: packages, files and services of every host back, proven host by host."""

from __future__ import annotations

import time

import httpx

from midonet_lab.demo.hosts import WATCH_SECONDS, expect_as_before
from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage

_SETTLE_SECONDS = 60.0
_ROLL_BACK = ("rollback", "packages", "--watch", WATCH_SECONDS, "--yes")


def roll_back_hosts(stage: Stage) -> None:
    """1.9 again, on every host."""
    stage.site.agents.start()
    stage.run(*_ROLL_BACK, accept=(DONE, DONE_WITH_REMARKS))
    expect_as_before(stage, "packages, files and services of every host are as before the migration")
    count = len(stage.hosts_before)
    files = sum(len(seen.files) for seen in stage.hosts_before.values())
    packages = sum(len(seen.packages) for seen in stage.hosts_before.values())
    services = sum(len(seen.services) for seen in stage.hosts_before.values())
    stage.say(f"  {packages} packages, {files} files (content, mode, owner, links) and {services} services")
    stage.say(f"  of {count} hosts were compared with what they were before.")
    answer = httpx.get(stage.site.api.url, trust_env=False, timeout=30)
    stage.expect("the 1.9 API answers again", answer.status_code in {200, 401})
    stage.expect("all agents are alive and serve the ports of before", _agents_are_back(stage))
    stage.outcome(f"{count} hosts are as before, to the last file; the 1.9 API answers, the agents serve.")


def roll_back_again(stage: Stage) -> None:
    """A second run changes nothing."""
    found = stage.run_json(*_ROLL_BACK)
    stage.expect("a second run finds nothing to do", found["nothing_to_do"])
    stage.outcome("A second rollback found nothing to do.")


def read_again(stage: Stage) -> None:
    """The 1.9 site is read once more, by its own API and from its database."""
    _, table = stage.run("prepare", "--dry-run", accept=(DONE, DONE_WITH_REMARKS), show=False)
    stage.expect("the site that is back is planned as at the beginning", table == stage.table)
    stage.outcome("Read again through the 1.9 API, the site is what it was: a dry run reports the same.")


def _agents_are_back(stage: Stage) -> bool:
    """What agents hold in ZooKeeper while they live: their own flags, and those of their ports."""
    wanted = [path for path, entry in stage.before.items() if entry[3]]
    deadline = time.monotonic() + _SETTLE_SECONDS
    with stage.zookeeper() as client:
        while not all(client.exists(path) for path in wanted):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
    return True
