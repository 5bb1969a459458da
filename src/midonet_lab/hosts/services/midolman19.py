"""The agent of MidoNet 1.9: Java 7, and its nodes below ``/midonet/v1`` (imp 5.3, host 1.3)."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

from midonet_lab.hosts.process_title import set_command_line
from midonet_lab.hosts.services.agent import CannotRun, Nodes, give_up, host_id, log_to, run_agent
from midonet_lab.hosts.services.datapath import write_datapath
from midonet_lab.hosts.services.java import find_java
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_migrate.settings import midonet_files

DEFAULT_ROOT, DEFAULT_HOSTS = "/midonet/v1", "127.0.0.1:2181"
_LOGGER = logging.getLogger("midolman")


def run_midolman19(directory: Path, version: str) -> int:
    """Be the agent of the host in ``directory`` until SIGTERM; the exit status."""
    root = directory / "root"
    log_to(root)
    java = find_java(root, 7)
    if java is None:
        return give_up("Could not find a suitable java version: 1.7 is needed")
    set_command_line([java, "-Xmx600M", "-jar", f"/usr/share/midolman/midolman-{version}.jar"])
    _LOGGER.info("midolman %s starts", version)
    try:
        return _run(directory, root)
    except CannotRun as error:
        return give_up(f"ERROR: {error}")


def _run(directory: Path, root: Path) -> int:
    surroundings = Surroundings.load(directory)
    hosts, top = _zookeeper(root)
    agent = _Agent19(top, host_id(root), surroundings)
    _LOGGER.info("Host %s, ZooKeeper %s, root %s", agent.me, hosts, top)
    # Start-up flushes the datapath and builds its ports anew (host 3.4).
    write_datapath(directory, surroundings.interfaces)
    return run_agent(hosts, surroundings.session_seconds, agent)


class _Agent19:
    def __init__(self, top: str, me: str, surroundings: Surroundings) -> None:
        self.me = me
        self._top = top
        self._surroundings = surroundings
        self._bindings: dict[str, str] = {}

    def prepare(self, client: KazooClient) -> str:
        if client.exists(f"{self._top}/system_state/UPGRADE") is not None:
            raise CannotRun("The system is being upgraded: agents do not start now")
        return f"{self._top}/hosts/{self.me}/alive"

    def wanted(self, client: KazooClient) -> Nodes:
        nodes = {node.path: node.data for node in self._surroundings.agent_nodes}
        for port, interface in _bound_ports(client, self._top, self.me, self._bindings).items():
            if interface in self._surroundings.interfaces:
                nodes[f"{self._top}/ports/{port}/active/{self.me}"] = b""
        return nodes


def _zookeeper(root: Path) -> tuple[str, str]:
    """Servers and root of midolman.conf."""
    try:
        text = (root / midonet_files.MIDOLMAN_CONF.lstrip("/")).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return DEFAULT_HOSTS, DEFAULT_ROOT
    values = midonet_files.parse(text)
    found = {key: values.get(("zookeeper", key)) for key in ("zookeeper_hosts", "root_key")}
    hosts, top = found["zookeeper_hosts"], found["root_key"]
    return (
        hosts.value.replace(" ", "") if hosts is not None else DEFAULT_HOSTS,
        top.value if top is not None else DEFAULT_ROOT,
    )


class _Members(msgspec.Struct):
    localDeviceName: str = ""  # noqa: N815 - 1.9's word


class _Envelope(msgspec.Struct):
    data: _Members


def _bound_ports(client: KazooClient, top: str, me: str, known: dict[str, str]) -> dict[str, str]:
    """Port -> interface; what is ``known`` is not read again."""
    folder = f"{top}/hosts/{me}/vrnMappings/ports"
    try:
        ports = client.get_children(folder)
    except NoNodeError:
        return {}
    for port in set(ports) - known.keys():
        try:
            data, _ = client.get(f"{folder}/{port}")
            known[port] = msgspec.json.decode(data, type=_Envelope).data.localDeviceName
        except (NoNodeError, msgspec.MsgspecError):
            continue
    return {port: known[port] for port in ports if port in known}
