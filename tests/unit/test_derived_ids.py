"""Derived ids against the vectors measured on real servers."""

from __future__ import annotations

from uuid import UUID

import pytest

from midonet_migrate.plan import derived_ids
from midonet_migrate.plan.derived_ids import Derived, derived_id, midonet_xor

BASE = "11111111-2222-4333-8444-555555555555"
NEUTRON_PORT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
VECTORS = {
    "IN_CHAIN": "d95ca0e6-1776-4718-8a3f-6da79256bb3f",
    "OUT_CHAIN": "131851ea-0e8e-432d-9bbe-ac950851e071",
    "FORWARD_CHAIN": "c81a0dff-9f39-462d-b1a1-8fe0123f8edf",
    "ANTI_SPOOF_CHAIN": "1b6a700d-dc51-47cd-bfe8-2d9ab147f860",
    "ANTI_SPOOF_JUMP_RULE": "5adfe493-cc8c-469f-b474-1a92b2e6ef58",
    "ROUTER_INTERFACE_PORT_PEER": "8d21211f-eb3d-4c2a-8c00-c862b34e35a5",
    "TENANT_GATEWAY_PORT": "c2b54195-720d-4055-9b93-873992033c27",
    "PORT_GROUP": "2ea21f67-bd72-42c2-a148-691ae5cf3f4d",
    "ROUTER_INTERFACE_PORT_GROUP": "66f6d3f7-cf2f-4986-a010-cc8efb5cff73",
    "LOCAL_ROUTE": "02ac168a-4e2c-40c8-84ba-312b3b24de27",
    "GATEWAY_ROUTE": "7ab4ce95-9a86-4987-94e9-e6a330b2d058",
    "NETWORK_ROUTE": "dbad5950-2b19-4db2-b3d0-8f9202e98076",
    "ROUTER_INTERFACE_ROUTE": "a399baf1-e756-4451-b7e4-1e47117ee42c",
    "METADATA_SERVICE_ROUTE": "b1023f4b-37a1-452f-a316-8d35cf042f39",
    "FLOATING_IP_SNAT_RULE": "e404b9ec-33b8-48b1-85ad-e2c683df6ecb",
    "FLOATING_IP_DNAT_RULE": "f51d66d0-aa4b-49f3-9eca-394d36b7767b",
    "FLOATING_IP_REVERSE_DNAT_RULE": "8b9f7d09-41c0-401d-a048-2294dd3c1f95",
    "OUT_SNAT_RULE": "79ec7c9a-9f11-40eb-9d4d-ff1f81e3c48d",
    "OUT_DROP_UNMATCHED_FRAGMENTS_RULE": "abd86698-c41c-4550-a44d-dc86149d363a",
    "IN_REVERSE_SNAT_RULE": "839fa714-c1c2-422a-8804-b19fc523c9a1",
    "IN_DROP_WRONG_PORT_TRAFFIC_RULE": "a916418c-0d82-48ad-92f5-a10f51b3847d",
    "NON_HEADER_RULE": "822622a4-f92d-4ffd-aee2-64bde5e619ba",
    "LOAD_BALANCER": "bba3d4cf-859e-4ed9-ae83-ee5624bbb382",
    "FORWARD_CHAIN_FIREWALL_JUMP_RULE": "27efa7e7-dfb0-42d6-9ce4-5717f9445554",
    "IN_CHAIN_FIREWALL_JUMP_RULE": "d218f19d-1c8d-42d6-ab05-5717f9445557",
    "OUT_CHAIN_FIREWALL_JUMP_RULE": "0a5a73db-1c92-42d6-9562-5717f9445557",
    "L2_GATEWAY_NETWORK_PORT": "1be48805-b7bf-46cb-b5f4-7d8b44a7bb1b",
    "L2_GATEWAY_ROUTER_PORT": "4bc0d199-05e9-46ad-8440-7bb2553fd745",
    "QUAGGA_PORT": "ee589b5d-001b-49d0-ba7a-9d1defaa7428",
    "QUAGGA_CONTAINER": "754b50ea-1c34-4290-9496-d103472ebb64",
    "QUAGGA_CONTAINER_GROUP": "6c372c3c-77f8-45e1-b17d-04bc4bef6f4a",
    "BGP_NETWORK": "28d73b73-2e52-4a9a-b8d8-4f9ed5b043a9",
    "FLOATING_IP_SNAT_EXACT_RULE": "ebab96b9-958a-439f-9683-1d81fc57a722",
    "FLOATING_IP_SKIP_SNAT_OUT_RULE": "21fccd0e-cfcb-464b-99b6-4e267b9a10fa",
    "FLOATING_IP_SKIP_SNAT_IN_RULE": "6a26bdb9-1a45-4009-816f-dc30b28c9a41",
    "DST_REWRITTEN_SNAT_RULE": "e4c28010-d261-490d-993e-c763ead6f6b2",
    "SKIP_SNAT_OUT_GATEWAY_PORT_RULE": "7e81297e-67ac-41cc-aa85-1431e8b29bb3",
    "SKIP_SNAT_IN_GATEWAY_PORT_RULE": "7b79fbdb-ce5c-4346-a659-d3de2640c26e",
    "SKIP_SNAT_ACCEPT_RULE": "8592b4b8-a822-4bc8-b2be-2f1157292aff",
    "FLOAT_SNAT_EXACT_CHAIN": "ae5ab25b-6cdf-4c42-9d4a-14061e4649ce",
    "FLOAT_SNAT_CHAIN": "ab770a8c-9981-419c-9abb-4dac948b7047",
    "SKIP_SNAT_CHAIN": "66f43a8f-8438-4d2b-8b1a-cf0a658be4ae",
    "FLOAT_NAT64_CHAIN": "57cb904e-4e44-4913-8406-aac13f40f88f",
}
SECOND_BASE = "7d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a23"
SECOND_VECTORS = {
    "IN_CHAIN": "b506ada9-1fc4-4a14-951a-34af497cf449",
    "OUT_CHAIN": "7f425ca5-063c-4e21-849b-f59dd37baf07",
    "FORWARD_CHAIN": "a44000b0-978b-4b21-ae84-d6e8c915c1a9",
    "ANTI_SPOOF_CHAIN": "77307d42-d4e3-4ac1-a0cd-74926a6db716",
    "ANTI_SPOOF_JUMP_RULE": "3685e9dc-c43e-4b93-ab51-439a69cca02e",
    "ROUTER_INTERFACE_PORT_PEER": "e17b2c50-e38f-4126-9325-916a68647ad3",
    "TENANT_GATEWAY_PORT": "aeef4cda-7abf-4d59-84b6-de3149297351",
    "PORT_GROUP": "42f81228-b5c0-4fce-be6d-30123ee5703b",
    "ROUTER_INTERFACE_PORT_GROUP": "0aacdeb8-c79d-448a-bf35-95862076b005",
    "LOAD_BALANCER": "d7f9d980-8d2c-43d5-b1a6-b75eff91fcf4",
}


def test_every_kind_has_a_vector() -> None:
    assert {kind.name for kind in Derived} == set(VECTORS)


@pytest.mark.parametrize(("kind", "expected"), VECTORS.items())
def test_vector_of_each_kind(kind: str, expected: str) -> None:
    assert derived_id(Derived[kind], BASE) == expected


@pytest.mark.parametrize(("kind", "expected"), SECOND_VECTORS.items())
def test_vector_with_random_base(kind: str, expected: str) -> None:
    assert derived_id(Derived[kind], SECOND_BASE) == expected


@pytest.mark.parametrize("kind", Derived)
def test_derivation_is_its_own_inverse_and_keeps_the_version(kind: Derived) -> None:
    once = derived_id(kind, SECOND_BASE)
    assert derived_id(kind, once) == SECOND_BASE
    assert (UUID(once).version, UUID(once).variant) == (UUID(SECOND_BASE).version, UUID(SECOND_BASE).variant)


def test_ids_seen_on_a_running_cluster() -> None:
    assert (
        derived_ids.in_chain_id("77777777-0000-4000-8000-000000000003")
        == "bf3ac680-3554-442b-8e7b-38f2c703ee69"
    )
    assert derived_ids.interface_peer_id("77777777-0000-4000-8000-000000000004") == (
        "eb474779-c91f-4f19-8844-9d37e61b60f4"
    )


def test_same_subnet_snat_pair() -> None:
    peer = derived_ids.interface_peer_id(NEUTRON_PORT)
    assert peer == "369a9aa4-72a4-43d5-8599-73d908f58e1e"
    out_chain, in_chain = derived_ids.out_chain_id(BASE), derived_ids.in_chain_id(BASE)
    assert derived_ids.same_subnet_snat_rule_id(out_chain, peer) == "1e4de5f8-37c8-411d-9a89-dd0eacb56e6c"
    assert derived_ids.same_subnet_snat_rule_id(in_chain, peer) == "d40914f4-2e30-4528-8b08-1c3c36b23522"


@pytest.mark.parametrize(
    ("destination", "length", "next_hop", "expected"),
    [
        ("10.1.2.0", 24, "192.168.0.254", "1b101311-2222-432b-bbbb-aaaa95fd55ab"),
        ("192.168.7.0", 24, "10.0.0.9", "d1b91611-2222-432b-8444-55555f55555c"),
    ],
)
def test_extra_route_with_and_without_sign_extension(
    destination: str, length: int, next_hop: str, expected: str
) -> None:
    assert derived_ids.extra_route_id(BASE, destination, length, next_hop) == expected


def test_extra_route_refuses_ipv6() -> None:
    with pytest.raises(ValueError, match="2001:db8"):
        derived_ids.extra_route_id(BASE, "2001:db8::", 64, "10.0.0.1")


def test_helpers_use_the_constants_of_their_kind() -> None:
    assert derived_ids.out_chain_id(BASE) == VECTORS["OUT_CHAIN"]
    assert derived_ids.forward_chain_id(BASE) == VECTORS["FORWARD_CHAIN"]
    assert derived_ids.tenant_gateway_port_id(BASE) == VECTORS["TENANT_GATEWAY_PORT"]
    assert derived_ids.load_balancer_id(BASE) == VECTORS["LOAD_BALANCER"]
    assert derived_ids.non_header_rule_id(BASE) == VECTORS["NON_HEADER_RULE"]


def test_xor_is_a_left_fold() -> None:
    first, second, third = UUID(BASE), UUID(SECOND_BASE), UUID(NEUTRON_PORT)
    assert midonet_xor(first, second, third) == midonet_xor(midonet_xor(first, second), third)
    assert midonet_xor(first) == first
