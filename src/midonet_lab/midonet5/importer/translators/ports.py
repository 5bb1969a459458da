"""PORT (imp 3.5)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import UNSUPPORTED, ImporterFailure
from midonet_lab.midonet5.importer.java_values import parse_uuid
from midonet_lab.midonet5.importer.translators import port_kinds, port_services
from midonet_lab.midonet5.importer.translators.association import arp_node_of, attachment
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.importer.translators.networks import is_uplink
from midonet_lab.midonet5.importer.translators.port_security import (
    anti_spoof_chain_id,
    change_dhcp_hosts,
    change_membership,
    create_chains,
    delete_chains,
    fill_chains,
)
from midonet_lab.midonet5.importer.translators.routing import delete_gateway_rules, interface_snat_rule_ids
from midonet_lab.midonet5.importer.translators.seeds import arp_node, first_address, mac_node, seeds
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import (
    in_chain_id,
    interface_peer_id,
    out_chain_id,
    tenant_gateway_port_id,
)

_OWNERS_THAT_MAY_CHANGE = frozenset({port_kinds.COMPUTE, port_kinds.INTERFACE})


class PortTranslator(Translator):
    """PORT."""

    message = "NeutronPort"

    def create(self, context: Context, port: StoredObject) -> None:
        """Port, table entries, chains, DHCP: by the kind of port."""
        owner = port_kinds.owner_of(port)
        if port_kinds.has_no_port(owner, context.features):
            return
        if is_uplink(context.get("NeutronNetwork", port.get("network_id"))):
            return
        self._prefetch(context, port)
        # One is used up even if the rest fails.
        tunnel_key = context.next_tunnel_key() if owner != port_kinds.REMOTE else None
        if owner in port_kinds.SEEDED:
            for path in seeds(context, port):
                context.create_node(path)
        if owner == port_kinds.REMOTE:
            return
        untrusted = port_kinds.is_untrusted(owner, context.features)
        if untrusted:
            create_chains(context, port)
        context.create(
            "Port",
            id=port["id"],
            network_id=port["network_id"],
            tunnel_key=tunnel_key,
            admin_state_up=port.get("admin_state_up", False),
            inbound_filter_id=in_chain_id(port["id"]) if untrusted else None,
            outbound_filter_id=out_chain_id(port["id"]) if untrusted else None,
            **binding_of(context, port),
        )
        if untrusted:
            fill_chains(context, port)
            change_membership(context, None, port)
        if owner == port_kinds.COMPUTE:
            change_dhcp_hosts(context, None, port)
        elif owner == port_kinds.DHCP:
            port_services.serve(context, port)

    def update(self, context: Context, port: StoredObject) -> None:
        """Nothing where there is no Port; else admin state, binding, and what a VIF has."""
        old, stored = context.find("NeutronPort", port["id"]), context.find("Port", port["id"])
        if old is None or stored is None:
            return
        owner, old_owner = port_kinds.owner_of(port), port_kinds.owner_of(old)
        if context.features.owner_changes_refused:
            self._check_owner(context, port, old_owner, owner)
        self._update_port(context, stored, old, port)
        if old_owner in port_kinds.SEEDED and owner in port_kinds.SEEDED:
            self._update_seeds(context, old, port)
        if not port_kinds.is_untrusted(owner, context.features):
            return
        if not port_kinds.is_untrusted(old_owner, context.features):
            return
        for chain in (in_chain_id(port["id"]), out_chain_id(port["id"]), anti_spoof_chain_id(port["id"])):
            self._empty_chain(context, chain)
        fill_chains(context, port)
        change_membership(context, old, port)
        if owner == port_kinds.COMPUTE:
            change_dhcp_hosts(context, old, port)

    def delete(self, context: Context, port_id: str) -> None:
        """Everything the port brought, and the router's side of a gateway or interface."""
        port = context.find("NeutronPort", port_id)
        if port is None:
            return
        owner = port_kinds.owner_of(port)
        if port_kinds.has_no_port(owner, context.features):
            return
        if is_uplink(context.get("NeutronNetwork", port.get("network_id"))):
            if owner == port_kinds.INTERFACE:
                context.delete("Port", interface_peer_id(port_id))
            return
        if owner in port_kinds.SEEDED:
            for path in seeds(context, port):
                context.delete_node(path)
        if owner == port_kinds.REMOTE:
            return
        context.delete("Port", port_id)
        if owner == port_kinds.GATEWAY:
            self._delete_gateway(context, port_id)
        elif owner == port_kinds.INTERFACE:
            self._delete_interface(context, port)
        elif owner == port_kinds.DHCP:
            port_services.stop_serving(context, port)
        if port_kinds.is_untrusted(owner, context.features):
            delete_chains(context, port_id)
            change_membership(context, port, None)
            self._forget_floating_ips(context, port)
        if owner == port_kinds.COMPUTE:
            change_dhcp_hosts(context, port, None)

    def _prefetch(self, context: Context, port: StoredObject) -> None:
        keys = [("Network", port["network_id"])]
        keys += [("Dhcp", fixed["subnet_id"]) for fixed in port.get("fixed_ips", ()) if "subnet_id" in fixed]
        keys += [("IPAddrGroup", group) for group in port.get("security_groups", ())]
        context.prefetch(keys)

    def _check_owner(self, context: Context, port: StoredObject, old: str, new: str) -> None:
        if old != new and not {old, new} <= _OWNERS_THAT_MAY_CHANGE:
            # The braces are in the real text: it is no interpolated one.
            raise ImporterFailure(
                UNSUPPORTED, "device_owner update from ${oldOwner} to ${newOwner}isn't supported"
            )
        if new == port_kinds.GATEWAY:
            context.get("Router", parse_uuid(port.get("device_id", "")))

    def _update_port(
        self, context: Context, stored: StoredObject, old: StoredObject, new: StoredObject
    ) -> None:
        owner_changed = port_kinds.owner_of(old) != port_kinds.owner_of(new)
        changed = (
            old.get("admin_state_up", False) != new.get("admin_state_up", False)
            or (owner_changed and context.features.owner_changes_refused)
            or (old.get("host_id"), old.get("profile")) != (new.get("host_id"), new.get("profile"))
        )
        if not changed:
            return
        fields: dict[str, Any] = {"admin_state_up": new.get("admin_state_up", False)}
        if port_kinds.owner_of(new) == port_kinds.INTERFACE:
            fields |= {"host_id": None, "interface_name": None, **binding_of(context, new)}
        context.update("Port", stored, **fields)

    def _update_seeds(self, context: Context, old: StoredObject, new: StoredObject) -> None:
        if old.get("mac_address") != new.get("mac_address"):
            context.delete_node(mac_node(context, old))
            context.create_node(mac_node(context, new))
        before, after = first_address(old), first_address(new)
        if before != after:  # a new MAC alone leaves the ARP entry as it is
            network = old["network_id"]
            if before is not None:
                context.delete_node(arp_node(context, network, before, old.get("mac_address", "")))
            if after is not None:
                context.create_node(arp_node(context, network, after, new.get("mac_address", "")))

    def _empty_chain(self, context: Context, chain: str) -> None:
        for rule_id in (context.find("Chain", chain) or {}).get("rule_ids", ()):
            context.delete("Rule", rule_id)

    def _delete_gateway(self, context: Context, port_id: str) -> None:
        tenant_port = context.find("Port", tenant_gateway_port_id(port_id))
        if tenant_port is not None:
            context.delete("Port", tenant_port["id"])
            if "router_id" in tenant_port:
                delete_gateway_rules(context, tenant_port["router_id"])

    def _delete_interface(self, context: Context, port: StoredObject) -> None:
        router = context.get("Router", parse_uuid(port.get("device_id", "")))
        peer = interface_peer_id(port["id"])
        for rule_id in interface_snat_rule_ids(router, peer):
            context.delete("Rule", rule_id)
        context.delete("Port", peer)

    def _forget_floating_ips(self, context: Context, port: StoredObject) -> None:
        for floating_id in port.get("floating_ip_ids", ()):
            floating_ip = context.find("FloatingIp", floating_id)
            if floating_ip is not None and "router_id" in floating_ip:
                context.delete_node(arp_node_of(context, floating_ip, attachment(context, floating_ip)))


def binding_of(context: Context, port: StoredObject) -> dict[str, str]:
    """Host and interface, if the port names both. Raises for an unknown host name."""
    name = port.get("host_id", "")
    interface = port.get("profile", {}).get("interface_name", "")
    if not name or not interface:
        return {}
    return {"host_id": context.host_id(name), "interface_name": interface}
