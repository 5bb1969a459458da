"""Bridges with what hangs below them, and the ports of all devices (imp 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from midonet_lab.zookeeper_tree.tree import ROOT, Tree
from midonet_lab.zookeeper_tree.values import prefix, subnet_v4, tenant
from midonet_migrate.model.keys import JsonObject, subnet_key

Objects = Mapping[str, list[JsonObject]]
"""Kind -> whole objects, every member present."""

_BRIDGE_CHILDREN = ("dhcp", "dhcpV6", "ip4_mac_map", "logical-ports", "mac_ports", "ports", "tags", "vlans")
_STORED, _LEARNED = "0000000001", "0000000004"
"""Sequence numbers of table entries: the API writes 1, an agent what the counter gives."""


class TunnelKeys:
    """The keys of bridges and ports: sequential nodes below ``gre``, of which the first is nobody's."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._next = 1
        tree.empty("gre/0000000000")

    def take(self, owner: str) -> int:
        """The next key."""
        number = self._next
        self._next += 1
        self._tree.put(f"gre/{number:010d}", {"ownerId": owner})
        return number


def add_bridges(tree: Tree, objects: Objects, keys: TunnelKeys) -> None:
    """Bridges, their DHCP and their tables."""
    for bridge in objects["bridge"]:
        path = f"bridges/{bridge['id']}"
        tree.put(
            path,
            {
                "properties": tenant(bridge),
                "tunnelKey": keys.take(bridge["id"]),
                "inboundFilter": bridge["inboundFilterId"],
                "outboundFilter": bridge["outboundFilterId"],
                "vxLanPortId": bridge["vxLanPortId"],
                "vxLanPortIds": bridge["vxLanPortIds"] or [],
                "name": bridge["name"],
                "adminStateUp": bridge["adminStateUp"],
                "disableAntiSpoof": bridge["disableAntiSpoof"],
            },
        )
        tree.empty(*(f"{path}/{name}" for name in _BRIDGE_CHILDREN), f"filters/{bridge['id']}")
    _add_dhcp(tree, objects)
    for entry in objects["mac_port"]:
        vlan = f"vlans/{entry['vlanId']}/" if entry["vlanId"] else ""
        table = f"bridges/{entry['@bridgeId']}/{vlan}mac_ports"
        _add_entry(tree, table, f"{entry['macAddr']},{entry['portId']}", entry)
    for entry in objects["ip4_mac_pair"]:
        table = f"bridges/{entry['@bridgeId']}/ip4_mac_map"
        _add_entry(tree, table, f"{entry['ip']},{entry['macAddr']}", entry)


def _add_entry(tree: Tree, table: str, name: str, entry: JsonObject) -> None:
    if entry.get("@persistent") is False:
        tree.hold(f"{table}/{name},{_LEARNED}")
    else:
        tree.empty(f"{table}/{name},{_STORED}")


def _add_dhcp(tree: Tree, objects: Objects) -> None:
    for subnet in objects["dhcp_subnet"]:
        path = (
            f"bridges/{subnet['@bridgeId']}/dhcp/{subnet_key(subnet['subnetPrefix'], subnet['subnetLength'])}"
        )
        routes = [
            {
                "rtDstSubnet": subnet_v4(route["destinationPrefix"], route["destinationLength"]),
                "gateway": route["gatewayAddr"],
            }
            for route in subnet["opt121Routes"] or ()
        ]
        tree.put(
            path,
            {
                "subnetAddr": subnet_v4(subnet["subnetPrefix"], subnet["subnetLength"]),
                "serverAddr": subnet["serverAddr"],
                "dnsServerAddrs": subnet["dnsServerAddrs"] or [],
                "defaultGateway": subnet["defaultGateway"],
                "interfaceMTU": subnet["interfaceMTU"],
                "opt121Routes": routes,
                "enabled": subnet["enabled"],
            },
        )
        tree.empty(f"{path}/hosts")
    for host in objects["dhcp_host"]:
        tree.put(
            f"bridges/{host['@bridgeId']}/dhcp/{host['@subnet']}/hosts/{host['macAddr']}",
            {
                "mac": host["macAddr"],
                "ip": host["ipAddr"],
                "name": host["name"],
                "extraDhcpOpts": host["extraDhcpOpts"] or [],
            },
        )
    for subnet in objects["dhcp_v6_subnet"]:
        path = f"bridges/{subnet['@bridgeId']}/dhcpV6/{subnet_key(subnet['prefix'], subnet['prefixLength'])}"
        tree.put(path, {"prefix": prefix(subnet["prefix"], subnet["prefixLength"])})
        tree.empty(f"{path}/hosts")
    for host in objects["dhcp_v6_host"]:
        tree.put(
            f"bridges/{host['@bridgeId']}/dhcpV6/{host['@subnet']}/hosts/{host['clientId']}",
            {"clientId": host["clientId"], "fixedAddress": host["fixedAddress"], "name": host["name"]},
        )


def add_ports(tree: Tree, objects: Objects, keys: TunnelKeys) -> None:
    """Ports of bridges and routers, where they stand below their devices, and what agents say of them."""
    groups: dict[str, list[str]] = {}
    for member in objects["port_group_port"]:
        groups.setdefault(member["portId"], []).append(member["portGroupId"])
    for port in objects["port"]:
        path, device = f"ports/{port['id']}", port["deviceId"]
        vxlan = port["type"] == "Vxlan"
        common: JsonObject = {
            "properties": {},
            "device_id": device,
            "adminStateUp": port["adminStateUp"],
            "inboundFilter": port["inboundFilterId"],
            "outboundFilter": port["outboundFilterId"],
            "portGroupIDs": groups.get(port["id"], []),
            "tunnelKey": 0 if vxlan else keys.take(port["id"]),
            "hostId": port.get("hostId"),
            "interfaceName": port.get("interfaceName"),
            "peerId": port.get("peerId"),
            "v1ApiType": None,
        }
        if port["type"] == "Router":
            own = _router_members(port)
            tree.empty(f"routers/{device}/ports/{port['id']}", f"{path}/routes", f"{path}/bgps")
        elif vxlan:
            own = _vxlan_members(port)
            tree.empty(f"vxlan_port_ids/{port['id']}", f"bridges/{device}/ports/{port['id']}")
        else:
            own = {"vlanId": port["vlanId"]}
            tree.empty(f"bridges/{device}/{'logical-ports' if port['peerId'] else 'ports'}/{port['id']}")
        tree.put(path, {"type": _PORT_TYPES[port["type"]], **common, **own})
        tree.empty(f"{path}/active", f"filters/{port['id']}")
        if port.get("active") and port.get("hostId"):
            tree.hold(f"{path}/active/{port['hostId']}")


_PORT_TYPES = {"Bridge": "BridgePort", "Router": "RouterPort", "Vxlan": "VxLanPort"}


def _router_members(port: Mapping[str, Any]) -> JsonObject:
    return {
        "nwAddr": port["networkAddress"],
        "nwLength": port["networkLength"],
        "portAddr": port["portAddress"],
        "hwAddr": port["portMac"],
        "bgps": None,
        "routes": None,
    }


def _vxlan_members(port: Mapping[str, Any]) -> JsonObject:
    return {
        "mgmtIpAddr": port["mgmtIpAddr"],
        "mgmtPort": port["mgmtPort"],
        "vni": port["vni"],
    }


def add_vteps(tree: Tree, objects: Objects) -> None:
    """VTEPs with their bindings, and the counter of network identifiers."""
    for vtep in objects["vtep"]:
        path = f"vteps/{vtep['managementIp']}"
        tree.put(path, {"mgmtPort": vtep["managementPort"], "tunnelZone": vtep["tunnelZoneId"]})
        tree.empty(f"{path}/bindings")
    for binding in objects["vtep_binding"]:
        name = f"{binding['vlanId']}_{binding['networkId']}_{binding['portName']}"
        tree.empty(f"vteps/{binding['mgmtIp']}/bindings/{name}")
    highest = max(_network_identifiers(objects["port"]), default=None)
    if highest is not None:
        tree.add(f"{ROOT}/vniCounter", str(highest + 1).encode())


def _network_identifiers(ports: Iterable[JsonObject]) -> list[int]:
    return [port["vni"] for port in ports if port["type"] == "Vxlan"]
