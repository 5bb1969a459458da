"""Which hosts are alive and which ports active, as ZooKeeper has it now: the rest of a site does not move."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError

from midonet_lab.midonet19.store import Store
from midonet_migrate.model.keys import JsonObject

_LOOK_SECONDS = 0.4
_SESSION_SECONDS = 10.0


class AgentsView:
    """Looks every moment, from a thread of its own. ``down`` while ZooKeeper does not answer."""

    def __init__(self, hosts: str, root: str, store: Store) -> None:
        """Raises ``KazooTimeoutError`` when ZooKeeper does not answer at the start."""
        self._root = root
        self._store = store
        self._interfaces = {host["id"]: host["hostInterfaces"] for host in store.every("host")}
        self._bound = {
            port["id"]: port["hostId"] for port in store.every("port") if port.get("hostId") is not None
        }
        self._client = KazooClient(hosts=hosts, timeout=_SESSION_SECONDS)
        self._client.start(timeout=30)
        self._alive: set[str] = set()
        self._active: set[str] = set()
        self.down = False
        self._look()
        threading.Thread(target=self._watch, name="agents", daemon=True).start()

    def refresh(self) -> list[JsonObject]:
        """Bring the store's hosts and ports up to date; those that changed."""
        changed = []
        for host in self._store.every("host"):
            alive = host["id"] in self._alive
            if host["alive"] != alive:
                host["alive"] = alive
                # Interfaces are nodes of the agent's session.
                host["hostInterfaces"] = self._interfaces[host["id"]] if alive else []
                changed.append(host)
        for port_id in self._bound:
            port = self._store.find("port", port_id)
            if port is not None and port.get("active") != (port_id in self._active):
                port["active"] = port_id in self._active
                changed.append(port)
        return changed

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            try:
                self._look()
            except KazooException:
                self.down = True

    def _look(self) -> None:
        self._alive = self._those(self._interfaces, "hosts/{}", "alive")
        self._active = {
            port
            for port, listing in self._listed(self._bound, "ports/{}/active").items()
            if self._bound[port] in listing
        }
        self.down = False

    def _those(self, ids: Iterable[str], folder: str, child: str) -> set[str]:
        return {name for name, listing in self._listed(ids, folder).items() if child in listing}

    def _listed(self, ids: Iterable[str], folder: str) -> dict[str, list[str]]:
        requests = {
            name: self._client.get_children_async(f"{self._root}/{folder.format(name)}") for name in ids
        }
        found = {}
        for name, request in requests.items():
            try:
                found[name] = request.get()
            except NoNodeError:
                found[name] = []
        return found
