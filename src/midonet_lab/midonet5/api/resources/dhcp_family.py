"""What IPv4 and IPv6 have in common, and what tells them apart: subnets on bridges (new 2.8, 2.9)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from midonet_lab.midonet5.api.beans import Bean
from midonet_lab.midonet5.api.generic import get
from midonet_lab.midonet5.api.replies import ApiError, entity
from midonet_lab.midonet5.api.routing import Call
from midonet_lab.midonet5.store import StoredObject


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between IPv4 and IPv6."""

    class_name: str
    listed_in: str
    """The bridge's field with the ids of its subnets."""
    segment: str
    hosts: str
    subnet: Bean
    host: Bean
    lost: tuple[str, ...]
    same_subnet: Callable[[StoredObject, str, int], bool]
    key: str
    """The host's property that tells hosts apart."""
    key_in_path: Callable[[str], str]
    same_key: Callable[[str | None, str], bool]


def find_subnet(family: Family, call: Call) -> StoredObject | None:
    """The subnet the path names: the first of several with the same address."""
    bridge = get(call, "Network", call.values[0])
    address, _, length = call.values[1].rpartition("_")
    if not length.isdigit():
        return None
    for stored in call.site.several(family.class_name, bridge.get(family.listed_in, [])):
        subnet = stored.get("subnet_address")  # none if its task had no cidr (imp 3.4)
        if subnet is not None and family.same_subnet(subnet, address, int(length)):
            return stored
    return None


def missing_subnet(call: Call, *, separator: str = "_") -> ApiError:
    """404; ``separator``: between address and length, as the message has it."""
    shown = separator.join(call.values[1].rsplit("_", 1))
    return entity(404, f"Network {call.values[0]} does not have a subnet with address {shown}.")


def write_subnet(family: Family, call: Call, stored: StoredObject) -> None:
    """Replace a subnet."""
    transaction = call.zoom.transaction()
    transaction.update(family.class_name, stored)
    transaction.commit()
