"""The parts of the 5.x stand-in that need no server: mapping, validation, negotiation, links, tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from midonet_lab.midonet5.api.beans import Bean, encode
from midonet_lab.midonet5.api.fragments import default_policy, policy_violation
from midonet_lab.midonet5.api.json_types import Boolean, Integer, Range, Text, Unmappable, Uuid
from midonet_lab.midonet5.api.links import Link
from midonet_lab.midonet5.api.negotiation import (
    annotated_accept,
    annotated_content,
    generic_accept,
    generic_content,
)
from midonet_lab.midonet5.api.replies import ApiError
from midonet_lab.midonet5.api.resources import build_router
from midonet_lab.midonet5.api.resources.vteps import vxlan_port_id
from midonet_lab.midonet5.api.rule_conversion import rule_from_store, rule_to_store
from midonet_lab.midonet5.api.store_values import (
    Inconvertible,
    ip_to_store,
    mac_number,
    mask_from_store,
    mask_to_store,
)
from midonet_lab.midonet5.api.tables import Tables, neutron
from midonet_lab.midonet5.topology.tables import schema_of

OFFERS = ("application/vnd.org.midonet.Bridge-v4+json", "application/json")
UPPER = "B0000001-0000-4000-8000-00000000000A"
TARGET = {"addressFrom": "10.0.0.1", "addressTo": "10.0.0.1", "portFrom": 0, "portTo": 0}


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (OFFERS[0], OFFERS[0]),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/json;q=0.5", "application/json"),
        (None, 406),
        ("", 406),
        ("application/json, */*", 406),
        ("application/*", 500),
        ("application/vnd.org.midonet.Bridge-v3+json", 406),
    ],
)
def test_generic_methods_take_exactly_one_acceptable_type(accept: str | None, answer: str | int) -> None:
    """new 1.4, first mechanism."""
    if isinstance(answer, str):
        assert generic_accept(accept, OFFERS) == answer
        return
    with pytest.raises(ApiError) as caught:
        generic_accept(accept, OFFERS)
    assert caught.value.reply.status == answer


def test_annotated_methods_choose_from_a_list() -> None:
    """new 1.4, second mechanism: the best of several, anything without a header, 406 and 415."""
    assert annotated_accept("text/plain, application/json;q=0.1", OFFERS) == "application/json"
    assert annotated_accept("application/json;q=0.1, */*", OFFERS) == OFFERS[0]
    assert annotated_accept(None, OFFERS) == OFFERS[0]
    with pytest.raises(ApiError) as caught:
        annotated_accept("text/plain, application/json;q=0", OFFERS)
    assert caught.value.reply.status == 406
    annotated_content("application/json; charset=UTF-8", OFFERS)
    with pytest.raises(ApiError) as caught:
        annotated_content("text/plain", OFFERS)
    assert caught.value.reply.status == 415
    with pytest.raises(ApiError) as caught:
        generic_content("application/vnd.org.midonet.Router-v3+json", OFFERS)
    assert caught.value.reply.status == 406


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        (Text(), 5, "5"),
        (Text(), True, "true"),
        (Uuid(), UPPER, UPPER.lower()),
        (Uuid(), f" {UPPER} ", UPPER.lower()),
        (Uuid(), "", None),
        (Integer(), "6", 6),
        (Integer(), 6.9, 6),
        (Integer(), "", 0),
        (Integer(primitive=False), "", None),
        (Boolean(), "true", True),
        (Boolean(), 1, True),
        (Boolean(), "", False),
        (Range(), {"start": 1}, {"start": 1, "end": None}),
    ],
)
def test_json_values_are_mapped_as_leniently_as_by_the_real_mapper(kind: Any, sent: Any, value: Any) -> None:
    """new 1.6."""
    assert kind.decode(sent) == value


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        (Text(), [], "java.lang.String out of START_ARRAY"),
        (Uuid(), "1-2-3-4-5", "36-char"),
        (Uuid(), 5, "String value '5'"),
        (Uuid(), {}, "java.util.UUID out of START_OBJECT"),
        (Integer(), 2**31, "out of range of int"),
        (Integer(), "x", "not a valid int"),
        (Integer(), True, "int out of VALUE_TRUE"),
        (Boolean(), "maybe", 'only "true" or "false"'),
        (Range(), 80, "Integral number (80)"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_mappers_words(kind: Any, sent: Any, words: str) -> None:
    """new 1.5: 400."""
    with pytest.raises(Unmappable) as caught:
        kind.decode(sent)
    assert words in caught.value.message


def test_null_is_zero_for_a_primitive_and_the_default_only_for_an_absent_property() -> None:
    """new 1.6: adminStateUp null -> false, absent -> true."""
    bridge = Tables("5.2.1")["bridge"]
    assert bridge.decode({})["adminStateUp"] is True
    assert bridge.decode({"adminStateUp": None})["adminStateUp"] is False
    assert bridge.decode({"nosuch": 1, "id": UPPER})["id"] == UPPER.lower()


def test_the_discriminator_is_written_twice_where_the_real_server_does() -> None:
    """new 1.6: bridge ports and rules, not router ports."""
    members = Tables("5.2.1").ports.members

    def shown(kind: str) -> bytes:
        bean: Bean = members[kind]
        return encode(bean.show(bean.new() | {"type": kind}, "http://x"))

    assert shown("Bridge").startswith(b'{"type":"Bridge",')
    assert shown("Bridge").count(b'"type":') == 2
    assert shown("Router").count(b'"type":') == 1
    assert json.loads(shown("Bridge"))["type"] == "Bridge"


def test_links_need_all_their_values_and_encode_names() -> None:
    """A null id gives a null link; names are encoded; placeholders stay."""
    link = Link("x", "/vteps/{id}/bindings/{port!}/{{vlanId}}")
    assert link.uri("B", {"id": "1", "port": "xe-0/0"}) == "B/vteps/1/bindings/xe-0%2F0/{vlanId}"
    assert link.uri("B", {"id": None, "port": "p"}) is None


def rule(**values: Any) -> dict[str, Any]:
    """What the policy looks at."""
    return {"fragmentPolicy": None, "tpSrc": None, "tpDst": None} | values


@pytest.mark.parametrize(
    ("values", "default", "allowed"),
    [
        (rule(), "any", "any header nonheader unfragmented"),
        (rule(tpDst={}), "header", "header unfragmented"),
        (rule(natTargets=[TARGET]), "any", "any header nonheader unfragmented"),
        (rule(natTargets=[TARGET], tpSrc={}), "unfragmented", "unfragmented"),
        (rule(natTargets=[TARGET, TARGET]), "unfragmented", "unfragmented"),
        (rule(natTargets=[TARGET | {"portTo": 1}]), "unfragmented", "unfragmented"),
        (rule(natTargets=[TARGET | {"addressTo": "10.0.0.2"}]), "unfragmented", "unfragmented"),
    ],
)
def test_fragment_policies_follow_the_table(values: dict[str, Any], default: str, allowed: str) -> None:
    """new 2.13."""
    assert default_policy(values) == default
    policies = ("any", "header", "nonheader", "unfragmented")
    fine = [policy for policy in policies if not list(policy_violation(values | {"fragmentPolicy": policy}))]
    assert fine == allowed.split()


def test_addresses_and_masks_become_what_the_store_keeps() -> None:
    """IPv6 in eight groups; masks as numbers; bad texts are refused."""
    assert ip_to_store("2001:db8::18")["address"] == "2001:db8:0:0:0:0:0:18"
    assert ip_to_store("10.0.0.1") == {"version": "V4", "address": "10.0.0.1"}
    for text in ("10.0.0.0/24", "10.0.0.300", "x", ":::"):
        with pytest.raises(Inconvertible):
            ip_to_store(text)
    assert mask_from_store(mask_to_store("ffff.ff00.0000")) == "ffff.ff00.0000"
    assert mask_from_store(-1) == "ffff.ffff.ffff"
    assert mac_number("0:1:2:3:4:5") == mac_number("00:01:02:03:04:05")


def test_the_id_of_a_vxlan_port_is_derived() -> None:
    """The example of new 2.5."""
    found = vxlan_port_id("8f2a4c0e-b3d5-41f7-892b-3d45f7091b8a", "2e8f4a60-71bd-4e0c-a3d9-5c6b7f8091a2")
    assert found == "a1a5066e-c268-4ffb-aaf2-612e88898a28"


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_stored_field_exists_in_the_stores_tables(version: Any) -> None:
    """No class writes a field that its version of the store does not know."""
    tables, schema = Tables(version), schema_of(version)
    beans = [*tables.beans.values(), *tables.ports.members.values(), *tables.rules.members.values()]
    for bean in beans:
        if bean.stored_class and bean.stored_class != "Rule":
            assert bean.fields <= set(schema.message(bean.stored_class).fields), bean.name
    assert tables.condition.fields <= set(schema.message("Condition").fields)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_generic_resource_has_both_or_all_three_methods(version: Any) -> None:
    """So that what is not offered answers 405, or 500 in 5.0.2."""
    router = build_router(Tables(version))
    for path, methods in {
        "/bridges": {"GET", "POST"},
        "/bridges/1": {"GET", "PUT", "DELETE"},
        "/rules": {"GET", "POST"},
        "/chains/1": {"GET", "PUT", "DELETE"},
    }.items():
        match = router.match(path)
        assert match is not None
        assert set(match[0]) == methods
    assert router.knows_root("/bridges/x/y/z")
    assert router.match("/bridges/x/y/z") is None
    assert router.knows_root("/service_containers") is (version == "5.2.1")


def test_a_trace_rule_is_stored_without_its_request() -> None:
    """It reads back as null, with limit 0 (new 2.13)."""
    tables = Tables("5.2.1")
    bean, values = tables.rules.decode({"type": "trace", "requestId": UPPER, "limit": 5, "id": UPPER})
    values["fragmentPolicy"] = "any"
    stored = rule_to_store(tables.condition, values)
    assert "trace_rule_data" not in stored
    shown = rule_from_store(bean, tables.condition, stored)
    assert (shown["requestId"], shown["limit"]) == (None, 0)


def test_neutron_objects_are_shown_however_little_of_them_was_sent() -> None:
    """The importer keeps nested messages that lack what they need (imp 2.1); nulls are written out."""
    port = {
        "id": UPPER.lower(),
        "device_owner": "REMOTE_SITE",
        "profile": {},
        "fixed_ips": [{}],
        "allowed_address_pairs": [{"mac_address": "52:54:00:00:00:01"}],
    }
    shown = neutron.show(neutron.PORT, port)
    assert shown["device_owner"] == "network:remote_site"
    assert shown["binding:profile"] == {"interface_name": None}
    assert shown["fixed_ips"] == [{"ip_address": None, "subnet_id": None}]
    assert shown["allowed_address_pairs"] == [{"ip_address": None, "mac_address": "52:54:00:00:00:01"}]
    router = neutron.show(neutron.ROUTER, {"routes": [{}]})
    assert router["routes"] == [{"destination": None, "nexthop": None}]
    pools = neutron.show(neutron.SUBNET, {"allocation_pools": [{}]})["allocation_pools"]
    assert pools == [{"start": None, "end": None}]
