"""Object plans of arbitrary sites: nothing is forgotten, every reference is met in order."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, Outcome, PlanOptions
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.objects import plan_objects
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.tasks import plan_tasks
from object_plans import Version, bind, check_plan, hand_bridge, hand_host, plan_of
from old_site import TENANT, OldSite
from old_site.rich import rich_site

VERSIONS: list[Version] = ["5.0.2", "5.2.1", "5.4.6"]


class Hand:
    """Somebody who makes objects of all kinds, with references to anything, also to what is not there."""

    def __init__(self, seed: int) -> None:
        self.choice = random.Random(seed)
        self.site = rich_site()
        self.hosts = [hand_host(self.site, f"h{number}") for number in range(2)]
        self.zone = self.site.add("tunnel_zone", name="main", type="vxlan")

    def any_of(self, *kinds: str) -> str:
        ids = [
            item["id"] for kind in kinds for item in self.site.midonet[kind] if item.get("type") != "Vxlan"
        ]
        return str(self.choice.choice([*ids, self.site.id()]))

    def maybe(self, value: Any) -> Any:
        return value if self.choice.random() < 0.5 else None

    def act(self) -> None:
        """Make one object."""
        self.choice.choice(
            [
                self.bridge,
                self.router,
                self.chain,
                self.rule,
                self.rule,
                self.bridge_port,
                self.router_port,
                self.link,
                self.route,
                self.group,
                self.member,
                self.bgp,
                self.balancing,
                self.dhcp,
                self.entries,
                self.binding,
                self.trace,
                self.change,
            ]
        )()

    def bridge(self) -> None:
        hand_bridge(self.site, inboundFilterId=self.maybe(self.any_of("chain")))

    def router(self) -> None:
        balancer = self.maybe(self.any_of("load_balancer"))
        self.site.router_object(
            "r", TENANT, outboundFilterId=self.maybe(self.any_of("chain")), loadBalancerId=balancer
        )

    def chain(self) -> None:
        self.site.chain("c")

    def rule(self) -> None:
        chain = self.any_of("chain")
        count = len(self.site.rules_of({"id": chain}))
        members: JsonObject = {
            "inPorts": [self.any_of("port") for _ in range(self.choice.randrange(3))],
            "invInPorts": self.choice.random() < 0.3,
            "portGroup": self.maybe(self.any_of("port_group")),
            "ipAddrGroupSrc": self.maybe(self.any_of("ip_addr_group")),
            "condInvert": self.choice.random() < 0.2,
            "nwProto": self.choice.choice([0, 6]),
            "tpDst": self.maybe({"start": self.choice.randrange(9), "end": self.choice.randrange(9)}),
            "type": self.choice.choice(["accept", "drop", "jump", "return"]),
        }
        if members["type"] == "jump":
            members["jumpChainId"] = self.maybe(self.any_of("chain"))
        self.site.hand_rule({"id": chain}, self.choice.randrange(count + 1), **members)

    def bridge_port(self) -> None:
        self.site.bridge_port(self.any_of("bridge"), inboundFilterId=self.maybe(self.any_of("chain")))

    def router_port(self) -> None:
        self.site.router_port(self.any_of("router"), "10.7.0.0/24", "10.7.0.1")

    def link(self) -> None:
        free = [item for item in self.site.midonet["port"] if not item.get("peerId")]
        if len(free) > 1:
            self.site.link(*self.choice.sample(free, 2))

    def route(self) -> None:
        kind = self.choice.choice(["Normal", "BlackHole"])
        port = self.any_of("port") if kind == "Normal" else None
        self.site.route(self.any_of("router"), ("172.16.0.0", 12), port, type=kind)

    def group(self) -> None:
        self.site.add("port_group", name="g", tenantId=TENANT, stateful=False)
        group = self.site.add("ip_addr_group", name="g")
        self.site.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr="192.0.2.1", version=6)

    def member(self) -> None:
        key = {"portGroupId": self.any_of("port_group"), "portId": self.any_of("port")}
        if key not in self.site.midonet["port_group_port"]:
            self.site.add("port_group_port", **key)

    def bgp(self) -> None:
        session = self.site.add(
            "bgp",
            portId=self.any_of("port"),
            localAS=self.choice.choice([65001, 65002]),
            peerAS=65100,
            peerAddr="10.7.0.9",
        )
        self.site.add("ad_route", bgpId=session["id"], nwPrefix="203.0.113.0", prefixLength=24)

    def balancing(self) -> None:
        balancer = self.site.add("load_balancer", routerId=None, adminStateUp=True)
        pool = self.site.add(
            "pool",
            loadBalancerId=self.choice.choice([balancer["id"], self.any_of("load_balancer")]),
            healthMonitorId=self.maybe(self.any_of("health_monitor")),
            adminStateUp=True,
        )
        for kind in ("pool_member", "vip"):
            self.site.add(
                kind,
                poolId=self.choice.choice([pool["id"], self.any_of("pool")]),
                address="10.7.0.5",
                protocolPort=80,
                weight=self.choice.randrange(2),
                adminStateUp=self.choice.random() < 0.5,
            )

    def dhcp(self) -> None:
        bridge = self.any_of("bridge")
        third = self.choice.randrange(256)
        taken = {(item["@bridgeId"], item["subnetPrefix"]) for item in self.site.midonet["dhcp_subnet"]}
        prefix = f"10.7.{third}.0"
        if (bridge, prefix) not in taken:
            place = {"@bridgeId": bridge}
            self.site.add("dhcp_subnet", subnetPrefix=prefix, subnetLength=24, **place)
            host = {"macAddr": self.site.mac("02:00:00"), "ipAddr": f"10.7.{third}.9", "name": "x"}
            self.site.add("dhcp_host", **host, **place, **{"@subnet": f"{prefix}_24"})

    def entries(self) -> None:
        port = self.choice.choice(self.site.midonet["port"])
        place = {"@bridgeId": self.any_of("bridge"), "@persistent": True}
        mac = self.site.mac("02:00:01")
        self.site.add("mac_port", macAddr=mac, portId=port["id"], vlanId=0, **place)
        self.site.add("ip4_mac_pair", ip="10.7.0.9", macAddr=mac, **place)

    def binding(self) -> None:
        port = self.choice.choice(self.site.midonet["port"])
        host = self.choice.choice([*self.hosts, {"id": self.site.id()}])
        key = (host["id"], port["id"])
        known = {(item["hostId"], item["portId"]) for item in self.site.midonet["host_interface_port"]}
        if key not in known and not port.get("peerId"):
            bind(self.site, port, host, self.choice.choice(["eth1", "eth2", ""]))

    def trace(self) -> None:
        kind = self.choice.choice(["ROUTER", "BRIDGE", "PORT"])
        self.site.add(
            "trace_request",
            name="t",
            deviceType=kind,
            deviceId=self.any_of(kind.lower()),
            condition={"inPorts": [self.any_of("port")], "nwTos": 0},
            enabled=False,
        )

    def change(self) -> None:
        """A change to something, of whoever it is."""
        kind = self.choice.choice(["bridge", "router", "port"])
        item = self.choice.choice(self.site.midonet[kind])
        field = self.choice.choice(["inboundFilterId", "outboundFilterId", "adminStateUp"])
        item[field] = False if field == "adminStateUp" else self.maybe(self.any_of("chain"))


def any_snapshot(seed: int, count: int) -> Snapshot:
    hand = Hand(seed)
    for _ in range(count):
        hand.act()
    return hand.site.snapshot()


SITES = st.builds(any_snapshot, st.integers(0, 2**32), st.integers(1, 40))


@settings(max_examples=80, deadline=None)
@given(SITES, st.sampled_from(VERSIONS))
def test_every_object_has_an_end_and_every_reference_is_met(snapshot: Snapshot, version: Version) -> None:
    check_plan(snapshot, plan_of(snapshot, version), version)


@settings(max_examples=30, deadline=None)
@given(SITES, st.integers(0, 2**32))
def test_plan_does_not_depend_on_the_order_of_input(snapshot: Snapshot, seed: int) -> None:
    expected = plan_of(snapshot)
    choice = random.Random(seed)
    for objects in (snapshot.midonet, snapshot.neutron):
        for kind, items in objects.items():
            if kind != "rule":
                objects[kind] = choice.sample(items, len(items))
    found = plan_of(snapshot)
    assert found.objects == expected.objects
    assert found.outcomes == expected.outcomes


@settings(max_examples=30, deadline=None)
@given(SITES, st.integers(0, 2**32))
def test_what_others_took_is_passed_on_and_never_planned(snapshot: Snapshot, seed: int) -> None:
    choice = random.Random(seed)
    owners = classify(snapshot).owners
    keys = choice.sample(sorted(owners), 10)
    taken = {key: Outcome(Bucket.CONVERTED, "elsewhere", "another conversion has it") for key in keys}
    plan = plan_of(snapshot, taken=taken)
    assert {key: plan.outcomes[key] for key in keys} == taken
    posted = {(item.kind, item.id) for item in plan.objects if item.method == "POST"}
    assert not posted & set(keys)


@settings(max_examples=40, deadline=None)
@given(SITES, st.sampled_from(VERSIONS))
def test_every_rule_is_explained_in_the_manual(snapshot: Snapshot, version: Version) -> None:
    plan = plan_of(snapshot, version)
    rules = {outcome.rule for outcome in plan.outcomes.values()} | {item.rule for item in plan.findings}
    manual = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
    assert {rule for rule in rules if rule and f"`{rule}`" not in manual} == set()


def test_planning_is_linear() -> None:
    """Four times the ports and rules take about four times as long, when nobody disturbs."""

    def seconds(ports: int) -> float:
        site = OldSite()
        chain = site.chain("c")
        bridge = hand_bridge(site)
        network = site.network()
        subnet = site.subnet(network, "10.0.0.0/16")
        group = site.security_group()
        inside = site.find("chain", name=f"OS_SG_{group['id']}_INGRESS")
        for number in range(ports):
            port = site.bridge_port(bridge["id"], inboundFilterId=chain["id"])
            site.hand_rule(chain, type="drop", inPorts=[port["id"]])
            site.hand_rule(inside, type="drop", inPorts=[port["id"]])
            site.vif(network, [(subnet, f"10.0.{number // 250}.{number % 250 + 2}")], [group])
        snapshot, options = site.snapshot(), PlanOptions()
        ownership, tasks = classify(snapshot), plan_tasks(snapshot, options)
        start = time.process_time()
        plan_objects(snapshot, ownership, tasks, options, taken={})
        return time.process_time() - start

    seconds(50)
    assert any(seconds(1200) < 12 * seconds(300) for _ in range(5))
