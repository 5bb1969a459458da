"""Which endpoint serves a path, and what it gets and gives."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.bulk_reading import BulkReader
from midonet_lab.midonet5.api.options import Faults, Options, Switch
from midonet_lab.midonet5.api.replies import Reply
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject, Zoom
from midonet_lab.rest_api.path_tree import PathTree, segments_of


class Site:
    """What all requests share."""

    def __init__(self, zoom: Zoom, options: Options) -> None:
        self.zoom = zoom
        self.options = options
        self.tables = Tables(zoom.version)
        self._bulk = BulkReader(zoom)
        self.recent = self.tables.recent
        """Not 5.0.2."""
        self.faults = Faults()
        self.switches: dict[str, Switch] = dict(options.switches)
        self.lock = threading.Lock()
        """The storage lock that nearly all writes take (new 1.8)."""
        self.random = random.Random(options.seed or None)

    def find(self, class_name: str, object_id: str) -> StoredObject | None:
        """An object that is not to be changed."""
        entry = self.zoom.read([(class_name, object_id)])[0]
        return None if entry is None else entry.value

    def several(self, class_name: str, ids: Iterable[str]) -> list[StoredObject]:
        """The objects that exist, in this order; not to be changed."""
        found = self._bulk.read([(class_name, object_id) for object_id in ids])
        return [stored for stored in found if stored is not None]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request on its way to a handler."""

    site: Site
    base: str
    """What links begin with, without a trailing slash."""
    values: tuple[str, ...]
    """The variable segments of the path, decoded."""
    query: Mapping[str, str]
    bean: Bean | None = None
    body: Values = {}

    @property
    def zoom(self) -> Zoom:
        """The store."""
        return self.site.zoom

    def show(self, bean: Bean, values: Values) -> Values:
        """An object of the answer."""
        return bean.show(values, self.base)


class Created(msgspec.Struct, frozen=True):
    """201; ``path`` below the base becomes ``Location``, None leaves it out."""

    path: str | None = None


Answer = Values | list[Values] | Created | Reply | None
Handler = Callable[[Call], Answer]
Decoder = Callable[[Any], tuple[Bean, Values]]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How one method of one path is served.

    ``handle`` None: a generic method without permission annotation (new 1.5). ``annotated``: plain
    JAX-RS negotiation (new 1.4).
    """

    handle: Handler | None = None
    offers: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    decode: Decoder | None = None
    annotated: bool = False
    locked: bool = False
    ordered: bool = False
    """A list with an order of its own."""


Methods = dict[str, Endpoint]


class Router:
    """Path patterns (segments; ``{}`` = any value) and their methods."""

    def __init__(self) -> None:
        self._paths: PathTree[Methods] = PathTree()

    def add(self, pattern: str, methods: Methods) -> None:
        """Serve ``pattern``; methods of a pattern that is there already are added."""
        self._paths.set(pattern, {**(self._paths.get(pattern) or {}), **methods})

    def match(self, path: str) -> tuple[Methods, tuple[str, ...]] | None:
        """Methods and values for a path as it was sent; None for an unknown one."""
        found = self._paths.match(path)
        return None if found is None else (found[0], tuple(unquote(value) for value in found[1]))

    def knows_root(self, path: str) -> bool:
        """Whether the first segment is a resource."""
        segments = segments_of(path)
        return not segments or self._paths.begins(segments[0])


def decoder(bean: Bean) -> Decoder:
    """Reads one class."""
    return lambda data: (bean, bean.decode(data))


def collection(
    name: tuple[str, int],
    *,
    read: Handler | None = None,
    create: Handler | None = None,
    decode: Decoder | None = None,
    json: bool = True,
    ordered: bool = False,
) -> Methods:
    """A generic list resource: GET and POST, the one that is missing answers 405 (new 1.5)."""
    item, listed = media_types(name, json=json)
    return {
        "GET": Endpoint(handle=read, offers=listed, ordered=ordered),
        "POST": Endpoint(handle=create, accepts=item, decode=decode, locked=True),
    }


def single(
    name: tuple[str, int],
    *,
    read: Handler | None = None,
    update: Handler | None = None,
    delete: Handler | None = None,
    decode: Decoder | None = None,
    json: bool = True,
) -> Methods:
    """A generic item resource: GET, PUT, DELETE."""
    item, _ = media_types(name, json=json)
    return {
        "GET": Endpoint(handle=read, offers=item),
        "PUT": Endpoint(handle=update, accepts=item, decode=decode, locked=True),
        "DELETE": Endpoint(handle=delete, locked=True),
    }


def media_types(name: tuple[str, int], *, json: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What items and lists of a type are called; ``json``: also plain JSON."""
    plain = ("application/json",) if json else ()
    prefix = "application/vnd.org.midonet."
    return (
        (f"{prefix}{name[0]}-v{name[1]}+json", *plain),
        (f"{prefix}collection.{name[0]}-v{name[1]}+json", *plain),
    )
