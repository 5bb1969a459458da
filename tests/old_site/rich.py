"""A site with everything that Neutron can ask of a 1.9 server."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, Ownership
from midonet_migrate.model.plan import Modification
from midonet_migrate.plan.ownership import classify
from old_site.balancing import OldSite


def rich_site() -> OldSite:
    """Everything Neutron can ask of a 1.9 server, with the oddities of each."""
    site = OldSite()
    public, other_public = site.network("public", external=True), site.network("public-2", external=True)
    outside = site.subnet(public, "198.51.100.0/24")
    second_outside = site.subnet(public, "203.0.113.0/26")
    site.subnet(other_public, "192.0.2.0/25", None)
    default, web = site.security_group("default"), site.security_group("web")
    for direction in ("egress", "ingress"):
        for ethertype in ("IPv4", "IPv6"):
            site.group_rule(default, direction, ethertype=ethertype, remote_group_id=default["id"])
    site.group_rule(web, protocol="tcp", port_range_min=80, port_range_max=81, remote_ip_prefix="0.0.0.0/0")
    site.group_rule(web, protocol="icmp", port_range_min=8, port_range_max=0)
    site.group_rule(web, protocol="47", remote_ip_prefix="10.0.0.0/8")
    site.group_rule(web, "egress", protocol="udp", port_range_min=53, port_range_max=53)
    network = site.network("app")
    first = site.subnet(network, "10.0.0.0/24", dns_nameservers=["192.0.2.53", "192.0.2.52"])
    second = site.subnet(
        network, "10.0.1.0/24", host_routes=[{"destination": "172.16.0.0/12", "nexthop": "10.0.1.9"}]
    )
    sixth = site.subnet(network, "2001:db8::/64")
    isolated = site.network("isolated")
    bare = site.subnet(isolated, "10.9.0.0/24", None, enable_dhcp=False)
    router, plain = site.router("edge"), site.router("no-snat")
    site.interface(router, network, first)
    site.interface(router, network, second, "10.0.1.77")
    site.interface(router, network, sixth)
    site.dhcp_port(network, [(first, "10.0.0.2"), (second, "10.0.1.2")])
    site.gateway(router, public, outside, "198.51.100.10")
    site.interface(plain, isolated, bare, "10.9.0.250", old=True)
    site.gateway(plain, public, second_outside, "203.0.113.9", snat=False)
    options = [{"opt_name": "tftp-server", "opt_value": "10.0.0.5", "ip_version": 4}]
    vm = site.vif(network, [(first, "10.0.0.5")], [default, web], extra_dhcp_opts=options)
    site.vif(network, [(first, "10.0.0.9"), (first, "10.0.0.90"), (sixth, "2001:db8::9")], [default])
    site.vif(network, [(second, "10.0.1.30")], [], admin_state_up=False)
    site.vif(isolated, [], [default], device_owner="compute:az1")
    site.vif(public, [(outside, "198.51.100.77")], [default])
    again = site.vif(network, [(first, "10.0.0.6")], [web])
    site.floating_ip(public, "198.51.100.12", vm, router)
    site.floating_ip(public, "198.51.100.13", again, router, again=True)
    site.floating_ip(public, "198.51.100.14", None, None)
    pool, second_pool = site.pool(router, first), site.pool(router, second)
    site.member(pool, "10.0.0.5")
    site.member(pool, "10.0.0.6", weight=0)
    address = site.vif(network, [(first, "10.0.0.200")], [default], device_owner="neutron:LOADBALANCER")
    site.vip(pool, first, address, "SOURCE_IP")
    second_address = site.vif(
        network, [(second, "10.0.1.200")], [default], device_owner="neutron:LOADBALANCER"
    )
    site.vip(second_pool, second, second_address, "HTTP_COOKIE")
    outer_pool = site.pool(router, first)
    outer = site.vif(public, [(outside, "198.51.100.200")], [default], device_owner="neutron:LOADBALANCER")
    site.vip(outer_pool, outside, outer)
    site.health_monitor(pool, second_pool)
    site.health_monitor()
    return site


def assert_untouched(result: Ownership) -> None:
    """Nothing but server-made objects, and no modification."""
    assert result.modifications == []
    by_hand = {
        key: record
        for key, record in result.owners.items()
        if record.owner not in {Owner.NEUTRON, Owner.PROVIDER_ROUTER_INFRA}
    }
    assert by_hand == {}


def changes(site: OldSite) -> list[Modification]:
    """What users changed on Neutron's objects."""
    return classify(site.snapshot()).modifications


def only_change(site: OldSite) -> Modification:
    """The one change there is."""
    (found,) = changes(site)
    return found


def vm_port(site: OldSite, number: int = 0) -> JsonObject:
    """The Neutron port of a VM."""
    ports = [item for item in site.neutron["ports"] if item["device_owner"] == "compute:nova"]
    return ports[number]


def vm_chain(site: OldSite, side: str = "INBOUND") -> JsonObject:
    """A chain of the first VM port."""
    return site.find("chain", name=f"OS_PORT_{vm_port(site)['id']}_{side}")
