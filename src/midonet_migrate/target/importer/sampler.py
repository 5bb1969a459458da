"""Looking at a running import: the marker and the election in ZooKeeper, the heartbeat in the database.

Nothing here raises because a server restarts: a look tells what it could not see. kazoo and SQLAlchemy
connect again by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import Unreachable, WrongState
from midonet_migrate.plan.diagnosis.pulse import Sample
from midonet_migrate.zookeeper.importer_state import MARKER_ID, marker_of
from midonet_migrate.zookeeper.session import ZooKeeperSession

_STATE = "SELECT last_processed_task_id, updated_at FROM midonet_data_state ORDER BY id LIMIT 1"
_LOCKED = (WrongState, Unreachable)


class ImporterSampler:
    """Takes looks at the importer below the 5.x root ``root``."""

    def __init__(
        self,
        session: ZooKeeperSession,
        engine: Engine,
        root: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._engine = engine
        self._base = root.rstrip("/")
        self._clock = clock

    def look(self) -> Sample:
        """One look. Raises what no waiting cures: no access, a marker that cannot be read, not Neutron."""
        if not self._session.client.connected:
            # Asking now would keep us waiting for two session timeouts.
            return Sample(time=self._clock(), zookeeper="no connection to any server of the list")
        try:
            marker = self.marker()
            participants = tuple(latch_order(self._session.children(self.latch_path) or []))
        except Unreachable as error:
            return Sample(time=self._clock(), zookeeper=error.why or error.what)
        database, state = self._database()
        return Sample(
            time=self._clock(),
            marker=marker,
            participants=participants,
            database=database,
            last_processed=None if state is None else state[0],
            heartbeat="" if state is None else str(state[1]),
        )

    def marker(self) -> int | None:
        """The id of the last task executed; None without a marker. Raises ``ZooKeeperUnreachable``."""
        return marker_of(self._session, f"{self._base}/zoom/0/models/C3POState/{MARKER_ID}")

    @property
    def latch_path(self) -> str:
        """Where the importers hold their election."""
        return f"{self._base}/leader-latch"

    def host_of(self, participant: str) -> str:
        """The host id that a participant has written into its node; empty if it has gone."""
        found = self._session.get(f"{self.latch_path}/{participant}")
        return "" if found is None else found[0].decode("utf-8", "replace")

    def _database(self) -> tuple[str, Any]:
        try:
            with translated_errors(), self._engine.connect() as connection:
                row = connection.execute(text(_STATE)).first()
                connection.rollback()
        except _LOCKED as error:
            return error.why or error.what, None
        return "", row


def latch_order(names: list[str]) -> list[str]:
    """Participants of Curator's latch, the leader first: the number at the end of the name decides."""
    return sorted(names, key=lambda name: (name.rpartition("-")[2], name))
