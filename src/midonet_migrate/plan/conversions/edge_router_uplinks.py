"""Ports of the Provider Router that are bound to hosts: uplink networks of the edge router (new 6)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ConversionRequest, Outcome, Source
from midonet_migrate.plan.conversions.edge_router_parts import Edge
from midonet_migrate.plan.conversions.old_site import network_of

UPLINK_RULE = "edge-router-uplink"


def convert_uplink(edge: Edge, port: JsonObject) -> None:
    """A network of type uplink with a port on the host, and the edge router's interface on it."""
    host = edge.site.host_names.get(port["hostId"], "")
    network = network_of(port["networkAddress"], port["networkLength"])
    binding = f"{port['hostId']}/{port['id']}"
    if not host or network is None:
        why = "its host is unknown to MidoNet" if not host else "it has no usable address"
        for kind, key in (("port", port["id"]), ("host_interface_port", binding)):
            edge.plan.outcomes[kind, key] = Outcome(
                Bucket.UNSUPPORTED, UPLINK_RULE, f"no uplink can be made of this port: {why}"
            )
        return
    name = f"{host}_{port['interfaceName']}_uplink"
    subnet_label = edge.uplink_subnets.get(str(network))
    requests: list[ConversionRequest] = []
    if subnet_label is None:
        subnet_label = f"uplink_{port['id']}"
        edge.uplink_subnets[str(network)] = subnet_label
        requests += _uplink_network(name, subnet_label, str(network))
    body = {
        "name": f"{name}_port",
        "network_id": f"${{{subnet_label}_network}}",
        "admin_state_up": port.get("adminStateUp", True),
        "mac_address": port["portMac"],
        "fixed_ips": [{"subnet_id": f"${{{subnet_label}_subnet}}", "ip_address": port["portAddress"]}],
        "binding:host_id": host,
        "binding:profile": {"interface_name": port["interfaceName"]},
    }
    requests.append(
        ConversionRequest(
            api="neutron", method="POST", path="/v2.0/ports.json", body={"port": body}, saves=edge.label(port)
        )
    )
    requests.append(edge.add_interface({"port_id": f"${{{edge.label(port)}}}"}, label=""))
    requests += edge.filters(port)
    edge.reach[port["id"]] = edge.label(port)
    edge.networks.append(network)
    edge.own_addresses.add(port["portAddress"])
    reason = "an uplink of the Provider Router; an uplink network and a router interface take its place"
    edge.convert("uplink", Source("port", port["id"]), requests, UPLINK_RULE, reason)
    edge.decide("port", port["id"], UPLINK_RULE, reason)
    edge.decide("host_interface_port", binding, UPLINK_RULE, reason)


def _uplink_network(name: str, label: str, cidr: str) -> list[ConversionRequest]:
    # No gateway: Neutron's default, the first address, may be the port's own or the peer's (orig B-37).
    return [
        ConversionRequest(
            api="neutron",
            method="POST",
            path="/v2.0/networks.json",
            body={
                "network": {
                    "name": f"{name}_net",
                    "admin_state_up": True,
                    "shared": False,
                    "provider:network_type": "uplink",
                }
            },
            saves=f"{label}_network",
        ),
        ConversionRequest(
            api="neutron",
            method="POST",
            path="/v2.0/subnets.json",
            body={
                "subnet": {
                    "name": f"{name}_subnet",
                    "network_id": f"${{{label}_network}}",
                    "ip_version": 4,
                    "cidr": cidr,
                    "gateway_ip": None,
                    "enable_dhcp": False,
                }
            },
            saves=f"{label}_subnet",
        ),
    ]
