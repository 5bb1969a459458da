"""Ports, port groups and BGP (old 3.6, 3.9, 3.10)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet19.errors import internal, missing
from midonet_lab.midonet19.negotiation import JSON, Offer
from midonet_lab.midonet19.resources import media_type
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of

_LIST = "collection.Port"
_ALL_PORTS = (
    Offer(media_type(_LIST, 1), 1, old_port_types=True),
    Offer(media_type(_LIST, 2), 2),
    Offer(JSON, 1),
)
"""``application/json`` has the new type names here, but not below devices nor for items (old 1.4)."""
_DEVICE_PORTS = (*_ALL_PORTS[:2], Offer(JSON, 1, old_port_types=True))
_ONE_PORT = (
    Offer(media_type("Port", 1), 1, old_port_types=True),
    Offer(media_type("Port", 2), 2),
    Offer(JSON, 1, old_port_types=True),
)


def add_port_endpoints(router: Router) -> None:
    """Serve ports, what hangs below them, and port groups."""
    router.add("/ports", Endpoint(kind="port", offers=_ALL_PORTS, handle=_ports, admin=True))
    router.add("/ports/{}", Endpoint(kind="port", offers=_ONE_PORT, handle=_port, owner=True, uuids=(0,)))
    router.add("/ports/{}/link", Endpoint(kind="port"))
    for kind, path in (("bridge", "bridges"), ("router", "routers")):
        for segment, handle in (("ports", _device_ports), ("peer_ports", _peer_ports)):
            endpoint = Endpoint(
                kind="port", offers=_DEVICE_PORTS, handle=partial(handle, kind), owner=True, uuids=(0,)
            )
            router.add(f"/{path}/{{}}/{segment}", endpoint)
    router.add(
        "/ports/{}/bgps",
        Endpoint(kind="bgp", offers=offers_of(list_view("bgp")), handle=_bgps, owner=True, uuids=(0,)),
    )
    router.add(
        "/ports/{}/vtep_bindings",
        Endpoint(
            kind="vtep_binding",
            offers=offers_of(list_view("vtep_binding")),
            handle=_vtep_bindings,
            admin=True,
            uuids=(0,),
        ),
    )
    _add_groups(router)


def _add_groups(router: Router) -> None:
    groups = list_view("port_group")
    router.add(
        "/port_groups", Endpoint(kind="port_group", offers=offers_of(groups), handle=_groups, admin=True)
    )
    router.add(
        "/port_groups/{}",
        Endpoint(
            kind="port_group",
            offers=offers_of(item_view("port_group")),
            handle=_group,
            owner=True,
            uuids=(0,),
        ),
    )
    membership = Offer(media_type("collection.PortGroupPort", 1))
    router.add(
        "/ports/{}/port_groups",
        Endpoint(
            kind="port_group_port",
            offers=(membership, Offer(media_type("collection.PortGroup", 1))),
            handle=partial(_groups_of_port, membership),
            uuids=(0,),
        ),
    )


def _ports(ask: Ask) -> Answer:
    return ask.store.every("port")


def _port(ask: Ask) -> Answer:
    found = ask.store.find("port", ask.values[0])
    if found is None:
        raise missing("port", ask.values[0])
    return found


def _device_ports(kind: str, ask: Ask) -> list[dict[str, object]]:
    ports = ask.store.ports_of(kind, ask.values[0])
    if ports is None:
        raise internal()
    return ports


def _peer_ports(kind: str, ask: Ask) -> Answer:
    peers = (
        ask.store.find("port", str(port["peerId"])) for port in _device_ports(kind, ask) if port["peerId"]
    )
    return [peer for peer in peers if peer is not None]


def _bgps(ask: Ask) -> Answer:
    """500 for bridge ports and missing ports alike (old 1.6)."""
    port = ask.store.find("port", ask.values[0])
    if port is None or port["type"] != "Router":
        raise internal()
    return ask.store.below("bgp", "portId", port["id"])


def _vtep_bindings(ask: Ask) -> Answer:
    port = ask.store.find("port", ask.values[0])
    if port is None:
        raise missing("port", ask.values[0])
    bindings = ask.store.below("vtep_binding", "mgmtIp", str(port.get("mgmtIpAddr")))
    return [binding for binding in bindings if binding["networkId"] == port["deviceId"]]


def _groups(ask: Ask) -> Answer:
    """``port_id`` wins over ``tenant_id`` (old 1.5)."""
    port_id, tenant = ask.query.get("port_id"), ask.query.get("tenant_id")
    groups = ask.store.every("port_group")
    if port_id is not None:
        member_of = {m["portGroupId"] for m in ask.store.below("port_group_port", "portId", port_id)}
        return [group for group in groups if group["id"] in member_of]
    return [group for group in groups if tenant is None or group["tenantId"] == tenant]


def _group(ask: Ask) -> Answer:
    found = ask.store.find("port_group", ask.values[0])
    if found is None:
        raise missing("port_group", ask.values[0])
    return found


def _groups_of_port(membership: Offer, ask: Ask) -> Answer:
    """Memberships, or the groups themselves, as the media type says; nothing for a missing port."""
    members = ask.store.below("port_group_port", "portId", ask.values[0])
    if ask.offer == membership:
        return members
    groups = (ask.store.find("port_group", member["portGroupId"]) for member in members)
    return [group for group in groups if group is not None]
