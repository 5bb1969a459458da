"""What the stand-ins of a host need to know that no file of the host says: the practice site around it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.zookeeper_tree.tree import Node
from midonet_migrate.run.atomic import write_atomically

FILE = "surroundings.json"


class Surroundings(msgspec.Struct, kw_only=True):
    """Of one host; every part may be missing."""

    target_version: Version = "5.2.1"
    interfaces: tuple[str, ...] = ()
    """Taps and physical interfaces that are there. A port bound to another one is never active."""
    agent_nodes: tuple[Node, ...] = ()
    """What the 1.9 agent holds in ZooKeeper beside its flags and the ports' (interfaces, learned entries)."""
    api_directory: str = ""
    """Where the files of the 1.9 API's stand-in are; empty: this host serves none."""
    api_address: str = LOOPBACK
    neutron_port: int = 0
    """Where neutron-server listens, at the API's address, whatever ``bind_port`` says: all hosts share one
    loopback. 0: nowhere."""
    session_seconds: float = 10.0
    """Of the agents' ZooKeeper sessions: how long a killed agent keeps its nodes."""

    @classmethod
    def load(cls, directory: Path) -> Surroundings:
        """Those of the host in ``directory``; empty ones when there is no file."""
        try:
            return msgspec.json.decode((directory / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()

    def save(self, directory: Path) -> None:
        """Write them where :meth:`load` finds them: services read them when they start."""
        write_atomically(directory / FILE, msgspec.json.encode(self))
