"""The tree that 1.9 would have for the objects of a site (imp 5.3; form as in a real server's dump)."""

from __future__ import annotations

from midonet_lab.midonet19.complete import complete_members
from midonet_lab.sites.site import Site
from midonet_lab.zookeeper_tree.filtering import add_chains, add_groups, add_traces
from midonet_lab.zookeeper_tree.routing import add_balancing, add_routers
from midonet_lab.zookeeper_tree.switching import Objects, TunnelKeys, add_bridges, add_ports, add_vteps
from midonet_lab.zookeeper_tree.tree import ROOT, Tree
from midonet_lab.zookeeper_tree.values import hardware_address, plain_address
from midonet_migrate.model.kinds import MIDONET_KINDS

_FIXED = (
    "ad_routes",
    "agents/ports",
    "bgps",
    "bridges",
    "chains",
    "config/nodes",
    "config/schemas",
    "config/templates",
    "device_status/bgp",
    "filters",
    "gre",
    "health_monitors",
    "hm_leader",
    "hosts",
    "ip_addr_groups",
    "licenses",
    "load_balancers",
    "locks/neutron/leases",
    "locks/neutron/locks",
    "nat",
    "neutron/floating_ips",
    "neutron/loadbalancer/health_monitors",
    "neutron/loadbalancer/members",
    "neutron/loadbalancer/pools",
    "neutron/loadbalancer/vips",
    "neutron/networks",
    "neutron/ports",
    "neutron/routers",
    "neutron/security_group_rules",
    "neutron/security_groups",
    "neutron/subnets",
    "pool_health_monitor_mappings",
    "pool_members",
    "pools",
    "port_groups",
    "ports",
    "routers",
    "routes",
    "rules",
    "system_state",
    "tenants",
    "traces",
    "tunnel_zones",
    "versions/1.9",
    "vips",
    "vlan-bridges",
    "vteps",
    "vxlan_port_ids",
)
_COPIES = {
    "health_monitors": "loadbalancer/health_monitors",
    "members": "loadbalancer/members",
    "pools": "loadbalancer/pools",
    "vips": "loadbalancer/vips",
}
"""Where copies of Neutron's load balancing resources are kept; all others below their own name."""
_WRITE_VERSION = b"1.9"


def build_tree(site: Site) -> Tree:
    """The nodes of ``site``'s objects. Not told by the API, hence not there: the order of tunnel keys, which
    port put an address into a group, the tasks of the API's own locks, the texts of mn-conf's schemas."""
    objects: Objects = {
        kind: [complete_members(kind, item) for item in site.midonet.get(kind, [])]
        for kind in MIDONET_KINDS
        if kind != "port_link"
    }
    tree = Tree()
    tree.empty(*_FIXED)
    tree.add(f"{ROOT}/write_version", _WRITE_VERSION)
    keys = TunnelKeys(tree)
    add_bridges(tree, objects, keys)
    add_routers(tree, objects)
    add_ports(tree, objects, keys)
    add_vteps(tree, objects)
    add_chains(tree, objects)
    add_groups(tree, objects)
    add_traces(tree, objects)
    add_balancing(tree, objects)
    _add_hosts(tree, objects)
    _add_neutron(tree, site)
    return tree


def _add_hosts(tree: Tree, objects: Objects) -> None:
    for number, host in enumerate(objects["host"], start=1):
        path = f"hosts/{host['id']}"
        addresses = [plain_address(address) for address in host["addresses"]]
        tree.put(path, {"name": host["name"], "addresses": addresses, "epoch": number, "tunnelZones": []})
        tree.empty(f"{path}/interfaces", f"{path}/tunnel_zones", f"{path}/vrnMappings/ports")
        if host["alive"]:
            tree.hold(f"{path}/alive")
            tree.hold(f"versions/1.9/{host['id']}")
    for interface in objects["interface"]:
        names = ("name", "type", "endpoint", "status", "mtu", "portType", "addresses")
        members = {name: interface[name] for name in names}
        members |= {"mac": hardware_address(interface["mac"]), "properties": {}}
        path = f"hosts/{interface['hostId']}/interfaces/{interface['name']}"
        tree.put(path, members, ephemeral=True)
    for bound in objects["host_interface_port"]:
        members = {"virtualPortId": bound["portId"], "localDeviceName": bound["interfaceName"]}
        tree.put(f"hosts/{bound['hostId']}/vrnMappings/ports/{bound['portId']}", members)
    for zone in objects["tunnel_zone"]:
        path = f"tunnel_zones/{zone['id']}"
        tree.put(path, {"name": zone["name"], "@type": zone["type"]})
        tree.empty(f"{path}/memberships")
    for member in objects["tunnel_zone_host"]:
        path = f"tunnel_zones/{member['tunnelZoneId']}/memberships/{member['hostId']}"
        tree.put(path, {"ip": member["ipAddress"], "@type": "gre"})
        tree.empty(f"hosts/{member['hostId']}/tunnel_zones/{member['tunnelZoneId']}")


def _add_neutron(tree: Tree, site: Site) -> None:
    for kind, copies in site.neutron_copies.items():
        for item in copies:
            tree.put(f"neutron/{_COPIES.get(kind, kind)}/{item['id']}", item)
    provider_router = (site.intent or {}).get("provider_router")
    if provider_router:
        tree.put("neutron/provider_router", {"id": provider_router})
