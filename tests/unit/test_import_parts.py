"""Parts of the lab's importer that need no server: texts to values, JSON to messages, rows (imp 1.5, 2)."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_lab.midonet5.importer import ImporterFailure, lines
from midonet_lab.midonet5.importer.building import UNSET, build
from midonet_lab.midonet5.importer.deserializer import clean_key, deserialize
from midonet_lab.midonet5.importer.java_values import parse_address, parse_subnet, parse_uuid
from midonet_lab.midonet5.importer.rows import transactions, validate
from midonet_lab.midonet5.importer.settings import ImporterSettings, check_settings
from midonet_lab.midonet5.importer.subnets import contains
from midonet_lab.midonet5.topology.tables import schema_of

SCHEMA = schema_of("5.2.1")


def port(**members: Any) -> dict[str, Any]:
    """A port's message from its JSON members."""
    return deserialize(SCHEMA, "NeutronPort", json.dumps(members))


@given(st.uuids())
def test_a_uuid_in_its_usual_form_stays(value: UUID) -> None:
    """Upper case becomes lower case."""
    assert parse_uuid(str(value)) == parse_uuid(str(value).upper()) == str(value)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1-2-3-4-5", "00000001-0002-0003-0004-000000000005"),
        ("1-2-3-4-5-", "00000001-0002-0003-0004-000000000005"),
        ("100000001-0-0-0-0", "00000001-0000-0000-0000-000000000000"),
    ],
)
def test_groups_of_a_uuid_may_be_short_or_long(text: str, result: str) -> None:
    """``java.util.UUID.fromString`` shifts and cuts."""
    assert parse_uuid(text) == result


@pytest.mark.parametrize("text", ["", "null", "a" * 32, "1-2-3-4", "1-2-3-4-5-6", "1-2-3-4-xyz", "1--3-4-5"])
def test_what_is_no_uuid_is_refused(text: str) -> None:
    """Five groups of hex digits."""
    with pytest.raises(ImporterFailure):
        parse_uuid(text)


@given(st.ip_addresses(v=4))
def test_ipv4_addresses(address: IPv4Address) -> None:
    """As they are written."""
    assert parse_address(str(address)) == {"version": "V4", "address": str(address)}


@given(st.ip_addresses(v=6))
def test_ipv6_addresses_are_expanded_without_zeros_in_front(address: IPv6Address) -> None:
    """Eight groups, whatever the short form was."""
    parsed = parse_address(str(address))
    assert parsed["version"] == "V6"
    assert parsed["address"].count(":") == 7
    assert IPv6Address(parsed["address"]) == address


@pytest.mark.parametrize(
    ("text", "version", "address", "length"),
    [
        ("10.0.0.7/24", "V4", "10.0.0.7", 24),
        ("10.0.0.7", "V4", "10.0.0.7", 32),
        ("0.0.0.0/0", "V4", "0.0.0.0", 0),
        ("fd00::/64", "V6", "fd00:0:0:0:0:0:0:0", 64),
        ("fd00::_64", "V6", "fd00:0:0:0:0:0:0:0", 64),
        ("fd00::1", "V6", "fd00:0:0:0:0:0:0:1", 128),
    ],
)
def test_subnets_keep_their_host_bits(text: str, version: str, address: str, length: int) -> None:
    """The length may be missing."""
    assert parse_subnet(text) == {"version": version, "address": address, "prefix_length": length}


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/33",
        "10.0.0/24",
        "10.0.0.256/24",
        "fd00::/129",
        "x",
        "10.0.0.0/",
        "::ffff:10.0.0.0/120",
        "fe80::%eth0/64",
    ],
)
def test_what_is_no_subnet_is_refused(text: str) -> None:
    """Both versions; with a dot it is IPv4, whatever else is in it, and there are no zones (imp 2.2)."""
    with pytest.raises(ImporterFailure):
        parse_subnet(text)


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4))
def test_containment_ignores_host_bits(network: IPv4Address, length: int, address: IPv4Address) -> None:
    """An address is inside if the bits of the prefix agree."""
    subnet = {"version": "V4", "address": str(network), "prefix_length": length}
    assert contains(subnet, str(address)) == (int(network) >> (32 - length) == int(address) >> (32 - length))
    assert contains(subnet, str(network))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("router:external", "external"),
        ("binding:host_id", "host_id"),
        ("a:b:c-d", "c_d"),
        ("name", "name"),
        ("x:", "x"),
    ],
)
def test_keys_lose_their_prefix_and_dashes(key: str, name: str) -> None:
    """What follows the last colon counts."""
    assert clean_key(key) == name


def test_null_and_empty_text_leave_a_field_unset_and_unknown_keys_are_ignored() -> None:
    """At every level (imp 2.1)."""
    assert port(name="", device_id=None, mtu=1500, fixed_ips=[{"ip_address": "10.0.0.1", "x": 1}]) == {
        "fixed_ips": [{"ip_address": {"version": "V4", "address": "10.0.0.1"}}]
    }


def test_of_equal_keys_the_last_wins_and_lists_grow() -> None:
    """Duplicates, and keys that clean up to the same name."""
    text = (
        '{"name": "a", "x:name": "b", "security_groups": ["1-0-0-0-1"], '
        '"security-groups": ["1-0-0-0-2"]} tail'
    )
    assert deserialize(SCHEMA, "NeutronPort", text) == {
        "name": "b",
        "security_groups": ["00000001-0000-0000-0000-000000000001", "00000001-0000-0000-0000-000000000002"],
    }


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (True, True),
        (1, True),
        (0, False),
        (2.5, True),
        ("true", True),
        ("True", False),
        ("1", False),
        ([], False),
    ],
)
def test_booleans(value: Any, result: bool) -> None:
    """Only real ones, numbers and the text ``true`` (imp 2.2)."""
    assert port(admin_state_up=value) == {"admin_state_up": result}


@pytest.mark.parametrize(
    ("value", "result"),
    [(5, 5), (5.9, 5), ("7", 7), ("x", 0), (True, 1), (1 << 32, 0), (-1, -1), ({}, 0), ("99999999999", 0)],
)
def test_integers(value: Any, result: int) -> None:
    """Cut to 32 bits; what is no number is 0."""
    assert deserialize(SCHEMA, "SecurityGroupRule", json.dumps({"port_range_min": value})) == {
        "port_range_min": result
    }


def test_a_negative_number_in_an_unsigned_field_wraps() -> None:
    """There is no range check."""
    assert deserialize(SCHEMA, "NeutronSubnet", '{"ip_version": -1}') == {"ip_version": 0xFFFF_FFFF}


@pytest.mark.parametrize(
    ("value", "result"), [(5, "5"), (True, "true"), ({"a": 1}, ""), ([1], ""), (1.5, "1.5")]
)
def test_texts(value: Any, result: str) -> None:
    """Scalars become their text, the rest an empty one."""
    assert port(name=value) == {"name": result}


@pytest.mark.parametrize(
    ("owner", "result"),
    [
        ("compute:nova", "COMPUTE"),
        ("compute:", "COMPUTE"),
        ("network:dhcp", "DHCP"),
        ("neutron:LOADBALANCER", "LOADBALANCER"),
    ],
)
def test_device_owners(owner: str, result: str) -> None:
    """Any ``compute:`` is a VIF's; the others by what follows the colon."""
    assert port(device_owner=owner) == {"device_owner": result}


def test_a_value_of_a_later_version_is_no_value() -> None:
    """The text of the failure names value and enum."""
    with pytest.raises(ImporterFailure) as failure:
        deserialize(schema_of("5.0.2"), "NeutronPort", '{"device_owner": "network:remote_site"}')
    assert "\n".join(lines(failure.value)) == (
        "org.midonet.cluster.services.c3po.NeutronDeserializationException: "
        "Value REMOTE_SITE not found in enum DeviceOwner."
    )


def test_lists_take_the_members_of_an_object_and_nothing_of_a_scalar() -> None:
    """And null inside a list is no skipped member (imp 2.2)."""
    assert port(security_groups={"a": "1-1-1-1-1"}) == {"security_groups": [parse_uuid("1-1-1-1-1")]}
    assert port(security_groups="1-1-1-1-1") == {}
    assert port(extra_dhcp_opts=[None, 5]) == {"extra_dhcp_opts": [{}, {}]}
    with pytest.raises(ImporterFailure):
        port(security_groups=[None])


@pytest.mark.parametrize("text", ["[]", "null", "5", '"x"'])
def test_a_root_that_is_no_object_gives_an_empty_message(text: str) -> None:
    """Which fails later, for want of an id."""
    assert deserialize(SCHEMA, "NeutronNetwork", text) == {}


@pytest.mark.parametrize(
    "text", ["{", '{"id": ', "{'id': 1}", '{"a" 1}', '{"a": NaN}', "nope", '{"a": 1,}', " "]
)
def test_broken_json_is_refused(text: str) -> None:
    """With the parser's reason behind it."""
    with pytest.raises(ImporterFailure) as failure:
        deserialize(SCHEMA, "NeutronNetwork", text)
    cause, wrapped = lines(failure.value)
    assert cause.startswith("com.fasterxml.jackson.core.JsonParseException: ")
    assert wrapped.endswith("NeutronDeserializationException: Could not parse JSON.")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_the_json_either_a_message_or_the_importers_failure(value: Any) -> None:
    """No other exception leaves the deserializer."""
    members = dict.fromkeys(SCHEMA.message("NeutronPort").fields, value)
    try:
        result = deserialize(SCHEMA, "NeutronPort", json.dumps({"fixed_ips": value, **members}))
    except ImporterFailure:
        return
    assert set(result) <= set(members)


def test_rows_are_grouped_by_runs_of_equal_transaction_ids() -> None:
    """Interleaved transactions fall apart; the empty id is one, too."""
    rows = [
        validate((number, "CREATE", "NETWORK", None, name, "{}"), "5.2.1")
        for number, name in enumerate("aabba", 1)
    ]
    assert [[row.task_id for row in run] for run in transactions(rows)] == [[1, 2], [3, 4], [5]]


def test_an_unset_reference_fails_where_it_is_built_in() -> None:
    """The text names the fields that protobuf misses, in the order of their numbers."""
    with pytest.raises(ImporterFailure) as failure:
        build(
            SCHEMA, "Dhcp", id=UNSET, opt121_routes=[{"gateway": UNSET}], subnet_address=UNSET, enabled=None
        )
    assert failure.value.message == (
        "Message missing required fields: id.msb, id.lsb, subnet_address.version, "
        "opt121_routes[0].gateway.version, opt121_routes[0].gateway.address"
    )
    assert build(SCHEMA, "Dhcp", enabled=None, hosts=[], interface_mtu=0) == {"interface_mtu": 0}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Could not load JDBC driver class: com.mysql.jdbc.Driver."),
        (
            {"jdbc_driver_class": " "},
            "Config parameter cluster.neutron_importer.jdbc_driver_class not defined.",
        ),
        (
            {"connection_string": " "},
            "Config parameter cluster.neutron_importer.connection_string not defined.",
        ),
        ({"jdbc_driver_class": "java.lang.String"}, "does not implement java.sql.Driver"),
        (
            {"jdbc_driver_class": "org.mariadb.jdbc.Driver", "connection_string": "mysql://h/neutron"},
            "is not a valid connection string for the specified JDBC driver.",
        ),
        (
            {
                "jdbc_driver_class": "org.mariadb.jdbc.Driver",
                "connection_string": "jdbc:mysql://h:port/neutron",
            },
            "is not a valid connection string for the specified JDBC driver.",
        ),
    ],
)
def test_settings_the_importer_does_not_start_with(changes: dict[str, str], text: str) -> None:
    """It holds the latch all the same (imp 1.8, 4.1)."""
    usual = ImporterSettings("h", "jdbc:mysql://h:3306/neutron")
    with pytest.raises(ImporterFailure, match=text):
        check_settings(replace(usual, **changes))  # type: ignore[arg-type]


def test_a_connection_string_of_either_scheme_leads_to_the_database() -> None:
    """Port and host have defaults; the password does not show."""
    for scheme in ("mysql", "mariadb"):
        settings = ImporterSettings(
            "h",
            f"jdbc:{scheme}://192.0.2.1:3307/neutron?useSSL=false",
            "org.mariadb.jdbc.Driver",
            password="secret",
        )
        target = check_settings(settings)
        assert (target.host, target.port, target.database) == ("192.0.2.1", 3307, "neutron")
        assert "secret" not in repr(settings)
