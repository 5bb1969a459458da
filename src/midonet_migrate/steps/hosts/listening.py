"""Whether something listens on a port of a host, seen from the host itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from midonet_migrate.errors import HostsFailed, Recovery
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.service_names import CLUSTER, log_files

READY_SECONDS = 180.0
_PAUSE_SECONDS = 2.0
LISTENS = 'grep -qs ":$1 [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6'


def listens(runner: Runner, port: int) -> bool:
    """Whether a server listens on this port, by any address. Raises what the runner raises."""
    return not runner.run(["sh", "-c", LISTENS, "sh", f"{port:04X}"]).status


def require_cluster_api(
    parts: HostParts,
    port: int,
    *,
    seconds: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until midonet-cluster of a host listens on its API's port (host 3.3): that its process lives says
    nothing of it. Raises ``HostsFailed``, and what the runner raises."""
    seconds = READY_SECONDS if seconds is None else seconds
    deadline = time.monotonic() + seconds
    while not listens(parts.runner, port):
        if time.monotonic() >= deadline:
            raise HostsFailed(
                f"{parts.entry.name}: midonet-cluster runs, and its API is not there",
                why=f"For {seconds:g} seconds nothing listened on port {port}. The 1.9 API was left alone.",
                hint=f"Read {log_files(CLUSTER, CLUSTER)[0]} there, correct what it names, then run again;"
                " --new-api-port tells of another port.",
                recovery=Recovery.RETRY,
            )
        sleep(_PAUSE_SECONDS)
