"""The importer's data types, per version, as they were compiled into it (imp A)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

FieldType = Literal["bool", "int32", "uint32", "string", "enum", "uuid", "ip_address", "ip_subnet", "object"]
TargetVersion = Literal["5.0.2", "5.2.1", "5.4.6"]


class Field(msgspec.Struct, frozen=True):
    """One field of a message. Keys are in the importer's normalised spelling (imp 2.1)."""

    type: FieldType
    repeated: bool = False
    required: bool = False
    """The importer fails on CREATE without it; inside nested messages: missing from an element."""
    do_not_send: bool = False
    deserializable: bool = True
    enum: tuple[str, ...] = ()
    nested: dict[str, Field] = {}


class DataType(msgspec.Struct, frozen=True):
    """One data type: the operations it implements and, where this program may meet rows of it, its fields."""

    operations: tuple[str, ...]
    fields: dict[str, Field] | None = None


@cache
def _versions() -> dict[str, dict[str, DataType]]:
    text = files("midonet_migrate.plan").joinpath("data/importer-schema.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[str, DataType]])


def data_types(version: TargetVersion) -> dict[str, DataType]:
    """Every data type the importer of ``version`` knows, by its exact name (imp 2.5)."""
    return _versions()[version]
