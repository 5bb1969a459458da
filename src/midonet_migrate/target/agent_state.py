"""What MidoNet knows of an agent: its host, and which of its ports are active (host 3.6).

Three views of one thing: the API of 5.x, the API of 1.9, and the tree of 1.9 in ZooKeeper, which still tells
the truth of agents that are not switched yet when the 1.9 API is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from midonet_migrate.errors import ApiUnreachable
from midonet_migrate.plan.checks.health import PortSeen, is_established, is_own_interface
from midonet_migrate.source.midonet.client import Gone, ListBroken, MidonetClient
from midonet_migrate.source.midonet.media_types import COLLECTION, ITEM, vendor
from midonet_migrate.target.midonet_api.client import MidonetApi, Unreadable
from midonet_migrate.zookeeper.session import ZooKeeperSession

_HOST, _PORT = vendor("Host-v3"), vendor("Port-v3")
_BINDINGS = COLLECTION["host_interface_port"]


class HostSeen(msgspec.Struct, frozen=True):
    """A host as MidoNet has it."""

    name: str
    alive: bool


class AgentState(Protocol):
    """Where the state of agents is read. All raise ``Unreachable`` and ``NoPermission`` of their kind."""

    def host(self, host_id: str) -> HostSeen | None:
        """The host; None when MidoNet knows none of this id."""

    def port(self, port_id: str) -> PortSeen | None:
        """A port; None when there is none of this id."""

    def bindings(self, host_id: str) -> dict[str, str]:
        """Interface -> id of the port that is bound to it on this host."""


class NewApiState:
    """The API of 5.x: 8181, one request for each question."""

    def __init__(self, api: MidonetApi) -> None:
        self._api = api

    def host(self, host_id: str) -> HostSeen | None:
        """See :class:`AgentState`."""
        return _host(self._get(f"/hosts/{host_id}", _HOST))

    def port(self, port_id: str) -> PortSeen | None:
        """See :class:`AgentState`."""
        found = self._get(f"/ports/{port_id}", _PORT)
        return _port(found, found.get("bgpStatus")) if isinstance(found, dict) else None

    def bindings(self, host_id: str) -> dict[str, str]:
        """See :class:`AgentState`."""
        return _bindings(self._get(f"/hosts/{host_id}/ports", _BINDINGS))

    def _get(self, path: str, accept: str) -> Any:
        try:
            return self._api.get(path, accept)
        except Unreadable as error:
            raise ApiUnreachable(
                f"the MidoNet API at {self._api.shown} cannot show {path}", why=error.reason
            ) from error


class OldApiState:
    """The API of 1.9: 8080."""

    def __init__(self, client: MidonetClient) -> None:
        self._client = client

    def host(self, host_id: str) -> HostSeen | None:
        """See :class:`AgentState`."""
        return _host(self._item(f"/hosts/{host_id}", ITEM["host"]))

    def port(self, port_id: str) -> PortSeen | None:
        """See :class:`AgentState`. BGP is asked for bound ports of routers alone: the list of a bridge's port
        is answered with 500 (old 1.6)."""
        found = self._item(f"/ports/{port_id}", ITEM["port"])
        if not isinstance(found, dict):
            return None
        return _port(found, self._bgp_status(port_id) if is_uplink(found) else None)

    def all_ports(self) -> list[dict[str, Any]]:
        """Every port of the site in one request, without BGP (old 0.5)."""
        return list(self._client.get("/ports", COLLECTION["port"]) or [])

    def bindings(self, host_id: str) -> dict[str, str]:
        """See :class:`AgentState`."""
        return _bindings(self._item(f"/hosts/{host_id}/ports", _BINDINGS))

    def _bgp_status(self, port_id: str) -> str:
        """The status of its sessions; established only if all are."""
        try:
            sessions = self._client.get(f"/ports/{port_id}/bgps", COLLECTION["bgp"], gone=lambda: False)
        except (Gone, ListBroken):
            return ""
        return _worst(str(session.get("status") or "DOWN") for session in sessions or [])

    def _item(self, path: str, accept: str) -> Any:
        try:
            return self._client.get(path, accept, item=True)
        except Gone:
            return None


class OldTreeState:
    """The tree of 1.9 in ZooKeeper below ``root`` (``/midonet/v1``); it tells nothing of BGP."""

    def __init__(self, session: ZooKeeperSession, root: str) -> None:
        self._session = session
        self._root = root.rstrip("/")

    def host(self, host_id: str) -> HostSeen | None:
        """See :class:`AgentState`."""
        path = f"{self._root}/hosts/{host_id}"
        found = self._session.get(path)
        if found is None:
            return None
        return HostSeen(str(_members(found[0]).get("name") or ""), self._session.exists(f"{path}/alive"))

    def port(self, port_id: str) -> PortSeen | None:
        """See :class:`AgentState`."""
        path = f"{self._root}/ports/{port_id}"
        found = self._session.get(path)
        if found is None:
            return None
        host_id = str(_members(found[0]).get("hostId") or "")
        active = bool(host_id) and self._session.exists(f"{path}/active/{host_id}")
        return PortSeen(active=active, host_id=host_id)

    def bindings(self, host_id: str) -> dict[str, str]:
        """See :class:`AgentState`."""
        folder = f"{self._root}/hosts/{host_id}/vrnMappings/ports"
        found = {}
        for port in self._session.children(folder) or []:
            node = self._session.get(f"{folder}/{port}")
            if node is not None:
                found[str(_members(node[0]).get("localDeviceName") or "")] = port
        return found

    def active_ports(self, host_id: str) -> dict[str, str]:
        """Id of each port that is active on this host now -> its interface. Ports that an agent has made for
        itself are left out."""
        return {
            port: interface
            for interface, port in self.bindings(host_id).items()
            if not is_own_interface(interface)
            and self._session.exists(f"{self._root}/ports/{port}/active/{host_id}")
        }


def is_uplink(port: dict[str, Any]) -> bool:
    """Whether a port of the API is a router's and bound to an interface: such a port may speak BGP."""
    return "Router" in str(port.get("type")) and bool(port.get("hostId"))


def _host(found: Any) -> HostSeen | None:
    if not isinstance(found, dict):
        return None
    return HostSeen(str(found.get("name") or ""), bool(found.get("alive")))


def _port(found: dict[str, Any], bgp: str | None) -> PortSeen:
    return PortSeen(
        active=bool(found.get("active")),
        host_id=str(found.get("hostId") or ""),
        bgp_status=str(bgp or ""),
    )


def _bindings(found: Any) -> dict[str, str]:
    return {str(item.get("interfaceName") or ""): str(item.get("portId") or "") for item in found or []}


def _worst(statuses: Iterable[str]) -> str:
    """Of several sessions on one port the one that is down is told."""
    from_all = list(statuses)
    down = [status for status in from_all if not is_established(status)]
    return (down or from_all or [""])[0]


def _members(data: bytes) -> dict[str, Any]:
    """What the envelope of a 1.9 node holds."""
    try:
        decoded = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return {}
    inner = decoded.get("data") if isinstance(decoded, dict) else None
    return inner if isinstance(inner, dict) else {}
