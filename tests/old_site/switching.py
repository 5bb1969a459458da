"""Networks, subnets, ports and security groups as the 1.9 server writes them (old 4.2-4.4)."""

from __future__ import annotations

import uuid
from ipaddress import IPv6Address, ip_network
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.derived_ids import NON_HEADER, midonet_xor
from old_site.objects import TENANT, Objects

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


def grouped_v6(address: str) -> str:
    """Eight groups, as the server writes IPv6."""
    if ":" not in address:
        return address
    return ":".join(f"{int(group, 16):x}" for group in IPv6Address(address).exploded.split(":"))


class Switching(Objects):
    """Requests of layer 2 and security groups."""

    def network(self, name: str = "net", *, external: bool = False) -> JsonObject:
        network = {
            "id": self.id(),
            "name": name,
            "tenant_id": TENANT,
            "admin_state_up": True,
            "router:external": external,
            "subnets": [],
            "shared": False,
        }
        self.neutron["networks"].append(network)
        self.add(
            "bridge",
            id=network["id"],
            name=name,
            tenantId=TENANT,
            adminStateUp=True,
            inboundFilterId=None,
            outboundFilterId=None,
            disableAntiSpoof=False,
            vxLanPortId=None,
            vxLanPortIds=[],
        )
        if external and self.provider_router is None:
            self.provider_router = self.router_object("MidoNet Provider Router", None)
        return network

    def router_object(self, name: str, tenant: str | None, **members: Any) -> JsonObject:
        body = {
            "adminStateUp": True,
            "inboundFilterId": None,
            "outboundFilterId": None,
            "loadBalancerId": None,
        }
        return self.add("router", name=name, tenantId=tenant, **(body | members))

    def subnet(self, network: JsonObject, cidr: str, gateway: str | None = "", **members: Any) -> JsonObject:
        """``gateway`` "" = first address, None = none."""
        block = ip_network(cidr)
        subnet = {
            "id": self.id(),
            "network_id": network["id"],
            "cidr": cidr,
            "ip_version": block.version,
            "gateway_ip": str(block[1]) if gateway == "" else gateway,
            "enable_dhcp": True,
            "dns_nameservers": [],
            "host_routes": [],
            "tenant_id": TENANT,
            "name": "",
        } | members
        self.neutron["subnets"].append(subnet)
        network["subnets"].append(subnet["id"])
        prefix = grouped_v6(str(block.network_address))
        if block.version == 6:
            self.add(
                "dhcp_v6_subnet", prefix=prefix, prefixLength=block.prefixlen, **{"@bridgeId": network["id"]}
            )
            return subnet
        opt121 = [
            {
                "destinationPrefix": r["destination"].split("/")[0],
                "gatewayAddr": r["nexthop"],
                "destinationLength": int(r["destination"].split("/")[1]),
            }
            for r in subnet["host_routes"]
        ]
        self.add(
            "dhcp_subnet",
            subnetPrefix=prefix,
            subnetLength=block.prefixlen,
            interfaceMTU=0,
            defaultGateway=subnet["gateway_ip"],
            serverAddr=subnet["gateway_ip"],
            enabled=subnet["enable_dhcp"],
            dnsServerAddrs=list(subnet["dns_nameservers"]),
            opt121Routes=opt121,
            **{"@bridgeId": network["id"]},
        )
        if network["router:external"]:
            assert self.provider_router is not None
            router_port = self.router_port(
                self.provider_router["id"], cidr, subnet["gateway_ip"] or "0.0.0.0"
            )
            self.link(self.bridge_port(network["id"]), router_port)
            self.route(
                self.provider_router["id"],
                (prefix, block.prefixlen),
                router_port["id"],
                nextHopGateway="0.0.0.0",
            )
        return subnet

    def neutron_port(
        self, network: JsonObject, fixed: list[tuple[JsonObject, str]], owner: str, **members: Any
    ) -> JsonObject:
        mac = self.mac("fa:16:3e")
        port = {
            "id": self.id(),
            "network_id": network["id"],
            "device_owner": owner,
            "device_id": "",
            "mac_address": mac,
            "admin_state_up": True,
            "tenant_id": TENANT,
            "name": "",
            "fixed_ips": [{"subnet_id": subnet["id"], "ip_address": ip} for subnet, ip in fixed],
            "security_groups": [],
            "extra_dhcp_opts": [],
        } | members
        self.neutron["ports"].append(port)
        return port

    def security_group(self, name: str = "default") -> JsonObject:
        group: JsonObject = {"id": self.id(), "name": name, "tenant_id": TENANT, "security_group_rules": []}
        self.neutron["security_groups"].append(group)
        self.add("ip_addr_group", id=group["id"], name=name)
        for side in ("INGRESS", "EGRESS"):
            self._group_chains[group["id"], side] = self.chain(f"OS_SG_{group['id']}_{side}")
        return group

    def group_rule(self, group: JsonObject, direction: str = "ingress", **members: Any) -> JsonObject:
        rule = {
            "id": self.id(),
            "direction": direction,
            "ethertype": "IPv4",
            "protocol": None,
            "port_range_min": None,
            "port_range_max": None,
            "remote_ip_prefix": None,
            "remote_group_id": None,
            "security_group_id": group["id"],
            "tenant_id": TENANT,
        } | members
        group["security_group_rules"].append(rule)
        self.neutron["security_group_rules"].append(rule)
        egress = direction == "egress"
        number = PROTOCOLS.get(str(rule["protocol"]), 0)
        body: JsonObject = {"type": "accept", "nwProto": number, "matchForwardFlow": egress}
        body["dlType"] = 2048 if rule["ethertype"] == "IPv4" else 34525
        if rule["remote_ip_prefix"]:
            address, length = rule["remote_ip_prefix"].split("/")
            side = "Dst" if egress else "Src"
            body |= {f"nw{side}Address": address, f"nw{side}Length": int(length)}
        if rule["remote_group_id"]:
            body["ipAddrGroupDst" if egress else "ipAddrGroupSrc"] = rule["remote_group_id"]
        chain = self._group_chains[str(group["id"]), direction.upper()]
        low, high = rule["port_range_min"], rule["port_range_max"]
        if low is None and high is None:
            self.rule(chain, id=rule["id"], fragmentPolicy="any", **body)
            return rule
        ports = {"start": high if number == 1 else low, "end": high}
        self.rule(chain, id=rule["id"], fragmentPolicy="header", tpDst=ports, **body)
        second = str(midonet_xor(uuid.UUID(rule["id"]), NON_HEADER))
        self.rule(chain, id=second, fragmentPolicy="nonheader", **body)
        return rule

    def vif(
        self,
        network: JsonObject,
        fixed: list[tuple[JsonObject, str]],
        groups: list[JsonObject] | None = None,
        **members: Any,
    ) -> JsonObject:
        """A VM port, or one with any other unknown owner."""
        groups = groups or []
        owner = members.pop("device_owner", "compute:nova")
        port = self.neutron_port(
            network, fixed, owner, security_groups=[group["id"] for group in groups], **members
        )
        bridge = self.find("bridge", id=network["id"])
        inbound = self.chain(f"OS_PORT_{port['id']}_INBOUND")
        outbound = self.chain(f"OS_PORT_{port['id']}_OUTBOUND")
        if not bridge["disableAntiSpoof"]:
            for _, ip in fixed:
                v6 = ":" in ip
                self.rule(
                    inbound,
                    type="drop",
                    invNwSrc=True,
                    nwSrcAddress=grouped_v6(ip),
                    fragmentPolicy="any",
                    nwSrcLength=128 if v6 else 32,
                    dlType=34525 if v6 else 2048,
                )
            self.rule(inbound, type="drop", invDlSrc=True, dlSrc=port["mac_address"], fragmentPolicy="any")
        for chain, side in ((inbound, "EGRESS"), (outbound, "INGRESS")):
            self.rule(chain, type="accept", matchReturnFlow=True, fragmentPolicy="unfragmented")
            for group in groups:
                target = self._group_chains[group["id"], side]
                self.rule(
                    chain,
                    type="jump",
                    jumpChainId=target["id"],
                    jumpChainName=target["name"],
                    fragmentPolicy="any",
                )
            self.rule(chain, type="drop", dlType=2054, invDlType=True, fragmentPolicy="any")
        self.bridge_port(
            network["id"],
            id=port["id"],
            inboundFilterId=inbound["id"],
            outboundFilterId=outbound["id"],
            adminStateUp=port["admin_state_up"],
        )
        self.add(
            "mac_port",
            macAddr=port["mac_address"],
            portId=port["id"],
            vlanId=0,
            bridgeId=None,
            **{"@bridgeId": network["id"], "@persistent": True},
        )
        hosts: dict[str, JsonObject] = {}
        for subnet, ip in fixed:
            block = ip_network(subnet["cidr"])
            key = f"{grouped_v6(str(block.network_address))}_{block.prefixlen}"
            place = {"@bridgeId": network["id"], "@subnet": key}
            if block.version == 6:
                hosts[key] = {
                    "clientId": port["mac_address"],
                    "fixedAddress": grouped_v6(ip),
                    "name": None,
                } | place
            else:
                options = [
                    {"optName": option["opt_name"], "optValue": option["opt_value"]}
                    for option in port["extra_dhcp_opts"]
                ]
                host = {"macAddr": port["mac_address"], "ipAddr": ip, "name": None, "extraDhcpOpts": options}
                hosts[key] = host | place
        for host in hosts.values():
            self.add("dhcp_v6_host" if "clientId" in host else "dhcp_host", **host)
        for group in groups:
            for _, ip in fixed:
                self.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr=grouped_v6(ip), version=6)
        if network["router:external"] and owner != "neutron:LOADBALANCER":
            assert self.provider_router is not None
            bridge_port = next(
                item for item in self.midonet["port"] if item["deviceId"] == network["id"] and item["peerId"]
            )
            for _, ip in fixed:
                self.route(
                    self.provider_router["id"], (ip, 32), bridge_port["peerId"], nextHopGateway="0.0.0.0"
                )
        return port

    def dhcp_port(self, network: JsonObject, fixed: list[tuple[JsonObject, str]]) -> JsonObject:
        port = self.neutron_port(network, fixed, "network:dhcp")
        self.bridge_port(network["id"], id=port["id"])
        self._dhcp_port[network["id"]] = port
        for subnet, ip in fixed:
            block = ip_network(subnet["cidr"])
            dhcp = self.find(
                "dhcp_subnet", **{"@bridgeId": network["id"], "subnetPrefix": str(block.network_address)}
            )
            dhcp["serverAddr"] = ip
            dhcp["opt121Routes"].append(
                {"destinationPrefix": "169.254.169.254", "destinationLength": 32, "gatewayAddr": ip}
            )
        subnet, ip = fixed[0]
        for router_port in self.midonet["port"]:
            if router_port["type"] == "Router" and router_port["portAddress"] == subnet["gateway_ip"]:
                block = ip_network(subnet["cidr"])
                self.route(
                    router_port["deviceId"],
                    ("169.254.169.254", 32),
                    router_port["id"],
                    nextHopGateway=ip,
                    srcNetworkAddr=str(block.network_address),
                    srcNetworkLength=block.prefixlen,
                )
        return port
