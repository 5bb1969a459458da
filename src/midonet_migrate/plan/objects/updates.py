"""Changed attributes of what the importer makes: set again where nothing is lost by it (new 1.8.1, 4.4)."""

from __future__ import annotations

from collections.abc import Callable

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord, Role
from midonet_migrate.model.plan import Bucket, Modification
from midonet_migrate.plan.objects.chains import FILTERS
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.filters import (
    Decision,
    Decisions,
    changed_fields,
    has_own_filters,
    key_of,
)
from midonet_migrate.plan.objects.imported import derived_id_of
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import is_ipv4

Decide = Callable[[ObjectDraft, References, Modification, OwnerRecord], Decision]

APPLIED: Decision = ("applied", "set again after the import; Neutron's next update takes it back, as in 1.9")
_REBUILT: Decision = ("rebuilt", "the importer writes what Neutron says")
_NAMED = frozenset({"name", "tenantId", "adminStateUp"})
_MONITOR_FIELDS = frozenset({"adminStateUp", "delay", "timeout", "maxRetries"})
_NEVER_NULL = frozenset({"adminStateUp", "delay", "maxRetries", "protocolPort", "timeout"})
_VIP_FIELDS = frozenset({"adminStateUp", "address", "protocolPort", "sessionPersistence"})


def plan_updates(draft: ObjectDraft, references: References) -> Decisions:
    """PUTs for changed attributes, and the decision on each. Filters of routers and VIF ports are not decided
    here but by the jumps that express them."""
    decisions: Decisions = {}
    for change in draft.modifications:
        record = draft.owner(change.kind, change.id)
        if change.op != "update" or record is None or record.owner is not Owner.NEUTRON:
            continue
        outcome = draft.outcomes[change.kind, change.id]
        if outcome.bucket is not Bucket.DERIVED:
            decisions[key_of(change)] = ("lost", f"the object itself is not imported ({outcome.rule})")
            continue
        if change.field in _NEVER_NULL and change.after is None:
            decisions[key_of(change)] = ("lost", f"1.9 shows no {change.field}: it becomes what Neutron says")
            continue
        decide = _BY_KIND.get(change.kind)
        decisions[key_of(change)] = _REBUILT if decide is None else decide(draft, references, change, record)
    return decisions


def _bridge(
    draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord
) -> Decision:
    del record
    if change.field == "disableAntiSpoof":
        return "rebuilt", "the importer makes anti-spoofing rules: needs the anti-spoofing conversion"
    if change.field == "vxLanPortIds":
        bound = any(
            item["networkId"] == change.id and draft.outcomes["vtep_binding", key].bucket is Bucket.CREATED
            for key, item in draft.items("vtep_binding")
        )
        return ("converted", "made again by VTEP bindings") if bound else ("lost", "it has no VTEP binding")
    return _device(draft, references, change, f"/bridges/{change.id}")


def _router(
    draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord
) -> Decision:
    del record
    path = f"/routers/{change.id}"
    if change.field == "loadBalancerId":
        if change.after and draft.updated("router", path).get("loadBalancerId") == change.after:
            return APPLIED
        return "rebuilt", "the importer gives the router the load balancer of its pools"
    if change.field in FILTERS:
        return _REBUILT
    return _device(draft, references, change, path)


def _device(draft: ObjectDraft, references: References, change: Modification, path: str) -> Decision:
    fields = changed_fields(change)
    if change.field in FILTERS:
        chain = references.optional("chain", change.after)
        if isinstance(chain, Missing):
            return "lost", chain.reason
        fields = {change.field: chain}
    elif change.field not in _NAMED:
        return _REBUILT
    draft.update(Step.DEVICE_UPDATES, change.kind, change.id, path, fields)
    return APPLIED


def _port(draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord) -> Decision:
    if record.role is Role.GATEWAY_PORT:
        return "lost", "a port of the Provider Router in 1.9, of the external network in MidoNet 5"
    if change.field not in {*FILTERS, "adminStateUp", "vlanId"}:
        return _REBUILT
    if change.field in FILTERS and has_own_filters(draft, change.kind, change.id, record):
        return _REBUILT
    key = derived_id_of(record.role, record.neutron) or change.id
    if draft.imported.is_fragile(key, record):
        return "lost", f"a PUT of port {key} would cut it off from its Neutron subnet or router"
    fields: JsonObject = changed_fields(change)
    if change.field in FILTERS:
        chain = references.optional("chain", change.after)
        if isinstance(chain, Missing):
            return "lost", chain.reason
        fields = {change.field: chain}
    elif change.field == "vlanId":
        fields = {"vlanId": change.after or 0}
    draft.update(Step.PORT_UPDATES, "port", change.id, f"/ports/{key}", fields)
    return APPLIED


def _load_balancer(
    draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord
) -> Decision:
    del references
    key = derived_id_of(record.role, record.neutron)
    if change.field != "adminStateUp" or key is None:
        return _REBUILT
    return _balancing(draft, change, f"/load_balancers/{key}")


def _pool(draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord) -> Decision:
    del record
    if change.field not in {"adminStateUp", "healthMonitorId"}:
        return _REBUILT
    if draft.imported.is_monitored(change.id):
        return "lost", "a pool with a health monitor takes no writes until an agent runs"
    fields = changed_fields(change)
    if change.field == "healthMonitorId":
        monitor = references.optional("health_monitor", change.after)
        if isinstance(monitor, Missing):
            return "lost", monitor.reason
        fields = {change.field: monitor}
    return _balancing(draft, change, f"/pools/{change.id}", fields)


def _member(
    draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord
) -> Decision:
    del references, record
    if change.field == "weight" and (change.after or 0) < 1:
        fields: JsonObject = {"adminStateUp": False}
        return _balancing(draft, change, f"/pool_members/{change.id}", fields)
    if change.field not in {"adminStateUp", "weight"}:
        return _REBUILT
    return _balancing(draft, change, f"/pool_members/{change.id}")


def _vip(draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord) -> Decision:
    del references, record
    if change.field not in _VIP_FIELDS or (change.field == "address" and not is_ipv4(change.after)):
        return _REBUILT
    if _is_external_vip(draft, change.id):
        return "lost", "a PUT of a VIP on an external network would cut it off from its gateway"
    return _balancing(draft, change, f"/vips/{change.id}")


def _is_external_vip(draft: ObjectDraft, key: str) -> bool:
    vip = draft.neutron("vips").get(key, {})
    subnet = draft.neutron("subnets").get(str(vip.get("subnet_id")), {})
    network = draft.neutron("networks").get(str(subnet.get("network_id")), {})
    return bool(network.get("router:external"))


def _monitor(
    draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord
) -> Decision:
    del references, record
    if change.field not in _MONITOR_FIELDS:
        return _REBUILT
    return _balancing(draft, change, f"/health_monitors/{change.id}")


def _balancing(
    draft: ObjectDraft, change: Modification, path: str, fields: JsonObject | None = None
) -> Decision:
    body = changed_fields(change) if fields is None else fields
    draft.update(Step.BALANCING_UPDATES, change.kind, change.id, path, body)
    return APPLIED


def _dhcp(draft: ObjectDraft, references: References, change: Modification, record: OwnerRecord) -> Decision:
    del draft, references, change, record
    return (
        "lost",
        "a write to a DHCP subnet of Neutron would cut it off from its router: change it in Neutron",
    )


_BY_KIND: dict[str, Decide] = {
    "bridge": _bridge,
    "dhcp_host": _dhcp,
    "dhcp_subnet": _dhcp,
    "dhcp_v6_host": _dhcp,
    "health_monitor": _monitor,
    "load_balancer": _load_balancer,
    "pool": _pool,
    "pool_member": _member,
    "port": _port,
    "router": _router,
    "vip": _vip,
}
