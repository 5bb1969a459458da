"""The regular part of a site: tenants with networks, a router, VMs, floating IPs, groups, load balancing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from midonet_lab.sites.generator import neutron_balancing as balancing
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_lab.sites.generator.specification import SiteSpec
from midonet_migrate.model.keys import JsonObject

_SPARE = 16
"""Addresses a subnet has beyond those of its VMs: gateway, DHCP, VIPs, oddities."""

_RULES: tuple[JsonObject, ...] = (
    {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "203.0.113.0/24"},
    {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80},
    {"protocol": "icmp"},
    {"protocol": "udp", "port_range_min": 5000, "port_range_max": 5010, "remote_ip_prefix": "10.0.0.0/8"},
    {"protocol": "tcp", "port_range_min": 443, "port_range_max": 443, "remote_ip_prefix": "0.0.0.0/0"},
    {"protocol": "icmp", "port_range_min": 8, "port_range_max": 0},
    {"remote_ip_prefix": "192.0.2.0/24"},
)


@dataclass
class Tenant:
    """What a tenant has: the raw material of oddities and of user-made objects."""

    id: str
    name: str
    networks: list[JsonObject] = field(default_factory=list)
    subnets: list[JsonObject] = field(default_factory=list)
    groups: list[JsonObject] = field(default_factory=list)
    router: JsonObject = field(default_factory=dict)
    vms: list[JsonObject] = field(default_factory=list)
    dhcp_ports: list[JsonObject] = field(default_factory=list)
    interfaces: list[JsonObject] = field(default_factory=list)
    pools: list[JsonObject] = field(default_factory=list)
    unbound: list[JsonObject] = field(default_factory=list)


@dataclass
class Population:
    """The regular part of a site. ``gateway_last``: routers that got their gateway after the interfaces."""

    site: NeutronSite
    admin: str
    tenants: list[Tenant]
    compute_hosts: list[str]
    gateway_hosts: list[str]
    external_network: JsonObject | None = None
    external_subnet: JsonObject | None = None
    gateway_last: set[str] = field(default_factory=set)


def populate(spec: SiteSpec, identities: Identities) -> Population:
    """Make the resources that ``spec`` asks for. Raises ``ValueError`` when ``spec.ports`` is too small."""
    machines = spec.ports - spec.infrastructure_ports()
    if machines < 1:
        raise ValueError(f"of {spec.ports} ports none is left for VMs")
    site = NeutronSite(identities, spec.flavour)
    population = Population(
        site=site,
        admin=identities.tenant(),
        tenants=[Tenant(identities.tenant(), f"tenant-{number:03}") for number in range(1, spec.tenants + 1)],
        compute_hosts=[f"compute-{number:03}" for number in range(1, spec.compute_hosts + 1)],
        gateway_hosts=[f"gateway-{number}" for number in range(1, max(1, spec.uplinks) + 1)],
    )
    if spec.provider_router:
        _external(population, spec)
    slots = spec.tenants * spec.networks_per_tenant
    shares = [machines // slots + (slot < machines % slots) for slot in range(slots)]
    blocks = _blocks(max(shares) + _SPARE)
    for number, tenant in enumerate(population.tenants):
        first = number * spec.networks_per_tenant
        _tenant(population, spec, tenant, shares[first : first + spec.networks_per_tenant], blocks)
        if spec.load_balancing and number < spec.load_balanced_tenants:
            _load_balancing(population, spec, tenant, external=number % 3 == 2)
    return population


def _blocks(addresses: int) -> Iterator[str]:
    """Subnets of 10.0.0.0/8, each with room for so many addresses, none twice."""
    length = 32 - (addresses + 2).bit_length()
    return (str(block) for block in ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=min(length, 24)))


def _external(population: Population, spec: SiteSpec) -> None:
    site = population.site
    needed = spec.tenants * (1 + spec.floating_ips_per_tenant) + 64
    length = min(24, 32 - (needed + 2).bit_length())
    cidr = "198.51.100.0/24" if length == 24 else f"100.64.0.0/{length}"
    network = site.add_network(population.admin, "public", external=True)
    site.default_group(population.admin)
    population.external_network = network
    population.external_subnet = site.add_subnet(network, cidr, enable_dhcp=False)


def _tenant(
    population: Population, spec: SiteSpec, tenant: Tenant, shares: list[int], blocks: Iterator[str]
) -> None:
    site, random = population.site, population.site.identities.random
    default = site.default_group(tenant.id)
    for number in range(spec.groups_per_tenant):
        tenant.groups.append(_group(population, spec, tenant, number))
    tenant.router = site.add_router(tenant.id, f"{tenant.name}-router")
    if random.random() < 0.5:
        population.gateway_last.add(tenant.router["id"])
    if population.external_network is not None and population.external_subnet is not None:
        snat = spec.tenants == 1 or random.random() < 0.9
        site.set_gateway(tenant.router, population.external_network, population.external_subnet, snat=snat)
    for number, share in enumerate(shares, 1):
        network = site.add_network(tenant.id, f"{tenant.name}-net-{number}")
        servers = ["192.0.2.53", "192.0.2.54"] if number % 2 else []
        subnet = site.add_subnet(network, next(blocks), dns_nameservers=servers)
        tenant.networks.append(network)
        tenant.subnets.append(subnet)
        tenant.interfaces.append(site.add_interface(tenant.router, subnet))
        agent_host = random.choice(population.gateway_hosts)
        tenant.dhcp_ports.append(site.add_dhcp_port(network, [subnet], agent_host))
        for _ in range(share):
            groups = [default, *(group["id"] for group in tenant.groups if random.random() < 0.25)]
            host = random.choice(population.compute_hosts)
            name = f"{tenant.name}-vm-{len(tenant.vms) + 1}"
            tenant.vms.append(site.add_vm_port(network, [subnet], host, groups=groups, name=name))
    _floating_ips(population, spec, tenant)


def _group(population: Population, spec: SiteSpec, tenant: Tenant, number: int) -> JsonObject:
    site, random = population.site, population.site.identities.random
    group = site.add_group(tenant.id, f"group-{number + 1}", "made by the tenant")
    conditions = random.sample(_RULES, min(spec.rules_per_group, len(_RULES)))
    for port in range(10_000, 10_000 + spec.rules_per_group - len(conditions)):
        conditions.append({"protocol": "tcp", "port_range_min": port, "port_range_max": port})
    for condition in conditions:
        direction = "ingress" if random.random() < 0.8 else "egress"
        site.add_rule(group, direction, **condition)
    if tenant.groups:
        remote = tenant.groups[-1]["id"]
        database: JsonObject = {"protocol": "tcp", "port_range_min": 3306, "port_range_max": 3306}
        site.add_rule(group, "ingress", **database, remote_group_id=remote)
    return group


def _floating_ips(population: Population, spec: SiteSpec, tenant: Tenant) -> None:
    network, subnet = population.external_network, population.external_subnet
    if network is None or subnet is None:
        return
    for number in range(spec.floating_ips_per_tenant):
        target: JsonObject = {}
        if number < len(tenant.vms) and (number == 0 or number < spec.floating_ips_per_tenant - 1):
            vm = tenant.vms[number]
            inside = vm["fixed_ips"][0]["ip_address"]
            target = {"port_id": vm["id"], "fixed_ip_address": inside, "router_id": tenant.router["id"]}
        population.site.add_floating_ip(tenant.id, network, subnet, **target)


def _load_balancing(population: Population, spec: SiteSpec, tenant: Tenant, *, external: bool) -> None:
    site = population.site
    pool = balancing.add_pool(site, tenant.id, f"{tenant.name}-pool", tenant.subnets[0]["id"])
    tenant.pools.append(pool)
    for vm in tenant.vms[: spec.members_per_pool]:
        balancing.add_member(site, pool, vm["fixed_ips"][0]["ip_address"], 80)
    outside = population.external_subnet if external else None
    more = {"session_persistence": {"type": "SOURCE_IP"}}
    balancing.add_vip(site, pool, outside or tenant.subnets[-1], **more)
    monitor = balancing.add_monitor(site, tenant.id)
    balancing.attach(monitor, pool)
