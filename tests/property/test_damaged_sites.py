"""A site with rows missing, doubled or emptied anywhere still gives a complete and valid plan."""

from __future__ import annotations

import random
import uuid
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_lab.sites.generator import SIZES, generate_with_dicts
from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.plan import Bucket, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.ledger import check_ledger
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.tasks import Existing, validate_rows
from neutron_builders import interface

NULLABLE = {
    "networks": ("tenant_id", "name", "status", "admin_state_up", "shared", "mtu"),
    "subnets": ("tenant_id", "name", "network_id", "gateway_ip", "enable_dhcp", "shared"),
    "ports": ("tenant_id", "name", "binding:host_id"),
    "routers": ("tenant_id", "name", "status", "admin_state_up", "gw_port_id", "external_gateway_info"),
    "floating_ips": ("tenant_id", "port_id", "fixed_ip_address", "router_id", "status"),
    "security_groups": ("tenant_id", "name", "description"),
    "pools": ("tenant_id", "status", "vip_id", "name", "description"),
    "members": ("tenant_id", "status"),
    "vips": ("tenant_id", "status", "name", "port_id", "address", "subnet_id", "connection_limit"),
    "health_monitors": ("tenant_id",),
}
"""Columns of Kilo's schema that may be NULL, as the dicts show them (db 1.1)."""
TEXTS = {
    "subnets": ("cidr", "gateway_ip"),
    "ports": ("mac_address", "device_owner", "device_id", "network_id"),
    "pools": ("subnet_id",),
    "members": ("address", "pool_id"),
    "vips": ("pool_id",),
    "floating_ips": ("floating_network_id", "floating_ip_address"),
}
"""Columns of free text, or without foreign key in the database (db 4)."""
NOT_IN_THE_LEDGER = frozenset({"system_state", "write_version", "host_version"})


@cache
def _made(seed: int) -> bytes:
    found = generate_with_dicts(SIZES["small"], seed, True)
    return msgspec.json.encode([found.neutron, found.site.midonet])


def _damaged(seed: int, damage: int, times: int) -> Snapshot:
    neutron: dict[str, list[JsonObject]]
    midonet: dict[str, list[JsonObject]]
    neutron, midonet = msgspec.json.decode(_made(seed))
    chance = random.Random(damage)
    for _ in range(times):
        how = chance.choice([_remove_row, _empty_column, _spoil_text, _remove_object, _double_object])
        how(chance, neutron if how in {_remove_row, _empty_column, _spoil_text} else midonet)
    neutron["router_interfaces"] = [
        interface(port) for port in neutron["ports"] if port["device_owner"] == "network:router_interface"
    ]
    left = {group["id"] for group in neutron["security_groups"]}
    neutron["security_group_rules"] = [
        rule for group in neutron["security_groups"] for rule in group["security_group_rules"]
    ] + [rule for rule in neutron["security_group_rules"] if rule["security_group_id"] not in left]
    return Snapshot(neutron=neutron, midonet=midonet, meta=SnapshotMeta())


def _some(chance: random.Random, kinds: dict[str, list[JsonObject]], among: Any) -> tuple[str, JsonObject]:
    kind = chance.choice(sorted(kind for kind in among if kinds.get(kind) and kind not in NOT_IN_THE_LEDGER))
    return kind, chance.choice(kinds[kind])


def _remove_row(chance: random.Random, neutron: dict[str, list[JsonObject]]) -> None:
    kind, item = _some(chance, neutron, NULLABLE)
    neutron[kind].remove(item)


def _empty_column(chance: random.Random, neutron: dict[str, list[JsonObject]]) -> None:
    kind, item = _some(chance, neutron, NULLABLE)
    item[chance.choice(NULLABLE[kind])] = None


def _spoil_text(chance: random.Random, neutron: dict[str, list[JsonObject]]) -> None:
    kind, item = _some(chance, neutron, TEXTS)
    item[chance.choice(TEXTS[kind])] = chance.choice(
        ["", "x", "10.0.0.300", "fd00::1", str(uuid.UUID(int=7))]
    )


def _remove_object(chance: random.Random, midonet: dict[str, list[JsonObject]]) -> None:
    kind, item = _some(chance, midonet, midonet)
    midonet[kind].remove(item)


def _double_object(chance: random.Random, midonet: dict[str, list[JsonObject]]) -> None:
    """The same once more under another id: the 1.9 API takes most things twice."""
    kind, item = _some(chance, midonet, midonet)
    if "id" in item:
        midonet[kind].append(item | {"id": str(uuid.UUID(int=chance.getrandbits(128), version=4))})


@settings(max_examples=80)
@given(
    st.integers(0, 3),
    st.integers(0, 1_000_000),
    st.integers(1, 6),
    st.sampled_from(["5.0.2", "5.2.1", "5.4.6"]),
)
def test_whatever_is_broken_the_plan_is_complete_and_blocks_nothing(
    seed: int, damage: int, times: int, version: Any
) -> None:
    snapshot = _damaged(seed, damage, times)
    plan = build_plan(snapshot, PlanOptions(target_version=version))
    check_ledger(snapshot, plan.ledger)
    hosts = {str(host["name"]): str(host["id"]) for host in snapshot.midonet["host"]}
    assert validate_rows(plan.tasks, version, Existing(hosts=hosts)) == []


NEVER_NULL = (
    ("ad_route", "prefixLength"),
    ("bgp", "localAS"),
    ("dhcp_subnet", "subnetPrefix"),
    ("dhcp_subnet", "subnetLength"),
    ("dhcp_v6_subnet", "prefix"),
    ("dhcp_v6_subnet", "prefixLength"),
    ("ip_addr_group_addr", "addr"),
    ("pool_member", "protocolPort"),
    ("rule", "chainId"),
    ("vip", "protocolPort"),
)
"""Members that 1.9 always shows."""


@pytest.mark.parametrize(("kind", "member"), NEVER_NULL)
def test_a_null_that_no_1_9_shows_costs_the_object_and_not_the_plan(kind: str, member: str) -> None:
    """What cannot be read is left out, and says so; nothing is sent without it."""
    for index in (0, 1, -1):
        snapshot = _damaged(1, 0, 0)
        item = snapshot.midonet[kind][index]
        item[member] = None
        plan = build_plan(snapshot, PlanOptions(target_version="5.2.1"))
        check_ledger(snapshot, plan.ledger)
        key = object_key(kind, item)
        (entry,) = (entry for entry in plan.ledger if (entry.kind, entry.id) == (kind, key))
        assert entry.bucket in {Bucket.UNSUPPORTED, Bucket.SKIPPED} or not entry.owner.startswith("user")
        assert not [request for request in plan.objects if (request.kind, request.id) == (kind, key)]


@pytest.mark.parametrize(("kind", "member"), [("chain", "id"), ("port_link", "peerId"), ("rule", "id")])
def test_an_object_without_its_id_is_an_error_that_names_it(kind: str, member: str) -> None:
    """Nothing could refer to it, and no bucket hold it."""
    snapshot = _damaged(1, 0, 0)
    snapshot.midonet[kind][0][member] = None
    with pytest.raises(IntegrityFailed, match=f"A {kind.replace('_', ' ')} of the old site has no {member}"):
        build_plan(snapshot, PlanOptions(target_version="5.2.1"))
