"""Builders of single Kilo dicts (db 2) and of snapshots made of them.

A builder returns the dict the v1 plug-in would give for an unremarkable resource; keywords replace keys.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta

TENANT = "11111111111111111111111111111111"
HOST = "gateway-1"


def identity(number: int) -> str:
    """A version 4 id with a readable end."""
    return str(UUID(int=(0xA1B2_C3D4_E5F6_4A7B << 64 | 0x8C9D_0000_0000_0000) + number))


def network(number: int, /, **keys: Any) -> JsonObject:
    """An internal network."""
    return {
        "id": identity(number),
        "name": f"net-{number}",
        "tenant_id": TENANT,
        "admin_state_up": True,
        "shared": False,
        "status": "ACTIVE",
        "subnets": [],
        "mtu": 0,
        "vlan_transparent": None,
        "router:external": False,
        **keys,
    }


def subnet(number: int, network_id: str, third: int = 0, /, **keys: Any) -> JsonObject:
    """``10.0.<third>.0/24``."""
    return {
        "id": identity(number),
        "name": f"subnet-{number}",
        "tenant_id": TENANT,
        "network_id": network_id,
        "ip_version": 4,
        "cidr": f"10.0.{third}.0/24",
        "gateway_ip": f"10.0.{third}.1",
        "enable_dhcp": True,
        "shared": False,
        "dns_nameservers": [],
        "host_routes": [],
        "allocation_pools": [{"start": f"10.0.{third}.2", "end": f"10.0.{third}.254"}],
        "subnetpool_id": None,
        "ipv6_ra_mode": None,
        "ipv6_address_mode": None,
        **keys,
    }


def port(number: int, network_id: str, fixed_ips: dict[str, str] | None = None, /, **keys: Any) -> JsonObject:
    """A VM's port; ``fixed_ips`` maps addresses to subnet ids."""
    return {
        "id": identity(number),
        "name": "",
        "tenant_id": TENANT,
        "network_id": network_id,
        "mac_address": f"fa:16:3e:00:{number >> 8 & 255:02x}:{number & 255:02x}",
        "admin_state_up": True,
        "status": "ACTIVE",
        "device_id": f"vm-{number}",
        "device_owner": "compute:nova",
        "fixed_ips": [{"ip_address": address, "subnet_id": of} for address, of in (fixed_ips or {}).items()],
        "security_groups": [],
        "extra_dhcp_opts": [],
        "binding:host_id": None,
        "binding:vif_type": "midonet",
        "binding:vnic_type": "normal",
        "binding:vif_details": {"port_filter": True},
        **keys,
    }


def router(number: int, gw_port_id: str | None = None, /, **keys: Any) -> JsonObject:
    """A router; with a gateway port also with SNAT."""
    info: JsonObject | None = (
        {"network_id": None, "enable_snat": True, "external_fixed_ips": []} if gw_port_id else None
    )
    return {
        "id": identity(number),
        "name": f"router-{number}",
        "tenant_id": TENANT,
        "admin_state_up": True,
        "status": "ACTIVE",
        "gw_port_id": gw_port_id,
        "external_gateway_info": info,
        **keys,
    }


def interface(of: JsonObject) -> JsonObject:
    """What the reader derives from an interface port (db 2.4)."""
    subnet_id = of["fixed_ips"][0]["subnet_id"] if of["fixed_ips"] else None
    return {"id": of["id"], "port_id": of["id"], "router_id": of["device_id"], "subnet_id": subnet_id}


def floating_ip(number: int, address: str, /, **keys: Any) -> JsonObject:
    """An unassociated floating IP."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "floating_ip_address": address,
        "floating_network_id": None,
        "router_id": None,
        "fixed_ip_address": None,
        "port_id": None,
        "status": "ACTIVE",
        **keys,
    }


def rule(number: int, group: str, **keys: Any) -> JsonObject:
    """Everything in, IPv4."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "security_group_id": group,
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
        "remote_group_id": None,
        **keys,
    }


def group(number: int, *rules: JsonObject, **keys: Any) -> JsonObject:
    """A security group with the rules given."""
    return {
        "id": identity(number),
        "name": "default",
        "tenant_id": TENANT,
        "description": "",
        "security_group_rules": list(rules),
        **keys,
    }


def pool(number: int, subnet_id: str, /, **keys: Any) -> JsonObject:
    """A pool as LBaaS v1 shows it."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "name": f"pool-{number}",
        "description": "",
        "admin_state_up": True,
        "subnet_id": subnet_id,
        "protocol": "TCP",
        "lb_method": "ROUND_ROBIN",
        "provider": "midonet",
        "status": "ACTIVE",
        "status_description": None,
        "vip_id": None,
        "members": [],
        "health_monitors": [],
        "health_monitors_status": [],
        **keys,
    }


def member(number: int, pool_id: str, /, **keys: Any) -> JsonObject:
    """A member of a pool."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "pool_id": pool_id,
        "address": "10.0.0.9",
        "protocol_port": 80,
        "weight": 1,
        "admin_state_up": True,
        "status": "ACTIVE",
        "status_description": None,
        **keys,
    }


def vip(number: int, pool_id: str, address: str | None, subnet_id: str | None, /, **keys: Any) -> JsonObject:
    """A VIP of a pool."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "name": f"vip-{number}",
        "description": "",
        "pool_id": pool_id,
        "port_id": None,
        "address": address,
        "subnet_id": subnet_id,
        "protocol": "TCP",
        "protocol_port": 80,
        "connection_limit": -1,
        "session_persistence": None,
        "admin_state_up": True,
        "status": "ACTIVE",
        "status_description": None,
        **keys,
    }


def monitor(number: int, *pools: str, **keys: Any) -> JsonObject:
    """A health monitor attached to the pools given."""
    return {
        "id": identity(number),
        "tenant_id": TENANT,
        "type": "TCP",
        "delay": 5,
        "timeout": 3,
        "max_retries": 3,
        "admin_state_up": True,
        "pools": [{"pool_id": each, "status": "ACTIVE", "status_description": ""} for each in pools],
        **keys,
    }


def snapshot(midonet: dict[str, list[JsonObject]] | None = None, /, **kinds: list[JsonObject]) -> Snapshot:
    """A snapshot of the Neutron kinds given; rules and interfaces are derived as the reader derives them."""
    neutron: dict[str, list[JsonObject]] = {kind: [] for kind in NEUTRON_KINDS} | kinds
    if "security_group_rules" not in kinds:
        neutron["security_group_rules"] = [
            each for of in neutron["security_groups"] for each in of["security_group_rules"]
        ]
    if "router_interfaces" not in kinds:
        neutron["router_interfaces"] = [
            interface(each) for each in neutron["ports"] if each["device_owner"] == "network:router_interface"
        ]
    return Snapshot(neutron=neutron, midonet=midonet or {}, meta=SnapshotMeta())
