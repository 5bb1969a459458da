"""Tunnel keys of ports: MidoNet hands them out one after the other, never twice (imp 3.5.1, 5.1)."""

from __future__ import annotations

from midonet_migrate.verify.model import Findings
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object


class TunnelKeys:
    """Looks at the keys of the ports of a site. Which number a port has is not promised, as failed attempts
    leave gaps (imp 1.6); that it has one of its own, in the order of the tasks, is."""

    def __init__(self, site: Site, findings: Findings) -> None:
        self._site = site
        self._findings = findings
        self._tasks = frozenset(site.keyed)
        self._keys: dict[str, int] = {}

    def take(self, key: str, fields: Object) -> None:
        """A port that is promised; its key is taken out of ``fields``."""
        number = fields.pop("tunnel_key", None)
        vxlan = key in self._site.vxlan_ports
        promised = key in self._tasks or (self._site.is_by_api("Port", key) and not self._is_interface(key))
        if isinstance(number, int) and number > 0 and promised:
            self._keys[key] = number
        elif (promised or number not in (None, 0)) and not vxlan:
            wanted = "a key" if promised else None
            self._findings.differ("Port", key, "tunnel_key", wanted, number)

    def _is_interface(self, key: str) -> bool:
        """Whether the importer made this port, which has no key, and the API has only changed it."""
        return key in self._site.keyless

    def finish(self, last_key: int | None) -> None:
        """Every port was given; ``last_key`` is the last that was handed out, None if that is not known."""
        owners: dict[int, str] = {}
        differ = self._findings.differ
        for port, number in self._keys.items():
            if number in owners:
                differ("Port", port, "tunnel_key", f"another than port {owners[number]}", number)
            elif last_key is not None and number > last_key:
                differ("Port", port, "tunnel_key", f"at most {last_key}", number)
            owners[number] = port
        highest = 0
        for port in self._site.keyed:
            number = self._keys.get(port, 0)
            if number and number < highest:
                differ("Port", port, "tunnel_key", f"above {highest}, in the order of the tasks", number)
            highest = max(highest, number)
