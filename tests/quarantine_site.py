"""A small site with one of everything that a quarantine can take out or cut."""

from __future__ import annotations

from midonet_migrate.model.plan import PlanOptions
from midonet_migrate.model.snapshot import Snapshot
from neutron_builders import (
    floating_ip,
    group,
    identity,
    interface,
    member,
    monitor,
    network,
    pool,
    port,
    router,
    rule,
    snapshot,
    subnet,
    vip,
)

NET_A, NET_B, NET_EXT = identity(1), identity(2), identity(3)
SUB_A, SUB_B, SUB_EXT = identity(11), identity(12), identity(13)
IF_A, IF_B, GATEWAY = identity(21), identity(22), identity(23)
VM_A, VM_B = identity(31), identity(32)
ROUTER = identity(41)
GROUP_A, GROUP_B = identity(51), identity(52)
POOL_A, POOL_B, MONITOR = identity(61), identity(62), identity(71)
FLOATING_IP = identity(81)
OPTIONS = PlanOptions(target_version="5.2.1", first_task_id=1)


def site() -> Snapshot:
    """Two networks with a machine each on a router with gateway and extra routes; pools with one monitor."""
    owner = {"device_owner": "network:router_interface", "device_id": ROUTER}
    interfaces = [
        port(21, NET_A, {"10.0.1.1": SUB_A}, **owner),
        port(22, NET_B, {"10.0.2.1": SUB_B}, **owner),
    ]
    rules = [rule(91, GROUP_A), rule(92, GROUP_B, remote_group_id=GROUP_A)]
    routes = [
        {"destination": "172.16.1.0/24", "nexthop": "10.0.1.9"},
        {"destination": "172.16.2.0/24", "nexthop": "10.0.2.9"},
    ]
    return snapshot(
        networks=[network(1), network(2), network(3, **{"router:external": True})],
        subnets=[subnet(11, NET_A, 1), subnet(12, NET_B, 2), subnet(13, NET_EXT, 3)],
        ports=[
            *interfaces,
            port(23, NET_EXT, {"10.0.3.2": SUB_EXT}, device_owner="network:router_gateway", device_id=ROUTER),
            port(31, NET_A, {"10.0.1.5": SUB_A}, security_groups=[GROUP_A]),
            port(32, NET_B, {"10.0.2.5": SUB_B}, security_groups=[GROUP_B]),
        ],
        routers=[router(41, GATEWAY, routes=routes)],
        router_interfaces=[interface(item) for item in interfaces],
        security_groups=[group(51, rules[0]), group(52, rules[1])],
        security_group_rules=rules,
        pools=[pool(61, SUB_A), pool(62, SUB_B)],
        members=[member(63, POOL_A), member(64, POOL_B)],
        vips=[vip(65, POOL_A, "10.0.1.8", SUB_A)],
        health_monitors=[monitor(71, POOL_A, POOL_B)],
        floating_ips=[
            floating_ip(
                81,
                "10.0.3.8",
                floating_network_id=NET_EXT,
                router_id=ROUTER,
                fixed_ip_address="10.0.1.5",
                port_id=VM_A,
            )
        ],
    )
