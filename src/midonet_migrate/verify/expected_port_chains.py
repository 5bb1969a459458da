"""The security chains of a port, and their rules, most of which have random ids (imp 3.5.2)."""

from __future__ import annotations

from midonet_migrate.plan.derived_ids import Derived, derived_id, in_chain_id, out_chain_id
from midonet_migrate.verify.expected_rules import (
    ALLOW_DHCP,
    ARP,
    DROP_ALL,
    DROP_ALL_BUT_ARP,
    RETURN_FLOW,
    jump,
    literal,
)
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, host_subnet


def add_port_chains(site: Site, message: Object) -> None:
    """The three chains; their rules if the port is secured. The port must be there."""
    key = message["id"]
    inbound, outbound = in_chain_id(key), out_chain_id(key)
    spoofing = derived_id(Derived.ANTI_SPOOF_CHAIN, key)
    spoofing_jump = derived_id(Derived.ANTI_SPOOF_JUMP_RULE, key)
    site.chain(inbound, f"OS_PORT_{key}_INBOUND")
    site.chain(outbound, f"OS_PORT_{key}_OUTBOUND")
    site.chain(spoofing, f"OS_PORT_{key}_ANTI_SPOOF")["jump_rule_ids"] = {spoofing_jump}
    site.get("Port", key).update(inbound_filter_id=inbound, outbound_filter_id=outbound)
    if not message.get("port_security_enabled", True):
        return
    groups = message.get("security_groups", [])
    site.rule(inbound, spoofing_jump, jump(spoofing))
    site.rules[inbound] += [RETURN_FLOW, *(jump(in_chain_id(group)) for group in groups), DROP_ALL_BUT_ARP]
    site.rules[outbound] += [RETURN_FLOW, *(jump(out_chain_id(group)) for group in groups), DROP_ALL_BUT_ARP]
    allowed = site.rules[spoofing]
    allowed.append(ALLOW_DHCP)
    mac = message.get("mac_address", "")
    for ip in message.get("fixed_ips", []):
        allowed += _own(host_subnet(ip["ip_address"]), mac)
    for pair in message.get("allowed_address_pairs", []):
        allowed += _own(pair["ip_address"], pair.get("mac_address", ""))
    allowed.append(DROP_ALL)


def remove_port_chains(site: Site, key: str) -> None:
    """Take the three chains of a port away."""
    for chain in (in_chain_id(key), out_chain_id(key), derived_id(Derived.ANTI_SPOOF_CHAIN, key)):
        site.remove_chain(chain)
    port = site.get("Port", key)
    port.pop("inbound_filter_id", None)
    port.pop("outbound_filter_id", None)


def _own(addresses: str, mac: str) -> tuple[Object, Object]:
    """The rules that let an address of its own through, for ARP and for the rest."""
    return (
        literal("RETURN", {"dl_type": ARP, "nw_src_ip": addresses, "fragment_policy": "ANY"}),
        literal("RETURN", {"dl_src": mac, "nw_src_ip": addresses, "fragment_policy": "ANY"}),
    )
