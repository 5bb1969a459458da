"""Only what tells hosts and their roles: few requests to a 1.9 API instead of thousands (host 6.1)."""

from __future__ import annotations

from functools import partial

import httpx
import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.run.progress import Progress, SilentProgress
from midonet_migrate.source.midonet.client import MidonetClient
from midonet_migrate.source.midonet.jobs import Harvest, run_jobs
from midonet_migrate.source.midonet.reader import checked_version
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts, Transport
from midonet_migrate.source.midonet.traversal import Traversal

_COLLECTIONS = ("host", "router", "port")


class MidonetHosts(msgspec.Struct, kw_only=True):
    """Objects as served, without links. ``bgps``: only sessions of router ports that are bound to a host."""

    hosts: list[JsonObject]
    routers: list[JsonObject]
    ports: list[JsonObject]
    bgps: list[JsonObject]


def read_midonet_hosts(
    base_url: str,
    credentials: Credentials | None,
    *,
    threads: int = 8,
    timeouts: Timeouts | None = None,
    progress: Progress | None = None,
    mount: httpx.BaseTransport | None = None,
) -> MidonetHosts:
    """Read hosts, routers, ports and the BGP sessions of bound ports; changes nothing.

    Arguments and errors as :func:`~midonet_migrate.source.midonet.reader.read_midonet`.
    """
    timeouts = timeouts or Timeouts()
    transport = Transport(base_url, timeouts, mount=mount)
    try:
        client = MidonetClient(transport, credentials, timeouts)
        checked_version(client)
        traversal = Traversal(client, {})
        found: dict[str, list[JsonObject]] = {kind: [] for kind in (*_COLLECTIONS, "bgp")}

        def collection(kind: str) -> Harvest:
            items = traversal.collection(kind)
            bound = [item for item in items if item.get("hostId")] if kind == "port" else []
            return Harvest(kind=kind, items=items, jobs=traversal.bgp_jobs(bound))

        def store(harvest: Harvest) -> None:
            if harvest.kind in found:
                found[harvest.kind].extend(harvest.items)

        with (progress or SilentProgress()).phase("reading hosts from MidoNet 1.9") as phase:
            run_jobs([partial(collection, kind) for kind in _COLLECTIONS], threads, phase, store, client.stop)
    finally:
        transport.close()
    return MidonetHosts(hosts=found["host"], routers=found["router"], ports=found["port"], bgps=found["bgp"])
