"""Which parts of MidoNet's tree move by themselves while agents, API and clusters run.

They hold learned addresses and routes, liveness, leases, leader elections and locks (imp 5.1, 5.3, 5.4).
Agents rebuild them, so a backup in which only they moved is as good as an exact one.
"""

from __future__ import annotations

import re

from midonet_migrate.zookeeper.selection import NAT_ROOT

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
_SOURCE_PARENTS = (rf"hosts/{_ID}", r"routes", rf"ports/{_ID}/routes", r"versions", rf"bridges/{_ID}/vlans")
_TARGET_PARENTS = (r"", r"/zoom/0")
"""Nodes of the topology among whose children are some that come and go: only the list of these moves."""
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
            NAT_ROOT,
        ]
        self._subtrees = re.compile("|".join(f"(?:{part})(?=/|$)" for part in parts))
        parents = [
            *(f"{re.escape(source_root)}/{part}" for part in _SOURCE_PARENTS),
            *(f"{re.escape(target_root)}{part}" for part in _TARGET_PARENTS),
        ]
        self._parents = re.compile("|".join(parents))

    def containing(self, path: str) -> str | None:
        """The runtime subtree that ``path`` is in, by the path of its top; None when it is in none."""
        found = self._subtrees.match(path)
        return found.group(0) if found else None

    def moves_children(self, path: str) -> bool:
        """Whether the list of this node's children, though not the node itself, is runtime state."""
        return self._parents.fullmatch(path) is not None

    def explaining(self, path: str) -> str | None:
        """The runtime subtree that explains why a node kept moving; None when nothing explains it."""
        return self.containing(path) or (path if self.moves_children(path) else None)
