"""The agent of MidoNet 5.x: Java 8, its own Host object, and its state below ``zoom/0/state`` (imp 5.1)."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

from kazoo.client import KazooClient

from midonet_lab.hosts.process_title import set_command_line
from midonet_lab.hosts.services.agent import CannotRun, Nodes, give_up, host_id, log_to, run_agent
from midonet_lab.hosts.services.datapath import write_datapath
from midonet_lab.hosts.services.java import find_java
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.midonet5.mn_conf.bootstrap import bootstrap
from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError
from midonet_lab.midonet5.mn_conf.store import ConfigStore
from midonet_lab.midonet5.store import Zoom
from midonet_migrate.settings.midonet_files import MIDOLMAN_CONF, MIDONET_CONF

_LOGGER = logging.getLogger("midolman")


def run_midolman5(directory: Path) -> int:
    """Be the agent of the host in ``directory`` until SIGTERM; the exit status."""
    root = directory / "root"
    log_to(root)
    java = find_java(root, 8)
    if java is None:
        return give_up("Could not find a suitable java version: 1.8 is needed")
    set_command_line([java, "-Xmx600M", "-jar", "/usr/share/midolman/midolman.jar"])
    surroundings = Surroundings.load(directory)
    _LOGGER.info("MidoNet Agent %s starting...", surroundings.target_version)
    try:
        # The agent names its own file on its command line, so that one comes first (host 2.6).
        where = bootstrap({}, root, files=(MIDOLMAN_CONF, MIDONET_CONF))
        if where.replaced_legacy_root:
            _LOGGER.warning("The root key of MidoNet 1.9 is not used: taking /midonet instead.")
        agent = _Agent5(where.root, host_id(root), surroundings)
        _LOGGER.info("Host %s, ZooKeeper %s, root %s", agent.me, where.hosts, where.root)
        # 5.0 to 5.4 delete the datapath and create it anew (host 3.4).
        write_datapath(directory, surroundings.interfaces)
        return run_agent(where.hosts, surroundings.session_seconds, agent)
    except CannotRun as error:
        return give_up(f"Failed to start: {error}")


class _Agent5:
    def __init__(self, top: str, me: str, surroundings: Surroundings) -> None:
        self.me = me
        self._top = top
        self._surroundings = surroundings
        self._zoom: Zoom | None = None

    def prepare(self, client: KazooClient) -> str:
        store = ConfigStore(client, self._top, self._surroundings.target_version)
        try:
            store.deploy()
            store.effective(self.me)
        except HoconError as error:
            raise CannotRun(f"the configuration cannot be read: {error}") from error
        zoom = self._zoom = Zoom(client, self._top, self._surroundings.target_version)
        zoom.prepare()
        self._check_name(zoom)
        folder = f"{zoom.paths.state_class('Host', self.me)}/{self.me}"
        client.ensure_path(folder)
        return f"{folder}/alive"

    def _check_name(self, zoom: Zoom) -> None:
        """An object of that id with another name is another host's (host 3.5)."""
        name = socket.gethostname()
        stored = zoom.find("Host", self.me)
        if stored is None:
            transaction = zoom.transaction()
            transaction.create("Host", {"id": self.me, "name": name})
            transaction.commit()
            _LOGGER.info("Created the Host object of %s", name)
        elif stored.get("name") != name:
            raise CannotRun(
                f"Host ID {self.me} is already taken by host {stored.get('name')}, and this is {name}"
            )

    def wanted(self, client: KazooClient) -> Nodes:
        zoom = self._zoom
        if zoom is None:
            return {}
        stored = zoom.find("Host", self.me)
        if stored is None:  # the topology is gone: nothing of it must be made anew
            return {}
        nodes = {}
        for port_id in stored.get("port_ids", []):
            port = zoom.find("Port", port_id)
            if port is not None and port.get("interface_name") in self._surroundings.interfaces:
                folder = f"{zoom.paths.state_class('Port', self.me)}/{port_id}"
                client.ensure_path(folder)
                nodes[f"{folder}/active"] = self.me.encode()
        return nodes
