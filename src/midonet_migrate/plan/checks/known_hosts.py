"""The hosts of a site as MidoNet 1.9 lists them, for the checks of each (host 5.1, 6.1). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.checks.model import KnownHost


def known_hosts(
    hosts: Iterable[JsonObject], zone_members: Iterable[JsonObject], ports: Iterable[JsonObject]
) -> dict[str, KnownHost]:
    """By id, out of the API's objects ``host``, ``tunnel_zone_host`` and ``port`` (old 3).

    A host is used when it is in a tunnel zone or ports are bound to it. A dead one has no interfaces.
    """
    bound = Counter(port["hostId"] for port in ports if port.get("hostId"))
    in_zones = {member.get("hostId") for member in zone_members}
    found = {}
    for host in hosts:
        macs = {str(item.get("mac") or "") for item in host.get("hostInterfaces") or []}
        found[host["id"]] = KnownHost(
            name=str(host.get("name") or ""),
            alive=bool(host.get("alive")),
            used=host["id"] in in_zones or bound[host["id"]] > 0,
            macs=tuple(sorted(macs - {"", "00:00:00:00:00:00"})),
            ports=bound[host["id"]],
        )
    return found
