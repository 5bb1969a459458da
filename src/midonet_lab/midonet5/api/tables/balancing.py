"""Layer-4 load balancing (new 2.16)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property
from midonet_lab.midonet5.api.checks import IPV4, at_least, between, not_null
from midonet_lab.midonet5.api.json_types import Enumerated, Integer
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import ADMIN_STATE, ID, address, number, required, uuid

_STATE = "org.midonet.midolman.state.l4lb."
_STATUS = Property(
    "status",
    Enumerated(_STATE + "LBStatus", {"ACTIVE": "ACTIVE", "INACTIVE": "INACTIVE"}),
    "status",
    settable=False,
    unset="ACTIVE",
)


def balancing_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: load_balancer, pool, pool_member, vip, health_monitor; the same in both versions."""
    del recent
    methods = Enumerated(_STATE + "PoolLBMethod", {"ROUND_ROBIN": "ROUND_ROBIN"})
    protocols = Enumerated(_STATE + "PoolProtocol", {"TCP": "TCP"})
    persistence = Enumerated(_STATE + "VipSessionPersistence", {"SOURCE_IP": "SOURCE_IP"})
    monitors = Enumerated(_STATE + "HealthMonitorType", {"TCP": "TCP"})
    return {
        "load_balancer": Bean(
            "LoadBalancer",
            "LoadBalancer",
            [ID, uuid("routerId", "router_id", settable=False), ADMIN_STATE],
            links=links(
                uri="/load_balancers/{id}",
                router="/routers/{routerId}",
                pools="/load_balancers/{id}/pools",
                vips="/load_balancers/{id}/vips",
            ),
        ),
        "pool": Bean(
            "Pool",
            "Pool",
            [
                ID,
                ADMIN_STATE,
                uuid("healthMonitorId", "health_monitor_id"),
                required("loadBalancerId", "load_balancer_id"),
                Property("protocol", protocols, "protocol", default="TCP"),
                Property("lbMethod", methods, "lb_method", checks=(not_null,), unset="ROUND_ROBIN"),
                _STATUS,
            ],
            links=links(
                uri="/pools/{id}",
                healthMonitor="/health_monitors/{healthMonitorId}",
                loadBalancer="/load_balancers/{loadBalancerId}",
                vips="/pools/{id}/vips",
                poolMembers="/pools/{id}/pool_members",
            ),
        ),
        "pool_member": Bean(
            "PoolMember",
            "PoolMember",
            [
                ID,
                ADMIN_STATE,
                _STATUS,
                required("poolId", "pool_id"),
                address("address", "address", not_null, IPV4),
                number("protocolPort", "protocol_port", *between(0, 65535)),
                number("weight", "weight", at_least(1), default=1),
            ],
            links=links(uri="/pool_members/{id}", pool="/pools/{poolId}"),
        ),
        "vip": Bean(
            "Vip",
            "Vip",
            [
                ID,
                ADMIN_STATE,
                uuid("loadBalancerId", "", settable=False),
                required("poolId", "pool_id"),
                address("address", "address", not_null, IPV4),
                Property(
                    "protocolPort",
                    Integer(unsigned=True),
                    "protocol_port",
                    default=0,
                    checks=between(0, 65535),
                ),
                Property("sessionPersistence", persistence, "session_persistence"),
            ],
            links=links(
                uri="/vips/{id}", loadBalancer="/load_balancers/{loadBalancerId}", pool="/pools/{poolId}"
            ),
        ),
        "health_monitor": Bean(
            "HealthMonitor",
            "HealthMonitor",
            [
                ID,
                ADMIN_STATE,
                Property("type", monitors, "type", checks=(not_null,), unset="TCP"),
                number("delay", "delay"),
                number("timeout", "timeout"),
                number("maxRetries", "max_retries"),
            ],
            links=links(uri="/health_monitors/{id}", pools="/health_monitors/{id}/pools"),
        ),
    }
