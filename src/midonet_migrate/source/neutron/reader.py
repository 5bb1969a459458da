"""The whole Neutron side of an old site, read from its database in one snapshot."""

from __future__ import annotations

import msgspec
from sqlalchemy import URL, Connection, Engine

from midonet_migrate.database.connection import open_engine
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.snapshot import SnapshotMeta
from midonet_migrate.run.progress import Phase, Progress, SilentProgress
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.catalogue import (
    KILO,
    Catalogue,
    check_kilo,
    note_oddities,
    read_catalogue,
)
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.flavour import Traces, Verdict, detect, note_hidden
from midonet_migrate.source.neutron.load_balancing import read_load_balancing
from midonet_migrate.source.neutron.networks import read_networks, read_subnet_pools, read_subnets, route
from midonet_migrate.source.neutron.ports import read_ports, read_profiles
from midonet_migrate.source.neutron.routers import read_floating_ips, read_interfaces, read_routers
from midonet_migrate.source.neutron.rows import Rows, consistent_snapshot
from midonet_migrate.source.neutron.security_groups import read_security_groups


class NeutronRead(msgspec.Struct, kw_only=True):
    """Everything Neutron knows, as :class:`~midonet_migrate.model.snapshot.Snapshot` wants it.

    ``dicts``: every kind of ``NEUTRON_KINDS``, each sorted by id, in exactly the shape that the getters
    of a plug-in of ``flavour`` return (db 2); ``evidence``: why it is that flavour. ``port_profiles``:
    port id to ``binding:profile``. ``midonet_tables``: the tables of MidoNet's plug-in that exist, their
    version table and versions. ``findings``: ``{rule, level, kind, id, message}``: dangling references
    and the like; nothing was left out because of them. ``identity``: server and database, nothing secret.
    """

    dicts: dict[str, list[JsonObject]]
    flavour: PluginFlavour
    evidence: list[str]
    port_profiles: dict[str, JsonObject]
    midonet_tables: JsonObject
    findings: list[JsonObject]
    identity: JsonObject

    def describe(self, meta: SnapshotMeta) -> None:
        """Enter into ``meta`` what is known from this side; ``site`` and ``findings`` are added to."""
        meta.plugin_flavour = str(self.flavour)
        meta.neutron_release = KILO
        meta.midonet_tables = self.midonet_tables
        meta.port_profiles = self.port_profiles
        meta.findings = [*meta.findings, *self.findings]
        meta.site = {**meta.site, "neutron": self.identity}


def read_neutron(
    source: Engine | URL, *, flavour: PluginFlavour | None = None, progress: Progress | None = None
) -> NeutronRead:
    """Read the Neutron database in one snapshot that writes nothing, however big with as many statements.

    ``flavour``: which plug-in's dicts to make; None: the one the rows speak for. ``source``: an engine of
    :func:`~midonet_migrate.database.connection.open_engine`, or the URL to open one with.

    Raises ``NotNeutron`` (no such database, not Neutron's, or not of Kilo), ``DatabaseUnreachable``,
    ``AuthenticationFailed``, ``AccessDenied``, ``ConfigError``, or ``WrongState`` when a table is altered
    meanwhile.
    """
    engine = open_engine(source) if isinstance(source, URL) else source
    try:
        with consistent_snapshot(engine) as connection:
            found = read_catalogue(connection)
            check_kilo(found)
            with (progress or SilentProgress()).phase("reading Neutron's database") as phase:
                return _read(connection, found, flavour, phase)
    finally:
        if engine is not source:
            engine.dispose()


def _read(
    connection: Connection, found: Catalogue, wanted: PluginFlavour | None, phase: Phase
) -> NeutronRead:
    findings = Findings()
    note_oddities(found, findings)
    readable = {each.name for each in (*tables.NEUTRON, *tables.LBAAS, *tables.MIDONET) if found.has(each)}
    rows = Rows(connection, readable, phase)

    network_types = rows.mapping(tables.NETWORK_TYPES, "network_id", "network_type")
    network_security = rows.mapping(tables.NETWORK_SECURITY, "network_id", "port_security_enabled")
    port_security = rows.mapping(tables.PORT_SECURITY, "port_id", "port_security_enabled")
    routes = rows.grouped(tables.ROUTER_ROUTES, "router_id", route)
    pairs = rows.grouped(
        tables.ADDRESS_PAIRS,
        "port_id",
        lambda row: {"mac_address": row.mac_address, "ip_address": row.ip_address},
    )
    verdict = _verdict(
        wanted,
        Traces(
            network_types=list(network_types.values()) if found.has(tables.NETWORK_TYPES) else None,
            port_security=len(network_security) + len(port_security),
            address_pairs=sum(map(len, pairs.values())),
            routes=sum(map(len, routes.values())),
        ),
        findings,
    )
    flavour = verdict.flavour

    networks = read_networks(
        rows, flavour, findings, port_security=network_security, network_types=network_types
    )
    subnet_pools = read_subnet_pools(rows, findings)
    subnets = read_subnets(rows, findings, networks, subnet_pools)
    groups, rules = read_security_groups(rows, findings)
    ports = read_ports(
        rows,
        flavour,
        findings,
        networks=networks,
        subnets=subnets,
        groups=groups,
        port_security=port_security,
        address_pairs=pairs,
    )
    profiles = read_profiles(rows, findings, ports)
    routers = read_routers(rows, flavour, findings, ports=ports, routes=routes)
    interfaces = read_interfaces(rows, findings, ports, routers)
    floating_ips = read_floating_ips(rows, findings, networks=networks, ports=ports, routers=routers)
    by_kind: dict[str, dict[str, JsonObject]] = {
        "networks": networks,
        "subnets": subnets,
        "subnetpools": subnet_pools,
        "security_groups": groups,
        "security_group_rules": rules,
        "ports": ports,
        "routers": routers,
        "floating_ips": floating_ips,
        **read_load_balancing(rows, findings, subnets=subnets, ports=ports),
    }
    dicts = {kind: list(items.values()) for kind, items in by_kind.items()}
    dicts["router_interfaces"] = interfaces
    return NeutronRead(
        dicts={kind: dicts[kind] for kind in NEUTRON_KINDS},
        flavour=flavour,
        evidence=verdict.evidence,
        port_profiles=profiles,
        midonet_tables=found.midonet_tables,
        findings=findings.sorted(),
        identity=found.identity,
    )


def _verdict(wanted: PluginFlavour | None, traces: Traces, findings: Findings) -> Verdict:
    detected = detect(traces)
    if wanted is None:
        chosen = detected
    else:
        chosen = Verdict(flavour=wanted, evidence=[f"the settings say {wanted}"])
        if wanted is not detected.flavour:
            chosen.evidence.append(f"the rows speak for {detected.flavour}: {', '.join(detected.evidence)}")
    note_hidden(chosen.flavour, traces, findings)
    return chosen
