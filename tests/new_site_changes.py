"""Every single change that can be made to a new site, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec

from midonet_lab.midonet5.topology.tables import Field, Message, Schema, schema_of
from midonet_lab.midonet5.topology.text_format import text_format
from new_site import MODELS, Tree, Version

OTHER_ID = "5ca1ab1e-0000-4000-8000-00000000beef"
_SERVER_CHOOSES = frozenset({("Port", "tunnel_key"), ("Network", "tunnel_key")})
_ORDERED_IDS = frozenset({("Chain", "rule_ids")})


class Change(msgspec.Struct, frozen=True):
    """A change: the paths it writes, None for those it deletes."""

    what: str
    writes: dict[str, bytes | None]

    def apply(self, tree: Tree) -> Tree:
        """The tree after it."""
        changed = {**tree, **{path: data for path, data in self.writes.items() if data is not None}}
        for path, data in self.writes.items():
            if data is None:
                del changed[path]
        return changed


def object_paths(tree: Tree) -> list[str]:
    """The paths of all objects."""
    return sorted(
        path for path in tree if path.startswith(MODELS) and path.count("/") == 5 and "C3POState" not in path
    )


def entry_paths(tree: Tree) -> list[str]:
    """The paths of all permanent table entries."""
    return sorted(path for path in tree if path.endswith(",2147483647"))


def changes_of_object(tree: Tree, path: str, version: Version) -> Iterator[Change]:
    """Each field changed, taken away or added; lists in another order; the object gone or there twice."""
    name = path.split("/")[4]
    printer, schema = text_format(version), schema_of(version)
    fields = printer.parse(name, tree[path])
    yield Change(f"{path} deleted", {path: None})
    yield Change(
        f"{path} copied", {f"{MODELS}/{name}/{OTHER_ID}": printer.print(name, {**fields, "id": OTHER_ID})}
    )
    yield Change(f"{path} under another id", {path: None, f"{MODELS}/{name}/{OTHER_ID}": tree[path]})
    message = schema.message(name)
    for what, changed in _changed(schema, message, fields, name):
        yield Change(f"{path} {what}", {path: printer.print(name, changed)})
    for field in message.fields.values():
        if field.name not in fields and (name, field.name) not in _SERVER_CHOOSES:
            value = _example(schema, field)
            added = {**fields, field.name: [value] if field.repeated else value}
            yield Change(f"{path} {field.name} added", {path: printer.print(name, added)})
    if fields.get("tunnel_key"):
        for number in (None, 0, 1, 1 << 30):
            changed = {**fields, "tunnel_key": number}
            yield Change(f"{path} tunnel_key {number}", {path: printer.print(name, changed)})


def _changed(
    schema: Schema, message: Message, fields: dict[str, Any], where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in fields.items():
        if (message.name, name) in _SERVER_CHOOSES:
            continue
        field = message.fields[name]
        without = {other: kept for other, kept in fields.items() if other != name}
        yield f"{where}.{name} taken away", without
        if not field.repeated:
            for what, other in _other_values(schema, field, value, f"{where}.{name}"):
                yield what, {**fields, name: other}
            continue
        for number, element in enumerate(value):
            yield (
                f"{where}.{name}[{number}] taken away",
                {**fields, name: value[:number] + value[number + 1 :]},
            )
            yield f"{where}.{name}[{number}] doubled", {**fields, name: [*value, element]}
            for what, other in _other_values(schema, field, element, f"{where}.{name}[{number}]"):
                yield what, {**fields, name: [*value[:number], other, *value[number + 1 :]]}
        if (field.kind != "uuid" or (message.name, name) in _ORDERED_IDS) and name not in _UNORDERED:
            for number in range(len(value) - 1):
                if value[number] != value[number + 1]:
                    turned = deepcopy(value)
                    turned[number], turned[number + 1] = turned[number + 1], turned[number]
                    yield f"{where}.{name}[{number}] moved", {**fields, name: turned}


_UNORDERED = frozenset({"hosts", "ip_addr_ports"})


def _other_values(schema: Schema, field: Field, value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if field.message is not None:
        yield from _changed(schema, schema.message(field.message), value, where)
    elif field.kind == "uuid":
        yield f"{where} changed", OTHER_ID
    elif field.kind in {"ip", "subnet"}:
        other = "198.51.100.77" if value["version"] == "V4" else "2001:db8:0:0:0:0:0:77"
        yield f"{where} address changed", {**value, "address": other}
        yield f"{where} version changed", {**value, "version": "V6" if value["version"] == "V4" else "V4"}
        if field.kind == "subnet":
            yield f"{where} length changed", {**value, "prefix_length": value["prefix_length"] ^ 1}
    elif field.kind == "bool":
        yield f"{where} changed", not value
    elif field.kind == "string":
        yield f"{where} changed", f"{value}x"
    elif field.enumeration is not None:
        for other in field.enumeration.numbers:
            if other != value:
                yield f"{where} is {other}", other
    else:
        yield f"{where} changed", value + 1


def _example(schema: Schema, field: Field) -> Any:
    if field.message is not None:
        message = schema.message(field.message)
        return {
            inner.name: [_example(schema, inner)] if inner.repeated else _example(schema, inner)
            for inner in message.fields.values()
            if inner.message is None
        }
    if field.kind == "uuid":
        return OTHER_ID
    if field.kind in {"ip", "subnet"}:
        address: dict[str, Any] = {"version": "V4", "address": "198.51.100.77"}
        return {**address, "prefix_length": 31} if field.kind == "subnet" else address
    if field.kind == "bool":
        return True
    if field.kind == "string":
        return "added"
    if field.enumeration is not None:
        return list(field.enumeration.numbers)[-1]
    return 4711


def changes_of_entry(path: str) -> Iterator[Change]:
    """A permanent entry gone, aged, with another key or value, or one more."""
    above, _, name = path.rpartition("/")
    key, value, _ = name.split(",")
    yield Change(f"{path} deleted", {path: None})
    yield Change(f"{path} made to age", {path: None, f"{above}/{key},{value},0000000001": b""})
    yield Change(f"{path} other key", {path: None, f"{above}/0{key},{value},2147483647": b""})
    yield Change(f"{path} other value", {path: None, f"{above}/{key},0{value},2147483647": b""})
    yield Change(f"{path} one more", {f"{above}/0{key},0{value},2147483647": b""})
