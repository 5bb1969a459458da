"""A whole old site as plain data: what generators and recordings make, and what every lab process serves."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.midonet.arrange import arrange

DEFAULT_BASE_URI = "http://localhost:8080/midonet-api"
"""The packaged ``rest_api-base_uri`` (old 0.3)."""


class Site(msgspec.Struct, kw_only=True):
    """One MidoNet 1.9 + Neutron Kilo site.

    ``midonet``: kind -> objects in the shape the 1.9 reader returns: highest media type (old 1.3), plus the
    ``@`` members of :mod:`midonet_migrate.model.keys` (``@bridgeId`` also on ``mac_port``, whose own
    ``bridgeId`` is always null on the wire); on ``mac_port`` and ``ip4_mac_pair`` ``@persistent`` is the
    truth: false = learned. Links (``uri``, ``rules``, ...) and members whose value is the default
    may be left out: the 1.9 stand-in computes and completes them
    (:func:`midonet_lab.midonet19.complete.complete_object`). Interfaces need no copy inside ``host``.
    ``neutron_rows``: table -> rows of the Neutron database; or ``neutron_sql``: the same as INSERTs.
    ``zookeeper_tree``: the tree in zkdump's JSON form. ``intent``: the ground truth, as in a recording.
    ``neutron_copies``: kind as in NEUTRON_KINDS -> what ``/neutron/*`` serves (old 3.14).
    """

    name: str
    midonet: dict[str, list[JsonObject]]
    neutron_rows: dict[str, list[JsonObject]] | None = None
    neutron_sql: str | None = None
    zookeeper_tree: Any = None
    intent: JsonObject | None = None
    tenants: list[JsonObject] = msgspec.field(default_factory=list)
    neutron_copies: dict[str, list[JsonObject]] = msgspec.field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the site to one JSON file; gzipped when the name ends in ``.gz`` (same site, same bytes)."""
        data = msgspec.json.encode(self, order="deterministic")
        path.write_bytes(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)

    def sort(self) -> None:
        """Bring every list into the reader's order."""
        arrange(self.midonet)


def load_site(path: Path) -> Site:
    """Read what :meth:`Site.save` wrote. Raises ``msgspec.DecodeError`` on anything else."""
    data = path.read_bytes()
    return msgspec.json.decode(gzip.decompress(data) if path.suffix == ".gz" else data, type=Site)
