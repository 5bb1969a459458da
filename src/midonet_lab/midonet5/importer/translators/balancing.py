"""POOL, MEMBER, VIP and HEALTHMONITOR (imp 3.10)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import ImporterFailure, illegal_argument, illegal_state
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.importer.translators.seeds import arp_node
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import load_balancer_id


class PoolTranslator(Translator):
    """POOL. Protocol, method and status are those of the defaults, whatever Neutron says."""

    message = "NeutronLoadBalancerPool"

    def create(self, context: Context, pool: StoredObject) -> None:
        """The Pool; the first one of a router brings its load balancer."""
        if "router_id" not in pool:
            raise illegal_argument("No router ID is specified.")
        if pool.get("health_monitors"):
            raise illegal_argument(
                "A health monitor may be associated with a pool only at the time of the health monitor's "
                "creation."
            )
        router_id = pool["router_id"]
        balancer = load_balancer_id(router_id)
        admin = pool.get("admin_state_up", False)
        if context.find("LoadBalancer", balancer) is None:
            context.create("LoadBalancer", id=balancer, admin_state_up=admin, router_id=router_id)
        context.create("Pool", id=pool["id"], load_balancer_id=balancer, admin_state_up=admin)

    def update(self, context: Context, pool: StoredObject) -> None:
        """The admin state."""
        stored = context.get("Pool", pool["id"])
        context.update("Pool", stored, admin_state_up=pool.get("admin_state_up", False))

    def delete(self, context: Context, pool_id: str) -> None:
        """The Pool, and the load balancer with its last one."""
        pool = context.find("Pool", pool_id)
        if pool is None:
            return
        context.delete("Pool", pool_id)
        balancer = context.find("LoadBalancer", pool.get("load_balancer_id"))
        if balancer is not None and balancer.get("pool_ids") == [pool_id]:
            context.delete("LoadBalancer", balancer["id"])


class MemberTranslator(Translator):
    """MEMBER."""

    message = "NeutronLoadBalancerPoolMember"

    def create(self, context: Context, member: StoredObject) -> None:
        """The PoolMember, active whatever Neutron says."""
        context.create("PoolMember", **self._fields(member), status="ACTIVE")

    def update(self, context: Context, member: StoredObject) -> None:
        """All but the status."""
        stored = context.get("PoolMember", member["id"])
        fields = {"pool_id": None, "address": None, **self._fields(member)}
        context.update("PoolMember", stored, **fields)

    def delete(self, context: Context, member_id: str) -> None:
        """The PoolMember."""
        context.delete("PoolMember", member_id)

    def _fields(self, member: StoredObject) -> dict[str, Any]:
        return {
            "id": member["id"],
            "admin_state_up": member.get("admin_state_up", False),
            "pool_id": member.get("pool_id"),
            "address": member.get("address"),
            "protocol_port": member.get("protocol_port", 0),
            "weight": member.get("weight", 0),
        }


class VipTranslator(Translator):
    """VIP."""

    message = "NeutronVIP"

    def create(self, context: Context, vip: StoredObject) -> None:
        """The Vip; on an external network the router's gateway answers ARP for it."""
        fields = self._fields(vip)
        if "pool_id" in vip:
            network = self._external_network(context, vip)
            gateway = None if network is None else self._gateway(context, vip)
            if network is not None and gateway is not None:
                address = copied(vip, "address")
                context.create_node(
                    arp_node(
                        context,
                        network["id"],
                        address["address"] if isinstance(address, dict) else "",
                        gateway.get("mac_address", ""),
                    )
                )
                fields["gateway_port_id"] = gateway["id"]
        context.create("Vip", **fields)

    def update(self, context: Context, vip: StoredObject) -> None:
        """All but the address and the gateway port."""
        stored = context.get("Vip", vip["id"])
        before, after = _address(stored), _address(vip)
        if before != after:
            raise illegal_argument(f"VIP IP changed from {before} to {after}")
        fields = self._fields(vip)
        context.update("Vip", {"gateway_port_id": stored.get("gateway_port_id")}, **fields)

    def delete(self, context: Context, vip_id: str) -> None:
        """The Vip and its ARP entry."""
        if context.features.unknown_deletes_ignored:
            vip = context.find("Vip", vip_id)
        else:
            vip = context.get("Vip", vip_id)
        if vip is None:
            return
        context.delete("Vip", vip_id)
        gateway = context.find("NeutronPort", vip.get("gateway_port_id"))
        if gateway is not None:
            context.delete_node(
                arp_node(context, gateway["network_id"], _address(vip), gateway.get("mac_address", ""))
            )

    def _fields(self, vip: StoredObject) -> dict[str, Any]:
        persistence = vip.get("session_persistence")
        by_source = persistence is not None and persistence.get("type", "SOURCE_IP") == "SOURCE_IP"
        return {
            "id": vip["id"],
            "admin_state_up": vip.get("admin_state_up", False),
            "pool_id": vip.get("pool_id"),
            "address": vip.get("address"),
            "protocol_port": vip.get("protocol_port"),
            "session_persistence": "SOURCE_IP" if by_source else None,
        }

    def _external_network(self, context: Context, vip: StoredObject) -> StoredObject | None:
        """The VIP's network, if it is external. It need not be that of the router's gateway."""
        subnet = context.get("NeutronSubnet", vip.get("subnet_id"))
        network = context.get("NeutronNetwork", subnet.get("network_id"))
        return network if network.get("external", False) else None

    def _gateway(self, context: Context, vip: StoredObject) -> StoredObject | None:
        """The Neutron port of the gateway, if the router has one."""
        pool = context.get("NeutronLoadBalancerPool", vip["pool_id"])
        router = context.get("NeutronRouter", pool.get("router_id"))
        if "gw_port_id" not in router:
            return None
        return context.get("NeutronPort", router["gw_port_id"])


class HealthMonitorTranslator(Translator):
    """HEALTHMONITOR."""

    message = "NeutronHealthMonitor"

    def create(self, context: Context, monitor: StoredObject) -> None:
        """The HealthMonitor; its pools refer to it, the last monitor of a pool wins."""
        context.create("HealthMonitor", **self._fields(monitor))
        for pool_id in _pools(monitor):
            pool = context.get("Pool", pool_id)
            context.update("Pool", pool, mapping_status="PENDING_CREATE", health_monitor_id=monitor["id"])

    def update(self, context: Context, monitor: StoredObject) -> None:
        """Attributes; the pools must be the same ones in the same order."""
        stored = context.get("HealthMonitor", monitor["id"])
        if _pools(monitor) != stored.get("pool_ids", []):
            raise NotTranslated(illegal_state("A health monitor's pool association cannot be changed."))
        context.update("HealthMonitor", stored, **self._fields(monitor))

    def delete(self, context: Context, monitor_id: str) -> None:
        """The HealthMonitor; its pools lose the reference."""
        monitor = context.find("HealthMonitor", monitor_id)
        if monitor is None:
            return
        for pool_id in monitor.get("pool_ids", ()):
            pool = context.find("Pool", pool_id)
            if pool is not None:
                context.update("Pool", pool, mapping_status=None, health_monitor_id=None)
        context.delete("HealthMonitor", monitor_id)

    def _fields(self, monitor: StoredObject) -> dict[str, Any]:
        return {
            "id": monitor["id"],
            "admin_state_up": monitor.get("admin_state_up", False),
            "delay": monitor.get("delay", 0),
            "max_retries": monitor.get("max_retries", 0),
            "timeout": monitor.get("timeout", 0),
        }


class NotTranslated(Exception):
    """A failure the real importer does not take for one of translation: ``Failed to execute task``."""

    def __init__(self, failure: ImporterFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def _pools(monitor: StoredObject) -> list[Any]:
    return [copied(pool, "pool_id") for pool in monitor.get("pools", ())]


def _address(vip: StoredObject) -> str:
    address: str = vip.get("address", {}).get("address", "")
    return address
