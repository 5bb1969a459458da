"""Group rules of protocols without a name: posted to the group's chain after the import (imp 8.1)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket, Conversion, ConversionRequest, Source
from midonet_migrate.plan.derived_ids import in_chain_id, non_header_rule_id, out_chain_id
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.values import enum_name, to_subnet

RULE = "numeric-protocol"
MEDIA_TYPE = "application/vnd.org.midonet.Rule-v2+json"
_ETHER_TYPES = {"IPV4": 2048, "IPV6": 34525, "ARP": 2054}


def convert_rule(draft: Draft, key: ObjectKey, rule: JsonObject, number: int) -> None:
    """Plan the 5.x rule that matches protocol ``number``, in the chain of the rule's group.

    It keeps the id of the Neutron rule, so that deleting the rule in Neutron deletes it. A rule for an
    IPv6 prefix cannot be posted: the API takes IPv4 prefixes only.
    """
    draft.rewrite(key, RULE, f'rule left out: protocol "{number}" has no name in the importer')
    prefix = to_subnet(rule["remote_ip_prefix"]) if rule.get("remote_ip_prefix") else None
    if prefix is not None and prefix[0] != 4:
        reason = f"protocol {number} has no name in the importer, and the 5.x API takes no IPv6 prefix"
        draft.leave_out(key, Bucket.UNSUPPORTED, RULE, reason)
        return
    reason = (
        f"protocol {number} has no name in the importer: posted to the chain of the group after the import; "
        "MidoNet 1.9 let all protocols through for this rule"
    )
    ingress = enum_name(rule.get("direction") or "egress", owner=False) == "INGRESS"
    group = str(rule["security_group_id"])
    chain = out_chain_id(group) if ingress else in_chain_id(group)
    draft.conversions.append(
        Conversion(
            type="security-group-protocol",
            source=Source(kind=key[0], id=key[1]),
            requests=[
                ConversionRequest(
                    api="midonet",
                    method="POST",
                    path=f"/chains/{chain}/rules",
                    body=body,
                    media_type=MEDIA_TYPE,
                )
                for body in _bodies(rule, number, ingress=ingress)
            ],
            rule=RULE,
            reason=reason,
        )
    )
    draft.place(key, Bucket.CONVERTED, RULE, reason)
    draft.warn(key, RULE, f"narrower than in 1.9: {reason}", "nothing to do if only this protocol was meant")


def _bodies(rule: JsonObject, number: int, *, ingress: bool) -> list[JsonObject]:
    """One rule; with ports two, the second for later fragments, as the importer makes them (imp 3.9)."""
    side = "Src" if ingress else "Dst"
    body: JsonObject = {"id": str(rule["id"]), "type": "accept", "position": 1, "nwProto": number}
    if rule.get("ethertype"):
        body["dlType"] = _ETHER_TYPES[enum_name(rule["ethertype"], owner=False)]
    if rule.get("remote_ip_prefix"):
        address, _, length = str(rule["remote_ip_prefix"]).partition("/")
        body[f"nw{side}Address"], body[f"nw{side}Length"] = address, int(length or 32)
    if rule.get("remote_group_id"):
        body[f"ipAddrGroup{side}"] = str(rule["remote_group_id"])
    low, high = rule.get("port_range_min"), rule.get("port_range_max")
    if low is None and high is None:
        return [{**body, "fragmentPolicy": "any"}]
    return [
        {**body, "fragmentPolicy": "header", "tpDst": {"start": low, "end": high}},
        {**body, "id": non_header_rule_id(str(rule["id"])), "fragmentPolicy": "nonheader"},
    ]
