"""What both versions of the agent do: hold nodes in ZooKeeper for as long as they run."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NodeExistsError, NoNodeError
from kazoo.handlers.threading import KazooTimeoutError

LOG_FILE = "var/log/midolman/midolman.log"
HOST_ID_FILES = ("etc/midonet_host_id.properties", "etc/midolman/host_uuid.properties")
CONNECT_SECONDS = 30.0
_LOOK_SECONDS = 0.5
_LOGGER = logging.getLogger("midolman")
Nodes = Mapping[str, bytes]


class CannotRun(Exception):
    """Why the agent ends; it stands in the log."""


def log_to(root: Path) -> None:
    """Write this process's log where midolman writes its own."""
    path = root / LOG_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    layout = "%(asctime)s %(levelname)-5s [main] %(name)s -  %(message)s"
    handler.setFormatter(logging.Formatter(layout, datefmt="%Y.%m.%d %H:%M:%S.000"))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("kazoo").setLevel(logging.WARNING)


class Agent(Protocol):
    """What one version knows."""

    def prepare(self, client: KazooClient) -> str:
        """Look whether it may start; the path of the node that says that the host is alive, whose parent is
        there. Raises ``CannotRun``."""

    def wanted(self, client: KazooClient) -> Nodes:
        """The other nodes that it shall hold now."""


def run_agent(hosts: str, session_seconds: float, agent: Agent) -> int:
    """Hold the agent's nodes until SIGTERM. Raises ``CannotRun`` when ZooKeeper does not answer, or somebody
    else holds the flag."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = KazooClient(hosts=hosts, timeout=session_seconds)
    try:
        client.start(timeout=CONNECT_SECONDS)
    except (KazooTimeoutError, KazooException, OSError) as error:
        client.stop()
        client.close()
        raise CannotRun(f"ZooKeeper at {hosts} does not answer") from error
    try:
        _hold(client, stop, agent, patience=2 * session_seconds)
    finally:
        client.stop()
        client.close()
    _LOGGER.info("Stopped")
    return 0


def _hold(client: KazooClient, stop: threading.Event, agent: Agent, *, patience: float) -> None:
    flag = agent.prepare(client)
    session: int | None = None
    held: dict[str, bytes] = {}
    while not stop.is_set():
        try:
            if client.connected and client.client_id is not None:
                if client.client_id[0] != session:
                    _take_flag(client, flag, stop, patience)
                    session, held = client.client_id[0], {}
                    _LOGGER.info("The host is alive in ZooKeeper")
                held = _adjust(client, held, agent.wanted(client))
        except KazooException as error:
            _LOGGER.warning("ZooKeeper: %s", type(error).__name__)
        stop.wait(_LOOK_SECONDS)


def _take_flag(client: KazooClient, path: str, stop: threading.Event, patience: float) -> None:
    """The flag of a killed predecessor goes with its session: it is waited for that long."""
    deadline = time.monotonic() + patience
    while not stop.is_set():
        try:
            client.create(path, b"", ephemeral=True)
        except NoNodeError:
            stop.wait(_LOOK_SECONDS)  # the tree is not there now
        except NodeExistsError:
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"Could not acquire ownership: the host id is already taken ({path})"
                ) from None
            stop.wait(_LOOK_SECONDS)
        else:
            return


def _adjust(client: KazooClient, held: Nodes, wanted: Nodes) -> dict[str, bytes]:
    """Make the nodes be those that are wanted; a node whose parent is gone cannot be held."""
    now = {path: data for path, data in held.items() if path in wanted}
    for path in held.keys() - wanted.keys():
        try:
            client.delete(path)
        except NoNodeError:
            continue
    for path in sorted(wanted.keys() - held.keys()):
        try:
            client.create(path, wanted[path], ephemeral=True)
        except NodeExistsError:
            pass
        except NoNodeError:
            continue
        now[path] = wanted[path]
    return now


def host_id(root: Path) -> str:
    """The host's id. Raises ``CannotRun`` when there is no file with it."""
    for name in HOST_ID_FILES:
        try:
            text = (root / name).read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "host_uuid" and value.strip():
                return value.strip()
    raise CannotRun(f"No host id in {' or '.join(f'/{name}' for name in HOST_ID_FILES)}")


def give_up(why: str) -> int:
    """Say why, in the log and where the init system writes; the exit status."""
    _LOGGER.error("%s", why)
    print(why, file=sys.stderr)  # noqa: T201
    return 1
