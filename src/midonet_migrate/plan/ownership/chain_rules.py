"""Owners of chains and rules, and what was changed inside the server's chains (old 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.plan.ownership.chain_names import (
    EGRESS,
    INBOUND,
    INGRESS,
    OUTBOUND,
    POST,
    PRE,
    ChainName,
    parse_chain_name,
)
from midonet_migrate.plan.ownership.chains import Chains
from midonet_migrate.plan.ownership.devices import compare_filters, trace_chain_of
from midonet_migrate.plan.ownership.expected_rules import ANTI_SPOOF, INTERFACE_SNAT, ExpectedRule
from midonet_migrate.plan.ownership.left_behind import left_behind_rule
from midonet_migrate.plan.ownership.matching import pair_rules
from midonet_migrate.plan.ownership.signatures import as_served, signature
from midonet_migrate.plan.ownership.site import Site, is_vif
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

_ROLES = {
    INBOUND: Role.PORT_INBOUND_CHAIN,
    OUTBOUND: Role.PORT_OUTBOUND_CHAIN,
    INGRESS: Role.SECURITY_GROUP_INGRESS_CHAIN,
    EGRESS: Role.SECURITY_GROUP_EGRESS_CHAIN,
    PRE: Role.ROUTER_PRE_CHAIN,
    POST: Role.ROUTER_POST_CHAIN,
}
_TRACE = OwnerRecord(Owner.RUNTIME, "rule-trace", "made by the server for a trace request")


class _Missing(NamedTuple):
    chain_id: str
    position: int
    rule: ExpectedRule


def classify_chains(site: Site, verdicts: Verdicts, chains: Chains) -> None:
    """Owners of all chains and of all rules; changed filters of server-made devices."""
    missing_pairs: dict[str, list[_Missing]] = {}
    for chain_id, chain in site.chains.items():
        if chain_id in chains.made:
            _server_chain(site, verdicts, chains, chain, missing_pairs)
        else:
            _other_chain(site, verdicts, chain)
    for halves in missing_pairs.values():
        if len(halves) == 1:  # neither half: a site upgraded from a release that made none (old 4.4)
            _report_missing(site, verdicts, halves, None)
    unknown_chain = user("rule-user", "its chain is gone")
    for chain_id, rules in site.rules_by_chain.items():
        if chain_id not in site.chains:
            for rule in rules:
                verdicts.set("rule", rule, unknown_chain)
    _missing_chains(site, verdicts, chains)
    _filters(site, verdicts, chains)


def _server_chain(
    site: Site,
    verdicts: Verdicts,
    chains: Chains,
    chain: JsonObject,
    missing_pairs: dict[str, list[_Missing]],
) -> None:
    chain_id = chain["id"]
    name = chains.made[chain_id]
    ref = NeutronRef(name.kind, name.id)
    displaced = chain_id in chains.displaced
    rule_id = "chain-displaced" if displaced else "chain-neutron"
    reason = "no longer used by its device, known by its rules" if displaced else ""
    verdicts.set("chain", chain, neutron(rule_id, ref, _ROLES[name.side], reason))
    found = []
    for rule in site.rules_by_chain.get(chain_id, []):
        if rule["type"] == "trace":
            _trace_rule(site, verdicts, rule, in_server_chain=True)
        else:
            found.append(rule)
    expected = chains.expected_rules(chain_id, name)
    pairing = pair_rules(found, expected)
    own_record = neutron("rule-neutron", ref)
    by_hand = user("rule-user", "not among the rules that the server makes in this chain")
    for index, number in pairing.pairs.items():
        owner = expected[number].owner
        verdicts.set(
            "rule", found[index], neutron("rule-neutron", NeutronRef(*owner)) if owner else own_record
        )
        _compare_rule(verdicts, found[index], expected[number])
    for index in pairing.extra:
        rule = found[index]
        remainder = left_behind_rule(site, chains.roles, chain_id, name, rule)
        verdicts.set("rule", rule, remainder or by_hand)
        if remainder is not None:
            continue
        before = [found[other]["id"] for other in range(index) if other in pairing.pairs]
        after = [found[other]["id"] for other in range(index + 1, len(found)) if other in pairing.pairs]
        place = {
            "rule": dict(rule),
            "after_expected": len(before),
            "previous": before[-1] if before else None,
            "next": after[0] if after else None,
        }
        verdicts.inserted("rule", rule, "added-rule", f"in the chain {chain['name']}", place)
    missing = []
    for number in pairing.missing:
        item = _Missing(chain_id, number + 1, expected[number])
        if item.rule.purpose == INTERFACE_SNAT:
            missing_pairs.setdefault(item.rule.group, []).append(item)
        else:
            missing.append(item)
    _report_missing(site, verdicts, missing, name)


def _compare_rule(verdicts: Verdicts, rule: JsonObject, expected: ExpectedRule) -> None:
    """Only a rule found by its id can differ: somebody replaced it under the same id."""
    if rule["id"] != expected.id:
        return
    content = signature(rule)
    if content in expected.contents:
        return
    for field in sorted({name for name, _ in content ^ expected.contents[0]}):
        if field == "fragmentPolicy" and rule.get(field) in {None, "any"}:
            continue  # written by a release that knew none
        values = (expected.fields.get(field), rule.get(field))
        verdicts.updated("rule", rule["id"], field, values, "changed-rule")


def _report_missing(
    site: Site, verdicts: Verdicts, missing: Iterable[_Missing], name: ChainName | None
) -> None:
    for chain_id, position, rule in missing:
        if chain_id in site.raced:
            continue
        key = rule.id or f"{chain_id}#{position}"
        before = as_served(rule.fields, chain_id, position, rule.id)
        if rule.purpose != ANTI_SPOOF:
            reason = f"{rule.purpose} rule that the server makes is gone"
            verdicts.deleted("rule", key, before, "removed-rule", reason)
            continue
        network = site.neutron_ports[name.id]["network_id"] if name else ""
        if site.bridges.get(network, {}).get("disableAntiSpoof"):
            reason = "anti-spoofing is off on the bridge"
            verdicts.deleted("rule", key, before, "bridge-without-anti-spoof", reason)
        else:
            verdicts.deleted("rule", key, before, "removed-anti-spoof-rule", "anti-spoof rule removed")


def _other_chain(site: Site, verdicts: Verdicts, chain: JsonObject) -> None:
    trace = trace_chain_of(site, chain["id"])
    if trace is not None:
        record = OwnerRecord(Owner.RUNTIME, "chain-trace", f"made by the server for trace request {trace}")
    elif parse_chain_name(chain.get("name")) is not None:
        record = user("chain-name-only", "named like a chain of Neutron, but nothing of Neutron uses it")
    else:
        record = user("chain-user", "not a chain that the server makes")
    verdicts.set("chain", chain, record)
    in_user_chain = user("rule-user", "in a chain made by hand")
    for rule in site.rules_by_chain.get(chain["id"], []):
        if rule["type"] == "trace":
            _trace_rule(site, verdicts, rule, in_server_chain=False)
        else:
            verdicts.set("rule", rule, in_user_chain)


def _trace_rule(site: Site, verdicts: Verdicts, rule: JsonObject, *, in_server_chain: bool) -> None:
    """A trace rule without a trace request was made by hand; it is still no change to Neutron's chain."""
    if rule.get("requestId") in site.traces:
        verdicts.set("rule", rule, _TRACE)
        return
    verdicts.set("rule", rule, user("rule-trace-by-hand", "a trace rule without its trace request"))
    if in_server_chain:
        verdicts.inserted("rule", rule, "added-rule", "trace rule made by hand in a chain of Neutron")


def _missing_chains(site: Site, verdicts: Verdicts, chains: Chains) -> None:
    for kind, resource, side in _chains_to_be(site):
        if chains.chain_id(kind, resource, side) is None and not _chain_raced(site, kind, resource, side):
            before = {"neutron": {"kind": kind, "id": resource}, "side": side}
            key = f"{resource}#{side}"
            verdicts.deleted("chain", key, before, "removed-object", "a chain that the server makes is gone")


def _chains_to_be(site: Site) -> Iterator[tuple[str, str, str]]:
    for port in site.vif_ports():
        if port["id"] in site.ports:
            yield "ports", port["id"], INBOUND
            yield "ports", port["id"], OUTBOUND
    for router_id in site.neutron_routers:
        if router_id in site.routers:
            yield "routers", router_id, PRE
            yield "routers", router_id, POST
    for group_id in site.security_groups:
        yield "security_groups", group_id, INGRESS
        yield "security_groups", group_id, EGRESS


def _chain_raced(site: Site, kind: str, resource: str, side: str) -> bool:
    """Whether the chain may just have vanished while the snapshot was read."""
    if kind == "security_groups":
        return any(item.kind == "chain" for item in site.snapshot.meta.vanished)
    device = (site.ports if kind == "ports" else site.routers)[resource]
    member = "inboundFilterId" if side in {INBOUND, PRE} else "outboundFilterId"
    return resource in site.raced or device.get(member) in site.raced


def _filters(site: Site, verdicts: Verdicts, chains: Chains) -> None:
    for bridge_id in site.networks.keys() & site.bridges.keys():
        compare_filters(site, verdicts, "bridge", site.bridges[bridge_id], (None, None))
    for router_id in site.neutron_routers.keys() & site.routers.keys():
        filters = chains.chain_id("routers", router_id, PRE), chains.chain_id("routers", router_id, POST)
        compare_filters(site, verdicts, "router", site.routers[router_id], filters)
    for port_id, port in site.ports.items():
        if not verdicts.is_server_made("port", port_id):
            continue
        resource = site.neutron_ports.get(port_id)
        if resource is not None and is_vif(resource):
            filters = chains.chain_id("ports", port_id, INBOUND), chains.chain_id("ports", port_id, OUTBOUND)
        else:
            filters = None, None
        compare_filters(site, verdicts, "port", port, filters)
