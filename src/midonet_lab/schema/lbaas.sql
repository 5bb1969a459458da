-- LBaaS v1 at the head of neutron-lbaas' Kilo chain of migrations (db 1.1).

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE alembic_version_lbaas (
    version_num VARCHAR(32) NOT NULL
) ENGINE=InnoDB;
INSERT INTO alembic_version_lbaas VALUES ('kilo');

CREATE TABLE vips (
    id                 VARCHAR(36)  NOT NULL,
    tenant_id          VARCHAR(255) NULL,
    status             VARCHAR(16)  NOT NULL,
    status_description VARCHAR(255) NULL,
    name               VARCHAR(255) NULL,
    description        VARCHAR(255) NULL,
    port_id            VARCHAR(36)  NULL,
    protocol_port      INT          NOT NULL,
    protocol           ENUM('HTTP','HTTPS','TCP') NOT NULL,
    pool_id            VARCHAR(36)  NOT NULL,            -- no foreign key
    admin_state_up     TINYINT(1)   NOT NULL,
    connection_limit   INT          NULL,
    PRIMARY KEY (id),
    UNIQUE KEY pool_id (pool_id),
    KEY port_id (port_id),
    KEY ix_vips_tenant_id (tenant_id),
    FOREIGN KEY (port_id) REFERENCES ports (id)
) ENGINE=InnoDB;

CREATE TABLE sessionpersistences (
    vip_id            VARCHAR(36)   NOT NULL,
    type              ENUM('SOURCE_IP','HTTP_COOKIE','APP_COOKIE') NOT NULL,
    cookie_name       VARCHAR(1024) NULL,
    PRIMARY KEY (vip_id),
    FOREIGN KEY (vip_id) REFERENCES vips (id)
) ENGINE=InnoDB;

CREATE TABLE pools (
    id                 VARCHAR(36)  NOT NULL,
    tenant_id          VARCHAR(255) NULL,
    status             VARCHAR(16)  NOT NULL,
    status_description VARCHAR(255) NULL,
    vip_id             VARCHAR(36)  NULL,
    name               VARCHAR(255) NULL,
    description        VARCHAR(255) NULL,
    subnet_id          VARCHAR(36)  NOT NULL,            -- no foreign key
    protocol           ENUM('HTTP','HTTPS','TCP') NOT NULL,
    lb_method          ENUM('ROUND_ROBIN','LEAST_CONNECTIONS','SOURCE_IP') NOT NULL,
    admin_state_up     TINYINT(1)   NOT NULL,
    PRIMARY KEY (id),
    KEY vip_id (vip_id),
    KEY ix_pools_tenant_id (tenant_id),
    FOREIGN KEY (vip_id) REFERENCES vips (id)
) ENGINE=InnoDB;

CREATE TABLE poolstatisticss (
    pool_id            VARCHAR(36) NOT NULL,
    bytes_in           BIGINT      NOT NULL,
    bytes_out          BIGINT      NOT NULL,
    active_connections BIGINT      NOT NULL,
    total_connections  BIGINT      NOT NULL,
    PRIMARY KEY (pool_id),
    FOREIGN KEY (pool_id) REFERENCES pools (id)
) ENGINE=InnoDB;

CREATE TABLE members (
    id                 VARCHAR(36)  NOT NULL,
    tenant_id          VARCHAR(255) NULL,
    status             VARCHAR(16)  NOT NULL,
    status_description VARCHAR(255) NULL,
    pool_id            VARCHAR(36)  NOT NULL,
    address            VARCHAR(64)  NOT NULL,
    protocol_port      INT          NOT NULL,
    weight             INT          NOT NULL,
    admin_state_up     TINYINT(1)   NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uniq_member0pool_id0address0port (pool_id, address, protocol_port),
    KEY ix_members_tenant_id (tenant_id),
    FOREIGN KEY (pool_id) REFERENCES pools (id)
) ENGINE=InnoDB;

CREATE TABLE healthmonitors (
    id                VARCHAR(36)  NOT NULL,
    tenant_id         VARCHAR(255) NULL,
    type              ENUM('PING','TCP','HTTP','HTTPS') NOT NULL,
    delay             INT          NOT NULL,
    timeout           INT          NOT NULL,
    max_retries       INT          NOT NULL,
    http_method       VARCHAR(16)  NULL,
    url_path          VARCHAR(255) NULL,
    expected_codes    VARCHAR(64)  NULL,
    admin_state_up    TINYINT(1)   NOT NULL,
    PRIMARY KEY (id),
    KEY ix_healthmonitors_tenant_id (tenant_id)
) ENGINE=InnoDB;

CREATE TABLE poolmonitorassociations (
    status             VARCHAR(16)  NOT NULL,
    status_description VARCHAR(255) NULL,
    pool_id            VARCHAR(36)  NOT NULL,
    monitor_id         VARCHAR(36)  NOT NULL,
    PRIMARY KEY (pool_id, monitor_id),
    KEY monitor_id (monitor_id),
    FOREIGN KEY (pool_id) REFERENCES pools (id),
    FOREIGN KEY (monitor_id) REFERENCES healthmonitors (id)
) ENGINE=InnoDB;

CREATE TABLE poolloadbalanceragentbindings (
    pool_id           VARCHAR(36)  NOT NULL,
    agent_id          VARCHAR(36)  NOT NULL,
    PRIMARY KEY (pool_id),
    KEY agent_id (agent_id),
    FOREIGN KEY (pool_id) REFERENCES pools (id) ON DELETE CASCADE,
    FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE
) ENGINE=InnoDB;

SET FOREIGN_KEY_CHECKS = 1;
