"""Names of server-made chains: necessary, never sufficient (old 4.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

INBOUND, OUTBOUND = "INBOUND", "OUTBOUND"
INGRESS, EGRESS = "INGRESS", "EGRESS"
PRE, POST = "PRE", "POST"

_ID = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_PORT = re.compile(f"OS_PORT_{_ID}_(INBOUND|OUTBOUND)")
_GROUP = re.compile(f"OS_SG_{_ID}_(INGRESS|EGRESS)")
_ROUTER = re.compile(f"OS_(PRE|POST)_ROUTING_{_ID}")


class ChainName(NamedTuple):
    """A well-formed name: kind of Neutron resource, its id, and which of its chains."""

    kind: str
    id: str
    side: str


def parse_chain_name(name: str | None) -> ChainName | None:
    """Take a chain name apart. UUIDs in lower case, suffixes in upper case, nothing around them."""
    if not name or not name.startswith("OS_"):
        return None
    if match := _PORT.fullmatch(name):
        return ChainName("ports", match[1], match[2])
    if match := _GROUP.fullmatch(name):
        return ChainName("security_groups", match[1], match[2])
    if match := _ROUTER.fullmatch(name):
        return ChainName("routers", match[2], match[1])
    return None


def group_chain_name(group_id: str, side: str) -> str:
    """Name of a security group's chain."""
    return f"OS_SG_{group_id}_{side}"
