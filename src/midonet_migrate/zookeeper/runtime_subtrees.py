"""Which parts of MidoNet's tree move by themselves while agents, API and clusters run (imp 5.1, 5.3, 5.4; old 3).

They hold learned addresses, liveness, leases, leader elections and locks. Agents rebuild them, so a backup in
which only they moved is as good as an exact one.
"""

from __future__ import annotations

import re

_ID = "[^/]+"
_SOURCE = (
    rf"bridges/{_ID}/(?:mac_ports|ip4_mac_map)",
    rf"bridges/{_ID}/vlans/{_ID}/mac_ports",
    rf"routers/{_ID}/(?:arp_table|routing_table)",
    rf"ports/{_ID}/active",
    rf"hosts/{_ID}/(?:alive|interfaces)",
    r"agents",
    r"device_status",
    r"hm_leader",
    r"nat",
    r"locks",
    rf"versions/{_ID}",
)
_TARGET = (
    r"zoom/0/(?:state|tables|zoomlocks|locks)",
    r"bridges",
    r"routers",
    r"leader-latch",
    r"locks",
    r"vxgw/fp-latch",
    r"lb/hm-latch",
    r"containers/leader-latch",
    r"service-discovery",
)
_NAT = "/nat"
_NEVER_LISTED = b"/zoom/0/zoomlocks"


def is_never_listed(path: bytes) -> bool:
    """Whether a node is kept without its children: 5.x's snapshot locks come and go by the second."""
    return path.endswith(_NEVER_LISTED)


class RuntimeSubtrees:
    """The runtime subtrees below the two roots."""

    def __init__(self, source_root: str, target_root: str) -> None:
        parts = [
            *(f"{re.escape(source_root)}/{part}" for part in _SOURCE),
            *(f"{re.escape(target_root)}/{part}" for part in _TARGET),
            re.escape(_NAT),
        ]
        self._pattern = re.compile("|".join(f"(?:{part})(?=/|$)" for part in parts))

    def containing(self, path: str) -> str | None:
        """The runtime subtree that ``path`` is in, by the path of its top; None when it is in none."""
        found = self._pattern.match(path)
        return found.group(0) if found else None
