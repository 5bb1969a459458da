"""Messages of Neutron's objects as the importer keeps them (imp Appendix A), in the notation of ``tables``.

``5.2`` after a message or field: absent from 5.0.2.
"""

NEUTRON_MESSAGES = """
message AgentMembership
    1 id uuid
    2 ip_address ip
message FirewallLog 5.2
    1 id uuid
    2 description string
    3 tenant_id string
    4 logging_resource_id uuid
    5 logging_resource NeutronLoggingResource
    6 fw_event LogEvent
    7 firewall_id uuid
    8 firewall NeutronFirewall
message FloatingIp
    1 id uuid
    2 tenant_id string
    3 router_id uuid
    4 port_id uuid
    5 floating_ip_address ip
    6 fixed_ip_address ip
    7 floating_network_id uuid
message GatewayDevice 5.2
    1 id uuid
    2 type GatewayType
    3 resource_id uuid
    4 tunnel_ips ip*
    5 management_ip ip
    6 management_port uint32
    7 management_protocol ManagementProtocol
    101 remote_mac_entry_ids uuid*
message IPSecSiteConnection 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 admin_state_up bool
    6 peer_address string
    7 peer_id string
    8 peer_cidrs subnet*
    9 local_cidrs subnet*
    10 route_mode RouteMode
    11 mtu uint32
    12 initiator Initiator
    13 auth_mode AuthMode
    14 psk string
    15 dpd_action DpdAction
    16 dpd_interval uint32
    17 dpd_timeout uint32
    18 vpnservice_id uuid
    20 ikepolicy IPSecSiteConnection.IkePolicy
    21 ipsecpolicy IPSecSiteConnection.IPSecPolicy
    101 route_ids uuid*
message IPSecSiteConnection.IPSecPolicy 5.2
    1 transform_protocol IPSecPolicy.TransformProtocol
    2 auth_algorithm IPSecPolicy.AuthAlgorithm
    3 encryption_algorithm IPSecPolicy.EncryptionAlgorithm
    4 encapsulation_mode IPSecPolicy.EncapsulationMode
    5 pfs IPSecPolicy.Pfs
    6 lifetime_value uint32
    7 lifetime_units string
message IPSecSiteConnection.IkePolicy 5.2
    1 auth_algorithm IkePolicy.AuthAlgorithm
    2 encryption_algorithm IkePolicy.EncryptionAlgorithm
    3 phase1_negotiation_mode IkePolicy.Phase1NegotiationMode
    4 ike_version IkePolicy.IkeVersion
    5 pfs IkePolicy.Pfs
    6 lifetime_value uint32
    7 lifetime_units string
message L2Gateway 5.2
    1 id uuid
    2 name string
    3 tenant_id string
    4 devices L2Gateway.L2GatewayDevice*
message L2Gateway.L2GatewayDevice 5.2
    1 device_id uuid
    2 segmentation_id uint32
message L2GatewayConnection 5.2
    1 id uuid
    2 tenant_id string
    3 network_id uuid
    4 segmentation_id uint32
    5 l2_gateway L2Gateway
message NeutronBgpPeer 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 peer_ip ip
    5 remote_as uint32
    6 auth_type AuthType
    7 password string
    8 bgp_speaker NeutronBgpSpeaker
message NeutronBgpSpeaker 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 local_as uint32
    5 ip_version uint32
    6 logical_router uuid
    7 del_bgp_peer_ids uuid*
message NeutronConfig
    1 id uuid
    2 tunnel_protocol TunnelProtocol
message NeutronFirewall
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 shared bool
    6 admin_state_up bool
    7 status string
    8 firewall_policy_id uuid
    9 firewall_rule_list NeutronFirewallRule*
    10 add_router_ids uuid*
    11 del_router_ids uuid*
    12 last_router bool
message NeutronFirewallRule
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 firewall_policy_id uuid
    6 shared bool
    7 protocol Protocol
    8 ip_version int32
    9 source_ip_address subnet
    10 destination_ip_address subnet
    11 source_port string
    12 destination_port string
    13 action FirewallRuleAction
    14 position int32
    15 enabled bool
message NeutronHealthMonitor
    1 id uuid
    2 tenant_id string
    3 admin_state_up bool
    4 pools NeutronHealthMonitor.Pool*
    5 delay int32
    6 max_retries int32
    7 timeout int32
    8 type string
message NeutronHealthMonitor.Pool
    1 pool_id uuid
    2 status string
    3 status_description string
message NeutronLoadBalancerPool
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 admin_state_up bool
    6 lb_method string
    7 members uuid*
    8 subnet_id uuid
    9 vip_id uuid
    10 health_monitors uuid*
    11 protocol string
    12 provider string
    13 router_id uuid
    14 status string
    15 status_description string
message NeutronLoadBalancerPoolMember
    1 id uuid
    2 tenant_id string
    3 pool_id uuid
    4 address ip
    5 admin_state_up bool
    6 protocol_port int32
    7 weight int32
    8 status string
    9 status_description string
message NeutronLoggingResource 5.2
    1 id uuid
    2 name string
    3 description string
    4 tenant_id string
    5 enabled bool
message NeutronNetwork
    1 id uuid
    2 tenant_id string
    3 name string
    4 shared bool
    5 admin_state_up bool
    6 status string
    7 subnets uuid*
    8 external bool
    9 network_type NetworkType
message NeutronPort
    1 id uuid
    2 network_id uuid
    3 tenant_id string
    4 name string
    5 mac_address string
    6 admin_state_up bool
    7 fixed_ips NeutronPort.IPAllocation*
    8 device_owner DeviceOwner
    9 device_id string
    10 status string
    11 security_groups uuid*
    12 host_id string
    13 profile NeutronPort.BindingProfile
    14 port_security_enabled bool
    15 allowed_address_pairs NeutronPort.AllowedAddressPair*
    16 extra_dhcp_opts NeutronPort.ExtraDhcpOpts*
    101 floating_ip_ids uuid*
message NeutronPort.AllowedAddressPair
    1 ip_address subnet
    2 mac_address string
message NeutronPort.BindingProfile
    1 interface_name string
message NeutronPort.ExtraDhcpOpts
    1 opt_name string
    2 opt_value string
message NeutronPort.IPAllocation
    1 ip_address ip
    2 subnet_id uuid
message NeutronRoute
    1 destination subnet
    2 nexthop ip
message NeutronRouter
    1 id uuid
    2 name string
    3 status string
    4 tenant_id string
    5 gw_port_id uuid
    6 external_gateway_info NeutronRouter.ExternalGatewayInfo
    7 admin_state_up bool
    8 routes NeutronRoute*
message NeutronRouter.ExternalGatewayInfo
    1 network_id uuid
    2 enable_snat bool
message NeutronRouterInterface
    1 id uuid
    2 tenant_id string
    3 port_id uuid
    4 subnet_id uuid
message NeutronSubnet
    1 id uuid
    2 network_id uuid
    3 tenant_id string
    4 name string
    5 cidr subnet
    6 ip_version uint32
    7 gateway_ip ip
    8 allocation_pools NeutronSubnet.IPAllocationPool*
    9 dns_nameservers ip*
    10 host_routes NeutronRoute*
    11 enable_dhcp bool
    12 shared bool
message NeutronSubnet.IPAllocationPool
    1 start ip
    2 end ip
message NeutronVIP
    1 id uuid
    2 tenant_id string
    3 subnet_id uuid
    4 name string
    5 address ip
    6 pool_id uuid
    7 port_id uuid
    8 description string
    9 admin_state_up bool
    10 protocol string
    11 protocol_port int32
    12 connection_limit int32
    13 session_persistence NeutronVIP.SessionPersistence
    14 status string
    15 status_description string
message NeutronVIP.SessionPersistence
    1 type SessionPersistence.Type
    2 cookie_name string
message PortBinding
    1 id uuid
    2 host_id uuid
    3 interface_name string
    4 port_id uuid
message RemoteMacEntry 5.2
    1 id uuid
    2 device_id uuid
    3 vtep_address ip
    4 mac_address string
    5 segmentation_id uint32
    6 port_ids uuid*
message SecurityGroup
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 security_group_rules SecurityGroupRule*
message SecurityGroupRule
    1 id uuid
    2 tenant_id string
    3 security_group_id uuid
    4 direction RuleDirection
    5 ethertype EtherType
    6 protocol Protocol
    7 port_range_min int32
    8 port_range_max int32
    9 remote_group_id uuid
    10 remote_ip_prefix string
message TapFlow 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 tap_service_id uuid
    6 source_port uuid
    7 direction TapDirection
message TapService 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 port_id uuid
message VpnService 5.2
    1 id uuid
    2 tenant_id string
    3 name string
    4 description string
    5 admin_state_up bool
    6 router_id uuid
    20 external_ip ip
    21 container_id uuid
    30 ipsec_site_connection_ids uuid*
enum AuthMode PSK=1
enum AuthType NONE=1 MD5=2
enum DeviceOwner DHCP=0 FLOATINGIP=1 ROUTER_GATEWAY=2 ROUTER_INTERFACE=3 COMPUTE=4 LOADBALANCER=5 \
  REMOTE_SITE=6@5.2
enum DpdAction CLEAR=1 HOLD=2 RESTART=3 DISABLED=4 RESTART_BY_PEER=5
enum EtherType ARP=2054 IPV4=2048 IPV6=34525
enum FirewallRuleAction ALLOW=0 DENY=1
enum GatewayType ROUTER_VTEP=1 HW_VTEP=2 NETWORK_VLAN=3
enum IPSecPolicy.AuthAlgorithm SHA1=0
enum IPSecPolicy.EncapsulationMode TUNNEL=1 TRANSPORT=2
enum IPSecPolicy.EncryptionAlgorithm DES_3=0 AES_128=1 AES_192=2 AES_256=3
enum IPSecPolicy.Pfs GROUP2=1 GROUP5=2 GROUP14=3
enum IPSecPolicy.TransformProtocol ESP=1 AH=2 AH_ESP=3
enum IkePolicy.AuthAlgorithm SHA1=0
enum IkePolicy.EncryptionAlgorithm DES_3=0 AES_128=1 AES_192=2 AES_256=3
enum IkePolicy.IkeVersion V1=1 V2=2
enum IkePolicy.Pfs GROUP2=1 GROUP5=2 GROUP14=3
enum IkePolicy.Phase1NegotiationMode MAIN=1
enum Initiator BI_DIRECTIONAL=1 RESPONSE_ONLY=2
enum ManagementProtocol OVSDB=1
enum NetworkType LOCAL=0 FLAT=1 VLAN=2 GRE=3 UPLINK=4
enum Protocol TCP=6 UDP=17 ICMP=1 ICMPV6=58
enum RouteMode STATIC=1
enum RuleDirection EGRESS=0 INGRESS=1
enum SessionPersistence.Type SOURCE_IP=0 HTTP_COOKIE=1 APP_COOKIE=2
enum TapDirection IN=0 OUT=1 BOTH=2
enum TunnelProtocol GRE=1 VXLAN=2
"""
