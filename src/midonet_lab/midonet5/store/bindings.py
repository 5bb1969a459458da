"""Which references are kept on both sides, and what deletion of one side does (imp 5.2, new 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from midonet_lab.midonet5.store.classes import class_names
from midonet_lab.midonet5.topology.tables import Version, schema_of


class OnDelete(Enum):
    """What happens to the other objects when this side's object is deleted."""

    CLEAR = "clear"
    CASCADE = "cascade"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Binding:
    """One side of a binding: ``field`` of this class and ``other_field`` of the other name each other."""

    field: str
    repeated: bool
    other_class: str
    other_field: str
    other_repeated: bool
    on_delete: OnDelete


# Left field, right field, then what deleting the left one and the right one does; no word: clear.
_BINDINGS = """
Network.port_ids Port.network_id cascade
Network.dhcp_ids Dhcp.network_id cascade
Network.dhcpv6_ids DhcpV6.network_id cascade
Network.inbound_filter_id Chain.network_inbound_ids
Network.outbound_filter_id Chain.network_outbound_ids
Network.inbound_mirror_ids Mirror.network_inbound_ids
Network.outbound_mirror_ids Mirror.network_outbound_ids
Network.trace_request_ids TraceRequest.network_id cascade
Router.port_ids Port.router_id cascade
Router.route_ids Route.router_id cascade
Router.inbound_filter_id Chain.router_inbound_ids
Router.outbound_filter_id Chain.router_outbound_ids
Router.local_redirect_chain_id Chain.router_redirect_ids
Router.load_balancer_id LoadBalancer.router_id error clear
Router.bgp_network_ids BgpNetwork.router_id cascade
Router.bgp_peer_ids BgpPeer.router_id cascade
Router.inbound_mirror_ids Mirror.router_inbound_ids
Router.outbound_mirror_ids Mirror.router_outbound_ids
Router.trace_request_ids TraceRequest.router_id cascade
Router.vpn_service_ids VpnService.router_id error clear
Port.peer_id Port.peer_id
Port.host_id Host.port_ids
Port.dhcp_id Dhcp.router_if_port_id
Port.port_group_ids PortGroup.port_ids
Port.route_ids Route.next_hop_port_id cascade
Port.inbound_filter_id Chain.port_inbound_ids
Port.outbound_filter_id Chain.port_outbound_ids
Port.fip_nat_rule_ids Rule.fip_port_id cascade
Port.inbound_mirror_ids Mirror.port_inbound_ids
Port.outbound_mirror_ids Mirror.port_outbound_ids
Port.post_in_filter_mirror_ids Mirror.port_post_in_filter_ids
Port.pre_out_filter_mirror_ids Mirror.port_pre_out_filter_ids
Port.mirror_ids Mirror.to_port_id cascade
Port.trace_request_ids TraceRequest.port_id cascade
Port.insertion_ids L2Insertion.port_id cascade
Port.srv_insertion_ids L2Insertion.srv_port_id cascade
Port.service_container_id ServiceContainer.port_id cascade
Port.remote_mac_entry_ids RemoteMacEntry.port_ids
Chain.rule_ids Rule.chain_id cascade
Chain.logger_ids RuleLogger.chain_id cascade
Dhcp.gateway_route_ids Route.gateway_dhcp_id cascade
Host.tunnel_zone_ids TunnelZone.host_ids
Host.host_group_ids HostGroup.host_ids
LoadBalancer.pool_ids Pool.load_balancer_id cascade
Pool.pool_member_ids PoolMember.pool_id cascade
Pool.vip_ids Vip.pool_id cascade
Pool.health_monitor_id HealthMonitor.pool_ids
Vip.gateway_port_id Port.vip_ids clear error
ServiceContainerGroup.service_container_ids ServiceContainer.service_group_id cascade
ServiceContainerGroup.host_group_id HostGroup.service_group_ids
ServiceContainerGroup.port_group_id PortGroup.service_group_ids
LoggingResource.logger_ids RuleLogger.logging_resource_id cascade
NeutronPort.floating_ip_ids FloatingIp.port_id
GatewayDevice.remote_mac_entry_ids RemoteMacEntry.device_id cascade
VpnService.ipsec_site_connection_ids IPSecSiteConnection.vpnservice_id cascade
IPSecSiteConnection.route_ids Route.ipsec_site_connection_id cascade
"""


@cache
def bindings_of(version: Version) -> Mapping[str, tuple[Binding, ...]]:
    """The bindings of each class, in the order of the table, for the fields this version has."""
    schema = schema_of(version)
    classes = set(class_names(version))
    found: dict[str, list[Binding]] = {name: [] for name in classes}
    for line in _BINDINGS.splitlines():
        if not line:
            continue
        left, right, *words = line.split()
        effects = [OnDelete(word) for word in (*words, "clear", "clear")[:2]]
        sides = [side.split(".") for side in (left, right)]
        if any(name not in classes or field not in schema.message(name).fields for name, field in sides):
            continue
        (left_class, left_field), (right_class, right_field) = sides
        left_repeated = schema.message(left_class).fields[left_field].repeated
        right_repeated = schema.message(right_class).fields[right_field].repeated
        found[left_class].append(
            Binding(left_field, left_repeated, right_class, right_field, right_repeated, effects[0])
        )
        if left != right:
            found[right_class].append(
                Binding(right_field, right_repeated, left_class, left_field, left_repeated, effects[1])
            )
    return {name: tuple(bindings) for name, bindings in found.items()}
