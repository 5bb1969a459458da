"""More of what real Neutron databases hold, each kind an option of its own (db 1, 2; old 4)."""

from __future__ import annotations

from typing import Any

from midonet_lab.sites.generator import neutron_balancing as balancing
from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_lab.sites.generator.population import Population, Tenant
from midonet_lab.sites.generator.server_model import History
from midonet_migrate.model.keys import JsonObject

AWKWARD_NAMES = (
    "",
    " ",
    "default",
    "null",
    'it\'s "quoted" \\ and `ticked`',
    "%s %(name)s {0} ${HOME} $(id)",
    "-rf; DROP TABLE networks; --",
    "<b>&amp;</b>",
    "tab\there, line\nbreak",
    "../../midonet/v1",
    "e\u0301 is not \u00e9",
    "\u0627\u0644\u0634\u0628\u0643\u0629 \u05e8\u05e9\u05ea",
    "\u00fc" * 255,
    "MidoNet Provider Router",
    "OS_SG_00000000-0000-4000-8000-000000000000_INGRESS",
    "00000000-0000-4000-8000-000000000000",
    "trailing blanks  ",
)
"""Texts that a name of 255 characters can be (db 1.1); what utf8mb3 cannot hold is not there (db 4)."""


class NeutronVariety:
    """Adds the parts named in a specification's ``variety`` to a population."""

    def __init__(self, population: Population, past: History) -> None:
        self.population = population
        self.site: NeutronSite = population.site
        self.past = past
        self.tenant: Tenant = population.tenants[-1]
        self.host = population.compute_hosts[-1]
        self._next_block = 0

    def apply(self, names: tuple[str, ...]) -> None:
        """The parts that are named; names that are for hand-made objects are left to them."""
        parts = {
            "names": self.names,
            "security": self.security,
            "subnets": self.subnets,
            "external": self.external,
            "balancing": self.balancing,
            "extensions": self.extensions,
        }
        for name, part in parts.items():
            if name in names:
                part()

    def _block(self) -> str:
        """A /24 that nothing else has."""
        self._next_block += 1
        return f"10.255.{self._next_block}.0/24"

    def _network(self, name: str, **more: Any) -> tuple[JsonObject, JsonObject]:
        network = self.site.add_network(self.tenant.id, name)
        return network, self.site.add_subnet(network, self._block(), **more)

    def _vm(self, network: JsonObject, *subnets: JsonObject, **more: Any) -> JsonObject:
        return self.site.add_vm_port(network, subnets, self.host, **more)

    def names(self) -> None:
        """Awkward names on every kind of resource, twice each, of tenants with awkward ids."""
        site, random = self.site, self.site.identities.random
        for name in random.sample(AWKWARD_NAMES, 6):
            for tenant in (
                self.tenant.id,
                random.choice((None, "admin project", "\u30c6\u30ca" * 20, "x" * 255)),
            ):
                network = site.add_network(tenant, name)
                subnet = site.add_subnet(network, self._block(), name=name)
                router = site.add_router(tenant, name)
                site.add_interface(router, subnet)
                group = site.add_group(tenant, name, name)
                site.add_rule(group, "ingress", remote_group_id=group["id"])
                fixed = [site.take(subnet)]
                more: JsonObject = {"groups": [group["id"]], "host": self.host, "name": name}
                site.add_port(network, "compute:nova", fixed, tenant=tenant, device_id=name, **more)

    def security(self) -> None:
        """Groups without rules and with many, rules of every form, groups of other tenants, many groups."""
        site = self.site
        empty = site.add_group(self.tenant.id, "no-rules")
        for rule in empty["security_group_rules"]:
            site.dicts["security_group_rules"].remove(rule)
        empty["security_group_rules"] = []
        other = site.add_group(self.population.admin, "of-another-tenant")
        group = site.add_group(self.tenant.id, "every-form", "x" * 255)
        for kind, code in ((0, 0), (3, None), (8, 0), (255, 255), (0, None)):
            site.add_rule(group, "ingress", protocol="icmp", port_range_min=kind, port_range_max=code)
        for first, last in ((1, 1), (65535, 65535), (1, 65535), (0, 0), (53, 53)):
            for protocol in ("tcp", "udp"):
                site.add_rule(group, "egress", protocol=protocol, port_range_min=first, port_range_max=last)
        for number in ("0", "2", "50", "51", "89", "255"):
            site.add_rule(group, "egress", protocol=number)
        for word, number in (("tcp", "6"), ("icmp", "1")):
            site.add_rule(group, "ingress", "IPv6", protocol=word)
            site.add_rule(group, "ingress", "IPv6", protocol=number)
        site.add_rule(group, "ingress", protocol="tcp", remote_group_id=other["id"])
        site.add_rule(group, "egress", protocol="tcp", remote_group_id=other["id"])
        for prefix in ("0.0.0.0/0", "192.0.2.7/32", "192.0.2.9/24", "128.0.0.0/1"):
            site.add_rule(group, "egress", remote_ip_prefix=prefix)
            site.add_rule(group, "ingress", protocol="udp", remote_ip_prefix=prefix)
        for _ in range(2):
            site.add_rule(group, "ingress", protocol="tcp", port_range_min=8080, port_range_max=8090)
        many = site.add_group(self.tenant.id, "many-rules")
        for port in range(2000, 2060):
            site.add_rule(many, "ingress", protocol="tcp", port_range_min=port, port_range_max=port)
        network, subnet = self._network("grouped")
        groups = [group["id"], other["id"], empty["id"], many["id"]]
        self._vm(network, subnet, groups=groups)
        self._vm(network, subnet, groups=[empty["id"]])
        site.add_port(network, "compute:nova", [site.take(subnet)], tenant=self.tenant.id, host=self.host)

    def subnets(self) -> None:
        """Small subnets, odd gateways, many options and routes, several subnets and routers on a network."""
        site = self.site
        network = site.add_network(self.tenant.id, "many-subnets")
        tiny = site.add_subnet(network, "10.254.0.0/30")
        last = site.add_subnet(network, "10.254.1.0/29", gateway="10.254.1.6")
        routes = [{"destination": f"172.{16 + each}.0.0/16", "nexthop": "10.254.2.254"} for each in range(8)]
        routes += [
            {"destination": "0.0.0.0/0", "nexthop": "10.254.2.253"},
            {"destination": "192.0.2.1/32", "nexthop": "10.254.2.252"},
            {"destination": "172.16.0.0/16", "nexthop": "10.254.2.251"},
        ]
        servers = [f"192.0.2.{number}" for number in (9, 10, 53)]
        plenty = site.add_subnet(
            network, "10.254.2.0/24", host_routes=routes, dns_nameservers=servers, gateway=None
        )
        off = site.add_subnet(network, "10.254.3.0/24", enable_dhcp=False, gateway="10.254.3.254")
        v6 = [
            site.add_subnet(network, f"fd00:0:0:{number}::/64", dns_nameservers=["2001:db8::53"])
            for number in (16, 17)
        ]
        one, two = site.add_router(self.tenant.id, "one"), site.add_router(self.tenant.id, "two")
        site.add_interface(one, tiny)
        site.add_interface(one, last)
        site.add_interface(two, off)
        site.add_interface(two, plenty, site.take(plenty)["ip_address"])
        site.add_interface(two, v6[0])["fixed_ips"].append(site.take(v6[1], v6[1]["gateway_ip"]))
        site.add_dhcp_port(network, [last, plenty], self.population.gateway_hosts[0])
        for second in self.population.gateway_hosts[1:2]:
            site.add_dhcp_port(network, [plenty], second)
        options = [
            {"opt_name": name, "opt_value": value, "ip_version": version}
            for name, value, version in (
                ("bootfile-name", "x" * 255, 4),
                ("server-ip-address", "192.0.2.5", 4),
                ("path-prefix", "it's; \\a/", 4),
                ("dns-server", "2001:db8::1", 6),
                ("66", "192.0.2.6", 4),
            )
        ]
        self._vm(network, last, plenty, off, *v6, extra_dhcp_opts=options)
        fixed = [site.take(plenty) for _ in range(12)]
        groups = [site.default_group(self.tenant.id)]
        more: JsonObject = {"tenant": self.tenant.id, "groups": groups, "host": self.host}
        site.add_port(network, "compute:nova", fixed, **more)
        shared = site.add_network(self.population.admin, "shared", shared=True)
        whole = site.add_subnet(shared, self._block())
        site.add_interface(site.add_router(self.population.admin, "of-admin"), whole)
        site.add_interface(
            site.add_router(self.tenant.id, "on-shared"), whole, site.take(whole)["ip_address"]
        )
        self._vm(shared, whole, tenant=self.tenant.id)

    def external(self) -> None:
        """A shared external network, gateways on several networks, floating IPs on secondary addresses."""
        network, subnet = self.population.external_network, self.population.external_subnet
        if network is None or subnet is None:
            return
        site, admin = self.site, self.population.admin
        shared = site.add_network(admin, "external-shared", external=True, shared=True)
        many = [
            site.add_subnet(shared, f"198.18.{number}.0/28", enable_dhcp=number == 1) for number in range(3)
        ]
        self._vm(shared, many[0], many[2], tenant=self.tenant.id)
        down = site.add_network(admin, "external-down", external=True, admin_state_up=False)
        site.add_subnet(down, "198.18.9.0/28")
        site.add_network(admin, "external-no-subnet", external=True)
        inner, behind = self._network("secondary")
        router = site.add_router(self.tenant.id, "floating")
        site.set_gateway(router, shared, many[1])
        site.add_interface(router, behind)
        fixed = [site.take(behind) for _ in range(3)]
        groups = [site.default_group(self.tenant.id)]
        vm = site.add_port(inner, "compute:nova", fixed, tenant=self.tenant.id, groups=groups, host=self.host)
        for number, entry in enumerate(vm["fixed_ips"]):
            inside = {"port_id": vm["id"], "fixed_ip_address": entry["ip_address"], "router_id": router["id"]}
            site.add_floating_ip(self.tenant.id, shared, many[number], **inside)
        site.add_floating_ip(admin, shared, many[1])
        empty = site.add_router(self.tenant.id, "gateway-without-interface", admin_state_up=False)
        site.set_gateway(empty, network, subnet, snat=False)

    def balancing(self) -> None:
        """Pools of every protocol, method and state, VIPs and monitors of every type, odd members."""
        site = self.site
        network, subnet = self._network("balanced")
        site.add_interface(site.add_router(self.tenant.id, "balanced"), subnet)
        states = ("ACTIVE", "PENDING_UPDATE", "ERROR", "INACTIVE")
        sorts = (
            ("HTTP", "ROUND_ROBIN"),
            ("HTTPS", "SOURCE_IP"),
            ("TCP", "LEAST_CONNECTIONS"),
            ("TCP", "ROUND_ROBIN"),
        )
        persistences = ({"type": "HTTP_COOKIE"}, {"type": "SOURCE_IP"}, None, None)
        checks: tuple[JsonObject, ...] = (
            {
                "type": "HTTPS",
                "url_path": "/" + "a" * 200,
                "http_method": "GET",
                "expected_codes": "200,201,302",
            },
            {"type": "PING", "admin_state_up": False},
            {"type": "TCP", "delay": 0, "timeout": 0, "max_retries": 10},
        )
        for number, (status, sort, persistence) in enumerate(zip(states, sorts, persistences, strict=True)):
            more: JsonObject = {"protocol": sort[0], "lb_method": sort[1], "status": status}
            pool = balancing.add_pool(site, self.tenant.id, f"pool {status}", subnet["id"], **more)
            pool |= {"status_description": "x" * 255, "admin_state_up": number != 3}
            for member in range(number):
                up = member != 1
                address = f"10.255.{self._next_block}.{200 + member}"
                states_of = {"admin_state_up": up, "status": states[member], "weight": member * 128}
                balancing.add_member(site, pool, address, 1 + member * 20000, **states_of)
                balancing.add_member(site, pool, address, 65535 - member)
            if number < 3:
                more = {"session_persistence": persistence, "connection_limit": number, "status": status}
                more |= {"protocol_port": (1, 65535, 80)[number], "admin_state_up": number != 1}
                balancing.add_vip(site, pool, subnet, **more)
                balancing.attach(balancing.add_monitor(site, self.tenant.id, **checks[number]), pool)
        lonely = site.add_subnet(network, self._block())
        refused = balancing.add_pool(site, self.tenant.id, "no-router", lonely["id"], status="ERROR")
        balancing.add_member(site, refused, "10.9.8.1", 80, status="ERROR")

    def extensions(self) -> None:
        """Address pairs, extra routes and ports without security, where the plug-in knows them (db 2.0)."""
        if self.site.flavour == "v1":
            return
        site = self.site
        network, subnet = self._network("extended")
        v6 = site.add_subnet(network, "fd00:0:0:20::/64")
        router = site.add_router(self.tenant.id, "many-routes")
        site.add_interface(router, subnet)
        vm = self._vm(network, subnet, v6)
        own = vm["mac_address"]
        texts = (
            "10.255.0.0/16",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "fd00:0:0:20::/64",
            "2001:db8::9",
            vm["fixed_ips"][0]["ip_address"],
        )
        vm["allowed_address_pairs"] = sorted(
            (
                {"mac_address": mac, "ip_address": text}
                for mac in (own, "00:00:5e:00:01:01")
                for text in texts
            ),
            key=lambda pair: (pair["mac_address"], pair["ip_address"]),
        )
        hops = [vm["fixed_ips"][0]["ip_address"], self._vm(network, subnet)["fixed_ips"][0]["ip_address"]]
        router["routes"] = [
            {"destination": f"10.{100 + number}.0.0/16", "nexthop": hop}
            for number in range(20)
            for hop in hops[: 1 + number % 2]
        ]
        if self.site.flavour == "v2":
            bare = site.add_network(self.tenant.id, "no-security", port_security_enabled=False)
            open_subnet = site.add_subnet(bare, self._block())
            more: JsonObject = {"tenant": self.tenant.id, "host": self.host, "port_security_enabled": False}
            site.add_port(bare, "compute:nova", [site.take(open_subnet)], **more)
            site.add_port(bare, "compute:nova", [], **more)
