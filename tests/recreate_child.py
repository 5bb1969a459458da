"""Re-creation in a process of its own that is killed with SIGKILL at its n-th instant.

An instant is: before and after each write to the API, each fsync and rename, and the middle of each write
to a file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from killing import Instants
from midonet_migrate.model.codec import decode_plan
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.recreate import TargetStore, recreate
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.job import SendOptions
from midonet_migrate.zookeeper.session import open_session


def main(plan_file: str, data: str, url: str, zookeeper: str, part: Any, kill_at: str) -> None:
    """One part, until it is done or killed."""
    instants = Instants(int(kill_at))
    os.fsync = instants.around(os.fsync)
    os.replace = instants.around(os.replace)
    os.write = instants.in_the_middle(os.write)
    client: Any = MidonetApi
    client.write = instants.around(client.write)
    plan = decode_plan(Path(plan_file).read_bytes())
    options = SendOptions(probe=lambda *_: "", chunk=16)
    with (
        MidonetApi(url, None) as api,
        open_session(zookeeper) as session,
        RunDirectory(Path(data), step="recreate") as run,
    ):
        store = TargetStore(session, "/midonet")
        recreate(run, plan, api, SilentProgress(), part, store=store, options=options)


if __name__ == "__main__":
    main(*sys.argv[1:])
