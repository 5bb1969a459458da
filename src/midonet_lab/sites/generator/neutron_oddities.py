"""Neutron resources that real databases hold and that break naive tools (db 1, 2, 4; imp 8.1; orig 8.4)."""

from __future__ import annotations

from typing import Any

from midonet_lab.sites.generator import neutron_balancing as balancing
from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_lab.sites.generator.population import Population, Tenant
from midonet_lab.sites.generator.server_model import History
from midonet_migrate.model.keys import JsonObject

_GONE_SUBNET = "00000000-dead-4bad-8bad-000000000000"


class NeutronOddities:
    """Adds the oddities to a population; ``labels``: name of an oddity -> id of its resource."""

    def __init__(self, population: Population, past: History) -> None:
        self.population = population
        self.site: NeutronSite = population.site
        self.past = past
        self.tenant: Tenant = population.tenants[0]
        self.host = population.compute_hosts[0]
        self.labels: dict[str, str] = {}

    def apply(self, *, load_balancing: bool) -> None:
        """All of them."""
        self.security_group_rules()
        self.old_rows()
        self.addresses()
        self.ports()
        self.routers()
        if self.population.external_network is not None:
            self.external(self.population.external_network)
        if load_balancing:
            self.balancing()
        if self.site.flavour != "v1":
            self.extensions()

    def _label(self, name: str, item: JsonObject) -> JsonObject:
        self.labels[name] = item["id"]
        return item

    def _vm(self, network: JsonObject, subnets: list[JsonObject], label: str, **more: Any) -> JsonObject:
        return self._label(label, self.site.add_vm_port(network, subnets, self.host, name=label, **more))

    def security_group_rules(self) -> None:
        """Protocol numbers, words of other releases, an ethertype of NULL, empty prefixes."""
        group = self._label("odd-group", self.site.add_group(self.tenant.id, "グループ-ü", None))
        for protocol in ("6", "17", "1", "47", "112"):
            self._label(f"rule-{protocol}", self.site.add_rule(group, "ingress", protocol=protocol))
        for protocol in ("58", "icmpv6"):
            rule = self.site.add_rule(group, "ingress", "IPv6", protocol=protocol)
            self._label(f"rule-{protocol}", rule)
        ports = {"port_range_min": 128, "port_range_max": 0}
        self.site.add_rule(group, "egress", "IPv6", protocol="icmpv6", **ports)
        self._label("rule-no-ethertype", self.site.add_rule(group, "ingress", None, protocol="tcp"))
        self.site.add_rule(group, "egress", remote_ip_prefix="")
        whole: JsonObject = {"protocol": "tcp", "port_range_min": 1, "port_range_max": 65535}
        self.site.add_rule(group, "ingress", remote_group_id=group["id"], **whole)
        self.tenant.groups.append(group)
        network, subnets = self.tenant.networks[0], self.tenant.subnets[:1]
        vm = self._vm(network, subnets, "vm-two-groups", groups=self._groups())
        self.past.group_order[vm["id"]] = list(reversed(vm["security_groups"]))

    def _groups(self) -> list[str]:
        return [self.site.default_group(self.tenant.id), self.tenant.groups[-1]["id"]]

    def old_rows(self) -> None:
        """Rows that older releases wrote: NULL and empty tenants, names, states (db 4)."""
        site = self.site
        nameless: JsonObject = {"admin_state_up": None, "mtu": None, "shared": None, "status": None}
        network = self._label("network-null", site.add_network(None, None, **nameless))
        site.add_subnet(network, "192.168.200.0/24", name=None, enable_dhcp=None, shared=None)
        self._label("router-null", site.add_router(None, None, status=None, admin_state_up=None))
        self._label("group-null", site.add_group(None, None, None))
        self._label("network-empty-tenant", site.add_network("", ""))
        site.default_group("")
        self._label("network-no-subnet", site.add_network(self.tenant.id, "Netz-ohne-Subnetz-äöü"))
        self._label("network-down", site.add_network(self.tenant.id, "down", admin_state_up=False))
        missing = site.add_group(self.population.admin + "0", "default", "Default security group")
        self._label("default-group-without-row", missing)
        subnet = self.tenant.subnets[0]
        spare = {**site.take(subnet), "port_id": None, "network_id": subnet["network_id"]}
        site.unowned_allocations.append(spare)

    def addresses(self) -> None:
        """Overlapping CIDRs, IPv6, several addresses, no gateway, subnet pools, host routes."""
        site, tenant, random = self.site, self.tenant, self.site.identities.random
        shared = site.add_network(tenant.id, "ネットワーク", shared=True)
        overlap = site.add_subnet(shared, tenant.subnets[-1]["cidr"], gateway=None)
        self._label("subnet-overlapping-no-gateway", overlap)
        site.add_dhcp_port(shared, [overlap], self.population.gateway_hosts[0])
        self._vm(shared, [overlap], "vm-no-gateway")
        uplink = site.add_network(tenant.id, "like-an-uplink")
        site.add_subnet(uplink, "172.16.1.0/30", enable_dhcp=False)
        pool = {"tenant_id": tenant.id, "name": "pool-プール", "ip_version": 4, "shared": False}
        pool |= {"default_prefixlen": "26", "min_prefixlen": "24", "max_prefixlen": "28"}
        pool["default_quota"] = None
        subnet_pool = site.make("subnetpools", prefixes=["192.168.192.0/20"], **pool)
        self._label("subnet-pool", subnet_pool)
        dual = self._label("network-dual-stack", site.add_network(tenant.id, "dual"))
        v4 = site.add_subnet(
            dual,
            "192.168.192.0/26",
            subnetpool_id=subnet_pool["id"],
            dns_nameservers=["198.51.100.53", "192.0.2.53"],
            host_routes=[{"destination": "172.21.0.0/16", "nexthop": "192.168.192.9"}],
            allocation_pools=[
                {"start": "192.168.192.8", "end": "192.168.192.20"},
                {"start": "192.168.192.40", "end": "192.168.192.60"},
            ],
        )
        second = site.add_subnet(dual, "192.168.193.0/26")
        v6 = site.add_subnet(dual, "fd00:0:0:1::/64", ipv6_ra_mode="slaac", ipv6_address_mode="slaac")
        self._label("subnet-v6", v6)
        site.add_dhcp_port(dual, [v4, second], self.population.gateway_hosts[0])
        self._vm(dual, [v4, v6], "vm-dual")
        self._vm(dual, [v6], "vm-v6")
        fixed = [site.take(v4, "192.168.192.4"), site.take(v4, "192.168.192.30"), site.take(second)]
        default = [site.default_group(tenant.id)]
        many = site.add_port(dual, "compute:nova", fixed, tenant=tenant.id, groups=default, host=self.host)
        self._label("vm-many-addresses", many)
        mac = site.identities.neutron_mac().upper()
        self._vm(dual, [v4], "vm-upper-case-mac", mac_address=mac)
        options = [("bootfile-name", 4), ("bootfile-name", 6), ("tftp-server", 4)]
        extra = [
            {"opt_name": name, "opt_value": f"value-{random.randrange(100)}", "ip_version": version}
            for name, version in options
        ]
        self._vm(dual, [v4], "vm-dhcp-options", extra_dhcp_opts=extra)

    def ports(self) -> None:
        """Ports without address, host or group; owners the server does not know; a dead host's port."""
        network, subnets = self.tenant.networks[0], self.tenant.subnets[:1]
        self._vm(network, [], "vm-no-address")
        plain = self.site.add_port(network, "", [self.site.take(subnets[0])], tenant=self.tenant.id)
        self._label("port-unbound", plain)
        self.tenant.unbound.append(plain)
        self._vm(network, subnets, "vm-down", admin_state_up=False, status="DOWN")
        owners = ("compute:az-1", "baremetal:none", "neutron:LOADBALANCERV2")
        for owner in owners:
            self._vm(network, subnets, f"owner-{owner}", device_owner=owner)
        self._vm(network, subnets, "vm-null-name", tenant=None)["name"] = None

    def routers(self) -> None:
        """No gateway, a second router on a network, a VIF port turned interface, IPv6 only, no address."""
        site, tenant = self.site, self.tenant
        lonely = self._label("router-no-gateway", site.add_router(tenant.id, "MidoNet Provider Router"))
        self.past.without_interface_snat.add(lonely["id"])
        subnet = tenant.subnets[0]
        address = site.take(subnet)["ip_address"]
        self._label("interface-other-address", site.add_interface(lonely, subnet, address))
        down = self._label("router-down", site.add_router(tenant.id, "", admin_state_up=False))
        vif = site.add_interface(down, subnet, site.take(subnet)["ip_address"])
        vif |= {"security_groups": [site.default_group(tenant.id)], "name": "was-a-vif"}
        self._label("interface-from-vif", vif)
        network = site.add_network(tenant.id, "v6-only")
        v6 = site.add_subnet(network, "fd00:0:0:2::/64")
        self._label("interface-v6", site.add_interface(down, v6))
        bare = site.add_port(network, "network:router_interface", [], tenant=tenant.id, device_id=down["id"])
        self._label("interface-no-address", bare)

    def external(self, network: JsonObject) -> None:
        """More external subnets and networks, VIFs on them, floating IPs of every state, SNAT off."""
        site, tenant = self.site, self.tenant
        subnet = self.population.external_subnet
        if subnet is None:
            return
        second = site.add_subnet(network, "203.0.113.0/25", enable_dhcp=False)
        self._label("external-subnet-two", second)
        other = site.add_network(self.population.admin, "公開", external=True)
        bare = site.add_subnet(other, "203.0.113.128/26", gateway=None, enable_dhcp=False)
        self._label("external-subnet-no-gateway", bare)
        self._vm(network, [subnet], "vm-on-external-network", tenant=tenant.id)
        if site.identities.random.random() < 0.5:
            self.past.relinked.add(network["id"])
        bulk = site.add_network(self.population.admin, "external-in-bulk", external=True)
        site.add_subnet(bulk, "203.0.113.192/26", enable_dhcp=False)
        self.past.bulk.add(self._label("external-network-bulk", bulk)["id"])
        router = self._label("router-no-snat", site.add_router(tenant.id, "no-snat"))
        site.set_gateway(router, network, second, snat=False)
        inner = site.add_network(tenant.id, "behind-no-snat")
        behind = site.add_subnet(inner, "192.168.210.0/24")
        site.add_interface(router, behind)
        self.past.gateway_last.add(router["id"])
        vm = self._vm(inner, [behind], "vm-behind-no-snat")
        target = {"port_id": vm["id"], "fixed_ip_address": vm["fixed_ips"][0]["ip_address"]}
        moved = site.add_floating_ip(tenant.id, network, subnet, router_id=router["id"], **target)
        self.past.reassociated.add(self._label("floating-ip-reassociated", moved)["id"])
        self._label("floating-ip-null-status", site.add_floating_ip(tenant.id, network, subnet, status=None))
        self._label("floating-ip-down", site.add_floating_ip(tenant.id, network, second, status="DOWN"))

    def balancing(self) -> None:
        """Pools, VIPs, members and monitors in the states a failed driver leaves (db 2.7, old 4.7)."""
        site, tenant = self.site, self.tenant
        subnet_id = tenant.subnets[0]["id"]

        def pool(name: str, **more: Any) -> JsonObject:
            at = more.pop("at", subnet_id)
            return self._label(name, balancing.add_pool(site, tenant.id, name, at, **more))

        deleting = pool("pool-pending-delete", status="PENDING_DELETE")
        balancing.add_member(site, deleting, "10.9.9.1", 80, status="PENDING_DELETE")
        gone = pool("pool-neutron-only", status="PENDING_CREATE")
        member = balancing.add_member(site, gone, "10.9.9.2", 80)
        self.past.never_told |= {gone["id"], member["id"]}
        dangling = pool("pool-dangling-subnet", at=_GONE_SUBNET)
        self.past.pool_routers[dangling["id"]] = tenant.router["id"]
        balancing.add_member(site, dangling, "10.9.9.3", 80, weight=0)
        stranded = pool("pool-vip-without-port", provider="")
        vip = balancing.add_vip(site, stranded, None, protocol_port=8081)
        self.past.vip_addresses[self._label("vip-without-port", vip)["id"]] = "10.9.9.100"
        cookie = pool("pool-プール", admin_state_up=False, lb_method="LEAST_CONNECTIONS")
        persistence = {"type": "APP_COOKIE", "cookie_name": "JSESSIONID"}
        more: JsonObject = {"session_persistence": persistence, "connection_limit": None, "name": None}
        self._label("vip-cookie", balancing.add_vip(site, cookie, tenant.subnets[0], **more))
        balancing.add_member(site, cookie, "10.9.9.4", 80, weight=5)
        http = {"type": "HTTP", "url_path": "/health?x=1", "http_method": "HEAD", "expected_codes": "200-204"}
        monitor = balancing.add_monitor(site, tenant.id, **http)
        self._label("monitor-on-two-pools", monitor)
        balancing.attach(monitor, cookie)
        balancing.attach(monitor, stranded, "PENDING_CREATE")
        self._label("monitor-unattached", balancing.add_monitor(site, tenant.id, type="PING"))

    def extensions(self) -> None:
        """Extra routes, address pairs, port security: in the database only, 1.9 never hears of them."""
        vm = self._vm(self.tenant.networks[0], self.tenant.subnets[:1], "vm-pairs")
        vm["allowed_address_pairs"] = [
            {"mac_address": "FA:16:3E:00:00:01", "ip_address": "10.99.0.1"},
            {"mac_address": vm["mac_address"], "ip_address": "10.99.0.0/24"},
        ]
        if "port_security_enabled" in vm:
            network, subnets = self.tenant.networks[0], self.tenant.subnets[:1]
            self._vm(network, subnets, "vm-no-security", port_security_enabled=False)
        nexthop = vm["fixed_ips"][0]["ip_address"]
        self.tenant.router["routes"] += [
            {"destination": "10.200.0.0/16", "nexthop": nexthop},
            {"destination": "0.0.0.0/1", "nexthop": nexthop},
        ]
