"""Routers, interfaces, gateways and floating IPs as the 1.9 server writes them (old 4.4-4.6)."""

from __future__ import annotations

import uuid
from ipaddress import ip_network

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.derived_ids import SAME_SUBNET_SNAT, midonet_xor
from old_site.objects import ANYWHERE, TENANT
from old_site.switching import Switching


class Routing(Switching):
    """Requests of layer 3."""

    def router(self, name: str = "router") -> JsonObject:
        router = {
            "id": self.id(),
            "name": name,
            "tenant_id": TENANT,
            "admin_state_up": True,
            "gw_port_id": None,
            "external_gateway_info": None,
        }
        self.neutron["routers"].append(router)
        chains = [self.chain(f"OS_{side}_ROUTING_{router['id']}") for side in ("PRE", "POST")]
        self.router_object(
            name, TENANT, id=router["id"], inboundFilterId=chains[0]["id"], outboundFilterId=chains[1]["id"]
        )
        return router

    def router_chain(self, router: JsonObject, side: str) -> JsonObject:
        return self.find("chain", name=f"OS_{side}_ROUTING_{router['id']}")

    def interface(
        self,
        router: JsonObject,
        network: JsonObject,
        subnet: JsonObject,
        ip: str | None = None,
        *,
        old: bool = False,
    ) -> JsonObject:
        """``old``: as releases made it that knew no metadata SNAT pair."""
        address = ip or subnet["gateway_ip"]
        port = self.neutron_port(
            network, [(subnet, address)], "network:router_interface", device_id=router["id"]
        )
        self.neutron["router_interfaces"].append(
            {"id": port["id"], "port_id": port["id"], "router_id": router["id"], "subnet_id": subnet["id"]}
        )
        bridge_port = self.bridge_port(network["id"], id=port["id"])
        if ":" in address:
            return port
        block = ip_network(subnet["cidr"])
        router_port = self.router_port(router["id"], subnet["cidr"], address)
        self.link(bridge_port, router_port)
        self.route(
            router["id"],
            (str(block.network_address), block.prefixlen),
            router_port["id"],
            nextHopGateway="0.0.0.0",
        )
        if not old:
            self._metadata_pair(router, router_port, address)
        return port

    def _metadata_pair(self, router: JsonObject, router_port: JsonObject, address: str) -> None:
        pre, post = self.router_chain(router, "PRE"), self.router_chain(router, "POST")
        ids = [
            str(midonet_xor(uuid.UUID(chain["id"]), uuid.UUID(router_port["id"]), SAME_SUBNET_SNAT))
            for chain in (pre, post)
        ]
        self.rule(
            pre,
            0,
            id=ids[0],
            type="rev_snat",
            flowAction="accept",
            inPorts=[router_port["id"]],
            nwDstAddress=address,
            nwDstLength=32,
            fragmentPolicy="unfragmented",
        )
        self.rule(
            post,
            id=ids[1],
            type="snat",
            flowAction="return",
            inPorts=[router_port["id"]],
            outPorts=[router_port["id"]],
            invNwDst=True,
            nwDstAddress="169.254.169.254",
            nwDstLength=32,
            natTargets=[self._target(address, 1, 65535)],
            fragmentPolicy="unfragmented",
        )

    @staticmethod
    def _target(address: str, low: int, high: int) -> JsonObject:
        return {"addressFrom": address, "addressTo": address, "portFrom": low, "portTo": high}

    def gateway(
        self, router: JsonObject, network: JsonObject, subnet: JsonObject, ip: str, *, snat: bool = True
    ) -> JsonObject:
        assert self.provider_router is not None
        port = self.neutron_port(
            network, [(subnet, ip)], "network:router_gateway", device_id=router["id"], tenant_id=""
        )
        router["gw_port_id"] = port["id"]
        router["external_gateway_info"] = {"network_id": network["id"], "enable_snat": snat}
        provider = self.provider_router["id"]
        upper = self.router_port(provider, "169.254.255.0/30", "169.254.255.1", id=port["id"])
        lower = self.router_port(router["id"], "169.254.255.0/30", ip)
        self.link(upper, lower)
        self.route(router["id"], ANYWHERE, lower["id"])
        self.route(provider, (ip, 32), upper["id"], nextHopGateway="0.0.0.0")
        if snat:
            pre, post = self.router_chain(router, "PRE"), self.router_chain(router, "POST")
            self.rule(
                post,
                type="snat",
                flowAction="accept",
                outPorts=[lower["id"]],
                fragmentPolicy="unfragmented",
                natTargets=[self._target(ip, 1, 65535)],
            )
            self.rule(
                post,
                type="drop",
                outPorts=[lower["id"]],
                invNwSrc=True,
                nwSrcAddress=ip,
                nwSrcLength=32,
                fragmentPolicy="any",
            )
            self.rule(
                pre,
                type="rev_snat",
                flowAction="accept",
                inPorts=[lower["id"]],
                nwDstAddress=ip,
                nwDstLength=32,
                fragmentPolicy="unfragmented",
            )
            self.rule(
                pre,
                type="drop",
                invNwProto=True,
                nwProto=1,
                nwDstAddress=ip,
                nwDstLength=32,
                fragmentPolicy="unfragmented",
            )
        return port

    def floating_ip(
        self,
        network: JsonObject,
        address: str,
        port: JsonObject | None,
        router: JsonObject | None,
        *,
        again: bool = False,
    ) -> JsonObject:
        """``again``: it was associated before, on the same router."""
        fixed = port["fixed_ips"][0]["ip_address"] if port else None
        item = {
            "id": self.id(),
            "floating_ip_address": address,
            "floating_network_id": network["id"],
            "port_id": port["id"] if port else None,
            "fixed_ip_address": fixed,
            "router_id": router["id"] if router else None,
            "tenant_id": TENANT,
        }
        self.neutron["floating_ips"].append(item)
        self.neutron_port(network, [], "network:floatingip", device_id=item["id"])
        if router is None or fixed is None:
            return item
        assert self.provider_router is not None
        upper = self.find("port", id=router["gw_port_id"])
        policy = "unfragmented" if again else "any"
        self.rule(
            self.router_chain(router, "POST"),
            0,
            type="snat",
            flowAction="accept",
            fragmentPolicy=policy,
            outPorts=[upper["peerId"]],
            nwSrcAddress=fixed,
            nwSrcLength=32,
            natTargets=[self._target(address, 0, 0)],
        )
        self.rule(
            self.router_chain(router, "PRE"),
            0,
            type="dnat",
            flowAction="accept",
            fragmentPolicy=policy,
            inPorts=[upper["peerId"]],
            nwDstAddress=address,
            nwDstLength=32,
            natTargets=[self._target(fixed, 0, 0)],
        )
        self.route(self.provider_router["id"], (address, 32), upper["id"], nextHopGateway="0.0.0.0")
        bridge_port = next(
            item for item in self.midonet["port"] if item["deviceId"] == network["id"] and item["peerId"]
        )
        mac = self.find("port", id=bridge_port["peerId"])["portMac"]
        self.add("ip4_mac_pair", ip=address, macAddr=mac, **{"@bridgeId": network["id"], "@persistent": True})
        return item
