"""The dicts that Kilo's getters return for the rows of ``neutron_samples`` (db 2.1-2.7)."""

from __future__ import annotations

import copy
from typing import Any

from midonet_migrate.settings.values import PluginFlavour
from neutron_samples import (
    BARE_POOL,
    BARE_ROUTER,
    EXTERNAL,
    EXTERNAL_4,
    EXTERNAL_6,
    FLOATING_IP,
    FLOATING_PORT,
    GATEWAY_PORT,
    GROUP,
    INTERFACE_PORT,
    MAC,
    MEMBERS,
    MONITOR,
    NETWORK,
    OPERATOR,
    OTHER_GROUP,
    OTHER_SUBNET,
    PING_MONITOR,
    POOL,
    PORT,
    ROUTER,
    SUBNET,
    SUBNET_6,
    SUBNET_POOL,
    TENANT,
    UPLINK,
    VIP,
    VIP_PORT,
    rule,
)


def _fixed(address: str, subnet: str) -> dict[str, str]:
    return {"ip_address": address, "subnet_id": subnet}


def _shown_port(key: str, network: str, mac: str, **values: Any) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "name": "", "network_id": network, "mac_address": mac,
        "admin_state_up": True, "status": "ACTIVE", "device_id": "", "device_owner": "", "fixed_ips": [],
        "security_groups": [], "extra_dhcp_opts": [], "binding:host_id": None, "binding:vif_type": "midonet",
        "binding:vnic_type": "normal", "binding:vif_details": {"port_filter": True},
        "allowed_address_pairs": [], "port_security_enabled": True, **values,
    }  # fmt: skip


def _shown_subnet(
    key: str, network: str, version: int, cidr: str, gateway: str | None, **values: Any
) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "name": "", "network_id": network, "ip_version": version,
        "cidr": cidr,
        "gateway_ip": gateway, "enable_dhcp": True, "shared": False, "ipv6_ra_mode": None,
        "ipv6_address_mode": None, "subnetpool_id": None, "allocation_pools": [], "dns_nameservers": [],
        "host_routes": [], **values,
    }  # fmt: skip


def _rules() -> list[dict[str, Any]]:
    return [
        rule("a1", GROUP, "ingress", None, protocol="58", port_range_min=8, port_range_max=0, tenant_id=""),
        rule("a2", GROUP, "ingress", "IPv4", protocol="tcp", remote_ip_prefix="10.0.0.0/8"),
        rule("b1", OTHER_GROUP, "egress", "IPv4"),
        rule("b2", OTHER_GROUP, "ingress", "IPv6", remote_group_id=OTHER_GROUP),
    ]


def rich_dicts(flavour: PluginFlavour) -> dict[str, list[dict[str, Any]]]:
    """What the getters return for :func:`rich_rows`, by kind, each kind in any order."""
    dicts = copy.deepcopy(_RICH_V2)
    if flavour is not PluginFlavour.V2:
        for item in dicts["networks"] + dicts["ports"]:
            del item["port_security_enabled"]
    if flavour is PluginFlavour.V1:
        for kind, member in (
            ("networks", "provider:network_type"),
            ("ports", "allowed_address_pairs"),
            ("routers", "routes"),
        ):
            for item in dicts[kind]:
                item.pop(member, None)
    return dicts


_RICH_V2: dict[str, list[dict[str, Any]]] = {
    "networks": [
        {
            "admin_state_up": True, "id": EXTERNAL, "mtu": 0, "name": "público-外部",
            "port_security_enabled": True, "router:external": True, "shared": False, "status": "ACTIVE",
            "subnets": [EXTERNAL_4, EXTERNAL_6], "tenant_id": OPERATOR, "vlan_transparent": None,
        },
        {
            "admin_state_up": False, "id": NETWORK, "mtu": None, "name": None, "port_security_enabled": True,
            "router:external": False, "shared": True, "status": "ACTIVE",
            "subnets": [SUBNET, OTHER_SUBNET, SUBNET_6], "tenant_id": TENANT, "vlan_transparent": True,
        },
        {
            "admin_state_up": None, "id": UPLINK, "mtu": 0, "name": "uplink", "port_security_enabled": False,
            "router:external": False, "shared": None, "status": None, "subnets": [], "tenant_id": "",
            "vlan_transparent": None, "provider:network_type": "uplink",
        },
    ],
    "subnetpools": [
        {
            "id": SUBNET_POOL, "tenant_id": None, "name": "pool", "ip_version": 4, "default_prefixlen": "26",
            "min_prefixlen": "8", "max_prefixlen": "32", "shared": True, "default_quota": None,
            "prefixes": ["10.10.0.0/16", "10.9.0.0/16"],
        }
    ],
    "subnets": [
        _shown_subnet(EXTERNAL_6, EXTERNAL, 6, "2001:db8:ffff::/64", "2001:db8:ffff::1", enable_dhcp=False),
        _shown_subnet(EXTERNAL_4, EXTERNAL, 4, "203.0.113.0/24", None, enable_dhcp=None, shared=None),
        _shown_subnet(
            SUBNET, NETWORK, 4, "10.0.1.0/24", "10.0.1.1", name="サブネット-a1",
            allocation_pools=[
                {"end": "10.0.1.220", "start": "10.0.1.200"},
                {"end": "10.0.1.130", "start": "10.0.1.120"},
                {"end": "10.0.1.99", "start": "10.0.1.2"},
            ],
            dns_nameservers=["10.10.10.10", "8.8.8.8", "9.9.9.9"],
            host_routes=[
                {"destination": "10.99.0.0/16", "nexthop": "10.0.1.20"},
                {"destination": "10.99.0.0/16", "nexthop": "10.0.1.254"},
                {"destination": "192.168.9.0/24", "nexthop": "10.0.1.9"},
            ],
        ),
        _shown_subnet(OTHER_SUBNET, NETWORK, 4, "10.0.11.0/24", "10.0.11.1", subnetpool_id=SUBNET_POOL),
        _shown_subnet(
            SUBNET_6, NETWORK, 6, "fd00:0:0:1::/64", "fd00:0:0:1::1", name=None, tenant_id=None,
            ipv6_ra_mode="slaac", ipv6_address_mode="slaac",
        ),
    ],
    "ports": [
        _shown_port(
            PORT, NETWORK, MAC, name="vm1 仮想", device_id="00000001-aaaa-4bbb-8ccc-dddddddddddd",
            device_owner="compute:nova",
            allowed_address_pairs=[
                {"ip_address": "10.0.1.24", "mac_address": "FA:16:3E:00:00:01"},
                {"ip_address": "10.0.1.0/24", "mac_address": "fa:16:3e:00:00:99"},
                {"ip_address": "10.0.1.240", "mac_address": MAC},
                {"ip_address": "fd00:0:0:1::/64", "mac_address": MAC},
            ],
            extra_dhcp_opts=[
                {"ip_version": 4, "opt_name": "bootfile-name", "opt_value": "pxelinux.0"},
                {"ip_version": 6, "opt_name": "bootfile-name", "opt_value": "boot6"},
                {"ip_version": 4, "opt_name": "tftp-server", "opt_value": "10.0.1.78"},
            ],
            fixed_ips=[
                _fixed("10.0.1.9", SUBNET),
                _fixed("10.0.1.90", SUBNET),
                _fixed("10.0.11.5", OTHER_SUBNET),
                _fixed("fd00::1:f816:3eff:fed2:cf89", SUBNET_6),
            ],
            security_groups=[GROUP, OTHER_GROUP],
            **{"binding:host_id": "compute-1"},
        ),
        _shown_port(
            GATEWAY_PORT, EXTERNAL, "fa:16:3e:00:00:02", tenant_id="", device_id=ROUTER,
            device_owner="network:router_gateway", port_security_enabled=False,
            fixed_ips=[_fixed("2001:db8:ffff::15", EXTERNAL_6), _fixed("203.0.113.15", EXTERNAL_4)],
        ),
        _shown_port(
            INTERFACE_PORT, NETWORK, "FA:16:3E:00:00:03", device_id=ROUTER,
            device_owner="network:router_interface", fixed_ips=[_fixed("10.0.1.1", SUBNET)],
        ),
        _shown_port(
            FLOATING_PORT, EXTERNAL, "fa:16:3e:00:00:04", tenant_id="", device_id=FLOATING_IP, status="N/A",
            device_owner="network:floatingip", fixed_ips=[_fixed("203.0.113.11", EXTERNAL_4)],
        ),
        _shown_port(
            VIP_PORT, NETWORK, "fa:16:3e:00:00:05", name=None, tenant_id=None, admin_state_up=False,
            device_owner="neutron:LOADBALANCER", fixed_ips=[_fixed("10.0.11.100", OTHER_SUBNET)],
            security_groups=[OTHER_GROUP],
            extra_dhcp_opts=[
                {"ip_version": 4, "opt_name": f"option-{number}", "opt_value": "x"} for number in range(4, 8)
            ],
        ),
    ],
    "routers": [
        {
            "admin_state_up": True,
            "external_gateway_info": {
                "enable_snat": False,
                "external_fixed_ips": [
                    _fixed("2001:db8:ffff::15", EXTERNAL_6),
                    _fixed("203.0.113.15", EXTERNAL_4),
                ],
                "network_id": EXTERNAL,
            },
            "gw_port_id": GATEWAY_PORT, "id": ROUTER, "name": "router-1 ルーター",
            "routes": [
                {"destination": "0.0.0.0/1", "nexthop": "172.31.0.1"},
                {"destination": "10.200.0.0/16", "nexthop": "10.0.1.5"},
                {"destination": "10.200.0.0/16", "nexthop": "10.0.11.9"},
                {"destination": "192.168.200.0/24", "nexthop": "10.0.1.50"},
            ],
            "status": "ACTIVE", "tenant_id": TENANT,
        },
        {
            "admin_state_up": None, "external_gateway_info": None, "gw_port_id": None, "id": BARE_ROUTER,
            "name": None, "routes": [], "status": None, "tenant_id": None,
        },
    ],
    "router_interfaces": [
        {"id": INTERFACE_PORT, "router_id": ROUTER, "port_id": INTERFACE_PORT, "subnet_id": SUBNET}
    ],
    "floating_ips": [
        {
            "fixed_ip_address": "10.0.1.9", "floating_ip_address": "203.0.113.11",
            "floating_network_id": EXTERNAL, "id": FLOATING_IP, "port_id": PORT, "router_id": ROUTER,
            "status": None, "tenant_id": TENANT,
        }
    ],
    "security_groups": [
        {
            "id": GROUP, "tenant_id": None, "name": None, "description": None,
            "security_group_rules": _rules()[:2],
        },
        {
            "id": OTHER_GROUP, "tenant_id": TENANT, "name": "default",
            "description": "Default security group",
            "security_group_rules": _rules()[2:],
        },
    ],
    "security_group_rules": _rules(),
    "pools": [
        {
            "admin_state_up": True, "description": "d1", "health_monitors": [MONITOR, PING_MONITOR],
            "health_monitors_status": [
                {"monitor_id": MONITOR, "status": "ACTIVE", "status_description": ""},
                {"monitor_id": PING_MONITOR, "status": "PENDING_DELETE", "status_description": None},
            ],
            "id": POOL, "lb_method": "ROUND_ROBIN", "members": list(MEMBERS), "name": "pool-プール",
            "protocol": "HTTP", "provider": "midonet", "status": "ACTIVE", "status_description": None,
            "subnet_id": SUBNET, "tenant_id": TENANT, "vip_id": VIP,
        },
        {
            "admin_state_up": False, "description": None, "health_monitors": [MONITOR],
            "health_monitors_status": [{"monitor_id": MONITOR, "status": "ACTIVE", "status_description": ""}],
            "id": BARE_POOL, "lb_method": "SOURCE_IP", "members": [], "name": None, "protocol": "TCP",
            "provider": "", "status": "PENDING_DELETE", "status_description": "why",
            "subnet_id": OTHER_SUBNET,
            "tenant_id": None, "vip_id": None,
        },
    ],
    "members": [
        {
            "address": address, "admin_state_up": True, "id": key, "pool_id": POOL, "protocol_port": port,
            "status": "ACTIVE", "status_description": None, "tenant_id": TENANT, "weight": 1,
        }
        for key, address, port in zip(
            MEMBERS, ("10.0.1.9", "10.0.1.9", "10.0.1.90"), (80, 8080, 80), strict=True
        )
    ],
    "vips": [
        {
            "address": "10.0.11.100", "admin_state_up": True, "connection_limit": 100, "description": "x",
            "id": VIP, "name": "vip-ビップ", "pool_id": POOL, "port_id": VIP_PORT, "protocol": "HTTP",
            "protocol_port": 80,
            "session_persistence": {"cookie_name": "JSESSIONID", "type": "APP_COOKIE"}, "status": "ACTIVE",
            "status_description": None, "subnet_id": OTHER_SUBNET, "tenant_id": TENANT,
        }
    ],
    "health_monitors": [
        {
            "admin_state_up": True, "delay": 10, "expected_codes": "200-204", "http_method": "HEAD",
            "id": MONITOR, "max_retries": 3,
            "pools": [
                {"pool_id": POOL, "status": "ACTIVE", "status_description": ""},
                {"pool_id": BARE_POOL, "status": "ACTIVE", "status_description": ""},
            ],
            "tenant_id": TENANT, "timeout": 5, "type": "HTTP", "url_path": "/health?x=1",
        },
        {
            "admin_state_up": False, "delay": 1, "id": PING_MONITOR, "max_retries": 1,
            "pools": [{"pool_id": POOL, "status": "PENDING_DELETE", "status_description": None}],
            "tenant_id": "", "timeout": 1, "type": "PING",
        },
    ],
}  # fmt: skip
