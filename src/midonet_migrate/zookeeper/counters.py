"""Counters of sequential children: how far each has to be brought forward, and which are left (anc 0, N1).

A counter cannot be set. A node that is created anew starts at 0, every creation below it adds one, and
nothing takes away: so it is brought forward by creating and deleting a child, both in one ``multi``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from midonet_migrate.zookeeper.node_state import NodeState, parent_of

EXACT_CREATIONS = 1_000_000
"""Up to so many missing creations a counter is brought back exactly, whatever its node is used for."""
CREATIONS_PER_SECOND = 20_000
"""A careful estimate, for the time that a preview shows; measured: 28 000 on one server (anc 4.1)."""
PLACEHOLDER = "midonet-migrate-counter"
"""Name of the child that is created and deleted again."""
_SEQUENTIAL = re.compile(r"-?\d{10}$")
_LONGEST = 11


class CounterPolicy(msgspec.Struct, kw_only=True, frozen=True):
    """``exact``: the creations up to which every counter is restored; above it only those of parents of
    sequential nodes are."""

    exact: int = EXACT_CREATIONS

    def restores(self, missing: int, *, sequential: bool) -> bool:
        """Whether a counter that lacks ``missing`` creations is brought back."""
        return missing <= self.exact or sequential


def sequential_parents(nodes: Iterable[NodeState]) -> set[str]:
    """Paths of nodes with a child whose name ends in the ten digits of a sequential node."""
    return {parent_of(node.path) for node in nodes if _SEQUENTIAL.search(node.path[-_LONGEST:])}


def seconds_for(creations: int) -> float:
    """About how long so many creations take."""
    return creations / CREATIONS_PER_SECOND
