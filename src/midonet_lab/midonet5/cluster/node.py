"""One run of midonet-cluster: read the settings, start the services, wait for the end."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError

from midonet_lab.midonet5.cluster import owner
from midonet_lab.midonet5.cluster.api_service import api_service
from midonet_lab.midonet5.cluster.installation import PACKAGE_PORT, Installation, Places
from midonet_lab.midonet5.cluster.log import CLUSTER_LOGGER, log_to
from midonet_lab.midonet5.cluster.process import READY_FILE
from midonet_lab.midonet5.cluster.settings import UnusableSettings, read_settings
from midonet_lab.midonet5.importer import ImporterMinion
from midonet_lab.midonet5.importer.latch import LeaderLatch
from midonet_lab.midonet5.mn_conf.bootstrap import HostIdUnwritable, bootstrap, host_id
from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError
from midonet_lab.midonet5.mn_conf.store import ConfigStore
from midonet_lab.midonet5.store import Zoom

CONNECT_SECONDS = 10.0
_STARTED = {"5.0.2": "MidoNet Cluster is up!", "5.2.1": "MidoNet Cluster started"}


class CannotStart(Exception):
    """Why the process ends; it stands in the log."""


def run_node(places: Places) -> int:
    """Run until SIGTERM or SIGINT. Exit status 1, and a line in the log, when it cannot start."""
    installation = places.load()
    owner.watch_owner(places, installation)
    log_to(places.log_file)
    logger = logging.getLogger(CLUSTER_LOGGER)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logger.info("MidoNet Cluster %s starts..", installation.version)
    try:
        with ExitStack() as stack:
            _start(places, installation, stack)
            logger.info(_STARTED[installation.version])
            (places.home / READY_FILE).touch()
            stop.wait()
            logger.info("MidoNet Cluster shutting down..")
    except CannotStart as error:
        logger.error("Failed to start the MidoNet Cluster: %s", error)
        return 1
    return 0


def _start(places: Places, installation: Installation, stack: ExitStack) -> None:
    where = bootstrap({}, places.root)
    logger = logging.getLogger(CLUSTER_LOGGER)
    if where.replaced_legacy_root:
        logger.warning("The root key of MidoNet 1.9 is not used: taking /midonet instead.")
    client = stack.enter_context(_session(where.hosts, installation.session_seconds))
    store = ConfigStore(client, where.root, installation.version)
    try:
        host = host_id(places.root)
        store.deploy()
        settings = read_settings(store, host)
    except (HoconError, UnusableSettings, HostIdUnwritable) as error:
        raise CannotStart(str(error)) from error
    zoom = Zoom(client, where.root, installation.version)
    zoom.prepare()
    logger.info("Cluster node %s: settings read from %s", host, where.root)
    if settings.api_enabled:
        port = installation.api_port if settings.api_port == PACKAGE_PORT else settings.api_port
        try:
            stack.enter_context(api_service(zoom, settings, installation, port))
        except (OSError, UnusableSettings) as error:
            raise CannotStart(str(error)) from error
    for path in settings.latches:
        latch = LeaderLatch(client, f"{where.root.rstrip('/')}/{path}", host)
        stack.callback(latch.close)
        latch.start()
    if settings.importer is not None:
        minion = ImporterMinion(zoom, settings.importer)
        stack.callback(minion.stop)
        minion.start()


@contextmanager
def _session(hosts: str, seconds: float) -> Iterator[KazooClient]:
    client = KazooClient(hosts=hosts, timeout=seconds)
    try:
        client.start(timeout=CONNECT_SECONDS)
    except (KazooException, KazooTimeoutError, OSError, socket.gaierror) as error:
        client.stop()
        client.close()
        raise CannotStart(f"ZooKeeper at {hosts} does not answer ({type(error).__name__})") from error
    try:
        yield client
    finally:
        client.stop()
        client.close()
