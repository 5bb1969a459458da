"""MidoNet's own messages (imp Appendix E, and those only the API writes), in the notation of ``tables``.

The number is the field's number: the text form is printed in its order. ``5.2``: absent from 5.0.2.
"""

TOPOLOGY_MESSAGES = """
message Int32Range
  1 start int32
  2 end int32
message MetadataEntry 5.2
  1 key string
  2 value string
message Condition
  1 conjunction_inv bool
  2 match_forward_flow bool
  3 match_return_flow bool
  4 in_port_ids uuid*
  5 in_port_inv bool
  6 out_port_ids uuid*
  7 out_port_inv bool
  8 port_group_id uuid
  9 inv_port_group bool
  10 ip_addr_group_id_src uuid
  11 inv_ip_addr_group_id_src bool
  12 ip_addr_group_id_dst uuid
  13 inv_ip_addr_group_id_dst bool
  14 dl_type int32
  15 inv_dl_type bool
  16 dl_src string
  17 dl_src_mask int64
  18 inv_dl_src bool
  19 dl_dst string
  20 dl_dst_mask int64
  21 inv_dl_dst bool
  22 nw_tos int32
  23 nw_tos_inv bool
  24 nw_proto int32
  25 nw_proto_inv bool
  26 nw_src_ip subnet
  27 nw_dst_ip subnet
  28 tp_src Int32Range
  29 tp_dst Int32Range
  30 nw_src_inv bool
  31 nw_dst_inv bool
  32 tp_src_inv bool
  33 tp_dst_inv bool
  34 traversed_device uuid
  35 traversed_device_inv bool
  36 fragment_policy FragmentPolicy
  60 no_vlan bool
  61 vlan uint32
  62 icmp_data_src_ip subnet 5.2
  63 icmp_data_src_ip_inv bool 5.2
  64 icmp_data_dst_ip subnet 5.2
  65 icmp_data_dst_ip_inv bool 5.2
  66 in_port_group_id uuid 5.2
  67 inv_in_port_group bool 5.2
  68 out_port_group_id uuid 5.2
  69 inv_out_port_group bool 5.2
message BgpNetwork
  1 id uuid
  2 subnet subnet
  3 router_id uuid
message BgpPeer
  1 id uuid
  2 as_number int32
  3 address ip
  4 keep_alive int32
  5 hold_time int32
  6 connect_retry int32
  7 router_id uuid
  8 password string
message Chain
  1 id uuid
  2 name string
  3 tenant_id string
  4 logger_ids uuid* 5.2
  5 metadata MetadataEntry* 5.2
  101 rule_ids uuid*
  102 network_inbound_ids uuid*
  103 network_outbound_ids uuid*
  104 router_inbound_ids uuid*
  105 router_outbound_ids uuid*
  106 port_inbound_ids uuid*
  107 port_outbound_ids uuid*
  108 jump_rule_ids uuid*
  109 router_redirect_ids uuid* 5.2
message Dhcp
  1 id uuid
  2 network_id uuid
  3 subnet_address subnet
  4 server_address ip
  5 dns_server_address ip*
  6 default_gateway ip
  7 interface_mtu int32
  8 opt121_routes Dhcp.Opt121Route*
  9 hosts Dhcp.Host*
  10 enabled bool
  101 router_if_port_id uuid
  102 gateway_route_ids uuid*
message Dhcp.Opt121Route
  1 dst_subnet subnet
  2 gateway ip
message Dhcp.Host
  1 mac string
  2 ip_address ip
  3 name string
  4 extra_dhcp_opts Dhcp.Host.ExtraDhcpOpt*
message Dhcp.Host.ExtraDhcpOpt
  1 name string
  2 value string
message DhcpV6
  1 id uuid
  2 network_id uuid
  3 subnet_address subnet
  4 hosts DhcpV6.Host*
message DhcpV6.Host
  1 client_id string
  2 ip_address ip
  3 name string
message HealthMonitor
  1 id uuid
  2 admin_state_up bool
  3 type HealthMonitorType
  4 status LBStatus
  5 delay int32
  6 timeout int32
  7 max_retries int32
  101 pool_ids uuid*
message Host
  1 id uuid
  2 name string
  3 flooding_proxy_weight int32
  4 container_weight int32 5.2
  5 container_limit int32 5.2
  6 enforce_container_limit bool 5.2
  101 tunnel_zone_ids uuid*
  102 port_ids uuid*
  103 host_group_ids uuid* 5.2
message HostGroup 5.2
  1 id uuid
  2 name string
  101 host_ids uuid*
  102 service_group_ids uuid*
message IPAddrGroup
  1 id uuid
  2 name string
  3 ip_addr_ports IPAddrGroup.IPAddrPorts*
  4 inbound_chain_id uuid
  5 outbound_chain_id uuid
  6 rule_ids uuid*
message IPAddrGroup.IPAddrPorts
  1 ip_address ip
  2 port_ids uuid*
message L2Insertion
  1 id uuid
  2 port_id uuid
  3 srv_port_id uuid
  4 vlan uint32
  5 fail_open bool
  6 position uint32
  7 mac string
  100 srv_rule_in_id uuid
  101 srv_rule_out_id uuid
message LoadBalancer
  1 id uuid
  2 admin_state_up bool
  101 router_id uuid
  102 pool_ids uuid*
message LoggingResource 5.2
  1 id uuid
  2 type LoggingResourceType
  3 enabled bool
  101 logger_ids uuid*
message Mirror
  1 id uuid
  2 to_port_id uuid
  3 conditions Condition*
  101 network_inbound_ids uuid*
  102 network_outbound_ids uuid*
  103 router_inbound_ids uuid*
  104 router_outbound_ids uuid*
  105 port_inbound_ids uuid*
  106 port_outbound_ids uuid*
  107 port_post_in_filter_ids uuid* 5.2
  108 port_pre_out_filter_ids uuid* 5.2
message Network
  1 id uuid
  2 tenant_id string
  3 name string
  4 admin_state_up bool
  5 tunnel_key uint64
  6 inbound_filter_id uuid
  7 outbound_filter_id uuid
  8 vni uint32
  9 inbound_mirror_ids uuid*
  10 outbound_mirror_ids uuid*
  101 port_ids uuid*
  102 vxlan_port_ids uuid*
  103 dhcp_ids uuid*
  104 dhcpv6_ids uuid*
  105 trace_request_ids uuid*
message Pool
  1 id uuid
  2 health_monitor_id uuid
  3 load_balancer_id uuid
  4 admin_state_up bool
  5 protocol PoolProtocol
  6 lb_method PoolLBMethod
  7 status LBStatus
  8 mapping_status PoolHealthMonitorMappingStatus
  101 pool_member_ids uuid*
  102 vip_ids uuid*
message PoolMember
  1 id uuid
  2 admin_state_up bool
  3 pool_id uuid
  4 status LBStatus
  5 address ip
  6 protocol_port int32
  7 weight int32
message Port
  1 id uuid
  2 network_id uuid
  3 router_id uuid
  4 inbound_filter_id uuid
  5 outbound_filter_id uuid
  6 tunnel_key uint64
  7 peer_id uuid
  8 vif_id uuid
  9 host_id uuid
  10 interface_name string
  11 admin_state_up bool
  12 port_group_ids uuid*
  13 vlan_id uint32
  14 port_subnet subnet
  15 port_address ip
  16 port_mac string
  17 route_ids uuid*
  18 dhcp_id uuid
  19 vtep_id uuid
  20 inbound_mirror_ids uuid*
  21 outbound_mirror_ids uuid*
  23 l2insertion_infilter_id uuid
  24 l2insertion_outfilter_id uuid
  25 service_container_id uuid 5.2
  26 post_in_filter_mirror_ids uuid* 5.2
  27 pre_out_filter_mirror_ids uuid* 5.2
  28 previous_host_id uuid 5.2
  40 vni uint32 5.2
  41 off_ramp_vxlan bool 5.2
  42 tunnel_ip ip 5.2
  101 vip_ids uuid*
  102 fip_nat_rule_ids uuid*
  103 trace_request_ids uuid*
  104 mirror_ids uuid*
  110 insertion_ids uuid*
  111 srv_insertion_ids uuid*
  120 remote_mac_entry_ids uuid* 5.2
message PortGroup
  1 id uuid
  2 name string
  3 tenant_id string
  4 stateful bool
  101 port_ids uuid*
  102 service_group_ids uuid* 5.2
message Route
  1 id uuid
  2 src_subnet subnet
  3 dst_subnet subnet
  4 next_hop NextHop
  5 next_hop_port_id uuid
  6 weight int32
  7 attributes string
  8 router_id uuid
  9 next_hop_gateway ip
  10 gateway_dhcp_id uuid
  11 ipsec_site_connection_id uuid 5.2
message Router
  1 id uuid
  2 tenant_id string
  3 name string
  4 admin_state_up bool
  5 inbound_filter_id uuid
  6 outbound_filter_id uuid
  7 load_balancer_id uuid
  8 route_ids uuid*
  9 as_number int32
  10 bgp_network_ids uuid*
  11 bgp_peer_ids uuid*
  12 inbound_mirror_ids uuid*
  13 outbound_mirror_ids uuid*
  14 local_redirect_chain_id uuid 5.2
  15 forward_chain_id uuid
  101 port_ids uuid*
  102 trace_request_ids uuid*
  103 vpn_service_ids uuid* 5.2
message Rule
  1 id uuid
  2 type RuleType
  3 chain_id uuid
  4 action RuleAction
  5 condition Condition
  6 fip_port_id uuid
  7 metadata MetadataEntry* 5.2
  100 jump_rule_data Rule.JumpRuleData
  101 nat_rule_data Rule.NatRuleData
  102 trace_rule_data Rule.TraceRuleData
  103 transform_rule_data Rule.L2TransformRuleData
message Rule.JumpRuleData
  1 jump_chain_id uuid
  2 jump_chain_name string
message Rule.NatTarget
  1 nw_start ip
  2 nw_end ip
  3 tp_start uint32
  4 tp_end uint32
message Rule.NatRuleData
  1 nat_targets Rule.NatTarget*
  2 dnat bool
  3 reverse bool
message Rule.TraceRuleData
  1 trace_request_id uuid
  2 limit uint64
message Rule.L2TransformRuleData
  1 pop_vlan bool
  2 push_vlan uint32
  3 target_port_id uuid
  4 ingress bool
  5 fail_open bool
message RuleLogger 5.2
  1 id uuid
  2 logging_resource_id uuid
  3 event LogEvent
  4 chain_id uuid
  5 file_name string
message ServiceContainer 5.2
  1 id uuid
  2 service_group_id uuid
  3 port_id uuid
  4 service_type string
  5 configuration_id uuid
message ServiceContainerGroup 5.2
  1 id uuid
  2 policy ServiceContainerPolicy
  3 host_group_id uuid
  4 port_group_id uuid
  101 service_container_ids uuid*
message TraceRequest
  1 id uuid
  2 enabled bool
  3 condition Condition
  4 limit uint64
  5 name string
  6 create_timestamp_ms uint64
  101 port_id uuid
  102 network_id uuid
  103 router_id uuid
message TunnelZone
  1 id uuid
  2 name string
  3 type TunnelZoneType
  4 hosts TunnelZone.HostToIp*
  5 host_ids uuid*
message TunnelZone.HostToIp
  1 host_id uuid
  2 ip ip
message Vip
  1 id uuid
  2 admin_state_up bool
  3 pool_id uuid
  4 address ip
  5 protocol_port uint32
  6 session_persistence VipSessionPersistence
  7 gateway_port_id uuid
message Vtep
  1 id uuid
  2 management_ip ip
  3 management_port uint32
  4 tunnel_zone_id uuid
  6 bindings Vtep.Binding*
message Vtep.Binding
  1 port_name string
  2 vlan_id uint32
  3 network_id uuid
enum FragmentPolicy ANY=1 NONHEADER=2 HEADER=3 UNFRAGMENTED=4
enum HealthMonitorType TCP=1
enum LBStatus ACTIVE=1 INACTIVE=2
enum LogEvent ACCEPT=1 DROP=2 ALL=3
enum LoggingResourceType FILE=1
enum NextHop BLACKHOLE=0 REJECT=1 PORT=2 LOCAL=3
enum PoolProtocol TCP=1
enum PoolLBMethod ROUND_ROBIN=1
enum PoolHealthMonitorMappingStatus ACTIVE=1 INACTIVE=2 PENDING_CREATE=3 PENDING_UPDATE=4 \
  PENDING_DELETE=5 ERROR=6
enum RuleType LITERAL_RULE=1 NAT_RULE=2 JUMP_RULE=3 TRACE_RULE=4 L2TRANSFORM_RULE=5
enum RuleAction ACCEPT=1 CONTINUE=2 DROP=3 JUMP=4 REJECT=5 RETURN=6 REDIRECT=7
enum ServiceContainerPolicy WEIGHTED_SCHEDULER=0 LEAST_SCHEDULER=1
enum TunnelZoneType GRE=1 VXLAN=2 VTEP=3
enum VipSessionPersistence SOURCE_IP=1
"""
