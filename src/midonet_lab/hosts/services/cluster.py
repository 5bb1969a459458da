"""midonet-cluster on a host: the lab's own, below the host's directory."""

from __future__ import annotations

import sys
from pathlib import Path

from midonet_lab.hosts.process_title import set_command_line
from midonet_lab.hosts.services.java import find_java
from midonet_lab.midonet5.cluster.installation import Places


def run_cluster(directory: Path) -> int:
    """Be the cluster of the host in ``directory`` until SIGTERM; the exit status."""
    java = find_java(directory / "root", 8)
    if java is None:
        print("Could not find a suitable java version: 1.8 is needed", file=sys.stderr)  # noqa: T201
        return 1
    places = Places(directory)
    try:
        places.load()
    except FileNotFoundError:
        print("The practice site has no settings for this cluster", file=sys.stderr)  # noqa: T201
        return 1
    set_command_line([java, "-Xmx2048M", "-jar", "/usr/share/midonet-cluster/midonet-cluster.jar"])
    from midonet_lab.midonet5.cluster.node import run_node  # noqa: PLC0415 - process 1 need not load it

    return run_node(places)
