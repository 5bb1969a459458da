"""CONFIG, AGENTMEMBERSHIP and PORTBINDING (imp 3.11)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import illegal_state
from midonet_lab.midonet5.importer.object_text import halves
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.topology.text_format import StoredObject


class ConfigTranslator(Translator):
    """CONFIG."""

    message = "NeutronConfig"

    def create(self, context: Context, config: StoredObject) -> None:
        """The tunnel zone ``DEFAULT``, unless that id is there."""
        if context.find("TunnelZone", config["id"]) is None:
            context.create(
                "TunnelZone", id=config["id"], name="DEFAULT", type=config.get("tunnel_protocol", "GRE")
            )


class AgentMembershipTranslator(Translator):
    """AGENTMEMBERSHIP: its ``id`` is the host's."""

    message = "AgentMembership"

    def create(self, context: Context, membership: StoredObject) -> None:
        """The host becomes a member of the configuration's tunnel zone."""
        zone, host_id = self._zone(context), membership["id"]
        context.update(
            "TunnelZone",
            zone,
            hosts=[*zone.get("hosts", ()), {"host_id": host_id, "ip": copied(membership, "ip_address")}],
            host_ids=[*zone.get("host_ids", ()), host_id],
        )

    def delete(self, context: Context, host_id: str) -> None:
        """Ends the membership, which must be there."""
        if context.find("AgentMembership", host_id) is None:
            return
        zone = self._zone(context)
        hosts = [member for member in zone.get("hosts", ()) if member.get("host_id") != host_id]
        if len(hosts) == len(zone.get("hosts", ())):
            raise illegal_state("No host mapping found.")
        ids = [member for member in zone.get("host_ids", ()) if member != host_id]
        context.update("TunnelZone", zone, hosts=hosts, host_ids=ids)

    def _zone(self, context: Context) -> StoredObject:
        configs = context.ids("NeutronConfig")
        if not configs:
            raise illegal_state("Cannot find a Neutron Config.")
        if len(configs) > 1:
            raise illegal_state("Found more than 1 Neutron Config.")
        return context.get("TunnelZone", configs[0])


class PortBindingTranslator(Translator):
    """PORTBINDING."""

    message = "PortBinding"

    def create(self, context: Context, binding: StoredObject) -> None:
        """Binds a port that is not bound."""
        port = context.get("Port", binding.get("port_id"))
        if "host_id" in port:
            raise illegal_state(f"Port {halves(port['id'])}is already bound.")
        context.update(
            "Port",
            port,
            host_id=copied(binding, "host_id"),
            interface_name=binding.get("interface_name", ""),
        )

    def delete(self, context: Context, binding_id: str) -> None:
        """Unbinds the port."""
        binding: StoredObject | None = context.find("PortBinding", binding_id)
        port: Any = None if binding is None else context.find("Port", binding.get("port_id"))
        if port is not None:
            context.update("Port", port, host_id=None, interface_name=None)
