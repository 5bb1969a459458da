"""Whether ZooKeeper is back on MidoNet 1.9: what goes before its packages come back (host 3.7)."""

from __future__ import annotations

from midonet_migrate.errors import WrongState
from midonet_migrate.settings.effective import Settings
from midonet_migrate.zookeeper.rollback_marker import read_marker
from midonet_migrate.zookeeper.session import open_session


def require_old_tree(settings: Settings) -> None:
    """Raises ``WrongState`` while the topology of 5.x is in ZooKeeper, or its rollback is half done."""
    _, target_root = settings.require_roots()
    with open_session(str(settings.require_zookeeper())) as session:
        topology = f"{target_root.rstrip('/')}/zoom"
        half_done = read_marker(session) is not None
        if half_done or session.exists(topology):
            raise WrongState(
                "ZooKeeper is not back on MidoNet 1.9",
                why="Its rollback was interrupted." if half_done else f"{topology} is still there.",
                hint="Run 'midonet-migrate rollback zookeeper' first; it also stops what runs of 5.x.",
            )
