"""The new site as its API shows it: the same objects as in ZooKeeper, and each request's as it was sent.

ZooKeeper is the main source for what exists and for everything the importer makes; the API is for the members
of what was created through it, in the terms in which it was promised (new 3.12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.equality import differences, missing_changes
from midonet_migrate.plan.objects.locations import kind_at, locate, whole_body
from midonet_migrate.verify.model import Findings

COLLECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "Chain": ("/chains", "Chain-v1"),
    "HealthMonitor": ("/health_monitors", "HealthMonitor-v1"),
    "Host": ("/hosts", "Host-v3"),
    "IPAddrGroup": ("/ip_addr_groups", "IpAddrGroup-v1"),
    "LoadBalancer": ("/load_balancers", "LoadBalancer-v1"),
    "Network": ("/bridges", "Bridge-v4"),
    "Pool": ("/pools", "Pool-v1"),
    "PoolMember": ("/pool_members", "PoolMember-v1"),
    "Port": ("/ports", "Port-v3"),
    "PortGroup": ("/port_groups", "PortGroup-v1"),
    "Router": ("/routers", "Router-v3"),
    "TraceRequest": ("/traces", "TraceRequest-v1"),
    "TunnelZone": ("/tunnel_zones", "TunnelZone-v1"),
    "Vip": ("/vips", "VIP-v1"),
    "Vtep": ("/vteps", "VTEP-v2"),
}
"""Class in ZooKeeper -> where the API lists all of it, and the resource's media type (new 2)."""

_NOT_SHOWN: Final = frozenset({"position"})
"""Compared in ZooKeeper, for whole chains."""
_STATES: Final = frozenset({"mappingStatus", "status"})


def collection_type(resource: str) -> str:
    """The media type of a list."""
    return f"application/vnd.org.midonet.collection.{resource}+json"


def compare_lists(findings: Findings, name: str, stored: Iterable[str], shown: Iterable[str]) -> None:
    """Both sources must have the same objects of a class: what one lacks, the other must lack."""
    kind = f"api {COLLECTIONS[name][0].lstrip('/')}"
    in_store, in_api = set(stored), set(shown)
    findings.checked[kind] += len(in_api)
    for key in sorted(in_store - in_api):
        findings.differ(kind, key, "", "in the API's list, as in ZooKeeper", None)
    for key in sorted(in_api - in_store):
        findings.differ(kind, key, "", None, "in the API's list, and not in ZooKeeper")


def later_changes(requests: Iterable[ObjectRequest]) -> dict[str, dict[str, Any]]:
    """Item path -> the members that PUTs of the plan set on that object, last one first in force."""
    changes: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for request in requests:
        if request.method == "PUT":
            changes[request.path].update(request.body or {})
    return dict(changes)


def compare_request(
    findings: Findings,
    request: ObjectRequest,
    later: Mapping[str, Mapping[str, Any]],
    found: JsonObject | None,
    unreadable: str = "",
) -> None:
    """What the API shows of the object of a request, against what the plan sends; ``later`` are all PUTs."""
    kind, key = f"api {request.kind}", request.id
    findings.checked[kind] += 1
    body = whole_body(request)
    if found is None:
        findings.differ(kind, key, "", body, f"unreadable: {unreadable}" if unreadable else None)
        return
    if request.method == "PUT":
        found_differences = missing_changes(kind_at(request.path), request.body or {}, found)
    else:
        changed = later.get(locate(request).item, {})
        body = {**body, **changed}
        found_differences = differences(request.kind, body, found, ignore=_NOT_SHOWN | _STATES)
    for item in found_differences:
        findings.differ(kind, key, item.field, item.wanted, item.found)
