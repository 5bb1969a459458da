"""Protobuf text format as MidoNet stores it: read by the product, written by an independent printer."""

from __future__ import annotations

from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_lab.midonet5.topology.tables import Version, schema_of
from midonet_lab.midonet5.topology.text_format import escape
from midonet_migrate.target.zoom import REPEATED
from midonet_migrate.zookeeper.protobuf_text import TextFormatError, parse_message, uuid_of


def test_what_the_reference_shows() -> None:
    """The example of the reference: an id in halves, a name, a boolean (imp 5.2)."""
    text = b"""id {
  msb: 1229782938533643059
  lsb: 9530836536415049045
}
name: "net1"
admin_state_up: true
"""
    assert parse_message(text) == {
        "id": "11111111-2222-4333-8444-555555555555",
        "name": "net1",
        "admin_state_up": True,
    }


def test_addresses_and_subnets_become_text() -> None:
    """With the version only where it does not fit the address: a wrong version is never lost."""
    text = b"""
    one { version: V4 address: "10.0.0.1" }
    two { version: V4 address: "10.0.0.0" prefix_length: 24 }
    three { version: V6 address: "10.0.0.1" }
    four { address: "10.0.0.1" }
    """
    assert parse_message(text) == {
        "one": "10.0.0.1",
        "two": "10.0.0.0/24",
        "three": "V6 10.0.0.1",
        "four": {"address": "10.0.0.1"},
    }


def test_repeated_fields_are_lists_when_told_or_when_seen_twice() -> None:
    """A list of one is no scalar for who knows that it is a list."""
    text = b'ids { msb: 0 lsb: 1 }\nname: "a"\nname: "b"\n'
    assert parse_message(text, {"ids"}) == {"ids": [uuid_of(0, 1)], "name": ["a", "b"]}
    assert parse_message(text)["ids"] == uuid_of(0, 1)
    assert parse_message(b'name: [\'a\', "b" "c", 3]') == {"name": ["a", "bc", 3]}


def test_other_ways_to_write_the_same() -> None:
    """Hand-written nodes: one line, comments, single quotes, parts of a text, short lists, other brackets."""
    text = b"""# a host
    id { msb: -1, lsb: 0x10 }; name: 'a' "b"  # joined
    weights: [1, 2] part < size: 1.5 kind: BIG >
    """
    assert parse_message(text) == {
        "id": uuid_of(-1, 16),
        "name": "ab",
        "weights": [1, 2],
        "part": {"size": 1.5, "kind": "BIG"},
    }


@pytest.mark.parametrize(
    "text",
    [
        b"name",
        b"name:",
        b'name "x"',
        b'name: "x',
        b"id {",
        b"id { msb: 1 }}",
        b"5: 1",
        b"name: ?",
        b"ids: [1",
        b"name: \xff",
        b'name: "\\q"',
    ],
)
def test_broken_text_is_refused(text: bytes) -> None:
    """Never guessed at, never another exception."""
    with pytest.raises(TextFormatError):
        parse_message(text)


@given(st.text())
def test_every_text_survives_escaping(text: str) -> None:
    """Octal escapes of UTF-8 bytes, quotes, backslashes and control characters are undone."""
    assert parse_message(f'name: "{escape(text)}"'.encode()) == {"name": text}


@given(st.uuids())
def test_every_id_survives(identity: object) -> None:
    """Halves are unsigned or, as Java has them, signed."""
    number = int(str(identity).replace("-", ""), 16)
    high, low = number >> 64, number & (1 << 64) - 1
    signed = [half - (1 << 64) if half >> 63 else half for half in (high, low)]
    assert parse_message(f"id {{ msb: {high} lsb: {low} }}".encode()) == {"id": str(identity)}
    assert parse_message(f"id {{ msb: {signed[0]} lsb: {signed[1]} }}".encode()) == {"id": str(identity)}


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_message_or_a_refusal(data: bytes) -> None:
    """Nothing in ZooKeeper can make the reader fail otherwise."""
    with suppress(TextFormatError):
        assert isinstance(parse_message(data), dict)


@pytest.mark.parametrize("version", get_args(Version))
def test_the_names_of_lists_are_those_of_every_message(version: Version) -> None:
    """In no message is a field of such a name single (imp A, E)."""
    fields = [field for message in schema_of(version).messages.values() for field in message.fields.values()]
    assert {field.name for field in fields if field.repeated} <= REPEATED
    assert REPEATED.isdisjoint(field.name for field in fields if not field.repeated)
