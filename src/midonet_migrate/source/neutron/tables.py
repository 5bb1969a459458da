"""The tables and columns of a Kilo database that the dicts are made of (db 1.1)."""

from __future__ import annotations

from sqlalchemy import Boolean, TableClause, column, table


def _table(name: str, columns: str) -> TableClause:
    """Columns by name; ``?`` marks a boolean, which the database keeps as 0 or 1."""
    return table(
        name,
        *(
            column(each.removesuffix("?"), Boolean) if each.endswith("?") else column(each)
            for each in columns.split()
        ),
    )


NETWORKS = _table("networks", "id tenant_id name status admin_state_up? shared? mtu vlan_transparent?")
EXTERNAL_NETWORKS = _table("externalnetworks", "network_id")
NETWORK_SECURITY = _table("networksecuritybindings", "network_id port_security_enabled?")
SUBNETS = _table(
    "subnets",
    "id tenant_id name network_id ip_version cidr gateway_ip enable_dhcp? shared? ipv6_ra_mode"
    " ipv6_address_mode subnetpool_id",
)
ALLOCATION_POOLS = _table("ipallocationpools", "id subnet_id first_ip last_ip")
NAME_SERVERS = _table("dnsnameservers", "address subnet_id")
HOST_ROUTES = _table("subnetroutes", "destination nexthop subnet_id")
SUBNET_POOLS = _table(
    "subnetpools",
    "id tenant_id name ip_version default_prefixlen min_prefixlen max_prefixlen shared? default_quota",
)
SUBNET_POOL_PREFIXES = _table("subnetpoolprefixes", "cidr subnetpool_id")

PORTS = _table(
    "ports", "id tenant_id name network_id mac_address admin_state_up? status device_id device_owner"
)
ALLOCATIONS = _table("ipallocations", "port_id ip_address subnet_id network_id")
PORT_HOSTS = _table("portbindingports", "port_id host")
PORT_SECURITY = _table("portsecuritybindings", "port_id port_security_enabled?")
ADDRESS_PAIRS = _table("allowedaddresspairs", "port_id mac_address ip_address")
DHCP_OPTIONS = _table("extradhcpopts", "id port_id opt_name opt_value ip_version")
PORT_GROUPS = _table("securitygroupportbindings", "port_id security_group_id")

GROUPS = _table("securitygroups", "id tenant_id name description")
GROUP_RULES = _table(
    "securitygrouprules",
    "id tenant_id security_group_id remote_group_id direction ethertype protocol port_range_min"
    " port_range_max remote_ip_prefix",
)

ROUTERS = _table("routers", "id tenant_id name status admin_state_up? gw_port_id enable_snat?")
ROUTER_ROUTES = _table("routerroutes", "destination nexthop router_id")
ROUTER_PORTS = _table("routerports", "router_id port_id")
FLOATING_IPS = _table(
    "floatingips",
    "id tenant_id floating_ip_address floating_network_id floating_port_id fixed_port_id fixed_ip_address"
    " router_id status",
)

POOLS = _table(
    "pools",
    "id tenant_id status status_description vip_id name description subnet_id protocol lb_method"
    " admin_state_up?",
)
MEMBERS = _table(
    "members",
    "id tenant_id status status_description pool_id address protocol_port weight admin_state_up?",
)
VIPS = _table(
    "vips",
    "id tenant_id status status_description name description port_id protocol_port protocol pool_id"
    " admin_state_up? connection_limit",
)
SESSIONS = _table("sessionpersistences", "vip_id type cookie_name")
MONITORS = _table(
    "healthmonitors",
    "id tenant_id type delay timeout max_retries http_method url_path expected_codes admin_state_up?",
)
POOL_MONITORS = _table("poolmonitorassociations", "status status_description pool_id monitor_id")
PROVIDERS = _table("providerresourceassociations", "provider_name resource_id")

NETWORK_TYPES = _table("midonet_network_bindings", "network_id network_type")
PORT_INTERFACES = _table("midonet_port_bindings", "port_id interface_name")

NEUTRON = (
    NETWORKS, EXTERNAL_NETWORKS, NETWORK_SECURITY, SUBNETS, ALLOCATION_POOLS, NAME_SERVERS, HOST_ROUTES,
    SUBNET_POOLS, SUBNET_POOL_PREFIXES, PORTS, ALLOCATIONS, PORT_HOSTS, PORT_SECURITY, ADDRESS_PAIRS,
    DHCP_OPTIONS, PORT_GROUPS, GROUPS, GROUP_RULES, ROUTERS, ROUTER_ROUTES, ROUTER_PORTS, FLOATING_IPS,
)  # fmt: skip
"""Every Kilo database has these."""

LBAAS = (POOLS, MEMBERS, VIPS, SESSIONS, MONITORS, POOL_MONITORS, PROVIDERS)
"""LBaaS v1: without them there is nothing to balance, and no reason to stop."""

MIDONET = (NETWORK_TYPES, PORT_INTERFACES)
"""Of MidoNet's plug-in; a 1.9 site installed by the book has none (db 1.4)."""
