"""BGP of the Provider Router: one AS and one list of networks per router in 5.x (new 3.7)."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ConversionRequest, Finding, Outcome, Source
from midonet_migrate.plan.conversions.edge_router_parts import Edge, vendor
from midonet_migrate.plan.conversions.old_site import inside, network_of
from midonet_migrate.plan.objects.bgp import is_as
from midonet_migrate.plan.objects.values import is_ipv4, is_length

RULE = "edge-router-bgp"


def convert_sessions(edge: Edge) -> None:
    """Add a conversion per BGP session and per network announced by the Provider Router.

    Sessions that disagree on the local AS cannot live on one router: only those of the AS that most of them
    use are converted (the lowest AS at a tie), the others are unsupported and reported as an error.
    """
    ports = {port["id"]: port for port in edge.ports}
    sessions = sorted(
        (session for session in edge.site.snapshot.midonet.get("bgp", []) if session["portId"] in ports),
        key=lambda item: str(item["id"]),
    )
    if not sessions:
        return
    local_as = _common_as(edge, sessions)
    announced: dict[str, list[JsonObject]] = defaultdict(list)
    for network in edge.site.snapshot.midonet.get("ad_route", []):
        announced[network["bgpId"]].append(network)
    converted: dict[str, JsonObject] = {}
    for session in sessions:
        why = _obstacle(edge, session, local_as)
        if why:
            for kind, items in (("bgp", [session]), ("ad_route", announced[session["id"]])):
                for item in items:
                    edge.plan.outcomes[kind, item["id"]] = Outcome(Bucket.UNSUPPORTED, RULE, why)
        elif (kept := converted.get(session["peerAddr"])) is not None:
            why = f"session {kept['id']} of the router has the same peer; 5.x ignores a second one"
            edge.plan.outcomes["bgp", session["id"]] = Outcome(Bucket.SKIPPED, "bgp-peer-twice", why)
            announced[kept["id"]] += announced[session["id"]]
        else:
            _convert_session(edge, session, ports[session["portId"]], first=not converted)
            converted[session["peerAddr"]] = session
    _convert_networks(edge, list(converted.values()), announced)


def _obstacle(edge: Edge, session: JsonObject, local_as: int) -> str:
    """Why a session cannot live on the edge router; empty when it can."""
    if not (is_as(session["localAS"]) and is_as(session["peerAS"])):
        return f"AS {session['localAS']} or {session['peerAS']} is none that 5.x takes"
    if session["localAS"] != local_as:
        return f"its local AS {session['localAS']} differs from {local_as}, and 5.x has one AS per router"
    if not is_ipv4(session["peerAddr"]):
        return f"its peer address {session['peerAddr']!r} is not IPv4"
    return "" if edge.new_port(session["portId"]) else "its port has no counterpart on the edge router"


def _common_as(edge: Edge, sessions: list[JsonObject]) -> int:
    counts: dict[int, int] = defaultdict(int)
    for session in sessions:
        if is_as(session["localAS"]):
            counts[session["localAS"]] += 1
    if len(counts) > 1:
        edge.plan.findings.append(
            Finding(
                level="warning",
                rule="edge-router-bgp-as",
                kind="router",
                id=edge.router["id"],
                message=f"its BGP sessions use {len(counts)} local AS numbers: {sorted(counts)}",
                remedy="5.x has one AS per router: use one AS before the migration, or make a second edge "
                "router for the other sessions by hand",
            )
        )
    return min(counts, key=lambda number: (-counts[number], number), default=0)


def _convert_session(edge: Edge, session: JsonObject, port: JsonObject, *, first: bool) -> None:
    requests: list[ConversionRequest] = []
    if first:
        requests.append(
            ConversionRequest(
                api="midonet",
                method="PUT",
                path=f"/routers/${{{edge.LABEL}}}",
                body={"asNumber": session["localAS"]},
                media_type=vendor("Router-v3"),
            )
        )
    requests.append(
        ConversionRequest(
            api="midonet",
            method="POST",
            path=f"/routers/${{{edge.LABEL}}}/bgp_peers",
            body={"id": session["id"], "address": session["peerAddr"], "asNumber": session["peerAS"]},
            media_type=vendor("BgpPeer-v1"),
        )
    )
    reason = "sessions belong to a port in 1.9 and to the router in 5.x"
    edge.convert("bgp", Source("bgp", session["id"]), requests, RULE, reason)
    edge.decide("bgp", session["id"], RULE, reason)
    if not inside(session["peerAddr"], network_of(port["networkAddress"], port["networkLength"])):
        edge.plan.findings.append(
            Finding(
                level="warning",
                rule="bgp-peer-unreachable",
                kind="bgp",
                id=session["id"],
                message=f"peer {session['peerAddr']} is in no subnet of its port; 5.x picks the port by the "
                "peer's address and would never start this session",
                remedy="give the uplink port an address in the peer's subnet",
            )
        )


def _convert_networks(edge: Edge, sessions: list[JsonObject], announced: dict[str, list[JsonObject]]) -> None:
    seen: set[str] = set()
    for session in sessions:
        for network in sorted(announced[session["id"]], key=lambda item: str(item["id"])):
            prefix = _prefix(network)
            if not is_ipv4(network["nwPrefix"]) or not is_length(network["prefixLength"]):
                why = f"its prefix {network['nwPrefix']}/{network['prefixLength']} is not IPv4"
                edge.plan.outcomes["ad_route", network["id"]] = Outcome(Bucket.UNSUPPORTED, RULE, why)
                continue
            if prefix in seen:
                reason = "another session announces the same prefix; 5.x announces it once per router"
                edge.convert("bgp", Source("ad_route", network["id"]), [], RULE, reason)
            else:
                seen.add(prefix)
                reason = "announced per session in 1.9, per router in 5.x"
                body = {
                    "id": network["id"],
                    "subnetAddress": network["nwPrefix"],
                    "subnetLength": network["prefixLength"],
                }
                request = ConversionRequest(
                    api="midonet",
                    method="POST",
                    path=f"/routers/${{{edge.LABEL}}}/bgp_networks",
                    body=body,
                    media_type=vendor("BgpNetwork-v1"),
                )
                edge.convert("bgp", Source("ad_route", network["id"]), [request], RULE, reason)
            edge.decide("ad_route", network["id"], RULE, reason)
    lists = {frozenset(_prefix(network) for network in announced[session["id"]]) for session in sessions}
    if len(lists) > 1:
        edge.plan.findings.append(
            Finding(
                level="warning",
                rule="bgp-announcements-widened",
                kind="router",
                id=edge.router["id"],
                message="its BGP sessions announce different networks; in 5.x every session announces all",
                remedy="check with the peers that they accept the union, or filter there",
            )
        )


def _prefix(network: JsonObject) -> str:
    """What an advertised route announces, however its host bits are written."""
    return str(network_of(network["nwPrefix"], network["prefixLength"]) or network["nwPrefix"])
