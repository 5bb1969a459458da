"""What a generated site can have beyond the oddities."""

from __future__ import annotations

from typing import Literal, get_args

Variety = Literal[
    "names",
    "security",
    "subnets",
    "external",
    "balancing",
    "extensions",
    "hand_names",
    "devices",
    "chains",
    "groups",
    "tables",
    "routes",
    "bgp",
    "balancers",
    "traces",
]
"""Up to ``extensions`` Neutron's; then what is made by hand."""
VARIETIES: tuple[Variety, ...] = get_args(Variety)
