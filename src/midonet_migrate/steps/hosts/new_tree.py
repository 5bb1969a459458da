"""Whether ZooKeeper has what agents of MidoNet 5 are to work on."""

from __future__ import annotations

from midonet_migrate.errors import WrongState
from midonet_migrate.settings.effective import Settings
from midonet_migrate.zookeeper.importer_state import read_importer_state
from midonet_migrate.zookeeper.session import open_session


def require_new_topology(settings: Settings) -> None:
    """Raises ``WrongState`` while there is no topology of 5.x, as after a rollback: a cluster that is started
    then serves an empty one, and agents would take their instances off the network."""
    _, target_root = settings.require_roots()
    with open_session(str(settings.require_zookeeper())) as session:
        if not read_importer_state(session, target_root).topology:
            raise WrongState(
                f"There is no topology of MidoNet 5 in ZooKeeper below {target_root}",
                why="It was not imported, or was rolled back since.",
                hint="Run 'midonet-migrate prepare', 'import' and 'update controller' first; or, to go back,"
                " 'midonet-migrate rollback packages'.",
            )
