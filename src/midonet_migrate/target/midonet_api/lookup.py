"""What is there already of what a level of requests is to make (new 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.locations import Location, locate, name_in_list, whole_body
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.target.midonet_api.client import MidonetApi, Unreadable

_PARENT_KINDS = {
    "bridges": "bridge",
    "chains": "chain",
    "dhcp": "dhcp_subnet",
    "dhcpV6": "dhcp_v6_subnet",
    "hosts": "host",
    "ip_addr_groups": "ip_addr_group",
    "port_groups": "port_group",
    "ports": "port",
    "routers": "router",
    "tunnel_zones": "tunnel_zone",
    "vteps": "vtep",
}
"""Kind of the objects of a collection that others may be in; it is the last word but one of their paths."""
K = TypeVar("K")
V = TypeVar("V")


class Sight(msgspec.Struct, kw_only=True):
    """What a look showed. ``found`` is ``None`` when the object is not there."""

    found: JsonObject | None = None
    twins: list[JsonObject] = msgspec.field(default_factory=list)
    """Further elements of its list with its name: 5.x makes a DHCP subnet twice if told twice (new 2.8)."""
    siblings: list[JsonObject] | None = None
    """The list it was looked for in; ``None`` where no list was read."""
    unreadable: str = ""
    """Why the server cannot show it; nothing is known then."""
    parent_missing: bool = False


NOT_THERE = Sight()


class Lookup:
    """Reads side by side, with a few connections: reads need no lock (new 1.11). To be closed."""

    def __init__(self, api: MidonetApi, readers: int) -> None:
        self._api = api
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="midonet-5-reader")

    def close(self) -> None:
        """End the threads; a second time is harmless."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def look(self, request: ObjectRequest) -> Sight:
        """Look for one object now."""
        location = locate(request)
        if location.listing:
            return self._in_list(request, self._list(location))
        return self._item(location)

    def survey(self, requests: Sequence[ObjectRequest], is_new: Callable[[str], bool]) -> list[Sight]:
        """Look for all, in their order; each list is read once.

        ``is_new`` tells, by item path, whether an object was made in this run: nothing is in it yet that
        this run has not put there, so nothing is asked.
        """
        places = [locate(request) for request in requests]
        asked = [None if is_new(place.parent) else place for place in places]
        listings = {place.listing: place for place in asked if place is not None and place.listing}
        lists = self.each(listings.values(), self._list)
        by_listing = dict(zip(listings, lists, strict=True))
        single = {place.item: place for place in asked if place is not None and not place.listing}
        items = dict(zip(single, self.each(single.values(), self._item), strict=True))
        indexed = {name: _index(requests[0].kind, sight) for name, sight in by_listing.items()}
        result: list[Sight] = []
        for request, place in zip(requests, asked, strict=True):
            if place is None:
                result.append(NOT_THERE)
            elif place.listing:
                result.append(self._in_list(request, by_listing[place.listing], indexed[place.listing]))
            else:
                result.append(items[place.item])
        return result

    def each(self, places: Iterable[K], read: Callable[[K], V]) -> list[V]:
        """``read`` of each, side by side, in order."""
        wanted = list(places)
        if len(wanted) < 2:
            return [read(place) for place in wanted]
        try:
            return list(self._pool.map(read, wanted))
        except BaseException:
            self._api.stop()
            self.close()
            raise

    def children(self, listing: str, kind: str) -> int:
        """How many elements a list has; 0 where there is none."""
        accept = media_type(kind).replace("org.midonet.", "org.midonet.collection.")
        try:
            found = self._api.get(listing, accept, patient=True)
        except Unreadable:
            return 0
        return len(found) if isinstance(found, list) else 0

    def exists(self, path: str) -> bool:
        """Whether the object at an item path such as ``/bridges/<id>`` is there."""
        kind = _PARENT_KINDS.get(path.split("/")[-2])
        try:
            return kind is None or self._api.get(path, media_type(kind)) is not None
        except Unreadable:
            return True

    def _item(self, location: Location) -> Sight:
        try:
            found = self._api.get(location.item, location.item_type)
        except Unreadable as error:
            return Sight(unreadable=error.reason)
        return Sight(found=found if isinstance(found, dict) else None)

    def _list(self, location: Location) -> Sight:
        try:
            found = self._api.get(location.listing, location.listing_type, patient=True)
        except Unreadable as error:
            # The ARP table of an unknown bridge answers 500 (new 2.7).
            if location.parent and not self.exists(location.parent):
                return Sight(parent_missing=True)
            return Sight(unreadable=error.reason)
        if found is None:
            return Sight(parent_missing=True)
        return Sight(siblings=[item for item in found if isinstance(item, dict)])

    @staticmethod
    def _in_list(
        request: ObjectRequest, listed: Sight, index: Mapping[str, list[JsonObject]] | None = None
    ) -> Sight:
        if listed.siblings is None:
            return listed
        known = _index(request.kind, listed) if index is None else index
        twins = known.get(name_in_list(request.kind, whole_body(request)), [])
        return Sight(found=twins[0] if twins else None, twins=twins[1:], siblings=listed.siblings)


def _index(kind: str, listed: Sight) -> dict[str, list[JsonObject]]:
    index: dict[str, list[JsonObject]] = {}
    for item in listed.siblings or []:
        index.setdefault(name_in_list(kind, item), []).append(item)
    return index


def field(item: Any, name: str) -> str:
    """A member of a JSON object as text; empty when it is absent or null."""
    return str(item.get(name) or "") if isinstance(item, dict) else ""
