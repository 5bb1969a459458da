"""Links of the Provider Router to external networks: interfaces of the edge router there (new 6)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject, link_key
from midonet_migrate.model.plan import Bucket, Finding, Outcome, Source
from midonet_migrate.plan.conversions.edge_router_parts import Edge
from midonet_migrate.plan.conversions.old_site import network_of

EXTERNAL_RULE = "edge-router-external-subnet"


def convert_external_link(edge: Edge, port: JsonObject) -> None:
    """An interface on the subnet of the link, with the address that is the subnet's gateway."""
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
