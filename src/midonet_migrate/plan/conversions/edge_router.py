"""The Provider Router becomes an ordinary Neutron router on uplink networks, the edge router (new 6)."""

from __future__ import annotations

from collections.abc import Callable

from midonet_migrate.model.keys import JsonObject, link_key, object_key
from midonet_migrate.model.plan import ConversionPlan, ConversionRequest, PlanOptions, Source
from midonet_migrate.plan.conversions.edge_router_bgp import convert_sessions
from midonet_migrate.plan.conversions.edge_router_external import convert_external_link
from midonet_migrate.plan.conversions.edge_router_parts import Edge, vendor
from midonet_migrate.plan.conversions.edge_router_routes import convert_routes
from midonet_migrate.plan.conversions.edge_router_uplinks import convert_uplink
from midonet_migrate.plan.conversions.old_site import OldSite, Role, network_of

ROUTER_RULE = "edge-router"
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
        return convert_external_link
    if port.get("hostId") and port.get("interfaceName"):
        return convert_uplink
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
    filters = edge.filters_of("router", router)
    for member, chain in (("inboundFilterId", "pre-chain"), ("outboundFilterId", "post-chain")):
        if member in filters:
            requests.append(
                ConversionRequest(
                    api="midonet",
                    method="POST",
                    path=f"/chains/${{{edge.LABEL}:{chain}}}/rules",
                    body={"type": "jump", "jumpChainId": filters[member], "position": 1},
                    media_type=vendor("Rule-v2"),
                )
            )
    reason = "5.x has no Provider Router; an ordinary Neutron router with uplink networks takes its place"
    edge.convert("edge-router", Source("router", router["id"]), requests, ROUTER_RULE, reason)
    edge.decide("router", router["id"], ROUTER_RULE, reason)


def _convert_other_port(edge: Edge, port: JsonObject) -> None:
    """A port somebody put on the Provider Router: the same port on the edge router, linked again."""
    members = ("networkAddress", "networkLength", "portAddress", "portMac", "adminStateUp")
    body = {"id": port["id"], "type": "Router", **{member: port.get(member) for member in members}}
    body |= edge.filters_of("port", port)
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
