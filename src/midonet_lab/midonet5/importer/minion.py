"""The importer as a service of a cluster node: latch first, then its settings (imp 1.8)."""

from __future__ import annotations

import logging

from kazoo.client import KazooState

from midonet_lab.midonet5.importer.database import TaskTable, connector
from midonet_lab.midonet5.importer.executor import LOGGER
from midonet_lab.midonet5.importer.importer import Importer
from midonet_lab.midonet5.importer.java import ImporterFailure, lines
from midonet_lab.midonet5.importer.latch import LeaderLatch
from midonet_lab.midonet5.importer.settings import ImporterSettings, check_settings
from midonet_lab.midonet5.store import Zoom

_GRACE_MILLISECONDS = 30_000


class ImporterMinion:
    """The importer of one node. The store is prepared and its client started; both stay the caller's.

    With unusable settings it holds its place in the latch all the same and imports nothing.
    """

    def __init__(self, zoom: Zoom, settings: ImporterSettings) -> None:
        self._zoom = zoom
        self._settings = settings
        self._log = logging.getLogger(LOGGER)
        self._latch = LeaderLatch(zoom.client, zoom.paths.below("leader-latch"), settings.host_id)
        self.importer: Importer | None = None
        self.failure: ImporterFailure | None = None

    def start(self) -> None:
        """Take part in the election and poll; settings that don't work are logged and kept in ``failure``."""
        self._latch.start()
        try:
            target = check_settings(self._settings)
        except ImporterFailure as failure:
            self.failure = failure
            self._log.error("%s\n%s", failure, "\n".join(lines(failure)))
            return
        self._zoom.client.add_listener(self._connection_changed)
        self.importer = Importer(
            self._zoom,
            TaskTable(connector(target, self._settings)),
            self._latch,
            period=self._settings.period,
            delay=self._settings.delay,
            back_off=self._settings.back_off,
        )
        self.importer.start()

    def stop(self) -> None:
        """End the task being executed, then leave the latch."""
        if self.importer is not None:
            self.importer.stop()
            self._zoom.client.remove_listener(self._connection_changed)
        self._latch.close()

    def _connection_changed(self, state: KazooState) -> None:
        if state == KazooState.CONNECTED:
            logging.getLogger("org.midonet.nsdb").info("Backend connection: RECONNECTED")
            return
        session = (self._zoom.client.client_id or (0,))[0]
        logging.getLogger("org.apache.zookeeper.ClientCnxn").info(
            "Unable to read additional data from server sessionid 0x%x, likely server has closed socket, "
            "closing socket connection and attempting reconnect",
            session,
        )
        logging.getLogger("org.midonet.nsdb").warning(
            "Backend connection is suspended: MidoNet will shutdown after a grace time of %d milliseconds "
            "if the connection is not restored",
            _GRACE_MILLISECONDS,
        )
