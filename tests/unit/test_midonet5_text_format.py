"""Protobuf's text form of stored objects, as the real store writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_lab.midonet5.topology.tables import Field, Schema, Version, schema_of
from midonet_lab.midonet5.topology.text_format import UnreadableObject, text_format

VERSIONS: tuple[Version, ...] = get_args(Version)
_ADDRESS = st.fixed_dictionaries(
    {"version": st.just("V4"), "address": st.ip_addresses(v=4).map(str)},
)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_node_is_printed_as_it_was(golden: Path, version: Version) -> None:
    """Parsing and printing gives each node of a real store back byte by byte."""
    nodes = json.loads((golden / "importer" / version / "zoom.json").read_text())
    form = text_format(version)
    compared = 0
    for path, text in nodes.items():
        parts = path.split("/")
        if len(parts) == 6 and parts[3] == "models" and parts[4] != "C3POState":
            assert form.print(parts[4], form.parse(parts[4], text.encode())).decode() == text, path
            compared += 1
    assert compared > 150


def test_fields_are_printed_by_number_and_absent_ones_not_at_all() -> None:
    """The order of the dict does not matter; None and empty lists print nothing."""
    port = {
        "admin_state_up": False,
        "tunnel_key": 7,
        "port_group_ids": [],
        "peer_id": None,
        "id": "ffffffff-ffff-4fff-bfff-ffffffffffff",
        "port_address": {"version": "V4", "address": "10.0.0.1"},
    }
    assert text_format("5.2.1").print("Port", port).decode() == (
        "id {\n  msb: 18446744073709506559\n  lsb: 13835058055282163711\n}\n"
        "tunnel_key: 7\nadmin_state_up: false\n"
        'port_address {\n  version: V4\n  address: "10.0.0.1"\n}\n'
    )


def test_bytes_beyond_ascii_and_special_characters_are_escaped() -> None:
    """Octal escapes of the UTF-8 bytes, the short escapes of C."""
    name = "p\u00fablico\n\t\"quoted\" 'x' \\ \x01\x7f"
    printed = text_format("5.2.1").print("Chain", {"name": name})
    assert printed == b'name: "p\\303\\272blico\\n\\t\\"quoted\\" \\\'x\\\' \\\\ \\001\x7f"\n'
    assert text_format("5.2.1").parse("Chain", printed) == {"name": name}


def test_a_text_written_by_hand_on_one_line_is_read() -> None:
    """White space, commas and comments are free, as in every parser of the format."""
    text = b"# by hand\nid { msb: 1229782938533643059 lsb: 0x8444555555555555 }, name: 'gw' \"-1\""
    assert text_format("5.2.1").parse("Host", text) == {
        "id": "11111111-2222-4333-8444-555555555555",
        "name": "gw-1",
    }


def test_unknown_fields_are_an_error_in_5_0_only() -> None:
    """5.0.2 reads strictly, 5.2 skips what it does not know (imp 5.2)."""
    text = b'name: "h"\nbrand_new { a: 1 }\n'
    assert text_format("5.2.1").parse("Host", text) == {"name": "h"}
    with pytest.raises(UnreadableObject, match="brand_new"):
        text_format("5.0.2").parse("Host", text)


@pytest.mark.parametrize(
    "text", [b"name", b'name: "a', b"name {", b'name: "\\q"', b"}", b"id: 5", b"name: 5"]
)
def test_a_broken_text_is_refused(text: bytes) -> None:
    """Whatever is no message of the class raises one error."""
    with pytest.raises(UnreadableObject):
        text_format("5.2.1").parse("Host", text)


def test_a_field_of_a_later_version_is_refused() -> None:
    """The tables know which version has which field."""
    with pytest.raises(ValueError, match="container_weight"):
        text_format("5.0.2").print("Host", {"container_weight": 2})


def _values(schema: Schema, field: Field, depth: int) -> st.SearchStrategy[Any]:
    if field.message is not None:
        one: st.SearchStrategy[Any] = _objects(schema, field.message, depth - 1)
    elif field.enumeration is not None:
        one = st.sampled_from(sorted(field.enumeration.numbers))
    else:
        one = {
            "bool": st.booleans(),
            "string": st.text(max_size=12),
            "uuid": st.uuids(version=4).map(str),
            "ip": _ADDRESS,
            "subnet": _ADDRESS.flatmap(
                lambda address: st.integers(0, 32).map(lambda length: {**address, "prefix_length": length})
            ),
        }.get(field.kind, st.integers(0, 2**31 - 1))
    return st.lists(one, min_size=1, max_size=3) if field.repeated else one


def _objects(schema: Schema, message: str, depth: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    fields = schema.messages[message].fields
    names = [name for name, field in fields.items() if depth > 0 or field.message is None]
    chosen = st.lists(st.sampled_from(names), max_size=5, unique=True) if names else st.just([])
    return chosen.flatmap(
        lambda some: st.fixed_dictionaries({name: _values(schema, fields[name], depth) for name in some})
    )


@given(st.data())
def test_parsing_undoes_printing(data: st.DataObject) -> None:
    """For every message of every version."""
    version = data.draw(st.sampled_from(VERSIONS))
    schema = schema_of(version)
    message = data.draw(st.sampled_from(sorted(schema.messages)))
    value = data.draw(_objects(schema, message))
    form = text_format(version)
    assert form.parse(message, form.print(message, value)) == value
