"""One true way to turn model objects into JSON and back: canonical for digests, readable for files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from midonet_migrate.model.compact import plain
from midonet_migrate.model.plan import Plan
from midonet_migrate.model.snapshot import Snapshot

T = TypeVar("T")


def canonical(value: Any) -> bytes:
    """JSON without blanks, members sorted by name: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted", enc_hook=plain)


def digest(value: Any) -> str:
    """sha256 (hexadecimal) of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical(value)).hexdigest()


def readable(value: Any) -> bytes:
    """JSON for people and ``diff``: two blanks of indentation, members sorted by name, newline at the end.

    Struct members keep the order in which their class declares them; only free-form objects are sorted.
    """
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"


def snapshot_pieces(snapshot: Snapshot) -> Iterator[bytes]:
    """The JSON of a snapshot, object by object: the whole text of a large site is never in memory."""
    yield b"{"
    for part, kinds in (("neutron", snapshot.neutron), ("midonet", snapshot.midonet)):
        yield canonical(part) + b":{"
        for number, (kind, items) in enumerate(sorted(kinds.items())):
            yield (b"," if number else b"") + canonical(kind) + b":["
            for place, item in enumerate(items):
                yield (b"," if place else b"") + canonical(item)
            yield b"]"
        yield b"},"
    yield b'"meta":' + canonical(snapshot.meta) + b"}"


def plan_pieces(plan: Plan) -> Iterator[bytes]:
    """The text of ``plan.json``, entry by entry: as :func:`~midonet_migrate.run.atomic.json_bytes` makes it,
    which would take three times the memory of the text."""
    for number, name in enumerate(plan.__struct_fields__):
        part = getattr(plan, name)
        yield (b"," if number else b"{") + b"\n " + canonical(name) + b": "
        if isinstance(part, list) and part:
            for place, entry in enumerate(part):
                yield (b"," if place else b"[") + b"\n  " + _indented(entry, b"  ")
            yield b"\n ]"
        else:
            yield _indented(part, b" ")
    yield b"\n}\n"


def _indented(value: Any, by: bytes) -> bytes:
    """No text holds a bare newline in JSON, so each one begins a line."""
    encoded = msgspec.json.encode(value, order="deterministic")
    return msgspec.json.format(encoded, indent=1).replace(b"\n", b"\n" + by)


def plan_checksum(plan: Plan) -> str:
    """The checksum that belongs into ``plan.meta.checksum``: sha256 of the canonical JSON of the plan without
    one. Made entry by entry: the text of a large plan is never in memory."""
    total = hashlib.sha256()
    parts: dict[str, Any] = {name: getattr(plan, name) for name in plan.__struct_fields__}
    parts["meta"] = msgspec.structs.replace(plan.meta, checksum="")
    for number, (name, part) in enumerate(sorted(parts.items())):
        total.update((b"," if number else b"{") + canonical(name) + b":")
        if isinstance(part, list):
            for place, entry in enumerate(part):
                total.update((b"," if place else b"[") + canonical(entry))
            total.update(b"]" if part else b"[]")
        else:
            total.update(canonical(part))
    total.update(b"}")
    return total.hexdigest()


def decode_plan(data: bytes) -> Plan:
    """Read ``plan.json``. Raises ``msgspec.ValidationError`` or ``DecodeError`` on anything else."""
    return msgspec.json.decode(data, type=Plan)


def decode_snapshot(data: bytes) -> Snapshot:
    """Read the JSON of ``snapshot.json.gz``. Raises ``msgspec.ValidationError`` or ``DecodeError``."""
    return msgspec.json.decode(data, type=Snapshot)
