"""Putting the parts of a generated site together."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.changes import Changes
from midonet_lab.sites.generator.getters import getter_dicts
from midonet_lab.sites.generator.ground_truth import intent_of, user
from midonet_lab.sites.generator.hosts import Hosts, bind_neutron_ports
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.neutron_oddities import NeutronOddities
from midonet_lab.sites.generator.neutron_variety import NeutronVariety
from midonet_lab.sites.generator.population import Population, populate
from midonet_lab.sites.generator.rows import database_rows
from midonet_lab.sites.generator.runtime import health_monitor_ports, learned_addresses, learned_route
from midonet_lab.sites.generator.server_model import History, Server, replay
from midonet_lab.sites.generator.specification import SIZES, SiteSpec, Size
from midonet_lab.sites.generator.uplinks import add_uplinks
from midonet_lab.sites.generator.user_objects import UserSet
from midonet_lab.sites.generator.user_variety import UserVariety
from midonet_lab.sites.site import Site
from midonet_migrate.model.keys import JsonObject

_DOWN = "compute-down"
_NO_ZONE = "spare-1"
_SYSTEM: dict[str, list[JsonObject]] = {
    "system_state": [{"state": "ACTIVE", "availability": "READWRITE", "writeVersion": "1.9"}],
    "write_version": [{"version": "1.9"}],
}


class Generated(msgspec.Struct, kw_only=True):
    """A generated site and, for tests without a database, the getters' dicts of its Neutron rows.

    ``labels``: name of an oddity -> id of the Neutron resource that carries it.
    """

    site: Site
    neutron: dict[str, list[JsonObject]]
    labels: dict[str, str]


def generate(size: Size | SiteSpec, seed: int, oddities: bool) -> Site:
    """A consistent MidoNet 1.9 + Neutron Kilo site; the same arguments give the same bytes.

    ``size``: a named size or a :class:`SiteSpec`. ``oddities``: add what breaks naive tools; those objects
    come on top of ``spec.ports``. Raises ``ValueError`` when the spec leaves no port for VMs.
    """
    return generate_with_dicts(size, seed, oddities).site


def generate_with_dicts(size: Size | SiteSpec, seed: int, oddities: bool) -> Generated:
    """As :func:`generate`, with the Neutron dicts and the labels of the oddities."""
    spec = size if isinstance(size, SiteSpec) else SIZES[size]
    population = populate(spec, Identities(seed, "neutron"))
    past = History(gateway_last=set(population.gateway_last))
    odd = NeutronOddities(population, past)
    if oddities:
        odd.apply(load_balancing=spec.load_balancing)
    NeutronVariety(population, past).apply(spec.variety)
    server = replay(population.site.dicts, Identities(seed, "server"), past)
    dicts = getter_dicts(population.site)
    rows = database_rows(dicts, population.site, Identities(seed, "rows"), population.gateway_hosts)
    hosts = _hosts(population, server, Identities(seed, "hosts"), oddities=oddities)
    _by_hand(spec, population, server, hosts, Identities(seed, "users"), labels=odd.labels)
    variety = UserVariety(server, hosts, Identities(seed, "variety"), population.tenants[-1])
    variety.apply(spec.variety)
    if spec.runtime:
        _runtime(population, server, hosts, Identities(seed, "runtime"))
    site = Site(
        name=f"{spec.name}-{seed}",
        midonet={**server.topology.finish(), **_SYSTEM, "host_version": hosts.versions},
        neutron_rows=rows,
        intent=_intent(server, dicts, hosts, odd.labels, past),
        tenants=_tenants(population),
    )
    site.sort()
    return Generated(site=site, neutron=dicts, labels=odd.labels)


def _hosts(population: Population, server: Server, identities: Identities, *, oddities: bool) -> Hosts:
    hosts = Hosts(server.topology, identities)
    for name in population.compute_hosts:
        hosts.add(name)
    for name in population.gateway_hosts:
        hosts.add(name, physical=3)
    zone_members = list(hosts.ids)
    if oddities:
        hosts.add(_DOWN, alive=False)
        zone_members.append(_DOWN)
        hosts.add(_NO_ZONE)
    hosts.tunnel_zone("tz-main", "vxlan", zone_members, "the deployment's tunnel zone")
    hosts.tunnel_zone("tz-gre", "gre", zone_members[:1], "second tunnel zone")
    bind_neutron_ports(hosts, server)
    return hosts


def _by_hand(
    spec: SiteSpec,
    population: Population,
    server: Server,
    hosts: Hosts,
    identities: Identities,
    *,
    labels: Mapping[str, str],
) -> None:
    if server.provider_router is not None and population.external_subnet is not None:
        hand = ByHand(server.topology, identities, population.admin)
        gateways = population.gateway_hosts[: spec.uplinks]
        advertised = [population.external_subnet["cidr"], "203.0.113.0/25"]
        add_uplinks(hand, hosts, server.provider_router, gateways, advertised)
    for number in range(1, spec.user_sets + 1):
        tenant = population.tenants[(number - 1) % len(population.tenants)]
        user_set = UserSet(server.topology, hosts, identities, tenant.id, number)
        names = population.compute_hosts
        chain = user_set.build(names[number % len(names)], population.gateway_hosts[0])
        if labels and number == 1:
            network = labels["network-dual-stack"]
            Changes(server, hosts, user_set, tenant, chain=chain, open_network=network).apply()
            for host in (_DOWN, _NO_ZONE):
                bridge = user_set.hand.make("bridge", "user bridge", name=f"on-{host}")
                port = user_set.hand.bridge_port(bridge, "user port on an odd host")
                hosts.bind(port, host, "veth-odd", user("binding on an odd host"))


def _runtime(population: Population, server: Server, hosts: Hosts, identities: Identities) -> None:
    hand = ByHand(server.topology, identities, None)
    for session in list(server.topology.objects["bgp"]):
        port = server.topology.by_id["port"][session["portId"]]
        if port["deviceId"] == server.provider_router:
            learned_route(hand, port, "203.0.113.128/25")
            break
    tenant = population.tenants[0]
    vm = server.topology.by_id["port"][tenant.vms[0]["id"]]
    address = tenant.subnets[0]["cidr"].rsplit(".", 1)[0] + ".2"
    learned_addresses(hand, vm, address)
    health_monitor_ports(hand, hosts, server, population.gateway_hosts[0])


def _intent(
    server: Server,
    dicts: Mapping[str, list[JsonObject]],
    hosts: Hosts,
    labels: Mapping[str, str],
    past: History,
) -> JsonObject:
    missing = {
        kind: sorted(item["id"] for item in items if item["id"] in past.never_told)
        for kind, items in dicts.items()
    }
    return intent_of(
        server.topology.ownership,
        server.topology.modifications,
        dicts,
        provider_router=server.provider_router,
        hosts=hosts.ids,
        labels=labels,
        neutron_db_only={kind: ids for kind, ids in missing.items() if ids},
    )


def _tenants(population: Population) -> list[JsonObject]:
    tenants = [{"id": tenant.id, "name": tenant.name} for tenant in population.tenants]
    return [{"id": population.admin, "name": "admin"}, *tenants]
