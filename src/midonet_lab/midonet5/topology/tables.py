"""Field tables of the messages of 5.x, by version.

Notation of the tables: ``message NAME [5.2]`` and below it lines ``NUMBER FIELD TYPE [5.2]``; ``enum NAME
VALUE=NUMBER[@5.2] ...``. A type is a scalar (``bool int32 int64 uint32 uint64 string``), ``uuid``, ``ip``,
``subnet``, a message or an enum; ``*`` behind it means repeated. ``5.2`` means: not in 5.0.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from midonet_lab.midonet5.topology.neutron_messages import NEUTRON_MESSAGES
from midonet_lab.midonet5.topology.topology_messages import TOPOLOGY_MESSAGES

Version = Literal["5.0.2", "5.2.1"]
INTEGERS = frozenset({"int32", "int64", "uint32", "uint64"})
SCALARS = INTEGERS | {"bool", "string"}
WELL_KNOWN = frozenset({"uuid", "ip", "subnet"})
"""Messages with a short form of their own in a stored object: text, or a dict with ``version``."""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enum: its name and the number of each value."""

    name: str
    numbers: Mapping[str, int]

    @property
    def simple_name(self) -> str:
        """The name without the message it is declared in."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: ``kind`` is the type's name without ``*``; ``enumeration``/``message`` where it is one."""

    number: int
    name: str
    kind: str
    repeated: bool
    enumeration: Enumeration | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its fields by name, in the order of their numbers."""

    name: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Schema:
    """The messages and enums of one version."""

    version: Version
    messages: Mapping[str, Message]

    def message(self, name: str) -> Message:
        """The message of this name. Raises ``KeyError`` if this version has none."""
        return self.messages[name]


@cache
def schema_of(version: Version) -> Schema:
    """The tables of a version (imp Appendices A and E)."""
    lines = [line.split() for line in (TOPOLOGY_MESSAGES + NEUTRON_MESSAGES).splitlines() if line.strip()]
    enums = {
        words[1]: Enumeration(words[1], dict(_values(words[2:], version)))
        for words in lines
        if words[0] == "enum"
    }
    rows: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for words in lines:
        if words[0] == "message":
            current = rows.setdefault(words[1], []) if _present(words[2:], version) else None
        elif words[0] != "enum" and current is not None and _present(words[3:], version):
            current.append(words)
    messages = {name: _message(name, fields, enums, rows) for name, fields in rows.items()}
    return Schema(version, messages)


def _values(words: list[str], version: Version) -> Iterator[tuple[str, int]]:
    for word in words:
        value, _, mark = word.partition("@")
        if _present([mark] if mark else [], version):
            name, _, number = value.partition("=")
            yield name, int(number)


def _present(marks: list[str], version: Version) -> bool:
    return not marks or version != "5.0.2"


def _message(
    name: str, rows: list[list[str]], enums: Mapping[str, Enumeration], messages: Mapping[str, object]
) -> Message:
    fields = []
    for number, field, kind, *_ in rows:
        bare = kind.rstrip("*")
        if bare not in SCALARS | WELL_KNOWN and bare not in enums and bare not in messages:
            raise ValueError(f"{name}.{field}: no type {bare}")
        fields.append(
            Field(
                int(number),
                field,
                bare,
                kind.endswith("*"),
                enums.get(bare),
                bare if bare in messages else None,
            )
        )
    fields.sort(key=lambda field: field.number)
    return Message(name, {field.name: field for field in fields})
