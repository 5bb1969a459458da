"""Which port is bound to which interface of which host, and how 5.x is told (new 1.11, 3.1, 3.3; old 5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References

KIND = "host_interface_port"
MANY_BINDINGS = 300
"""``POST /hosts/{id}/ports`` reads all ports bound to the host: from so many on a PUT is faster."""

_BOUND_BY = frozenset({Owner.USER, Owner.NEUTRON})


class Binding(NamedTuple):
    """One port's binding; ``key`` is that of the ledger."""

    key: str
    host: str
    interface: str


def survey_bindings(draft: ObjectDraft, references: References) -> dict[str, Binding]:
    """Port to the one binding it gets in 5.x; all others are decided on.

    1.9 writes a binding twice, into the host and into the port, and after a live migration the two may
    differ: the port is right (old 5). Hosts must have been decided on.
    """
    found: defaultdict[str, list[tuple[str, JsonObject]]] = defaultdict(list)
    for key, item in list(draft.hand_made(KIND)):
        found[item["portId"]].append((key, item))
    chosen: dict[str, Binding] = {}
    used: dict[tuple[str, str], str] = {}
    for port_id, port in draft.items("port"):
        binding = _choose(draft, port_id, port, found.pop(port_id, []))
        if binding is None or not _usable(draft, references, port_id, binding, used):
            continue
        chosen[port_id] = binding
    for entries in found.values():
        for key, item in entries:
            reason = f"its port {item['portId']} does not exist"
            draft.leave_out(KIND, key, Bucket.SKIPPED, "dangling-reference", reason)
    return chosen


def _choose(
    draft: ObjectDraft, port_id: str, port: JsonObject, entries: list[tuple[str, JsonObject]]
) -> Binding | None:
    host, interface = port.get("hostId"), port.get("interfaceName")
    if not entries:
        if not host or not interface or draft.owners["port", port_id].owner not in _BOUND_BY:
            return None
        if draft.owner(KIND, f"{host}/{port_id}") is not None:
            return None
        message = f"only the port says that it is bound to {interface} of host {host}; it is bound there"
        draft.note("port", port_id, "binding-of-port-only", message)
        return Binding(f"{host}/{port_id}", host, interface)
    best = next((entry for entry in entries if entry[1]["hostId"] == host), entries[0])
    for key, _ in entries:
        if key != best[0]:
            reason = f"the port is bound to host {best[1]['hostId']}: left from before it moved"
            draft.leave_out(KIND, key, Bucket.SKIPPED, "binding-stale", reason)
    if host and best[1]["hostId"] != host:
        reason = f"the port says that it is bound to {interface} of host {host}: left from before it moved"
        draft.leave_out(KIND, best[0], Bucket.SKIPPED, "binding-stale", reason)
        return Binding(f"{host}/{port_id}", host, interface) if interface else None
    return Binding(
        best[0], best[1]["hostId"], (interface if host else "") or best[1].get("interfaceName") or ""
    )


def _usable(
    draft: ObjectDraft,
    references: References,
    port_id: str,
    binding: Binding,
    used: dict[tuple[str, str], str],
) -> bool:
    host = references.resolve("host", binding.host)
    problem: Missing | None = host if isinstance(host, Missing) else None
    taken_by = used.get((binding.host, binding.interface))
    if not binding.interface:
        problem = Missing(Bucket.SKIPPED, "binding-without-interface", "it names no interface")
    elif taken_by is not None:
        reason = f"port {taken_by} is bound to interface {binding.interface} of the host already"
        problem = Missing(Bucket.SKIPPED, "binding-interface-taken", reason)
    if problem is not None:
        if draft.owner(KIND, binding.key) is not None:
            draft.leave_out(KIND, binding.key, *problem)
        else:
            draft.warn("port", port_id, problem.rule, f"not bound to host {binding.host}: {problem.reason}")
        return False
    used[binding.host, binding.interface] = port_id
    return True


def bind_in_body(draft: ObjectDraft, key: str, binding: Binding | None, body: JsonObject) -> None:
    """Bind a port that is created here in its own POST: no lookup of others, no zone needed (new 1.11)."""
    if binding is None:
        return
    if not draft.sizes.add("ports bound to a host", binding.host):
        draft.fits("ports bound to a host", binding.host, KIND, binding.key)
        return
    body |= {"hostId": binding.host, "interfaceName": binding.interface}
    _bound(draft, binding, "binding-in-port", f"in the body of port {key}")


def _bound(draft: ObjectDraft, binding: Binding, rule: str = "", reason: str = "") -> None:
    if draft.owner(KIND, binding.key) is not None:
        draft.place(KIND, binding.key, Bucket.CREATED, rule, reason)


def plan_bindings(draft: ObjectDraft, references: References, chosen: dict[str, Binding]) -> None:
    """Bindings of the ports that the importer makes: last, so that agents see complete devices (new 4.1)."""
    open_bindings = {
        port_id: binding
        for port_id, binding in chosen.items()
        if draft.owners["port", port_id].owner is not Owner.USER
        or draft.outcomes["port", port_id].bucket is not Bucket.CREATED
    }
    per_host = Counter(binding.host for binding in open_bindings.values())
    in_zone = {
        item["hostId"]
        for key, item in draft.items("tunnel_zone_host")
        if draft.outcomes["tunnel_zone_host", key].bucket is Bucket.CREATED
    }
    for port_id, binding in open_bindings.items():
        port = references.resolve("port", port_id)
        if isinstance(port, Missing):
            if draft.owner(KIND, binding.key) is not None:
                draft.leave_out(KIND, binding.key, *port)
            continue
        made = draft.imported.port(port)
        if made is not None and made.bound:
            draft.place(KIND, binding.key, Bucket.DERIVED, "binding-imported", "bound by the importer")
        elif draft.fits("ports bound to a host", binding.host, KIND, binding.key):
            by_port = binding.host not in in_zone or per_host[binding.host] > MANY_BINDINGS
            _request(draft, port, binding, by_port=by_port)


def _request(draft: ObjectDraft, port: str, binding: Binding, *, by_port: bool) -> None:
    """Through the host; or through the port, where the host is in no zone or has many ports."""
    _bound(draft, binding)
    if by_port:
        body = {"hostId": binding.host, "interfaceName": binding.interface}
        draft.put(Step.BINDINGS, KIND, binding.key, f"/ports/{port}", body, media=media_type("port"))
    else:
        body = {"portId": port, "interfaceName": binding.interface}
        draft.post(Step.BINDINGS, KIND, binding.key, f"/hosts/{binding.host}/ports", body)
