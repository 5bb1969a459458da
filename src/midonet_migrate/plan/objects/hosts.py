"""Hosts, tunnel zones and their members: the part that comes before the Neutron import (new 3.1, 4.1, 5)."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, Conversion, ConversionRequest, Source
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import LONGEST_NAME, is_ipv4, number_of

_DEFAULT_WEIGHT = 1
_LARGEST_WEIGHT = 65535
_HALF = 64


def plan_hosts(draft: ObjectDraft) -> None:
    """Hosts keep id and name: the agents of 5.x find themselves by the id in the same file (new 5)."""
    stale = _stale_hosts(draft)
    for key, host in list(draft.hand_made("host")):
        name = str(host.get("name") or "")
        if not name:
            reason = "it has no name, and an agent of 5.x refuses to start with an object of another name"
            draft.leave_out("host", key, Bucket.SKIPPED, "host-without-name", reason)
        elif key in stale:
            reason = f"it is dead, and the living host {stale[key]} has its name: left from a re-installation"
            draft.leave_out("host", key, Bucket.SKIPPED, "host-stale", reason)
        elif draft.options.target_version == "5.0.2":
            _store_host(draft, key, host)
        else:
            body = {"id": key, "name": name, "floodingProxyWeight": _weight(host)}
            draft.create(Step.HOSTS, "host", key, "/hosts", body)
    for key, _ in list(draft.hand_made("interface")):
        reason = "state of a running agent: it reports its interfaces again"
        draft.place("interface", key, Bucket.CARRIED, "agent-state", reason)


def _weight(host: JsonObject) -> int:
    weight = host.get("floodingProxyWeight")
    in_range = isinstance(weight, int) and 0 <= weight <= _LARGEST_WEIGHT
    return int(weight) if in_range and weight is not None else _DEFAULT_WEIGHT


def _stale_hosts(draft: ObjectDraft) -> dict[str, str]:
    """Dead host -> the only living host of the same name; warns where it is not clear which one counts."""
    by_name: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for key, host in draft.items("host"):
        by_name[str(host.get("name") or "")].append((key, bool(host.get("alive"))))
    stale: dict[str, str] = {}
    for name, hosts in by_name.items():
        if not name or len(hosts) == 1:
            continue
        alive = [key for key, is_alive in hosts if is_alive]
        if len(alive) == 1:
            stale.update({key: alive[0] for key, is_alive in hosts if not is_alive})
            continue
        message = (
            f"hosts {', '.join(key for key, _ in hosts)} are all named {name!r}, {len(alive)} of them alive"
        )
        remedy = "rename or remove hosts until each has a name of its own: Neutron knows them by name only"
        draft.warn("host", hosts[0][0], "host-name-twice", message, remedy)
    return stale


def _store_host(draft: ObjectDraft, key: str, host: JsonObject) -> None:
    """5.0.2 has no POST /hosts: the object goes into the store, its weight through the API (new 1.10)."""
    number = number_of(key) or 0
    name = str(host["name"]).replace("\\", "\\\\").replace('"', '\\"')
    low = number & ((1 << _HALF) - 1)
    text = f'id {{\n  msb: {number >> _HALF}\n  lsb: {low}\n}}\nname: "{name}"\n'
    reason = "MidoNet 5.0.2 creates no hosts through its API: written into its store before the import"
    draft.place("host", key, Bucket.CONVERTED, "host-in-store", reason)
    draft.conversions.append(
        Conversion(
            type="host-in-store",
            source=Source("host", key),
            requests=[
                ConversionRequest(
                    api="store",
                    method="POST",
                    path=f"/zoom/0/models/Host/{key}",
                    body={"text": text},
                    media_type="text/plain",
                )
            ],
            rule="host-in-store",
            reason=reason,
        )
    )
    if _weight(host) != _DEFAULT_WEIGHT:
        draft.put(Step.HOST_WEIGHTS, "host", key, f"/hosts/{key}", {"floodingProxyWeight": _weight(host)})


def plan_tunnel_zones(draft: ObjectDraft, references: References) -> None:
    """Zones with their members. Names must be there and unique in 5.x, compared exactly (new 2.1)."""
    names: set[str] = set()
    for key, zone in list(draft.hand_made("tunnel_zone")):
        name = str(zone.get("name") or "")
        wanted = name[:LONGEST_NAME] or key
        if wanted in names:
            wanted = f"{wanted[: LONGEST_NAME - 37]} {key}"
        names.add(wanted)
        verdict = NOTHING
        if wanted != name:
            verdict = ("zone-name", f"named {wanted!r}: 5.x wants a name of its own for each zone")
            draft.note("tunnel_zone", key, *verdict)
        body = {"id": key, "name": wanted, "type": str(zone["type"]).lower()}
        draft.create(Step.TUNNEL_ZONES, "tunnel_zone", key, "/tunnel_zones", body, verdict=verdict)
    for key, member in list(draft.hand_made("tunnel_zone_host")):
        _member(draft, references, key, member)


def _member(draft: ObjectDraft, references: References, key: str, member: JsonObject) -> None:
    zone = references.resolve("tunnel_zone", member["tunnelZoneId"])
    host = references.resolve("host", member["hostId"])
    for found in (zone, host):
        if isinstance(found, Missing):
            draft.leave_out("tunnel_zone_host", key, *found)
            return
    if not is_ipv4(member.get("ipAddress")):
        reason = f"its address {member.get('ipAddress')!r} is not IPv4, and 5.x takes no other"
        draft.leave_out("tunnel_zone_host", key, Bucket.UNSUPPORTED, "zone-address", reason)
        return
    body = {"hostId": host, "ipAddress": member["ipAddress"]}
    draft.create(Step.TUNNEL_ZONE_HOSTS, "tunnel_zone_host", key, f"/tunnel_zones/{zone}/hosts", body)
