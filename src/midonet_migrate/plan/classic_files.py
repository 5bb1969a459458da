"""The classic files ``neutron_post_data`` and ``midonet_post_data``, derived from the plan (orig 4.6)."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ConversionRequest, Plan
from midonet_migrate.model.snapshot import Snapshot, to_builtins

NEUTRON_FILE = "neutron_post_data"
MIDONET_FILE = "midonet_post_data"


def neutron_post_data(plan: Plan) -> JsonObject:
    """What is left to do through Neutron once the import is over.

    ``uplink_router``: the edge router that takes the Provider Router's place, null where there is none;
    ``disable_anti_spoof``: ports whose anti-spoofing was switched off.
    """
    router: JsonObject | None = None
    ports: list[JsonObject] = []
    subnets: list[str] = []
    routes: list[JsonObject] = []
    spoofing: list[str] = []
    cidrs: dict[str, str] = {}
    for conversion in plan.conversions:
        bodies = [request.body or {} for request in conversion.requests if request.api == "neutron"]
        if conversion.type == "edge-router":
            router = {"name": bodies[0]["router"]["name"], "source": conversion.source.id}
        elif conversion.type == "uplink":
            ports.append(_uplink(conversion.requests, cidrs))
        elif conversion.type == "external-subnet":
            subnets += [body["subnet_id"] for body in bodies if "subnet_id" in body]
        elif conversion.type == "edge-router-route" and bodies:
            routes = bodies[-1]["router"]["routes"]
        elif conversion.type == "anti-spoofing":
            spoofing.append(conversion.source.id)
    if router is not None:
        router |= {"ext_subnets": subnets, "uplink_ports": ports, "routes": routes}
    return {"uplink_router": router, "disable_anti_spoof": spoofing}


def _uplink(requests: list[ConversionRequest], cidrs: dict[str, str]) -> JsonObject:
    """``cidrs``: reference to an uplink subnet -> its CIDR; the first of those that share one makes it."""
    found: JsonObject = {}
    for request in requests:
        body = request.body or {}
        if "subnet" in body:
            cidrs[f"${{{request.saves}}}"] = body["subnet"]["cidr"]
        if "port" in body:
            port = body["port"]
            (fixed_ip,) = port["fixed_ips"]
            found |= {
                "host": port["binding:host_id"],
                "iface": port["binding:profile"]["interface_name"],
                "ip": fixed_ip["ip_address"],
                "mac": port["mac_address"],
                "network_cidr": cidrs[fixed_ip["subnet_id"]],
            }
    return found


def midonet_post_data(snapshot: Snapshot, plan: Plan) -> JsonObject:
    """The MidoNet-only objects: tunnel zones and hosts in the classic shape, and every request to be sent.

    Bindings of health monitors and of the Provider Router are left out, as the plan has decided.
    """
    bound: dict[str, JsonObject] = defaultdict(dict)
    created = {(entry.kind, entry.id) for entry in plan.ledger if entry.bucket == "created"}
    for binding in snapshot.midonet.get("host_interface_port", []):
        if ("host_interface_port", f"{binding['hostId']}/{binding['portId']}") in created:
            bound[binding["hostId"]][binding["interfaceName"]] = binding["portId"]
    members: dict[str, JsonObject] = defaultdict(dict)
    for member in snapshot.midonet.get("tunnel_zone_host", []):
        members[member["tunnelZoneId"]][member["hostId"]] = member
    return {
        "tunnel_zones": [
            {"tz": zone, "hosts": members.get(zone["id"], {})}
            for zone in snapshot.midonet.get("tunnel_zone", [])
        ],
        "hosts": {
            host["id"]: {"host": host, "ports": bound.get(host["id"], {})}
            for host in snapshot.midonet.get("host", [])
        },
        "requests": to_builtins(plan.objects),
    }
