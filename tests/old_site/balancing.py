"""LBaaS v1 as the 1.9 server writes it (old 4.7)."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.keys import JsonObject
from old_site.routing import Routing


class OldSite(Routing):
    """Neutron's dicts and MidoNet's objects, grown together."""

    def pool(self, router: JsonObject, subnet: JsonObject, **members: Any) -> JsonObject:
        pool = {
            "id": self.id(),
            "subnet_id": subnet["id"],
            "admin_state_up": True,
            "provider": "midonet",
            "health_monitors": [],
            "members": [],
            "vip_id": None,
            "status": "ACTIVE",
        } | members
        self.neutron["pools"].append(pool)
        device = self.find("router", id=router["id"])
        if device["loadBalancerId"] is None:
            balancer = self.add("load_balancer", routerId=router["id"], adminStateUp=True)
            device["loadBalancerId"] = balancer["id"]
        self.add(
            "pool",
            id=pool["id"],
            loadBalancerId=device["loadBalancerId"],
            healthMonitorId=None,
            protocol="TCP",
            lbMethod="ROUND_ROBIN",
            adminStateUp=True,
        )
        return pool

    def member(self, pool: JsonObject, address: str, weight: int = 1) -> JsonObject:
        member = {
            "id": self.id(),
            "pool_id": pool["id"],
            "address": address,
            "protocol_port": 80,
            "weight": weight,
            "admin_state_up": True,
        }
        self.neutron["members"].append(member)
        self.add(
            "pool_member",
            id=member["id"],
            poolId=pool["id"],
            address=address,
            protocolPort=80,
            weight=weight,
            adminStateUp=True,
            status="ACTIVE",
        )
        return member

    def vip(
        self, pool: JsonObject, subnet: JsonObject, port: JsonObject, persistence: str | None = None
    ) -> JsonObject:
        address = port["fixed_ips"][0]["ip_address"]
        vip = {
            "id": self.id(),
            "pool_id": pool["id"],
            "subnet_id": subnet["id"],
            "address": address,
            "protocol_port": 80,
            "port_id": port["id"],
            "admin_state_up": True,
            "session_persistence": {"type": persistence} if persistence else None,
        }
        self.neutron["vips"].append(vip)
        pool["vip_id"] = vip["id"]
        kept = "SOURCE_IP" if persistence == "SOURCE_IP" else None
        self.add(
            "vip",
            id=vip["id"],
            poolId=pool["id"],
            address=address,
            protocolPort=80,
            sessionPersistence=kept,
            adminStateUp=True,
            loadBalancerId=self.find("pool", id=pool["id"])["loadBalancerId"],
        )
        self._external_route(pool, subnet, address)
        return vip

    def _external_route(self, pool: JsonObject, subnet: JsonObject, address: str) -> None:
        """A VIP on an external subnet is reached through the gateway of the pool's router (old 4.5)."""
        networks = {item["id"]: item for item in self.neutron["networks"]}
        balancer = self.find("load_balancer", id=self.find("pool", id=pool["id"])["loadBalancerId"])
        router = next(item for item in self.neutron["routers"] if item["id"] == balancer["routerId"])
        if networks[subnet["network_id"]]["router:external"] and router["gw_port_id"]:
            assert self.provider_router is not None
            provider = self.provider_router["id"]
            self.route(provider, (address, 32), router["gw_port_id"], nextHopGateway="0.0.0.0")

    def health_monitor(self, *pools: JsonObject) -> JsonObject:
        """Only the first pool gets it in MidoNet; without pools MidoNet does not know it."""
        monitor = {
            "id": self.id(),
            "type": "HTTP",
            "delay": 5,
            "timeout": 3,
            "max_retries": 2,
            "admin_state_up": True,
            "pools": [
                {"pool_id": pool["id"], "status": "PENDING_CREATE" if number else "ACTIVE"}
                for number, pool in enumerate(pools)
            ],
        }
        self.neutron["health_monitors"].append(monitor)
        for pool in pools:
            pool["health_monitors"].append(monitor["id"])
        if pools:
            self.add(
                "health_monitor",
                id=monitor["id"],
                type="TCP",
                delay=5,
                timeout=3,
                maxRetries=2,
                adminStateUp=True,
            )
            self.find("pool", id=pools[0]["id"])["healthMonitorId"] = monitor["id"]
        return monitor
