"""The members of 5.x objects that a client decides on, with what 5.x takes when one is absent (new 2).

Members that only the server writes (URIs, tunnel keys, states, back references) are not here.
"""

from __future__ import annotations

from typing import Any

LARGEST_LIMIT = 9223372036854775807
"""How many packets a trace request traces when nobody says (new 2.19)."""

CONDITION: dict[str, Any] = {
    "condInvert": False,
    "dlDst": None,
    "dlDstMask": None,
    "dlSrc": None,
    "dlSrcMask": None,
    "dlType": None,
    "fragmentPolicy": None,
    "icmpDataDstIpAddress": None,
    "icmpDataDstIpLength": 0,
    "icmpDataSrcIpAddress": None,
    "icmpDataSrcIpLength": 0,
    "inPortGroup": None,
    "inPorts": None,
    "invDlDst": False,
    "invDlSrc": False,
    "invDlType": False,
    "invIcmpDataDstIp": False,
    "invIcmpDataSrcIp": False,
    "invInPortGroup": False,
    "invInPorts": False,
    "invIpAddrGroupDst": False,
    "invIpAddrGroupSrc": False,
    "invNwDst": False,
    "invNwProto": False,
    "invNwSrc": False,
    "invNwTos": False,
    "invOutPortGroup": False,
    "invOutPorts": False,
    "invPortGroup": False,
    "invTpDst": False,
    "invTpSrc": False,
    "invTraversedDevice": False,
    "ipAddrGroupDst": None,
    "ipAddrGroupSrc": None,
    "matchForwardFlow": False,
    "matchReturnFlow": False,
    "noVlan": False,
    "nwDstAddress": None,
    "nwDstLength": 0,
    "nwProto": None,
    "nwSrcAddress": None,
    "nwSrcLength": 0,
    "nwTos": None,
    "outPortGroup": None,
    "outPorts": None,
    "portGroup": None,
    "tpDst": None,
    "tpSrc": None,
    "traversedDevice": None,
    "vlan": None,
}
"""Of rules and of the conditions of trace requests (new 2.13)."""

_FILTERS: dict[str, Any] = {"inboundFilterId": None, "outboundFilterId": None}
_MIRRORS: dict[str, Any] = {"inboundMirrorIds": None, "outboundMirrorIds": None}
_NAMED: dict[str, Any] = {"tenantId": None, "name": None}

PORT: dict[str, Any] = {
    "adminStateUp": True,
    "deviceId": None,
    "hostId": None,
    "interfaceName": None,
    "peerId": None,
    "postInFilterMirrorIds": None,
    "preOutFilterMirrorIds": None,
    "type": None,
    "vifId": None,
    **_FILTERS,
    **_MIRRORS,
}

OF_TYPE: dict[str, dict[str, Any]] = {
    "Bridge": {"vlanId": 0},
    "Router": {
        "networkAddress": None,
        "networkLength": 0,
        "portAddress": None,
        "portMac": None,
        "rtrPortVni": None,
        "offRampVxlan": None,
    },
    "Vxlan": {"vtepId": None},
    "dnat": {"flowAction": None, "natTargets": None},
    "jump": {"jumpChainId": None, "jumpChainName": None},
    "l2_transform": {
        "failOpen": False,
        "flowAction": None,
        "ingress": False,
        "popVlan": False,
        "pushVlan": 0,
        "targetPortId": None,
    },
    "rev_dnat": {"flowAction": None},
    "rev_snat": {"flowAction": None},
    "snat": {"flowAction": None, "natTargets": None},
}
"""What ports and rules have besides, by type."""

MEMBERS: dict[str, dict[str, Any]] = {
    "ad_route": {"id": None, "subnetAddress": None, "subnetLength": 0, "routerId": None},
    "bgp": {
        "id": None,
        "address": None,
        "asNumber": 0,
        "connectRetry": None,
        "holdTime": None,
        "keepAlive": None,
        "password": None,
        "routerId": None,
    },
    "bridge": {"id": None, "adminStateUp": True, **_NAMED, **_FILTERS, **_MIRRORS},
    "chain": {"id": None, **_NAMED},
    "dhcp_host": {"macAddr": None, "ipAddr": None, "name": None, "extraDhcpOpts": None},
    "dhcp_subnet": {
        "defaultGateway": None,
        "dnsServerAddrs": None,
        "enabled": True,
        "interfaceMTU": None,
        "opt121Routes": None,
        "serverAddr": None,
        "subnetLength": 0,
        "subnetPrefix": None,
    },
    "dhcp_v6_host": {"clientId": None, "fixedAddress": None, "name": None},
    "dhcp_v6_subnet": {"prefix": None, "prefixLength": 0},
    "health_monitor": {
        "id": None,
        "adminStateUp": True,
        "delay": 0,
        "maxRetries": 0,
        "timeout": 0,
        "type": None,
    },
    "host": {
        "id": None,
        "containerLimit": -1,
        "containerWeight": 1,
        "enforceContainerLimit": False,
        "floodingProxyWeight": 1,
        "name": None,
    },
    "host_interface_port": {"hostId": None, "interfaceName": None, "portId": None},
    "ip4_mac_pair": {"ip": None, "mac": None},
    "ip_addr_group": {"id": None, "name": None},
    "ip_addr_group_addr": {"addr": None, "ipAddrGroupId": None},
    "load_balancer": {"id": None, "adminStateUp": True},
    "mac_port": {"macAddr": None, "portId": None, "vlanId": 0},
    "pool": {
        "id": None,
        "adminStateUp": True,
        "healthMonitorId": None,
        "lbMethod": None,
        "loadBalancerId": None,
        "protocol": "TCP",
    },
    "pool_member": {
        "id": None,
        "address": None,
        "adminStateUp": True,
        "poolId": None,
        "protocolPort": 0,
        "weight": 1,
    },
    "port": {"id": None, **PORT},
    "port_group": {"id": None, "stateful": False, **_NAMED},
    "port_group_port": {"portGroupId": None, "portId": None},
    "port_link": {"peerId": None},
    "route": {
        "id": None,
        "attributes": None,
        "dstNetworkAddr": None,
        "dstNetworkLength": 0,
        "nextHopGateway": None,
        "nextHopPort": None,
        "routerId": None,
        "srcNetworkAddr": None,
        "srcNetworkLength": 0,
        "type": None,
        "weight": 0,
    },
    "router": {
        "id": None,
        "adminStateUp": True,
        "asNumber": 0,
        "forwardChainId": None,
        "loadBalancerId": None,
        "localRedirectChainId": None,
        **_NAMED,
        **_FILTERS,
        **_MIRRORS,
    },
    "rule": {"id": None, "chainId": None, "position": 1, "type": None, **CONDITION},
    "trace_request": {
        "id": None,
        "condition": None,
        "creationTimestampMs": None,
        "deviceId": None,
        "deviceType": None,
        "enabled": False,
        "limit": LARGEST_LIMIT,
        "name": None,
    },
    "tunnel_zone": {"id": None, "name": None, "type": None},
    "tunnel_zone_host": {"hostId": None, "ipAddress": None, "tunnelZoneId": None},
    "vip": {
        "id": None,
        "address": None,
        "adminStateUp": True,
        "poolId": None,
        "protocolPort": 0,
        "sessionPersistence": None,
    },
    "vtep": {"id": None, "managementIp": None, "managementPort": 0, "tunnelZoneId": None},
    "vtep_binding": {"networkId": None, "portName": None, "vlanId": 0, "vtepId": None},
}
"""By 1.9 kind: ``bgp`` is a BgpPeer of 5.x, ``ad_route`` a BgpNetwork.

``routerId`` of BGP objects, which 5.x shows only as the end of a URI, is taken from there.
"""

UNKNOWN_UNLESS_SENT: dict[str, frozenset[str]] = {
    "ad_route": frozenset({"routerId"}),
    "bgp": frozenset({"routerId"}),
    "host_interface_port": frozenset({"hostId"}),
    "ip_addr_group_addr": frozenset({"ipAddrGroupId"}),
    "port": frozenset({"deviceId", "hostId", "interfaceName", "peerId", "portMac"}),
    "port_group_port": frozenset({"portGroupId"}),
    "route": frozenset({"routerId"}),
    "rule": frozenset({"chainId", "position"}),
    "trace_request": frozenset({"creationTimestampMs"}),
    "tunnel_zone_host": frozenset({"tunnelZoneId"}),
    "vtep_binding": frozenset({"vtepId"}),
}
"""Members that the path, another request or the server decides where the body says nothing."""

FORCED_BY_POST: dict[str, dict[str, Any]] = {
    "health_monitor": {"adminStateUp": True},
    "pool_member": {"adminStateUp": True},
}
"""What a POST stores whatever it is told; a PUT is needed afterwards (new 2.16)."""
