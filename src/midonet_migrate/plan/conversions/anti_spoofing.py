"""Ports whose anti-spoofing rules somebody removed get an allowed address pair in Neutron (orig 5.2).

1.9 puts one *drop unless the source is this address* rule per fixed IP, and one for the MAC, into a port's
inbound chain. Operators switched anti-spoofing off by deleting them, or by the bridge's
``disableAntiSpoof`` at the time the port was written (old 4.4). 5.x makes its own anti-spoofing chain of the
fixed IPs and the allowed address pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Role
from midonet_migrate.model.plan import (
    Conversion,
    ConversionPlan,
    ConversionRequest,
    Disposition,
    Finding,
    Source,
)
from midonet_migrate.plan.conversions.old_site import OldSite

RULE = "anti-spoofing"
ANY_ADDRESS = "0.0.0.0/0"


def convert_anti_spoofing(site: OldSite, plan: ConversionPlan) -> None:
    """Add a conversion for every Neutron port of which no IPv4 anti-spoofing rule is left."""
    ports = site.snapshot.neutron_by_id("ports")
    chains = {
        key: record.neutron.id
        for (kind, key), record in site.ownership.owners.items()
        if kind == "chain" and record.role is Role.PORT_INBOUND_CHAIN and record.neutron is not None
    }
    rules: dict[str, list[JsonObject]] = defaultdict(list)
    for rule in site.snapshot.midonet.get("rule", []):
        if rule["chainId"] in chains:
            rules[rule["chainId"]].append(rule)
    for chain_id in sorted(chains):
        port = ports.get(chains[chain_id])
        if port is None or not site.queued("ports", port["id"]) or not rules[chain_id]:
            continue
        addresses = [fixed["ip_address"] for fixed in port["fixed_ips"] if ":" not in fixed["ip_address"]]
        if not addresses or port.get("port_security_enabled") is False:
            continue
        if not _has_address_rule(rules[chain_id]):
            _convert_port(site, chain_id, port, has_mac=_has_mac_rule(rules[chain_id]), plan=plan)
        elif not _has_mac_rule(rules[chain_id]):
            _report_mac(port, plan)


def _has_address_rule(rules: Iterable[JsonObject]) -> bool:
    return any(
        rule["type"] == "drop"
        and rule.get("invNwSrc")
        and rule.get("nwSrcAddress")
        and ":" not in rule["nwSrcAddress"]
        for rule in rules
    )


def _has_mac_rule(rules: Iterable[JsonObject]) -> bool:
    return any(rule["type"] == "drop" and rule.get("invDlSrc") and rule.get("dlSrc") for rule in rules)


def _convert_port(
    site: OldSite, chain_id: str, port: JsonObject, *, has_mac: bool, plan: ConversionPlan
) -> None:
    pairs = [dict(pair) for pair in port.get("allowed_address_pairs") or []]
    if all(pair.get("ip_address") != ANY_ADDRESS for pair in pairs):
        pairs.append({"ip_address": ANY_ADDRESS})
    reason = "its anti-spoofing rules were taken away; an allowed address pair says the same in 5.x"
    plan.conversions.append(
        Conversion(
            type="anti-spoofing",
            source=Source("port", port["id"]),
            requests=[
                ConversionRequest(
                    api="neutron",
                    method="PUT",
                    path=f"/v2.0/ports/{port['id']}.json",
                    body={"port": {"allowed_address_pairs": pairs}},
                )
            ],
            rule=RULE,
            reason=reason,
        )
    )
    for modification in site.ownership.modifications:
        if modification.op != "delete" or modification.kind != "rule":
            continue
        before = modification.before
        if isinstance(before, dict) and before.get("chainId") == chain_id:
            if before.get("invNwSrc"):
                plan.dispositions["rule", modification.id] = Disposition("converted", reason)
            elif before.get("invDlSrc"):
                plan.dispositions["rule", modification.id] = Disposition(
                    "lost", "Neutron cannot allow any MAC address on a port with port security"
                )
    if not has_mac:
        _report_mac(port, plan)


def _report_mac(port: JsonObject, plan: ConversionPlan) -> None:
    plan.findings.append(
        Finding(
            level="warning",
            rule="anti-spoofing-mac",
            kind="ports",
            id=port["id"],
            message="its MAC anti-spoofing rule was taken away; Neutron cannot express 'any MAC address'",
            remedy="if the port must send from other MAC addresses, list them as allowed address pairs, or "
            "switch port security off for this port",
        )
    )
