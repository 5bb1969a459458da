"""Reading the old site as a whole: Neutron's database, the 1.9 API, and what only ZooKeeper can tell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Engine

from midonet_migrate import __version__
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import ApiCredentials
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.midonet.reader import read_midonet
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.tables import mark_arp_pairs
from midonet_migrate.source.neutron.reader import read_neutron
from midonet_migrate.zookeeper.session import ZooKeeperSession

_IN_FLIGHT = 100
_NOT_VIF = frozenset(
    {"network:dhcp", "network:floatingip", "network:router_interface", "network:router_gateway"}
)
T = TypeVar("T")


def read_site(
    engine: Engine,
    api: str,
    credentials: ApiCredentials,
    session: ZooKeeperSession,
    source_root: str,
    *,
    flavour: PluginFlavour | None,
    threads: int,
    progress: Progress,
) -> Snapshot:
    """The snapshot of a site. Changes nothing; raises what the readers raise."""
    neutron = read_neutron(engine, flavour=flavour, progress=progress)
    macs = {
        port["id"]: port["mac_address"]
        for port in neutron.dicts["ports"]
        if port.get("device_owner") not in _NOT_VIF
    }
    account = Credentials(credentials.username, credentials.password.reveal(), credentials.project)
    midonet = read_midonet(api, account, threads=threads, progress=progress, macs=macs)
    pairs = midonet.objects.get("ip4_mac_pair", [])
    mark_arp_pairs(pairs, _arp_nodes(session, source_root, pairs))
    meta = SnapshotMeta(
        tool_version=__version__,
        midonet_version=midonet.version,
        vanished=midonet.vanished,
        findings=midonet.findings,
        site={"midonet": {name: midonet.identity.get(name) for name in ("api", "version", "write_version")}},
    )
    neutron.describe(meta)
    return Snapshot(neutron=neutron.dicts, midonet=midonet.objects, meta=meta)


def _arp_nodes(
    session: ZooKeeperSession, source_root: str, pairs: list[JsonObject]
) -> dict[str, dict[str, bool]]:
    """bridge id -> name of each of its ARP nodes -> whether it is ephemeral."""
    nodes: dict[str, dict[str, bool]] = {}
    for bridge in sorted({pair["@bridgeId"] for pair in pairs}):
        folder = f"{source_root}/bridges/{bridge}/ip4_mac_map"
        names = session.children(folder) or []
        found: dict[str, bool] = {}
        for batch in _batches(names, _IN_FLIGHT):
            answers = [(name, session.client.exists_async(f"{folder}/{name}")) for name in batch]
            for name, answer in answers:
                stat = session.wait_for(answer)
                if stat is not None:
                    found[name] = bool(stat.ephemeralOwner)
        nodes[bridge] = found
    return nodes


def _batches(items: list[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
