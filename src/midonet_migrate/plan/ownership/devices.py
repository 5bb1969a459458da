"""Bridges and routers, and which router is the Provider Router (old 4.2, 4.6)."""

from __future__ import annotations

from collections import Counter

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.plan.ownership.site import ROUTER_GATEWAY, Site, external_address, port_address
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

PROVIDER_ROUTER_NAME = "MidoNet Provider Router"


def find_provider_router(site: Site) -> str | None:
    """Id of the Provider Router, or None if the site has none.

    First the device of the Neutron gateway ports; else the router linked to an external network the way the
    server links it; only then the name. A router made through the API always has a tenant, the server's has
    none: the second and third way demand that.
    """
    devices = Counter(
        site.ports[port["id"]]["deviceId"]
        for port in site.neutron_ports.values()
        if port.get("device_owner") == ROUTER_GATEWAY
        and site.ports.get(port["id"], {}).get("type") == "Router"
    )
    linked = Counter(_routers_on_external_networks(site))
    candidates = _best(devices) or _best(linked)
    if candidates is None:
        named = sorted(
            router_id
            for router_id in site.routers
            if _could_be_provider_router(site, router_id)
            and site.routers[router_id].get("name") == PROVIDER_ROUTER_NAME
        )
        candidates = named[0] if named else None
    return candidates if candidates in site.routers else None


def _best(votes: Counter[str]) -> str | None:
    return min(votes, key=lambda router_id: (-votes[router_id], router_id)) if votes else None


def _could_be_provider_router(site: Site, router_id: str) -> bool:
    router = site.routers.get(router_id)
    return router is not None and router_id not in site.neutron_routers and not router.get("tenantId")


def _routers_on_external_networks(site: Site) -> list[str]:
    found = []
    for port in site.ports.values():
        if port["type"] != "Bridge" or port["id"] in site.neutron_ports:
            continue
        peer = site.ports.get(port.get("peerId") or "")
        if peer is None or peer["type"] != "Router" or not site.is_external(port["deviceId"]):
            continue
        if _could_be_provider_router(site, peer["deviceId"]):
            exact = any(
                external_address(subnet) == port_address(peer) for subnet in site.v4_subnets(port["deviceId"])
            )
            found += [peer["deviceId"]] * (2 if exact else 1)
    return found


def classify_bridges(site: Site, verdicts: Verdicts) -> None:
    """A bridge is Neutron's if its id is a network's; nothing else counts (old 4.2)."""
    for bridge_id, bridge in site.bridges.items():
        network = site.networks.get(bridge_id)
        if network is None:
            verdicts.set("bridge", bridge, user("bridge-user", "its id is no Neutron network"))
            continue
        ref = NeutronRef("networks", bridge_id)
        verdicts.set("bridge", bridge, neutron("bridge-network", ref, Role.BRIDGE))
        verdicts.compared("bridge", bridge, _named(network), "changed-attribute")
        verdicts.compared("bridge", bridge, {"disableAntiSpoof": False}, "changed-anti-spoof")
        if bridge.get("vxLanPortIds") or bridge.get("vxLanPortId"):
            ports = bridge.get("vxLanPortIds") or [bridge["vxLanPortId"]]
            verdicts.updated("bridge", bridge_id, "vxLanPortIds", ([], ports), "changed-vxlan")
    for network_id, network in site.networks.items():
        if network_id not in site.bridges and network_id not in site.raced:
            verdicts.deleted(
                "bridge", network_id, _named(network), "removed-object", "the Neutron network has no bridge"
            )


def classify_routers(site: Site, verdicts: Verdicts, provider_router: str | None) -> None:
    """Routers: of Neutron by id, the Provider Router as found, the rest by hand."""
    for router_id, router in site.routers.items():
        if router_id in site.neutron_routers:
            ref = NeutronRef("routers", router_id)
            verdicts.set("router", router, neutron("router-neutron", ref, Role.ROUTER))
            verdicts.compared("router", router, _named(site.neutron_routers[router_id]), "changed-attribute")
        elif router_id == provider_router:
            record = OwnerRecord(Owner.PROVIDER_ROUTER_INFRA, "router-provider", role=Role.ROUTER)
            verdicts.set("router", router, record)
            compare_filters(site, verdicts, "router", router, (None, None))
            verdicts.compared(
                "router", router, {"adminStateUp": True, "loadBalancerId": None}, "changed-attribute"
            )
        else:
            reason = "neither a Neutron router nor the Provider Router"
            verdicts.set("router", router, user("router-user", reason))
    for router_id, router in site.neutron_routers.items():
        if router_id not in site.routers and router_id not in site.raced:
            verdicts.deleted(
                "router", router_id, _named(router), "removed-object", "the Neutron router has no router"
            )


def trace_chain_of(site: Site, chain_id: str | None) -> str | None:
    """The trace request that the server made a chain for: the chain is the filter of the traced device.

    With other rules in it the chain stays when the trace is disabled: then it is that of whoever wrote them.
    """
    chain = site.chains.get(chain_id or "")
    name = (chain or {}).get("name") or ""
    trace_id = name.removeprefix("TRACE_REQUEST_CHAIN_")
    trace = site.traces.get(trace_id) if trace_id != name else None
    if trace is None or any(rule["type"] != "trace" for rule in site.rules_by_chain.get(chain_id or "", [])):
        return None
    device = (
        site.ports.get(trace["deviceId"])
        or site.bridges.get(trace["deviceId"])
        or site.routers.get(trace["deviceId"])
    )
    return trace_id if device is None or device.get("inboundFilterId") == chain_id else None


def _without_trace_chain(site: Site, device: JsonObject) -> JsonObject:
    """The device with the inbound filter of a running trace taken off: that is no change by a user."""
    if trace_chain_of(site, device.get("inboundFilterId")) is None:
        return device
    return {**device, "inboundFilterId": None}


def compare_filters(
    site: Site, verdicts: Verdicts, kind: str, device: JsonObject, filters: tuple[str | None, str | None]
) -> None:
    """Report filters that are not the server's; the chain of a running trace is nobody's change."""
    inbound, outbound = filters
    expected = {"inboundFilterId": inbound, "outboundFilterId": outbound}
    verdicts.compared(kind, _without_trace_chain(site, device), expected, "changed-filter")


def _named(resource: JsonObject) -> JsonObject:
    return {
        "name": resource.get("name"),
        "tenantId": resource.get("tenant_id"),
        "adminStateUp": bool(resource["admin_state_up"]),
    }
