"""DTO classes as tables: reading JSON, validating, converting to the store and back, showing with links."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from midonet_lab.midonet5.api.checks import Check
from midonet_lab.midonet5.api.json_types import JsonType, Unmappable, token
from midonet_lab.midonet5.api.links import Link
from midonet_lab.midonet5.api.replies import ApiError, entity
from midonet_lab.midonet5.api.store_values import ip_from_store, subnet_to_store

Values = dict[str, Any]
"""A DTO: property name -> Java value."""
_PACKAGE = "org.midonet.cluster.rest_api.models."


class Property(msgspec.Struct, frozen=True):
    """One property. ``stored``: the store's field, empty when it has none of its own."""

    name: str
    type: JsonType
    stored: str = ""
    default: Any = None
    """Java's initial value: what an absent property has, and what is shown when the field is unset."""
    checks: tuple[Check, ...] = ()
    settable: bool = True
    """False: the server's own; what the body says is not stored."""
    unset: Any = msgspec.UNSET
    """What is shown for an unset field when it is not ``default``."""


class Subnet(msgspec.Struct, frozen=True):
    """Two properties that the store keeps in one field; both read as unset without address."""

    address: str
    length: str
    stored: str


class Bean:
    """A DTO class: ``name`` in Java, ``stored_class`` in the store (empty for part of an object)."""

    def __init__(
        self,
        name: str,
        stored_class: str,
        properties: Iterable[Property],
        *,
        subnets: Iterable[Subnet] = (),
        links: Iterable[Link] = (),
        front: str = "",
        extra_checks: Callable[[Values], Iterable[str]] | None = None,
    ) -> None:
        self.name = name
        self.stored_class = stored_class
        self.properties = {prop.name: prop for prop in properties}
        self.subnets = tuple(subnets)
        self.links = tuple(links)
        self.front = front
        """The property that is also written in front of all others (new 1.6)."""
        self._extra_checks = extra_checks
        self.fields = frozenset(
            [prop.stored for prop in self.properties.values() if prop.stored]
            + [subnet.stored for subnet in self.subnets]
        )
        """The store's fields that this class contains."""
        self._readers = [
            (prop.name, prop.stored, prop.type, prop.default if prop.unset is msgspec.UNSET else prop.unset)
            for prop in self.properties.values()
        ]

    def new(self) -> Values:
        """An object with Java's initial values."""
        return {prop.name: prop.default for prop in self.properties.values()}

    def decode(self, data: Any) -> Values:
        """From JSON. Unknown properties are ignored. Raises ``Unmappable``."""
        if not isinstance(data, dict):
            if isinstance(data, str):
                raise Unmappable(
                    f"Can not instantiate value of type [simple type, class {_PACKAGE}{self.name}] from "
                    f"String value ('{data}'); no single-String constructor/factory method"
                )
            raise Unmappable(
                f"Can not deserialize instance of {_PACKAGE}{self.name} out of {token(data)} token"
            )
        values = self.new()
        for name, value in data.items():
            prop = self.properties.get(name)
            if prop is None:
                continue
            try:
                values[name] = prop.type.zero if value is None else prop.type.decode(value)
            except Unmappable as error:
                error.chain.append(f'{_PACKAGE}{self.name}["{name}"]')
                raise
        return values

    def violations(self, values: Values) -> list[tuple[str, str]]:
        """All violated constraints as ``(property, message)``."""
        found = []
        for prop in self.properties.values():
            for check in prop.checks:
                message = check(values[prop.name])
                if message is not None:
                    found.append((prop.name, message))
        if self._extra_checks is not None:
            found += [("", message) for message in self._extra_checks(values)]
        return found

    def to_store(self, values: Values) -> Values:
        """The fields this class contains, unset ones left out. Raises ``Inconvertible``."""
        stored = {}
        for prop in self.properties.values():
            value = values[prop.name]
            if prop.stored and value is not None:
                stored[prop.stored] = prop.type.to_store(value)
        for subnet in self.subnets:
            if values[subnet.address] is not None:
                stored[subnet.stored] = subnet_to_store(values[subnet.address], values[subnet.length])
        return stored

    def from_store(self, stored: Mapping[str, Any]) -> Values:
        """The DTO of a stored object, or of a part of one."""
        values = {}
        for name, field, kind, unset in self._readers:
            value = stored.get(field) if field else None
            if value is not None:
                values[name] = kind.from_store(value)
            elif kind.repeated and field:
                values[name] = kind.from_store([])
            else:
                values[name] = unset
        for subnet in self.subnets:
            value = stored.get(subnet.stored)
            if value is not None:
                values[subnet.address] = ip_from_store(value)
                values[subnet.length] = value.get("prefix_length", 0)
        return values

    def show(self, values: Values, base: str) -> Values:
        """The answer's object, for :func:`encode`: values and links. Values named @... serve links only."""
        shown = {name: value for name, value in values.items() if name[0] != "@"}
        for link in self.links:
            shown[link.name] = link.uri(base, values)
        if self.front:
            shown[FRONT] = self.front
        return shown


FRONT = "@front"
"""In a shown object: which property is also written in front."""


def encode(answer: Values | list[Values]) -> bytes:
    """JSON of shown objects, with the keys that the real server writes twice."""
    if isinstance(answer, list):
        return b"[" + b",".join([_encode_one(item) for item in answer]) + b"]"
    return _encode_one(answer)


def _encode_one(item: Values) -> bytes:
    front = item.pop(FRONT, None)
    data: bytes = msgspec.json.encode(item)
    if front is None:
        return data
    value = msgspec.json.encode(str(item[front]))
    return b'{"' + str(front).encode() + b'":' + value + b"," + data[1:]


class Family:
    """Classes told apart by the property ``discriminator`` of the JSON."""

    def __init__(self, name: str, discriminator: str, members: Mapping[str, Bean]) -> None:
        self._name = name
        self._discriminator = discriminator
        self.members = dict(members)

    def decode(self, data: Any) -> tuple[Bean, Values]:
        """The member and its values. Raises ``Unmappable``."""
        if not isinstance(data, dict):
            raise Unmappable(
                f"Unexpected token ({token(data)}), expected START_OBJECT: need JSON Object to contain "
                f"As.PROPERTY type information (for class {_PACKAGE}{self._name})"
            )
        kind = data.get(self._discriminator)
        if kind is None:
            raise Unmappable(
                "Unexpected token (END_OBJECT), expected FIELD_NAME: missing property "
                f"'{self._discriminator}' that is to contain type id  (for class {_PACKAGE}{self._name})"
            )
        bean = self.members.get(str(kind))
        if bean is None:
            known = ", ".join(sorted([*self.members, self._name]))
            raise Unmappable(
                f"Could not resolve type id '{kind}' into a subtype of [simple type, class "
                f"{_PACKAGE}{self._name}]: known type ids = [{known}]"
            )
        return bean, bean.decode(data)


def mapping_error(error: Unmappable) -> ApiError:
    """400 with the mapper's text."""
    where = f"\n at [Source: java.io.ByteArrayInputStream@{secrets.token_hex(4)}; line: 1, column: 1]"
    chain = "->".join(reversed(error.chain))
    through = f" (through reference chain: {chain})" if chain else ""
    return entity(400, error.message + where + through)
