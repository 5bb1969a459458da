"""BGP: from sessions on ports to peers and networks of routers (new 3.7)."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import ROUTER_PORTS, in_network, is_ipv4, is_length, network_of

LARGEST_AS = 2_147_483_647
"""5.x keeps AS numbers in 32 bits with a sign (new 1.6)."""

Sessions = dict[str, list[tuple[str, JsonObject]]]
"""Router to its sessions made by hand, with their keys."""


def survey_sessions(draft: ObjectDraft) -> Sessions:
    """The sessions that 5.x can hold, by router; the others are left out. To be called before routers are
    planned: the local AS becomes a member of the router."""
    by_router: defaultdict[str, list[tuple[str, JsonObject]]] = defaultdict(list)
    ports = draft.by_id("port")
    for key, session in list(draft.hand_made("bgp")):
        port = ports.get(str(session.get("portId")))
        if port is None or port["type"] not in ROUTER_PORTS:
            reason = f"its port {session.get('portId')} does not exist, or is no port of a router"
            draft.leave_out("bgp", key, Bucket.SKIPPED, "dangling-reference", reason)
        elif not is_as(session.get("localAS")) or not is_as(session.get("peerAS")):
            reason = f"AS {session.get('localAS')} or {session.get('peerAS')} is not within 1..{LARGEST_AS}"
            draft.leave_out("bgp", key, Bucket.UNSUPPORTED, "bgp-as-number", reason)
        elif not is_ipv4(session.get("peerAddr")):
            reason = f"its peer address {session.get('peerAddr')!r} is not IPv4"
            draft.leave_out("bgp", key, Bucket.UNSUPPORTED, "bgp-peer-address", reason)
        else:
            by_router[port["deviceId"]].append((key, session))
    return {router: sessions for router, sessions in by_router.items() if _agree(draft, router, sessions)}


def is_as(number: object) -> bool:
    """Whether 5.x takes ``number`` as an AS number (new 1.6)."""
    return isinstance(number, int) and 1 <= number <= LARGEST_AS


def _agree(draft: ObjectDraft, router: str, sessions: list[tuple[str, JsonObject]]) -> bool:
    numbers = sorted({session["localAS"] for _, session in sessions})
    if len(numbers) == 1:
        return True
    shown = ", ".join(str(number) for number in numbers)
    reason = (
        f"the sessions of router {router} have different local AS numbers ({shown}); 5.x has one a router"
    )
    for key, _ in sessions:
        remedy = "give all sessions of the router one local AS in MidoNet 1.9, or configure BGP anew in 5.x"
        draft.leave_out("bgp", key, Bucket.UNSUPPORTED, "bgp-local-as", reason, remedy=remedy)
    return False


def local_as(sessions: Sessions, router: str) -> int:
    """The AS number of a router; 0 = none."""
    found = sessions.get(router)
    return int(found[0][1]["localAS"]) if found else 0


def plan_bgp(draft: ObjectDraft, references: References, sessions: Sessions) -> None:
    """Peers keep the ids of their sessions, networks those of the advertised routes."""
    kept: dict[str, str] = {}
    for router, entries in sorted(sessions.items()):
        _plan_router(draft, references, router, entries, kept)
    _plan_networks(draft, references, kept)


def _plan_router(
    draft: ObjectDraft,
    references: References,
    router: str,
    entries: list[tuple[str, JsonObject]],
    kept: dict[str, str],
) -> None:
    """``kept`` gets every session that is left out for another one with the same peer, with that one."""
    found = references.resolve("router", router)
    addresses: dict[str, str] = {}
    for key, session in entries:
        port = references.resolve("port", session["portId"])
        missing = next((end for end in (found, port) if isinstance(end, Missing)), None)
        if missing is not None:
            draft.leave_out("bgp", key, *missing)
            continue
        address = session["peerAddr"]
        if address in addresses:
            reason = f"session {addresses[address]} of the router has the same peer; 5.x ignores a second one"
            draft.leave_out("bgp", key, Bucket.SKIPPED, "bgp-peer-twice", reason)
            kept[key] = addresses[address]
            continue
        addresses[address] = key
        if draft.owners["router", router].owner is Owner.NEUTRON:
            fields = {"asNumber": session["localAS"]}
            draft.update(Step.DEVICE_UPDATES, "router", router, f"/routers/{found}", fields)
        draft.post(Step.BGP_PEERS, "bgp", key, f"/routers/{found}/bgp_peers", _peer_body(key, session))
        draft.convert("bgp", key, "bgp", "bgp-peer", f"a peer of router {found}, which has the local AS now")
        _check_reach(draft, router, key, session)


def _peer_body(key: str, session: JsonObject) -> JsonObject:
    """Timers and password are null: 1.9 has them in the configuration of its agents."""
    return {
        "id": key,
        "address": session["peerAddr"],
        "asNumber": session["peerAS"],
        "keepAlive": None,
        "holdTime": None,
        "connectRetry": None,
        "password": None,
    }


def _check_reach(draft: ObjectDraft, router: str, key: str, session: JsonObject) -> None:
    """The agent looks for the port whose subnet holds the peer; in 1.9 the session named its port."""
    address = session["peerAddr"]
    holders = [
        port
        for port, item in draft.ports_of_router(router)
        if in_network(address, item.get("networkAddress") or "", item.get("networkLength") or 0)
    ]
    if not holders:
        message = f"its peer {address} lies in no port's subnet of router {router}: it will never come up"
        draft.warn(
            "bgp", key, "bgp-peer-outside", message, "widen the subnet of the port before the migration"
        )
    elif session["portId"] not in holders:
        message = f"5.x runs it on port {holders[0]}, whose subnet holds its peer, not on {session['portId']}"
        draft.warn("bgp", key, "bgp-other-port", message)


def _plan_networks(draft: ObjectDraft, references: References, kept: dict[str, str]) -> None:
    """1.9 advertises per session, 5.x per router: the union, each prefix once, under the first id. What a
    second session advertised to the same peer belongs to the one that is kept for both."""
    sessions, ports = draft.by_id("bgp"), draft.by_id("port")
    advertised: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    first: dict[tuple[str, str], str] = {}
    for key, route in list(draft.hand_made("ad_route")):
        told = route.get("bgpId")
        session = references.resolve("bgp", kept.get(str(told), told))
        if isinstance(session, Missing):
            draft.leave_out("ad_route", key, *session)
            continue
        if not is_ipv4(route.get("nwPrefix")) or not is_length(route.get("prefixLength")):
            reason = f"its prefix {route.get('nwPrefix')!r}/{route.get('prefixLength')} is not IPv4"
            draft.leave_out("ad_route", key, Bucket.UNSUPPORTED, "bgp-prefix", reason)
            continue
        router = ports[sessions[session]["portId"]]["deviceId"]
        network = network_of(route["nwPrefix"], route["prefixLength"])
        advertised[router][session].add(network)
        if (router, network) in first:
            reason = f"merged into {first[router, network]}: 5.x advertises {network} for the whole router"
            draft.convert("ad_route", key, "bgp", "bgp-network-merged", reason)
            continue
        first[router, network] = key
        body = {"id": key, "subnetAddress": route["nwPrefix"], "subnetLength": route["prefixLength"]}
        path = f"/routers/{router}/bgp_networks"
        draft.post(Step.BGP_NETWORKS, "ad_route", key, path, body)
        draft.convert("ad_route", key, "bgp", "bgp-network", f"a network of router {router}")
    for router, by_session in sorted(advertised.items()):
        _report_widened(draft, router, by_session)


def _report_widened(draft: ObjectDraft, router: str, advertised: dict[str, set[str]]) -> None:
    peers = {
        key
        for key, session in draft.items("bgp")
        if (draft.by_id("port").get(session["portId"]) or {}).get("deviceId") == router
        and draft.outcomes["bgp", key].bucket is Bucket.CONVERTED
    }
    everything = set().union(*advertised.values())
    for key in sorted(peers):
        more = sorted(everything - advertised.get(key, set()))
        if more:
            message = f"5.x advertises to its peer also {', '.join(more)}, so far kept to other sessions"
            draft.warn("bgp", key, "bgp-widened", message, "filter at the peer, if it must not learn them")
