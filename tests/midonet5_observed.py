"""What was looked up in the real store after an experiment, looked up in the lab's one.

A probe gives what the recording has in ``observed``. Where the recording has words instead of values
("gateway_port_id set"), or values that depend on what ran before, the probe says whether it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from midonet_lab.midonet5.store import Zoom
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    extra_route_id,
    forward_chain_id,
    interface_peer_id,
    load_balancer_id,
)

Record = Mapping[str, Any]
Probe = Callable[[Zoom, Record], Any]


def _data(record: Record, row: int = 0) -> Any:
    return record["rows"][row]["data"]


def _field(class_name: str, name: str) -> Probe:
    def probe(zoom: Zoom, record: Record) -> list[str]:
        return [_text(zoom.get(class_name, _data(record)["id"]).get(name))]

    return probe


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _host_option(zoom: Zoom, record: Record) -> Any:
    port = _data(record)
    dhcp = zoom.get("Dhcp", port["fixed_ips"][0]["subnet_id"])
    key = (port["mac_address"], port["fixed_ips"][0]["ip_address"])
    host = next(host for host in dhcp["hosts"] if (host["mac"], host["ip_address"]["address"]) == key)
    options = host.get("extra_dhcp_opts")
    return [options and [{name: [text] for name, text in option.items()} for option in options]]


def _ipv6_host(zoom: Zoom, record: Record) -> Any:
    port = _data(record)
    hosts = zoom.get("Dhcp", port["fixed_ips"][0]["subnet_id"])["hosts"]
    found = [
        host for host in hosts if host["mac"] == port["mac_address"] and host["ip_address"]["version"] == "V6"
    ]
    return [
        {
            "ip_address": [{name: [text] for name, text in host["ip_address"].items()}],
            "mac": [host["mac"]],
        }
        for host in found
    ]


def _two_servers(zoom: Zoom, record: Record) -> Any:
    interface = _data(record)
    dhcp = zoom.get("Dhcp", interface["subnet_id"])
    route = zoom.get(
        "Route", derived_id(Derived.METADATA_SERVICE_ROUTE, interface_peer_id(interface["port_id"]))
    )
    gateways = [[option["gateway"]["address"]] for option in dhcp["opt121_routes"]]
    return [[route["next_hop_gateway"]["address"]], gateways]


def _extra_routes(zoom: Zoom, record: Record) -> int:
    router = _data(record)["id"]
    possible = {extra_route_id(router, f"10.1.{number}.0", 24, "10.0.0.10") for number in range(10)} | {
        _route(router, route) for route in _data(record).get("routes") or ()
    }
    return sum(zoom.exists("Route", route) for route in possible)


def _route(router: str, route: Mapping[str, str]) -> str:
    address, _, length = route["destination"].partition("/")
    return extra_route_id(router, address, int(length), route["nexthop"])


def _no_gateway(zoom: Zoom, record: Record) -> Any:
    router = zoom.get("Router", _data(record)["id"])
    rule = zoom.find("Rule", derived_id(Derived.OUT_SNAT_RULE, router["id"]))
    return [router.get("port_ids"), rule]


def _converted(zoom: Zoom, record: Record) -> Any:
    port = zoom.get("NeutronPort", _data(record)["id"])
    chain = zoom.find("Chain", derived_id(Derived.IN_CHAIN, port["id"]))
    return [[port["device_owner"]], [port["device_id"]], chain]


def _renamed(zoom: Zoom, record: Record) -> Any:
    kept, network = (zoom.get(name, _data(record)["id"]) for name in ("NeutronNetwork", "Network"))
    return [list(kept), [_text(network["admin_state_up"])], [network["name"]], ["t"]]


def _nothing_of_uplink(zoom: Zoom, record: Record) -> Any:
    classes = ("Network", "Dhcp", "Port")
    return [zoom.find(name, _data(record, row)["id"]) for row, name in enumerate(classes)]


def _monitored(zoom: Zoom, record: Record) -> Any:
    monitor = _data(record)
    pool = zoom.get("Pool", monitor["pools"][0]["pool_id"])
    assert zoom.get("HealthMonitor", monitor["id"]).get("type") is None
    return [None, [pool["mapping_status"]]]


def _last_monitor(zoom: Zoom, record: Record) -> bool:
    pool = zoom.get("Pool", _data(record)["pools"][0]["pool_id"])
    return bool(pool["health_monitor_id"] == _data(record)["id"])


def _bound_interface(zoom: Zoom, record: Record) -> Any:
    port = zoom.get("Port", interface_peer_id(_data(record, 1)["port_id"]))
    assert port["tunnel_key"] > 1
    return {
        "host_id": ".." if port.get("host_id") else None,
        "interface_name": [port.get("interface_name")],
        "port_group_ids": ".." if port.get("port_group_ids") else None,
        "tunnel_key": "depends on what ran before",
    }


def _balancer(zoom: Zoom, record: Record) -> Any:
    pools = [row["data"] for row in record["rows"] if row["data_type"] == "POOL"]
    balancer = zoom.get("LoadBalancer", load_balancer_id(pools[0]["router_id"]))
    return [_text(balancer["admin_state_up"])]


def _firewall(zoom: Zoom, record: Record) -> Any:
    firewall = _data(record)
    chain = zoom.get("Chain", forward_chain_id(firewall["id"]))
    jump = derived_id(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, firewall["add-router-ids"][0])
    rule = zoom.get("Rule", firewall["firewall_rule_list"][0]["id"])
    return [bool(chain), zoom.exists("Rule", jump), zoom.print("Rule", rule).decode()]


def _config(zoom: Zoom, record: Record) -> str:
    return zoom.print("TunnelZone", zoom.get("TunnelZone", _data(record)["id"])).decode()


def _portbinding(zoom: Zoom, record: Record) -> Any:
    return [zoom.get("Port", _data(record)["port_id"])["interface_name"]]


def _host_bound(zoom: Zoom, record: Record) -> str:
    port = interface_peer_id(_data(record)["port_id"])
    hosts = zoom.all("Host")
    return "Host.port_ids set" if any(port in host.get("port_ids", ()) for host in hosts) else "not set"


def _vip_gateway(zoom: Zoom, record: Record) -> str:
    vip = zoom.get("Vip", _data(record)["id"])
    return "gateway_port_id set" if "gateway_port_id" in vip else "not set"


def _name_and_tenant(zoom: Zoom, record: Record) -> Any:
    network = zoom.get("Network", _data(record)["id"])
    return [[network["name"]], [network["tenant_id"]]]


def _dns(zoom: Zoom, record: Record) -> Any:
    servers = zoom.get("Dhcp", _data(record)["id"])["dns_server_address"]
    return [{name: [text] for name, text in sorted(server.items())} for server in servers]


def _reversed(zoom: Zoom, record: Record) -> str:
    """The API answers 500 for a range that ends before it starts; the store takes it."""
    rule = zoom.get("Rule", _data(record)["security_group_rules"][0]["id"])
    bounds = rule["condition"].get("tp_dst", {})
    poison = bounds.get("start", 0) > bounds.get("end", 65535)
    return f"GET chain rules -> {500 if poison else 200}"


PROBES: Mapping[str, Probe] = {
    "data: admin_state_up": _field("Network", "admin_state_up"),
    "data: id short groups": lambda zoom, _: zoom.exists("Network", "00000001-0001-0001-0001-000000000001"),
    "data: name is a number / object": _name_and_tenant,
    "data: x:external": _field("NeutronNetwork", "external"),
    "data: dns_nameservers IPv6": _dns,
    "NETWORK UPDATE with id and name only": _renamed,
    "PORT VIF second fixed ip IPv6 on an existing": _ipv6_host,
    "PORT extra_dhcp_opts": _host_option,
    "PORT two DHCP ports before": _two_servers,
    "ROUTER external_gateway_info without": _no_gateway,
    "ROUTER UPDATE one extra route": _extra_routes,
    "ROUTER UPDATE same route again": _extra_routes,
    "ROUTER UPDATE routes gone": _extra_routes,
    "ROUTER CREATE with routes": _extra_routes,
    "ROUTER UPDATE with the routes already": _extra_routes,
    "ROUTERINTERFACE with VIF port": _converted,
    "UPLINK network+subnet+port": _nothing_of_uplink,
    "UPLINK ROUTERINTERFACE, Host written": _host_bound,
    "PORT bound: host + interface": _field("Port", "interface_name"),
    "SG rule icmpv6 type": _reversed,
    "SG rule tcp 90..80": _reversed,
    "SG rule icmp type 8": _reversed,
    "SG rule ports -1": _reversed,
    "MEMBER without weight": _field("PoolMember", "weight"),
    "VIP on external subnet": _vip_gateway,
    "HEALTHMONITOR normal": _monitored,
    "HEALTHMONITOR second one": _last_monitor,
    "CONFIG": _config,
    "PORTBINDING host by uuid": _portbinding,
    "UPLINK interface:": _bound_interface,
    "POOL: first pool of a router": _balancer,
    "POOL UPDATE of that pool": _balancer,
    "FIREWALL on router": _firewall,
}
NOT_IMPORTER = {"REST: POST /chains": "an answer of the REST API; its row is an ordinary network"}
"""Experiments whose observation is not the importer's, and why."""


def expected_observation(record: Record) -> Any:
    """The recorded observation in the form the probes give it."""
    observed = record["observed"]
    if isinstance(observed, dict) and "tunnel_key" in observed:
        return {**observed, "tunnel_key": "depends on what ran before"}
    return observed


def probe_of(record: Record) -> Probe | None:
    """The probe for an experiment's observation; None if it has none, or not of the importer's doing."""
    name = record["task"]
    if record.get("observed") is None or any(name.startswith(other) for other in NOT_IMPORTER):
        return None
    return next(probe for prefix, probe in PROBES.items() if name.startswith(prefix))
