"""Rules: into chains made by hand from 1 to n, into chains of Neutron at their place (new 3.5, 4.3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord, Role
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.conditions import convert_condition
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.namespace import NAMESPACE
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.places import Places
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import is_ipv4

_FORWARD_NAT = frozenset({"dnat", "snat"})
_NAT = _FORWARD_NAT | {"rev_dnat", "rev_snat"}
_FLOW_ACTIONS = frozenset({"accept", "continue", "return"})
_PORT_CHAINS = frozenset({Role.PORT_INBOUND_CHAIN, Role.PORT_OUTBOUND_CHAIN})
_WITH_PORTS = frozenset({"header", "unfragmented"})


def plan_rules(draft: ObjectDraft, references: References, places: Places) -> None:
    """Chain by chain, in ascending position: 5.x inserts at the position it is told (new 2.13)."""
    chains: dict[str, list[tuple[str, JsonObject]]] = {}
    hand_made = {key for key, _ in draft.hand_made("rule")}
    wanted = {draft.by_id("rule")[key]["chainId"] for key in hand_made}
    for rule in draft.snapshot.midonet.get("rule", []):
        if rule["chainId"] in wanted:
            chains.setdefault(rule["chainId"], []).append((str(rule["id"]), rule))
    for chain_id in sorted(chains, key=str):  # a rule may name none
        rules = sorted(chains[chain_id], key=lambda entry: int(entry[1].get("position") or 0))
        chain = references.resolve("chain", chain_id)
        if isinstance(chain, Missing):
            for key, _ in rules:
                if key in hand_made:
                    draft.leave_out("rule", key, *chain)
            continue
        record = draft.owners["chain", chain_id]
        places.open(chain, record, rules)
        for number, (key, rule) in enumerate(rules):
            if key not in hand_made:
                continue
            body = _accepted(draft, references, chain, record, rule)
            if body is not None:
                body["position"] = places.take(chain, number, rule)


def _accepted(
    draft: ObjectDraft, references: References, chain: str, record: OwnerRecord, rule: JsonObject
) -> JsonObject | None:
    """The body of the planned request, still without position; ``None`` if the rule is left out."""
    key = str(rule["id"])
    if draft.imported.has("rule", key):
        draft.leave_out("rule", key, Bucket.SKIPPED, "id-taken", "the importer makes a rule with its id")
        return None
    converted = rule_body(references, rule)
    if isinstance(converted, Missing):
        remedy = "without it the chain may let through more, or less, than before: look at the whole chain"
        draft.leave_out("rule", key, *converted, remedy=remedy)
        return None
    body, notes = converted
    for name in ("inPorts", "outPorts"):
        if len(body.get(name) or []) > draft.sizes.limit("ports in a condition"):
            reason = f"{name} has more ports than one object of the new store can hold"
            draft.leave_out("rule", key, Bucket.UNSUPPORTED, "size-limit", reason)
            return None
    if not draft.fits("rules of a chain", chain, "rule", key):
        return None
    verdict = _verdict(draft, key, record, notes)
    draft.create(Step.RULES, "rule", key, f"/chains/{chain}/rules", body, verdict=verdict)
    return body


def _verdict(draft: ObjectDraft, key: str, record: OwnerRecord, notes: list[Verdict]) -> Verdict:
    for note in notes:
        draft.warn("rule", key, *note)
    if record.owner is Owner.NEUTRON and record.role in _PORT_CHAINS:
        reason = "in the chain of a port: gone when Neutron next updates the port, as in MidoNet 1.9"
        remedy = "express it as a rule of a security group in Neutron"
        draft.warn("rule", key, "rule-in-port-chain", reason, remedy)
        notes = [*notes, ("rule-in-port-chain", reason)]
    if not notes:
        return NOTHING
    return notes[0][0], "; ".join(reason for _, reason in notes)


def rule_body(references: References, rule: JsonObject) -> tuple[JsonObject, list[Verdict]] | Missing:
    """A rule for 5.x, but for its position, and what had to be changed in it."""
    condition = convert_condition(references, rule)
    if isinstance(condition, Missing):
        return condition
    extra = _action(references, rule)
    if isinstance(extra, Missing):
        return extra
    body = {**condition.body, "id": str(rule["id"]), "type": rule["type"], **extra}
    body["meterName"] = rule.get("meterName")
    notes: list[Verdict] = [("reference-dropped", note) for note in condition.notes]
    if rule.get("meterName"):
        notes.append(("meter-lost", f"meter {rule['meterName']!r} is lost: 5.x does not keep it"))
    policy = body.get("fragmentPolicy")
    if policy is not None and not _policy_allowed(body, str(policy)):
        body["fragmentPolicy"] = None
        notes.append(("fragment-policy", f"fragment policy {policy} -> 5.x's own: it refuses this one here"))
    return body, notes


def _action(references: References, rule: JsonObject) -> JsonObject | Missing:
    """The members that depend on the type."""
    if rule["type"] == "trace":
        reason = "a trace rule made by hand: 5.x makes them for trace requests only"
        return Missing(Bucket.UNSUPPORTED, "trace-rule", reason)
    if rule["type"] == "jump":
        target = references.resolve("chain", rule.get("jumpChainId"))
        if isinstance(target, Missing):
            return target
        return {"jumpChainId": target, "jumpChainName": rule.get("jumpChainName")}
    if rule["type"] not in _NAT:
        return {}
    action = str(rule.get("flowAction") or "").lower()
    if action not in _FLOW_ACTIONS:
        reason = f"flow action {rule.get('flowAction')!r} is none that 5.x knows"
        return Missing(Bucket.UNSUPPORTED, "rule-flow-action", reason)
    if rule["type"] not in _FORWARD_NAT:
        return {"flowAction": action}
    targets = [_target(target) for target in rule.get("natTargets") or []]
    readable = all(is_ipv4(target[end]) for target in targets for end in ("addressFrom", "addressTo"))
    if not targets or not readable:
        return Missing(
            Bucket.UNSUPPORTED, "rule-nat-target", "it has no NAT target, or none with IPv4 addresses"
        )
    return {"flowAction": action, "natTargets": targets}


def _target(target: JsonObject) -> JsonObject:
    first: Any = target.get("addressFrom")
    return {
        "addressFrom": first,
        "addressTo": target.get("addressTo") or first,
        "portFrom": target.get("portFrom") or 0,
        "portTo": target.get("portTo") or 0,
    }


def _policy_allowed(body: JsonObject, policy: str) -> bool:
    """The table of fragment policies (new 2.13)."""
    has_ports = body.get("tpSrc") is not None or body.get("tpDst") is not None
    if body["type"] in _FORWARD_NAT and not (not has_ports and _is_floating_form(body["natTargets"])):
        return policy == "unfragmented"
    return not has_ports or policy in _WITH_PORTS


def _is_floating_form(targets: list[JsonObject]) -> bool:
    if len(targets) != 1:
        return False
    (target,) = targets
    return target["addressFrom"] == target["addressTo"] and not target["portFrom"] and not target["portTo"]


def plan_jump(draft: ObjectDraft, places: Places, chain: str, record: OwnerRecord, target: str) -> None:
    """A jump in front of a chain of the importer: how a filter that replaced the chain is expressed."""
    key = str(uuid5(NAMESPACE, f"jump {chain} {target}"))
    body: JsonObject = {"id": key, "type": "jump", "jumpChainId": target}
    body["position"] = places.take_front(chain, record)
    draft.post(Step.RULES, "rule", key, f"/chains/{chain}/rules", body)
