"""A small, rich Neutron database as rows; ``neutron_sample_dicts`` has what the getters return for it."""

from __future__ import annotations

from typing import Any

Rows = dict[str, list[dict[str, Any]]]

OPERATOR = "ad000000000000000000000000000000"
TENANT = "11111111111111111111111111111111"
EXTERNAL = "7dfb680e-115f-4fa3-a8ae-b5522ee005db"
EXTERNAL_4 = "44cac789-965b-49aa-ac34-98864d7652bc"
EXTERNAL_6 = "9d1b4ab5-6be3-4add-9658-58e3150a7d9f"
NETWORK = "37f0c9c8-163a-466f-b011-1313099bf815"
SUBNET = "12df121e-341d-4585-92c0-08c5cbfaed80"
OTHER_SUBNET = "6396c736-a89e-4113-bac1-54ba1bb86414"
SUBNET_6 = "6c4d169b-3c6e-4b72-bd82-ab2e45426176"
SUBNET_POOL = "5d7a1b56-1e5c-4e0f-9d6f-0a3c8a1a2b10"
UPLINK = "c61ab1a0-7f1e-44bb-8f0e-6a5e8a0c9b01"
PORT = "32b3d957-492a-4cae-84bb-809bfdb7e033"
GATEWAY_PORT = "1e91d2ad-8ce9-4619-8f15-4a86f48d9b8e"
INTERFACE_PORT = "8f0f5a04-6c8a-4a3e-8d7d-2f6f0b6f1c77"
FLOATING_PORT = "0b6cf0f5-8a65-4c39-9c2e-7a1c66a0f0de"
VIP_PORT = "2d4f31e2-e5f8-47d3-9d2d-ee181ec95e92"
ROUTER = "ed6af535-fd13-49c1-8ce4-b3b17bd290a6"
BARE_ROUTER = "f7d1b1b0-51f5-4f64-8d3c-4b5f9f6a7e21"
FLOATING_IP = "442f5f4a-df1d-433f-8d6c-31148a70c448"
GROUP = "3e268490-f187-40f4-b29f-3bc7986119c6"
OTHER_GROUP = "55abcda9-b65e-4dca-9a62-a8ef9dbb2cbd"
POOL = "cd00fcd8-3024-4a43-9958-14e5123dea92"
BARE_POOL = "d1a7e6b5-88f3-46f9-9b6e-1f6a27c2c9c4"
VIP = "751c1f7e-9d87-45dd-9b8b-daa13b292460"
MONITOR = "85811d85-55b0-4ba1-8151-cf17bdf983bd"
PING_MONITOR = "96b7cb1f-97a9-4d07-a3d0-6b4c3f6e2b13"
MEMBERS = (
    "f93d4163-329e-4ef2-9646-f0facb22d23f",
    "ee09c5a4-0835-4d11-ad34-0da5cbbd0e98",
    "a49aa372-7c71-409e-813a-27fbecfa349b",
)
MAC = "fa:16:3e:d2:cf:89"


def _port(key: str, network: str, mac: str, **values: Any) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "name": "", "network_id": network, "mac_address": mac,
        "admin_state_up": 1, "status": "ACTIVE", "device_id": "", "device_owner": "", **values,
    }  # fmt: skip


def _subnet(
    key: str, network: str, version: int, cidr: str, gateway: str | None, **values: Any
) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "name": "", "network_id": network, "ip_version": version,
        "cidr": cidr,
        "gateway_ip": gateway, "enable_dhcp": 1, "shared": 0, "ipv6_ra_mode": None, "ipv6_address_mode": None,
        "subnetpool_id": None, **values,
    }  # fmt: skip


def _network(key: str, **values: Any) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "name": "", "status": "ACTIVE", "admin_state_up": 1, "shared": 0,
        "mtu": 0, "vlan_transparent": None, **values,
    }  # fmt: skip


def _address(port: str | None, address: str, subnet: str, network: str) -> dict[str, Any]:
    return {"port_id": port, "ip_address": address, "subnet_id": subnet, "network_id": network}


def rule(key: str, group: str, direction: str, ethertype: str | None, **values: Any) -> dict[str, Any]:
    """A rule: as a row and as it is shown."""
    return {
        "id": key, "tenant_id": TENANT, "security_group_id": group, "remote_group_id": None,
        "direction": direction, "ethertype": ethertype, "protocol": None, "port_range_min": None,
        "port_range_max": None, "remote_ip_prefix": None, **values,
    }  # fmt: skip


def _member(key: str, address: str, port: int) -> dict[str, Any]:
    return {
        "id": key, "tenant_id": TENANT, "status": "ACTIVE", "status_description": None, "pool_id": POOL,
        "address": address, "protocol_port": port, "weight": 1, "admin_state_up": 1,
    }  # fmt: skip


def _option(number: int, port: str, name: str, value: str, version: int = 4) -> dict[str, Any]:
    key = f"{number:08x}-0000-4000-8000-000000000000"
    return {"id": key, "port_id": port, "opt_name": name, "opt_value": value, "ip_version": version}


def rich_rows() -> Rows:
    """Rows by table, in an order that satisfies the foreign keys; every oddity of (db 2, 4) that fits."""
    return {
        "networks": [
            _network(EXTERNAL, tenant_id=OPERATOR, name="público-外部"),
            _network(NETWORK, name=None, mtu=None, shared=1, vlan_transparent=1, admin_state_up=0),
            _network(UPLINK, tenant_id="", name="uplink", status=None, admin_state_up=None, shared=None),
        ],
        "externalnetworks": [{"network_id": EXTERNAL}],
        "networksecuritybindings": [
            {"network_id": EXTERNAL, "port_security_enabled": 1},
            {"network_id": UPLINK, "port_security_enabled": 0},
        ],
        "midonet_network_bindings": [{"network_id": UPLINK, "network_type": "uplink"}],
        "subnetpools": [
            {
                "id": SUBNET_POOL, "tenant_id": None, "name": "pool", "ip_version": 4,
                "default_prefixlen": 26,
                "min_prefixlen": 8, "max_prefixlen": 32, "shared": 1, "default_quota": None,
            }
        ],
        "subnetpoolprefixes": [
            {"cidr": "10.9.0.0/16", "subnetpool_id": SUBNET_POOL},
            {"cidr": "10.10.0.0/16", "subnetpool_id": SUBNET_POOL},
        ],
        "subnets": [
            _subnet(EXTERNAL_6, EXTERNAL, 6, "2001:db8:ffff::/64", "2001:db8:ffff::1", enable_dhcp=0),
            _subnet(EXTERNAL_4, EXTERNAL, 4, "203.0.113.0/24", None, enable_dhcp=None, shared=None),
            _subnet(SUBNET, NETWORK, 4, "10.0.1.0/24", "10.0.1.1", name="サブネット-a1"),
            _subnet(OTHER_SUBNET, NETWORK, 4, "10.0.11.0/24", "10.0.11.1", subnetpool_id=SUBNET_POOL),
            _subnet(
                SUBNET_6, NETWORK, 6, "fd00:0:0:1::/64", "fd00:0:0:1::1", name=None, tenant_id=None,
                ipv6_ra_mode="slaac", ipv6_address_mode="slaac",
            ),
        ],
        "ipallocationpools": [
            {"id": "3", "subnet_id": SUBNET, "first_ip": "10.0.1.2", "last_ip": "10.0.1.99"},
            {"id": "1", "subnet_id": SUBNET, "first_ip": "10.0.1.200", "last_ip": "10.0.1.220"},
            {"id": "2", "subnet_id": SUBNET, "first_ip": "10.0.1.120", "last_ip": "10.0.1.130"},
        ],
        "dnsnameservers": [
            {"address": address, "subnet_id": SUBNET} for address in ("8.8.8.8", "9.9.9.9", "10.10.10.10")
        ],
        "subnetroutes": [
            {"destination": "192.168.9.0/24", "nexthop": "10.0.1.9", "subnet_id": SUBNET},
            {"destination": "10.99.0.0/16", "nexthop": "10.0.1.254", "subnet_id": SUBNET},
            {"destination": "10.99.0.0/16", "nexthop": "10.0.1.20", "subnet_id": SUBNET},
        ],
        "securitygroups": [
            {
                "id": OTHER_GROUP, "tenant_id": TENANT, "name": "default",
                "description": "Default security group",
            },
            {"id": GROUP, "tenant_id": None, "name": None, "description": None},
        ],
        "securitygrouprules": [
            rule("b2", OTHER_GROUP, "ingress", "IPv6", remote_group_id=OTHER_GROUP),
            rule("b1", OTHER_GROUP, "egress", "IPv4"),
            rule(
                "a1", GROUP, "ingress", None, protocol="58", port_range_min=8, port_range_max=0,
                tenant_id="",
            ),
            rule("a2", GROUP, "ingress", "IPv4", protocol="tcp", remote_ip_prefix="10.0.0.0/8"),
        ],
        "ports": [
            _port(
                PORT, NETWORK, MAC, name="vm1 仮想", device_id="00000001-aaaa-4bbb-8ccc-dddddddddddd",
                device_owner="compute:nova",
            ),
            _port(
                GATEWAY_PORT, EXTERNAL, "fa:16:3e:00:00:02", tenant_id="", device_id=ROUTER,
                device_owner="network:router_gateway",
            ),
            _port(
                INTERFACE_PORT, NETWORK, "FA:16:3E:00:00:03", device_id=ROUTER,
                device_owner="network:router_interface",
            ),
            _port(
                FLOATING_PORT, EXTERNAL, "fa:16:3e:00:00:04", tenant_id="", device_id=FLOATING_IP,
                status="N/A",
                device_owner="network:floatingip",
            ),
            _port(
                VIP_PORT, NETWORK, "fa:16:3e:00:00:05", name=None, tenant_id=None, admin_state_up=0,
                device_owner="neutron:LOADBALANCER",
            ),
        ],
        "ipallocations": [
            _address(PORT, "10.0.1.90", SUBNET, NETWORK),
            _address(PORT, "10.0.1.9", SUBNET, NETWORK),
            _address(PORT, "fd00::1:f816:3eff:fed2:cf89", SUBNET_6, NETWORK),
            _address(PORT, "10.0.11.5", OTHER_SUBNET, NETWORK),
            _address(GATEWAY_PORT, "203.0.113.15", EXTERNAL_4, EXTERNAL),
            _address(GATEWAY_PORT, "2001:db8:ffff::15", EXTERNAL_6, EXTERNAL),
            _address(INTERFACE_PORT, "10.0.1.1", SUBNET, NETWORK),
            _address(FLOATING_PORT, "203.0.113.11", EXTERNAL_4, EXTERNAL),
            _address(VIP_PORT, "10.0.11.100", OTHER_SUBNET, NETWORK),
            _address(None, "10.0.1.77", SUBNET, NETWORK),
        ],
        "portbindingports": [{"port_id": PORT, "host": "compute-1"}],
        "midonet_port_bindings": [{"port_id": PORT, "interface_name": "tap0"}],
        "portsecuritybindings": [
            {"port_id": PORT, "port_security_enabled": 1},
            {"port_id": GATEWAY_PORT, "port_security_enabled": 0},
        ],
        "allowedaddresspairs": [
            {"port_id": PORT, "mac_address": MAC, "ip_address": "fd00:0:0:1::/64"},
            {"port_id": PORT, "mac_address": "fa:16:3e:00:00:99", "ip_address": "10.0.1.0/24"},
            {"port_id": PORT, "mac_address": MAC, "ip_address": "10.0.1.240"},
            {"port_id": PORT, "mac_address": "FA:16:3E:00:00:01", "ip_address": "10.0.1.24"},
        ],
        "extradhcpopts": [
            _option(1, PORT, "tftp-server", "10.0.1.78"),
            _option(2, PORT, "bootfile-name", "boot6", 6),
            _option(3, PORT, "bootfile-name", "pxelinux.0"),
            *(_option(number, VIP_PORT, f"option-{number}", "x") for number in range(4, 8)),
        ],
        "securitygroupportbindings": [
            {"port_id": PORT, "security_group_id": OTHER_GROUP},
            {"port_id": PORT, "security_group_id": GROUP},
            {"port_id": VIP_PORT, "security_group_id": OTHER_GROUP},
        ],
        "routers": [
            {
                "id": ROUTER, "tenant_id": TENANT, "name": "router-1 ルーター", "status": "ACTIVE",
                "admin_state_up": 1, "gw_port_id": GATEWAY_PORT, "enable_snat": 0,
            },
            {
                "id": BARE_ROUTER, "tenant_id": None, "name": None, "status": None, "admin_state_up": None,
                "gw_port_id": None, "enable_snat": 1,
            },
        ],
        "routerroutes": [
            {"destination": "192.168.200.0/24", "nexthop": "10.0.1.50", "router_id": ROUTER},
            {"destination": "10.200.0.0/16", "nexthop": "10.0.11.9", "router_id": ROUTER},
            {"destination": "10.200.0.0/16", "nexthop": "10.0.1.5", "router_id": ROUTER},
            {"destination": "0.0.0.0/1", "nexthop": "172.31.0.1", "router_id": ROUTER},
        ],
        "routerports": [
            {"router_id": ROUTER, "port_id": INTERFACE_PORT, "port_type": "network:router_interface"},
            {"router_id": ROUTER, "port_id": GATEWAY_PORT, "port_type": None},
        ],
        "floatingips": [
            {
                "id": FLOATING_IP, "tenant_id": TENANT, "floating_ip_address": "203.0.113.11",
                "floating_network_id": EXTERNAL, "floating_port_id": FLOATING_PORT, "fixed_port_id": PORT,
                "fixed_ip_address": "10.0.1.9", "router_id": ROUTER, "last_known_router_id": None,
                "status": None,
            }
        ],
        "vips": [
            {
                "id": VIP, "tenant_id": TENANT, "status": "ACTIVE", "status_description": None,
                "name": "vip-ビップ", "description": "x", "port_id": VIP_PORT, "protocol_port": 80,
                "protocol": "HTTP", "pool_id": POOL, "admin_state_up": 1, "connection_limit": 100,
            }
        ],
        "sessionpersistences": [{"vip_id": VIP, "type": "APP_COOKIE", "cookie_name": "JSESSIONID"}],
        "pools": [
            {
                "id": POOL, "tenant_id": TENANT, "status": "ACTIVE", "status_description": None,
                "vip_id": VIP,
                "name": "pool-プール", "description": "d1", "subnet_id": SUBNET, "protocol": "HTTP",
                "lb_method": "ROUND_ROBIN", "admin_state_up": 1,
            },
            {
                "id": BARE_POOL, "tenant_id": None, "status": "PENDING_DELETE", "status_description": "why",
                "vip_id": None, "name": None, "description": None, "subnet_id": OTHER_SUBNET,
                "protocol": "TCP",
                "lb_method": "SOURCE_IP", "admin_state_up": 0,
            },
        ],
        "providerresourceassociations": [
            {"provider_name": "midonet", "resource_id": POOL},
            {"provider_name": "midonet", "resource_id": "not-a-pool"},
        ],
        "members": [
            _member(MEMBERS[2], "10.0.1.90", 80),
            _member(MEMBERS[1], "10.0.1.9", 8080),
            _member(MEMBERS[0], "10.0.1.9", 80),
        ],
        "healthmonitors": [
            {
                "id": MONITOR, "tenant_id": TENANT, "type": "HTTP", "delay": 10, "timeout": 5,
                "max_retries": 3,
                "http_method": "HEAD", "url_path": "/health?x=1", "expected_codes": "200-204",
                "admin_state_up": 1,
            },
            {
                "id": PING_MONITOR, "tenant_id": "", "type": "PING", "delay": 1, "timeout": 1,
                "max_retries": 1,
                "http_method": "GET", "url_path": "/", "expected_codes": "200", "admin_state_up": 0,
            },
        ],
        "poolmonitorassociations": [
            {
                "status": "PENDING_DELETE", "status_description": None, "pool_id": POOL,
                "monitor_id": PING_MONITOR,
            },
            {"status": "ACTIVE", "status_description": "", "pool_id": POOL, "monitor_id": MONITOR},
            {"status": "ACTIVE", "status_description": "", "pool_id": BARE_POOL, "monitor_id": MONITOR},
        ],
    }  # fmt: skip
