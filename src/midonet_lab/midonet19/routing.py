"""Which endpoint serves a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from midonet_lab.midonet19.negotiation import JSON, Offer
from midonet_lab.midonet19.resources import View, media_type, resource_table
from midonet_lab.midonet19.store import Store
from midonet_lab.rest_api.path_tree import PathTree
from midonet_migrate.model.keys import JsonObject


class Ask(msgspec.Struct, frozen=True):
    """What a handler gets: the values of ``{}`` in the path, and the query."""

    store: Store
    values: list[str]
    query: Mapping[str, str]
    offer: Offer


Answer = JsonObject | list[JsonObject]
Handler = Callable[[Ask], Answer]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How GET of one path pattern is answered. ``handle`` is None where GET is not allowed (405)."""

    kind: str
    offers: tuple[Offer, ...] = ()
    handle: Handler | None = None
    admin: bool = False
    owner: bool = False
    ordered: bool = False
    """Whether the list has an order of its own; all others are shuffled (old 0.1)."""
    uuids: tuple[int, ...] = ()
    """Which of the values must be UUIDs."""


class Router:
    """Path patterns (segments; ``{}`` = any value) and their endpoints."""

    def __init__(self) -> None:
        self._paths: PathTree[Endpoint] = PathTree()

    def add(self, pattern: str, endpoint: Endpoint) -> None:
        """Serve ``pattern`` with ``endpoint``."""
        self._paths.set(pattern, endpoint)

    def match(self, path: str) -> tuple[Endpoint, list[str]] | None:
        """The endpoint for ``path`` and the values in it; None for an unknown path."""
        return self._paths.match(path)


def offers_of(view: View) -> tuple[Offer, ...]:
    """What a view can produce, lowest version first, as ``*/*`` gets it (old 0.2)."""
    vendor = [Offer(media_type(view.type, version), version) for version in view.versions]
    return (*vendor, Offer(JSON, 1)) if view.json else tuple(vendor)


def list_view(kind: str) -> View:
    """The list view of a kind that has one."""
    view = resource_table()[kind].list
    if view is None:
        raise KeyError(kind)
    return view


def item_view(kind: str) -> View:
    """The item view of a kind that has one."""
    view = resource_table()[kind].item
    if view is None:
        raise KeyError(kind)
    return view
