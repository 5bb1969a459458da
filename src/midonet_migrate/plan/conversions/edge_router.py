"""The Provider Router becomes an ordinary Neutron router on uplink networks, the edge router (new 6)."""

from __future__ import annotations

from collections.abc import Callable

from midonet_migrate.model.keys import JsonObject, link_key, object_key
from midonet_migrate.model.plan import (
    Bucket,
    ConversionPlan,
    ConversionRequest,
    Finding,
    Outcome,
    PlanOptions,
    Source,
)
from midonet_migrate.plan.conversions.edge_router_bgp import convert_sessions
from midonet_migrate.plan.conversions.edge_router_parts import Edge, vendor
from midonet_migrate.plan.conversions.edge_router_routes import convert_routes
from midonet_migrate.plan.conversions.old_site import OldSite, Role, network_of

ROUTER_RULE = "edge-router"
UPLINK_RULE = "edge-router-uplink"
EXTERNAL_RULE = "edge-router-external-subnet"
PORT_RULE = "edge-router-port"
GROUP_RULE = "edge-router-port-group"


def convert_provider_router(site: OldSite, options: PlanOptions, plan: ConversionPlan) -> None:
    """Plan the edge router; nothing where the site has no Provider Router."""
    router_id = site.ownership.provider_router
    if router_id is None:
        return
    router = site.snapshot.midonet_by_id("router")[router_id]
    edge = Edge(site, router, plan)
    _convert_router(edge, options)
    for port in sorted(edge.ports, key=lambda item: str(item["id"])):
        _port_conversion(edge, port)(edge, port)
    _convert_port_groups(edge)
    convert_sessions(edge)
    convert_routes(edge)


def _port_conversion(edge: Edge, port: JsonObject) -> Callable[[Edge, JsonObject], None]:
    role = edge.site.owner("port", port).role
    if role is Role.GATEWAY_PORT:
        return _leave_to_the_importer
    if role is Role.EXTERNAL_LINK_ROUTER_PORT:
        return _convert_external_link
    if port.get("hostId") and port.get("interfaceName"):
        return _convert_uplink
    return _convert_other_port


def _leave_to_the_importer(edge: Edge, port: JsonObject) -> None:
    """Gateway links: the importer makes the gateway on the external network itself (imp B)."""
    del edge, port


def _convert_router(edge: Edge, options: PlanOptions) -> None:
    router = edge.router
    body: JsonObject = {
        "name": router.get("name") or "edge router",
        "admin_state_up": router.get("adminStateUp", True),
    }
    if options.admin_tenant:
        body["tenant_id"] = options.admin_tenant
    requests = [
        ConversionRequest(
            api="neutron",
            method="POST",
            path="/v2.0/routers.json",
            body={"router": body},
            saves=edge.LABEL,
        )
    ]
    for member, chain in (("inboundFilterId", "pre-chain"), ("outboundFilterId", "post-chain")):
        if router.get(member):
            requests.append(
                ConversionRequest(
                    api="midonet",
                    method="POST",
                    path=f"/chains/${{{edge.LABEL}:{chain}}}/rules",
                    body={"type": "jump", "jumpChainId": router[member], "position": 1},
                    media_type=vendor("Rule-v2"),
                )
            )
    reason = "5.x has no Provider Router; an ordinary Neutron router with uplink networks takes its place"
    edge.convert("edge-router", Source("router", router["id"]), requests, ROUTER_RULE, reason)
    edge.decide("router", router["id"], ROUTER_RULE, reason)


def _convert_uplink(edge: Edge, port: JsonObject) -> None:
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


def _convert_external_link(edge: Edge, port: JsonObject) -> None:
    peer = edge.site.ports.get(port.get("peerId") or "")
    network_id = peer["deviceId"] if peer else ""
    cidr = network_of(port["networkAddress"], port["networkLength"])
    subnets = [
        subnet
        for subnet in edge.site.subnets.values()
        if subnet["network_id"] == network_id
        and network_of(*str(subnet["cidr"]).partition("/")[::2]) == cidr
        and subnet["ip_version"] == 4
    ]
    ends: list[tuple[str, str]] = [("port", port["id"])]
    if peer:
        ends += [("port", peer["id"]), ("port_link", link_key(port["id"], peer["id"]))]
    subnet = next((item for item in subnets if edge.site.queued("subnets", item["id"])), None)
    if subnet is None or not subnet.get("gateway_ip"):
        why = "its subnet has no gateway address" if subnet else "its subnet is not migrated"
        reason = f"the edge router cannot be attached here by itself: {why}"
        for kind, key in ends:
            edge.plan.outcomes[kind, key] = Outcome(Bucket.UNSUPPORTED, EXTERNAL_RULE, reason)
        return
    edge.reach[port["id"]] = edge.label(port)
    assert cidr is not None  # a queued IPv4 subnet has a CIDR
    edge.networks.append(cidr)
    edge.own_addresses.add(subnet["gateway_ip"])
    reason = "the link of an external subnet; an interface of the edge router takes its place"
    request = edge.add_interface({"subnet_id": subnet["id"]}, label=edge.label(port))
    edge.convert(
        "external-subnet", Source("port", port["id"]), [request, *edge.filters(port)], EXTERNAL_RULE, reason
    )
    for kind, key in ends:
        edge.decide(kind, key, EXTERNAL_RULE, reason)
    _check_gateway_is_free(edge, subnet)


def _check_gateway_is_free(edge: Edge, subnet: JsonObject) -> None:
    taken = [
        port["id"]
        for port in edge.site.snapshot.neutron.get("ports", [])
        if any(
            fixed["subnet_id"] == subnet["id"] and fixed["ip_address"] == subnet["gateway_ip"]
            for fixed in port["fixed_ips"]
        )
    ]
    if taken:
        edge.plan.findings.append(
            Finding(
                level="warning",
                rule="external-gateway-taken",
                kind="subnets",
                id=subnet["id"],
                message=f"its gateway address {subnet['gateway_ip']} belongs to port {taken[0]}: Neutron "
                "will refuse the edge router's interface",
                remedy="free the address in Neutron before the conversion",
            )
        )


def _convert_other_port(edge: Edge, port: JsonObject) -> None:
    """A port somebody put on the Provider Router: the same port on the edge router, linked again."""
    members = ("networkAddress", "networkLength", "portAddress", "portMac", "adminStateUp")
    body = {"id": port["id"], "type": "Router", **{member: port.get(member) for member in members}}
    for member in ("inboundFilterId", "outboundFilterId"):
        if port.get(member):
            body[member] = port[member]
    requests = [
        ConversionRequest(
            api="midonet",
            method="POST",
            path=f"/routers/${{{edge.LABEL}}}/ports",
            body=body,
            media_type=vendor("Port-v3"),
        )
    ]
    reason = "a port made by hand on the Provider Router; the edge router gets the same one"
    peer = edge.site.ports.get(port.get("peerId") or "")
    if peer is not None:
        requests.append(
            ConversionRequest(
                api="midonet",
                method="POST",
                path=f"/ports/{port['id']}/link",
                body={"peerId": peer["id"]},
                media_type=vendor("PortLink-v1"),
            )
        )
        edge.decide("port_link", link_key(port["id"], peer["id"]), PORT_RULE, reason)
    network = network_of(port["networkAddress"], port["networkLength"])
    if network is not None:
        edge.networks.append(network)
    edge.own_addresses.add(str(port.get("portAddress")))
    edge.kept_ports.add(port["id"])
    edge.convert("edge-router-port", Source("port", port["id"]), requests, PORT_RULE, reason)
    edge.decide("port", port["id"], PORT_RULE, reason)


def _convert_port_groups(edge: Edge) -> None:
    """Groups of uplink ports: the edge router's own stateful group does their work (new 6)."""
    members: dict[str, list[JsonObject]] = {}
    for member in edge.site.snapshot.midonet.get("port_group_port", []):
        members.setdefault(member["portGroupId"], []).append(member)
    used = {rule["portGroup"] for rule in edge.site.snapshot.midonet.get("rule", []) if rule.get("portGroup")}
    for group in edge.site.snapshot.midonet.get("port_group", []):
        found = members.get(group["id"], [])
        ours = [member for member in found if member["portId"] in edge.reach]
        if not ours:
            continue
        if len(ours) == len(found) and group.get("stateful") and group["id"] not in used:
            reason = "the edge router's own stateful port group shares the state of its uplinks"
            edge.convert("uplink-port-group", Source("port_group", group["id"]), [], GROUP_RULE, reason)
            edge.decide("port_group", group["id"], GROUP_RULE, reason)
            for member in ours:
                edge.decide("port_group_port", object_key("port_group_port", member), GROUP_RULE, reason)
            continue
        reason = "the port is made anew by the edge-router conversion and joins its group afterwards"
        for member in ours:
            edge.convert(
                "uplink-port-group",
                Source("port_group_port", object_key("port_group_port", member)),
                [
                    ConversionRequest(
                        api="midonet",
                        method="POST",
                        path=f"/port_groups/{group['id']}/ports",
                        body={"portId": f"${{{edge.reach[member['portId']]}:interface-peer}}"},
                        media_type=vendor("PortGroupPort-v1"),
                    )
                ],
                GROUP_RULE,
                reason,
            )
            edge.decide("port_group_port", object_key("port_group_port", member), GROUP_RULE, reason)
