-- The tables of MidoNet's plug-in at the head of its Kilo chain (db 1.2, 1.3).  A MidoNet 1.9 site that was
-- installed by the book has none of them.

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE alembic_version_midonet (
    version_num VARCHAR(32) NOT NULL
) ENGINE=InnoDB;
INSERT INTO alembic_version_midonet VALUES ('422da2897701');

CREATE TABLE midonet_tasks (
    id                INT          NOT NULL AUTO_INCREMENT,
    type              VARCHAR(36)  NULL,
    data_type         VARCHAR(36)  NULL,
    data              LONGTEXT     NULL,
    resource_id       VARCHAR(36)  NULL,
    tenant_id         VARCHAR(255) NULL,
    transaction_id    VARCHAR(40)  NOT NULL,
    created_at        DATETIME     NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_data_versions (
    id                INT          NOT NULL AUTO_INCREMENT,
    sync_started_at   DATETIME     NULL,
    sync_finished_at  DATETIME     NULL,
    sync_status       VARCHAR(50)  NULL,
    sync_tasks_status VARCHAR(50)  NULL,
    stale             TINYINT(1)   NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_data_state (
    id                     INT        NOT NULL AUTO_INCREMENT,
    last_processed_task_id INT        NULL,
    updated_at             DATETIME   NOT NULL,
    active_version         INT        NULL,
    readonly               TINYINT(1) NOT NULL,
    PRIMARY KEY (id),
    KEY last_processed_task_id (last_processed_task_id),
    KEY active_version (active_version),
    FOREIGN KEY (last_processed_task_id) REFERENCES midonet_tasks (id),
    FOREIGN KEY (active_version) REFERENCES midonet_data_versions (id)
) ENGINE=InnoDB;
-- the migration seeds the one row that the cluster later updates
INSERT INTO midonet_data_state (id, last_processed_task_id, updated_at, active_version, readonly)
VALUES (1, NULL, UTC_TIMESTAMP(), NULL, 0);

CREATE TABLE midonet_agent_memberships (
    id                VARCHAR(36)  NOT NULL,             -- = MidoNet host id
    ip_address        VARCHAR(64)  NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_port_bindings (       -- binding:profile {"interface_name": ...}
    port_id           VARCHAR(36)  NOT NULL,
    interface_name    VARCHAR(255) NOT NULL,
    PRIMARY KEY (port_id),
    FOREIGN KEY (port_id) REFERENCES portbindingports (port_id) ON DELETE CASCADE,
    FOREIGN KEY (port_id) REFERENCES ports (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_routing_instances (
    id                VARCHAR(36)  NOT NULL,
    router_id         VARCHAR(36)  NOT NULL,
    local_as          INT          NOT NULL,
    protocol          VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    KEY router_id (router_id),
    FOREIGN KEY (router_id) REFERENCES routers (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_routing_peers (
    id                  VARCHAR(36)  NOT NULL,
    routing_instance_id VARCHAR(36)  NOT NULL,
    port_id             VARCHAR(36)  NOT NULL,
    peer_as             INT          NOT NULL,
    peer_address        VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    KEY routing_instance_id (routing_instance_id),
    KEY port_id (port_id),
    FOREIGN KEY (routing_instance_id) REFERENCES midonet_routing_instances (id),
    FOREIGN KEY (port_id) REFERENCES ports (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_advertise_route (
    id                  VARCHAR(36)  NOT NULL,
    routing_instance_id VARCHAR(36)  NOT NULL,
    destination         VARCHAR(36)  NOT NULL,
    PRIMARY KEY (id),
    KEY routing_instance_id (routing_instance_id),
    FOREIGN KEY (routing_instance_id) REFERENCES midonet_routing_instances (id)
) ENGINE=InnoDB;

CREATE TABLE midonet_network_bindings (    -- provider:network_type
    network_id        VARCHAR(36)  NOT NULL,
    network_type      VARCHAR(255) NOT NULL,
    PRIMARY KEY (network_id),
    FOREIGN KEY (network_id) REFERENCES networks (id)
) ENGINE=InnoDB;

SET FOREIGN_KEY_CHECKS = 1;
