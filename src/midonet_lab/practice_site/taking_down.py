"""Taking a practice site away, also one whose building was interrupted."""

from __future__ import annotations

import shutil
from typing import Any

from midonet_lab.practice_site.servers import SiteServers
from midonet_lab.practice_site.state import STATE_FILE
from midonet_lab.strays import end_strays
from midonet_migrate.run.atomic import TEMPORARY_SUFFIX

PARTS = ("mariadb", "zookeeper", "api", "agents", "cluster", "bin", "root", "hosts")
"""Everything that building makes in the directory, beside the state file."""


def clear(servers: SiteServers) -> None:
    """End the servers and delete all their files.

    The state file goes last: until then the directory is a practice site that can be taken down.
    """
    servers.stop()
    end_strays([server.directory for server in (*servers.servers.values(), servers.cluster)])
    servers.hosts.forget()
    for name in PARTS:
        path = servers.directory / name
        if path.exists():
            # The guards of a killed owner may be removing the same files.
            shutil.rmtree(path, onerror=_unless_gone)
    for left_over in servers.directory.glob(f".*{TEMPORARY_SUFFIX}"):
        left_over.unlink()
    (servers.directory / STATE_FILE).unlink(missing_ok=True)
    servers.attach()


def _unless_gone(_function: object, _path: object, found: Any) -> None:
    error = found[1]
    if not isinstance(error, FileNotFoundError):
        raise error
