"""Routers, routes, BGP, load balancing (imp 5.3)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from midonet_lab.zookeeper_tree.switching import Objects
from midonet_lab.zookeeper_tree.tree import ROOT, Tree, envelope
from midonet_lab.zookeeper_tree.values import tenant
from midonet_migrate.model.keys import JsonObject

_HOPS = {"Normal": "PORT", "BlackHole": "BLACKHOLE", "Blackhole": "BLACKHOLE", "Reject": "REJECT"}
_ANYWHERE = "0.0.0.0"
_MONITOR_INTERFACE = "_hm_dp"


def add_routers(tree: Tree, objects: Objects) -> None:
    """Routers, their routes and their BGP sessions."""
    for router in objects["router"]:
        path = f"routers/{router['id']}"
        members = {
            "properties": tenant(router),
            "name": router["name"],
            "adminStateUp": router["adminStateUp"],
            "inboundFilter": router["inboundFilterId"],
            "outboundFilter": router["outboundFilterId"],
            "loadBalancer": router["loadBalancerId"],
        }
        tree.put(path, members)
        for name in ("arp_table", "ports", "routes", "routing_table"):
            tree.empty(f"{path}/{name}")
        tree.empty(f"filters/{router['id']}")
    local = {port["id"]: port["portAddress"] for port in objects["port"] if port["type"] == "Router"}
    monitored = {
        port["id"]
        for port in objects["port"]
        if str(port["interfaceName"]).endswith(_MONITOR_INTERFACE) and port["type"] == "Router"
    }
    for route in objects["route"]:
        _add_route(tree, route, local, monitored)
    for session in objects["bgp"]:
        _add_session(tree, session)
    for advertised in objects["ad_route"]:
        members = {
            "nwPrefix": advertised["nwPrefix"],
            "prefixLength": advertised["prefixLength"],
            "bgpId": advertised["bgpId"],
        }
        tree.put(f"ad_routes/{advertised['id']}", members)
        tree.empty(f"bgps/{advertised['bgpId']}/ad_routes/{advertised['id']}")


def _add_route(
    tree: Tree, route: JsonObject, local: Mapping[str, str], monitored: Container[str | None]
) -> None:
    """Agents hold the routes they learn, and that to the health monitor's interface."""
    port = route["nextHopPort"]
    is_local = (
        port is not None
        and route["dstNetworkLength"] == 32
        and local.get(port) == route["dstNetworkAddr"]
        and not route["weight"]
    )
    members = {
        "attributes": route["attributes"],
        "dstNetworkAddr": route["dstNetworkAddr"],
        "dstNetworkLength": route["dstNetworkLength"],
        "learned": route["learned"],
        "nextHop": "LOCAL" if is_local else _HOPS[route["type"]],
        "nextHopGateway": route["nextHopGateway"] or _ANYWHERE,
        "nextHopPort": port,
        "routerId": route["routerId"],
        "srcNetworkAddr": route["srcNetworkAddr"],
        "srcNetworkLength": route["srcNetworkLength"],
        "weight": route["weight"],
    }
    held = bool(route["learned"]) or (port in monitored and not is_local)
    tree.put(f"routes/{route['id']}", members, ephemeral=held)
    place = f"ports/{port}/routes" if port else f"routers/{route['routerId']}/routes"
    table = f"routers/{route['routerId']}/routing_table"
    for path in (f"{place}/{route['id']}", f"{table}/{envelope(members).decode()}"):
        tree.add(f"{ROOT}/{path}", ephemeral=held)


def _add_session(tree: Tree, session: Mapping[str, Any]) -> None:
    members = {
        "status": None,
        "localAS": session["localAS"],
        "peerAddr": session["peerAddr"],
        "peerAS": session["peerAS"],
        "portId": session["portId"],
        "properties": {},
    }
    tree.put(f"bgps/{session['id']}", members)
    tree.empty(f"bgps/{session['id']}/ad_routes", f"ports/{session['portId']}/bgps/{session['id']}")
    if session["status"] not in {None, "DOWN"}:
        tree.hold(f"device_status/bgp/{session['id']}", str(session["status"]).encode())


def add_balancing(tree: Tree, objects: Objects) -> None:
    """Load balancers, pools, members, VIPs, health monitors."""
    for balancer in objects["load_balancer"]:
        path = f"load_balancers/{balancer['id']}"
        tree.put(path, _only(balancer, "routerId", "adminStateUp"))
        tree.empty(f"{path}/pools", f"{path}/vips")
    for monitor in objects["health_monitor"]:
        path = f"health_monitors/{monitor['id']}"
        members = _only(monitor, "type", "delay", "timeout", "maxRetries", "adminStateUp")
        tree.put(path, {**members, "status": "ACTIVE"})
        tree.empty(f"{path}/pools")
    for pool in objects["pool"]:
        path = f"pools/{pool['id']}"
        members = _only(pool, "loadBalancerId", "healthMonitorId", "protocol", "lbMethod", "adminStateUp")
        tree.put(path, {**members, "status": None, "mappingStatus": "ACTIVE"})
        tree.empty(f"{path}/pool_members", f"{path}/vips")
        _below(tree, "load_balancers", pool["loadBalancerId"], f"pools/{pool['id']}")
        _below(tree, "health_monitors", pool["healthMonitorId"], f"pools/{pool['id']}")
    for member in objects["pool_member"]:
        names = ("poolId", "address", "protocolPort", "weight", "adminStateUp", "status")
        tree.put(f"pool_members/{member['id']}", _only(member, *names))
        _below(tree, "pools", member["poolId"], f"pool_members/{member['id']}")
    for vip in objects["vip"]:
        names = ("loadBalancerId", "poolId", "address", "protocolPort", "sessionPersistence", "adminStateUp")
        tree.put(f"vips/{vip['id']}", _only(vip, *names))
        _below(tree, "load_balancers", vip["loadBalancerId"], f"vips/{vip['id']}")
        _below(tree, "pools", vip["poolId"], f"vips/{vip['id']}")


def _only(item: Mapping[str, Any], *names: str) -> JsonObject:
    return {name: item[name] for name in names}


def _below(tree: Tree, kind: str, parent: str | None, path: str) -> None:
    if parent is not None:
        tree.empty(f"{kind}/{parent}/{path}")
