"""Chains and rules (new 2.12, 2.13)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.fragments import default_policy, unknown_policy
from midonet_lab.midonet5.api.generic import (
    bean_of,
    creator,
    deleter,
    get,
    inconvertible,
    is_id,
    lister,
    plain_view,
    rewritten,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.replies import Reply, empty, entity
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Created, Router, collection, single
from midonet_lab.midonet5.api.rule_conversion import (
    has_reversed_range,
    rule_from_store,
    rule_kind,
    rule_to_store,
)
from midonet_lab.midonet5.api.store_values import Inconvertible
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import NotFound, StoredObject, Transaction

_CHAIN = ("Chain", 1)
_RULE = ("Rule", 2)
_LOST = ("logger_ids", "metadata", "router_redirect_ids")


def add_chains(router: Router, tables: Tables) -> None:
    """``/chains`` and ``/rules``."""
    bean, family = tables["chain"], tables.rules
    add_resource(
        router,
        "/chains",
        _CHAIN,
        bean,
        create=creator("/chains"),
        delete=deleter("Chain", unknown=404, before=_delete_jumps),
        listing=lister("Chain", plain_view(bean), ("tenant_id", "tenant_id")),
    )
    router.add("/rules", collection(_RULE, decode=family.decode))
    router.add("/rules/{}", single(_RULE, read=_read, delete=_delete, decode=family.decode))
    router.add(
        "/chains/{}/rules",
        collection(_RULE, read=_rules, create=_create, decode=family.decode, ordered=True),
    )


def _delete_jumps(_: Call, transaction: Transaction, chain: StoredObject) -> None:
    """The jump rules recorded on the chain go with it."""
    for rule_id in chain.get("jump_rule_ids", []):
        if rule_id not in chain.get("rule_ids", []):
            transaction.delete("Rule", rule_id, ignore_missing=True)


def _view(call: Call, rule: StoredObject, position: int) -> Values:
    kind = rule_kind(rule)
    bean = call.site.tables.rules.members[kind]
    values = rule_from_store(bean, call.site.tables.condition, rule)
    if has_reversed_range(values):  # no such range in Java (new 1.11)
        raise empty(500)
    values["position"] = position
    return call.show(bean, values)


def _rules(call: Call) -> list[Values]:
    chain = get(call, "Chain", call.values[0])
    found = call.site.several("Rule", chain.get("rule_ids", []))
    return [_view(call, rule, position) for position, rule in enumerate(found, start=1)]


def _read(call: Call) -> Values:
    rule = get(call, "Rule", call.values[0])
    chain = call.site.find("Chain", rule["chain_id"]) or {}
    ids: list[str] = chain.get("rule_ids", [])
    return _view(call, rule, ids.index(rule["id"]) + 1 if rule["id"] in ids else 0)


def _create(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    if values["position"] == 0:
        values["position"] = 1
    refusal = unknown_policy(values)
    if refusal is not None:
        raise refusal
    validate(bean, values)
    if has_reversed_range(values) and not call.site.options.quirks.poison:
        raise entity(400, "A range of ports starts behind its end.")
    if values["fragmentPolicy"] is None:
        values["fragmentPolicy"] = default_policy(values)
    chain = get(call, "Chain", call.values[0])
    rules = chain.get("rule_ids", [])
    if values["position"] > len(rules) + 1:
        raise entity(400, "Position exceeds number of rules in chain")
    target_id = values.get("jumpChainId")
    target = get(call, "Chain", target_id) if target_id else None
    stored = _to_store(call, bean, values)
    transaction = call.zoom.transaction()
    transaction.create("Rule", stored | {"chain_id": chain["id"]})
    ids = [*rules[: values["position"] - 1], values["id"], *rules[values["position"] - 1 :]]
    changes: dict[str, Any] = {"rule_ids": ids}
    if target is not None and target["id"] == chain["id"]:
        changes["jump_rule_ids"] = [*chain.get("jump_rule_ids", []), values["id"]]
    elif target is not None:
        jumps = [*target.get("jump_rule_ids", []), values["id"]]
        transaction.update("Chain", _changed(call, target, {"jump_rule_ids": jumps}))
    transaction.update("Chain", _changed(call, chain, changes))
    transaction.commit()
    return Created(f"/rules/{values['id']}")


def _changed(call: Call, chain: StoredObject, changes: dict[str, Any]) -> StoredObject:
    changed: StoredObject = rewritten(call, chain, changes, changes, _LOST)
    return changed


def _to_store(call: Call, bean: Bean, values: Values) -> StoredObject:
    try:
        return rule_to_store(call.site.tables.condition, values)
    except Inconvertible as error:
        raise inconvertible(call, bean, values, error) from error


def _delete(call: Call) -> Reply:
    """Reads the rule as a DTO first, so one that cannot be read cannot be deleted (new 1.11)."""
    object_id = call.values[0]
    rule = call.site.find("Rule", object_id) if is_id(object_id) else None
    if rule is None:
        raise NotFound("Rule", object_id)
    _view(call, rule, 1)
    transaction = call.zoom.transaction()
    chain = call.site.find("Chain", rule.get("chain_id", ""))
    target_id = rule.get("jump_rule_data", {}).get("jump_chain_id")
    target = call.site.find("Chain", target_id) if target_id else None
    changes: dict[str, dict[str, Any]] = {}
    chains = {}
    for owner, field in ((chain, "rule_ids"), (target, "jump_rule_ids")):
        if owner is not None and object_id in owner.get(field, []):
            chains[owner["id"]] = owner
            left = [rule_id for rule_id in owner[field] if rule_id != object_id]
            changes.setdefault(owner["id"], {})[field] = left
    transaction.delete("Rule", object_id)
    for chain_id, changed in changes.items():
        transaction.update("Chain", _changed(call, chains[chain_id], changed))
    transaction.commit()
    return Reply(status=204)
