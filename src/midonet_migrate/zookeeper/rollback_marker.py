"""A rollback under way leaves its mark in ZooKeeper: running it again goes on the same way."""

from __future__ import annotations

import msgspec
from kazoo import exceptions

from midonet_migrate.errors import CorruptFile, Recovery, WrongState
from midonet_migrate.zookeeper.lock import OWN_ROOT
from midonet_migrate.zookeeper.rollback_method import Method
from midonet_migrate.zookeeper.session import ZooKeeperSession

MARKER_NODE = f"{OWN_ROOT}/rollback"


class RollbackMarker(msgspec.Struct, kw_only=True, frozen=True):
    """What was begun: the method, the sha256 of the backup, where the copy of the tree before it is."""

    method: Method
    backup: str
    copy: str = ""


def read_marker(session: ZooKeeperSession) -> RollbackMarker | None:
    """The mark of a rollback that was not finished. Raises ``CorruptFile`` when it cannot be read."""
    found = session.get(MARKER_NODE)
    if found is None:
        return None
    try:
        return msgspec.json.decode(found[0], type=RollbackMarker)
    except msgspec.MsgspecError as error:
        raise CorruptFile(
            f"{MARKER_NODE} in ZooKeeper cannot be read",
            why="It tells which rollback was begun.",
            hint="Delete it with zkCli, and give --method.",
        ) from error


def require_finished_rollback(session: ZooKeeperSession) -> None:
    """Raise ``WrongState`` while a rollback that was begun is not finished: the tree is of neither side."""
    if session.exists(MARKER_NODE):
        raise WrongState(
            "A rollback of ZooKeeper was begun and is not finished",
            why=f"Until it is, part of MidoNet's data is missing; {MARKER_NODE} tells of it.",
            hint="Run 'midonet-migrate rollback zookeeper' again, until it ends; then begin again.",
            recovery=Recovery.ROLLBACK,
        )


def write_marker(session: ZooKeeperSession, marker: RollbackMarker) -> None:
    """Leave the mark, or change it."""
    content = msgspec.json.encode(marker)
    try:
        session.wait_for(session.client.create_async(MARKER_NODE, content))
    except exceptions.NodeExistsError:
        session.wait_for(session.client.set_async(MARKER_NODE, content))


def remove_marker(session: ZooKeeperSession) -> None:
    """The rollback is finished."""
    session.wait_for(session.client.delete_async(MARKER_NODE), missing=None)
