"""Links between external networks and the Provider Router (old 4.5)."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.plan.ownership.port_roles import PortMap
from midonet_migrate.plan.ownership.site import Site, external_address, port_address
from midonet_migrate.plan.ownership.values import ANY_ADDRESS
from midonet_migrate.plan.ownership.verdicts import Verdicts


def classify_external_links(
    site: Site, verdicts: Verdicts, roles: PortMap, provider_router: str | None
) -> None:
    """Bridge port of an external network linked to a port of the Provider Router, one per subnet."""
    if provider_router is None:
        return
    routes = site.routes_by_router.get(provider_router, [])
    routed = {route.get("nextHopPort") for route in routes if route.get("nextHopGateway") == ANY_ADDRESS}
    pairs: dict[str, list[tuple[JsonObject, JsonObject]]] = {}
    for port in site.ports.values():
        if port["deviceId"] == provider_router and port["id"] not in site.neutron_ports:
            peer = site.ports.get(port.get("peerId") or "")
            if (
                peer is not None
                and peer["id"] not in site.neutron_ports
                and site.is_external(peer["deviceId"])
            ):
                pairs.setdefault(peer["deviceId"], []).append((peer, port))
    for network_id, links in pairs.items():
        links.sort(key=lambda link: (link[1]["id"] not in routed, link[1]["id"]))
        for subnet, link in _links_of_subnets(site.v4_subnets(network_id), links, routed):
            _external_link(verdicts, subnet, link)
            roles.external_links.setdefault(network_id, []).append((subnet, *link))


def _links_of_subnets(
    subnets: list[JsonObject], links: list[tuple[JsonObject, JsonObject]], routed: set[str | None]
) -> Iterator[tuple[JsonObject, tuple[JsonObject, JsonObject]]]:
    """Exact matches first; then by network alone, if the subnet's route leads there."""
    open_links = list(links)
    rest = []
    for subnet in subnets:
        for link in open_links:
            if port_address(link[1]) == external_address(subnet):
                open_links.remove(link)
                yield subnet, link
                break
        else:
            rest.append(subnet)
    for subnet in rest:
        for link in open_links:
            if port_address(link[1])[:2] == external_address(subnet)[:2] and link[1]["id"] in routed:
                open_links.remove(link)
                yield subnet, link
                break


def _external_link(verdicts: Verdicts, subnet: JsonObject, link: tuple[JsonObject, JsonObject]) -> None:
    bridge_port, router_port = link
    ref = NeutronRef("subnets", subnet["id"])
    for port, role in (
        (bridge_port, Role.EXTERNAL_LINK_BRIDGE_PORT),
        (router_port, Role.EXTERNAL_LINK_ROUTER_PORT),
    ):
        record = OwnerRecord(Owner.PROVIDER_ROUTER_INFRA, "port-external-link", "", ref, role)
        verdicts.set("port", port, record)
        verdicts.compared_up("port", port)
    address = external_address(subnet)[2]
    verdicts.compared("port", router_port, {"portAddress": address}, "changed-attribute")
