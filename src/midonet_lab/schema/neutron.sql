-- Neutron's own tables at the head of its Kilo chain of migrations, reduced to those that a migration
-- reads or that Neutron's rows point to.  No table names a character set: the database's default holds.
-- Booleans are TINYINT(1), without the CHECKs that only MariaDB 10.2.1 and MySQL 8.0.16 enforce (db 1).

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL
) ENGINE=InnoDB;
INSERT INTO alembic_version VALUES ('kilo');

CREATE TABLE networks (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    status            VARCHAR(16)  NULL,
    admin_state_up    TINYINT(1)   NULL,
    shared            TINYINT(1)   NULL,
    mtu               INT          NULL,
    vlan_transparent  TINYINT(1)   NULL,
    PRIMARY KEY (id),
    KEY ix_networks_tenant_id (tenant_id)
) ENGINE=InnoDB;

CREATE TABLE externalnetworks (            -- a row here <=> router:external is true
    network_id        VARCHAR(36)  NOT NULL,
    PRIMARY KEY (network_id),
    FOREIGN KEY (network_id) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE networksecuritybindings (
    network_id            VARCHAR(36) NOT NULL,
    port_security_enabled TINYINT(1)  NOT NULL,
    PRIMARY KEY (network_id),
    FOREIGN KEY (network_id) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE subnetpools (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    ip_version        INT          NOT NULL,
    default_prefixlen INT          NOT NULL,
    min_prefixlen     INT          NOT NULL,
    max_prefixlen     INT          NOT NULL,
    shared            TINYINT(1)   NOT NULL,
    default_quota     INT          NULL,
    PRIMARY KEY (id),
    KEY ix_subnetpools_tenant_id (tenant_id)
) ENGINE=InnoDB;

CREATE TABLE subnetpoolprefixes (
    cidr              VARCHAR(64)  NOT NULL,
    subnetpool_id     VARCHAR(36)  NOT NULL,
    PRIMARY KEY (cidr, subnetpool_id),
    KEY subnetpool_id (subnetpool_id),
    FOREIGN KEY (subnetpool_id) REFERENCES subnetpools (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE subnets (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    network_id        VARCHAR(36)  NULL,
    ip_version        INT          NOT NULL,
    cidr              VARCHAR(64)  NOT NULL,
    gateway_ip        VARCHAR(64)  NULL,
    enable_dhcp       TINYINT(1)   NULL,
    shared            TINYINT(1)   NULL,
    ipv6_ra_mode      ENUM('slaac','dhcpv6-stateful','dhcpv6-stateless') NULL,
    ipv6_address_mode ENUM('slaac','dhcpv6-stateful','dhcpv6-stateless') NULL,
    subnetpool_id     VARCHAR(36)  NULL,                 -- no foreign key
    PRIMARY KEY (id),
    KEY network_id (network_id),
    KEY ix_subnets_tenant_id (tenant_id),
    KEY ix_subnets_subnetpool_id (subnetpool_id),
    FOREIGN KEY (network_id) REFERENCES networks (id)
) ENGINE=InnoDB;

CREATE TABLE ipallocationpools (
    id                VARCHAR(36)  NOT NULL,
    subnet_id         VARCHAR(36)  NULL,
    first_ip          VARCHAR(64)  NOT NULL,
    last_ip           VARCHAR(64)  NOT NULL,
    PRIMARY KEY (id),
    KEY subnet_id (subnet_id),
    FOREIGN KEY (subnet_id) REFERENCES subnets (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE ipavailabilityranges (        -- allocator bookkeeping, never in a dict
    allocation_pool_id VARCHAR(36) NOT NULL,
    first_ip          VARCHAR(64)  NOT NULL,
    last_ip           VARCHAR(64)  NOT NULL,
    PRIMARY KEY (allocation_pool_id, first_ip, last_ip),
    UNIQUE KEY uniq_ipavailabilityranges0first_ip0allocation_pool_id (first_ip, allocation_pool_id),
    UNIQUE KEY uniq_ipavailabilityranges0last_ip0allocation_pool_id (last_ip, allocation_pool_id),
    FOREIGN KEY (allocation_pool_id) REFERENCES ipallocationpools (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE subnetroutes (
    destination       VARCHAR(64)  NOT NULL,
    nexthop           VARCHAR(64)  NOT NULL,
    subnet_id         VARCHAR(36)  NOT NULL,
    PRIMARY KEY (destination, nexthop, subnet_id),
    KEY subnet_id (subnet_id),
    FOREIGN KEY (subnet_id) REFERENCES subnets (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE dnsnameservers (
    address           VARCHAR(128) NOT NULL,
    subnet_id         VARCHAR(36)  NOT NULL,
    PRIMARY KEY (address, subnet_id),
    KEY subnet_id (subnet_id),
    FOREIGN KEY (subnet_id) REFERENCES subnets (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE ports (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    network_id        VARCHAR(36)  NOT NULL,
    mac_address       VARCHAR(32)  NOT NULL,
    admin_state_up    TINYINT(1)   NOT NULL,
    status            VARCHAR(16)  NOT NULL,
    device_id         VARCHAR(255) NOT NULL,
    device_owner      VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uniq_ports0network_id0mac_address (network_id, mac_address),
    KEY ix_ports_tenant_id (tenant_id),
    KEY ix_ports_network_id_device_owner (network_id, device_owner),
    KEY ix_ports_network_id_mac_address (network_id, mac_address),
    FOREIGN KEY (network_id) REFERENCES networks (id)
) ENGINE=InnoDB;

CREATE TABLE ipallocations (
    port_id           VARCHAR(36)  NULL,
    ip_address        VARCHAR(64)  NOT NULL,
    subnet_id         VARCHAR(36)  NOT NULL,
    network_id        VARCHAR(36)  NOT NULL,
    PRIMARY KEY (ip_address, subnet_id, network_id),
    KEY network_id (network_id),
    KEY port_id (port_id),
    KEY subnet_id (subnet_id),
    FOREIGN KEY (network_id) REFERENCES networks (id) ON DELETE CASCADE,
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE,
    FOREIGN KEY (subnet_id) REFERENCES subnets (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE allowedaddresspairs (
    port_id           VARCHAR(36)  NOT NULL,
    mac_address       VARCHAR(32)  NOT NULL,
    ip_address        VARCHAR(64)  NOT NULL,
    PRIMARY KEY (port_id, mac_address, ip_address),
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE extradhcpopts (
    id                VARCHAR(36)  NOT NULL,
    port_id           VARCHAR(36)  NOT NULL,
    opt_name          VARCHAR(64)  NOT NULL,
    opt_value         VARCHAR(255) NOT NULL,
    ip_version        INT          NOT NULL DEFAULT 4,
    PRIMARY KEY (id),
    UNIQUE KEY uniq_extradhcpopts0portid0optname0ipversion (port_id, opt_name, ip_version),
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE portbindingports (            -- binding:host_id
    port_id           VARCHAR(36)  NOT NULL,
    host              VARCHAR(255) NOT NULL,
    PRIMARY KEY (port_id),
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE portsecuritybindings (
    port_id               VARCHAR(36) NOT NULL,
    port_security_enabled TINYINT(1)  NOT NULL,
    PRIMARY KEY (port_id),
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE securitygroups (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    description       VARCHAR(255) NULL,
    PRIMARY KEY (id),
    KEY ix_securitygroups_tenant_id (tenant_id)
) ENGINE=InnoDB;

CREATE TABLE default_security_group (      -- which group is a tenant's default one
    tenant_id         VARCHAR(255) NOT NULL,
    security_group_id VARCHAR(36)  NOT NULL,
    PRIMARY KEY (tenant_id),
    KEY security_group_id (security_group_id),
    FOREIGN KEY (security_group_id) REFERENCES securitygroups (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE securitygrouprules (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    security_group_id VARCHAR(36)  NOT NULL,
    remote_group_id   VARCHAR(36)  NULL,
    direction         ENUM('ingress','egress') NULL,
    ethertype         VARCHAR(40)  NULL,
    protocol          VARCHAR(40)  NULL,
    port_range_min    INT          NULL,
    port_range_max    INT          NULL,
    remote_ip_prefix  VARCHAR(255) NULL,
    PRIMARY KEY (id),
    KEY security_group_id (security_group_id),
    KEY remote_group_id (remote_group_id),
    KEY ix_securitygrouprules_tenant_id (tenant_id),
    FOREIGN KEY (security_group_id) REFERENCES securitygroups (id) ON DELETE CASCADE,
    FOREIGN KEY (remote_group_id) REFERENCES securitygroups (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE securitygroupportbindings (
    port_id           VARCHAR(36)  NOT NULL,
    security_group_id VARCHAR(36)  NOT NULL,
    PRIMARY KEY (port_id, security_group_id),
    KEY security_group_id (security_group_id),
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE,
    FOREIGN KEY (security_group_id) REFERENCES securitygroups (id)
) ENGINE=InnoDB;

CREATE TABLE routers (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    name              VARCHAR(255) NULL,
    status            VARCHAR(16)  NULL,
    admin_state_up    TINYINT(1)   NULL,
    gw_port_id        VARCHAR(36)  NULL,
    enable_snat       TINYINT(1)   NOT NULL DEFAULT 1,
    PRIMARY KEY (id),
    KEY gw_port_id (gw_port_id),
    KEY ix_routers_tenant_id (tenant_id),
    FOREIGN KEY (gw_port_id) REFERENCES ports (id)
) ENGINE=InnoDB;

CREATE TABLE router_extra_attributes (     -- DVR/HA flags; no MidoNet plugin reads it
    router_id         VARCHAR(36)  NOT NULL,
    distributed       TINYINT(1)   NOT NULL DEFAULT 0,
    service_router    TINYINT(1)   NOT NULL DEFAULT 0,
    ha                TINYINT(1)   NOT NULL DEFAULT 0,
    ha_vr_id          INT          NULL,
    PRIMARY KEY (router_id),
    FOREIGN KEY (router_id) REFERENCES routers (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE routerports (
    router_id         VARCHAR(36)  NOT NULL,
    port_id           VARCHAR(36)  NOT NULL,
    port_type         VARCHAR(255) NULL,
    PRIMARY KEY (router_id, port_id),
    KEY port_id (port_id),
    FOREIGN KEY (router_id) REFERENCES routers (id) ON DELETE CASCADE,
    FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE routerroutes (                -- "extra routes"
    destination       VARCHAR(64)  NOT NULL,
    nexthop           VARCHAR(64)  NOT NULL,
    router_id         VARCHAR(36)  NOT NULL,
    PRIMARY KEY (destination, nexthop, router_id),
    KEY router_id (router_id),
    FOREIGN KEY (router_id) REFERENCES routers (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE floatingips (
    id                   VARCHAR(36)  NOT NULL,
    tenant_id            VARCHAR(255) NULL,
    floating_ip_address  VARCHAR(64)  NOT NULL,
    floating_network_id  VARCHAR(36)  NOT NULL,          -- no foreign key
    floating_port_id     VARCHAR(36)  NOT NULL,
    fixed_port_id        VARCHAR(36)  NULL,
    fixed_ip_address     VARCHAR(64)  NULL,
    router_id            VARCHAR(36)  NULL,
    last_known_router_id VARCHAR(36)  NULL,              -- no foreign key
    status               VARCHAR(16)  NULL,
    PRIMARY KEY (id),
    KEY fixed_port_id (fixed_port_id),
    KEY router_id (router_id),
    KEY ix_floatingips_tenant_id (tenant_id),
    KEY floating_port_id (floating_port_id),
    FOREIGN KEY (fixed_port_id) REFERENCES ports (id),
    FOREIGN KEY (router_id) REFERENCES routers (id),
    FOREIGN KEY (floating_port_id) REFERENCES ports (id) ON DELETE CASCADE
) ENGINE=InnoDB;

CREATE TABLE agents (
    id                  VARCHAR(36)   NOT NULL,
    agent_type          VARCHAR(255)  NOT NULL,
    `binary`            VARCHAR(255)  NOT NULL,
    topic               VARCHAR(255)  NOT NULL,
    host                VARCHAR(255)  NOT NULL,
    admin_state_up      TINYINT(1)    NOT NULL DEFAULT 1,
    created_at          DATETIME      NOT NULL,
    started_at          DATETIME      NOT NULL,
    heartbeat_timestamp DATETIME      NOT NULL,
    description         VARCHAR(255)  NULL,
    configurations      VARCHAR(4095) NOT NULL,
    `load`              INT           NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY uniq_agents0agent_type0host (agent_type, host)
) ENGINE=InnoDB;

CREATE TABLE networkdhcpagentbindings (
    network_id        VARCHAR(36)  NOT NULL,
    dhcp_agent_id     VARCHAR(36)  NOT NULL,
    PRIMARY KEY (network_id, dhcp_agent_id),
    KEY dhcp_agent_id (dhcp_agent_id),
    FOREIGN KEY (dhcp_agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    FOREIGN KEY (network_id) REFERENCES networks (id) ON DELETE CASCADE
) ENGINE=InnoDB;

-- servicetype association: gives a v1 pool its "provider"
CREATE TABLE providerresourceassociations (
    provider_name     VARCHAR(255) NOT NULL,
    resource_id       VARCHAR(36)  NOT NULL,             -- no foreign key
    PRIMARY KEY (provider_name, resource_id),
    UNIQUE KEY resource_id (resource_id)
) ENGINE=InnoDB;

SET FOREIGN_KEY_CHECKS = 1;
