"""Values as a stored object shows them: ids, addresses and subnets as text, absent for unset (imp 2, 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from midonet_migrate.plan.tasks.messages import Message, deserialize
from midonet_migrate.plan.tasks.schema import Field
from midonet_migrate.plan.tasks.values import Address, Subnet, to_address, to_subnet
from midonet_migrate.zookeeper.protobuf_text import uuid_of

Object = dict[str, Any]
"""The fields of an object that are set. A ``set`` or :class:`Unordered` stands for a list in any order."""

ANY_IPV4: Final = "0.0.0.0/0"
METADATA: Final = "169.254.169.254/32"
IPV4_LENGTH: Final = 32
_HALF: Final = 64
_LOW: Final = (1 << 64) - 1


class Unordered(list[Any]):
    """A repeated field of messages whose order means nothing."""


class Anything:
    """Stands for a value that MidoNet chooses at random: it must be there."""

    def __repr__(self) -> str:
        return "any value"


ANYTHING: Final = Anything()


def address_text(address: Address) -> str:
    """An address as MidoNet stores it: IPv6 in eight groups without leading zeros (imp 2.2)."""
    version, number = address
    if version == 4:
        return str(IPv4Address(number))
    groups = IPv6Address(number).exploded.split(":")
    return ":".join(f"{int(group, 16):x}" for group in groups)


def subnet_text(subnet: Subnet) -> str:
    """A subnet as ``address/length``, host bits kept."""
    return f"{address_text((subnet[0], subnet[1]))}/{subnet[2]}"


def stored_address(text: str) -> str:
    """The stored form of an address given as text. Raises ``Refused`` for what is none."""
    return address_text(to_address(text))


def stored_subnet(text: str) -> str:
    """The stored form of a subnet given as text. Raises ``Refused`` for what is none."""
    return subnet_text(to_subnet(text))


def host_subnet(address: str) -> str:
    """The subnet that holds this address only."""
    return f"{address}/{128 if ':' in address else IPV4_LENGTH}"


def in_subnet(subnet: str, address: str) -> bool:
    """Whether the address lies in the subnet, whatever host bits that has."""
    version, network, length = to_subnet(subnet)
    other, number = to_address(address)
    shift = (IPV4_LENGTH if version == 4 else 128) - length
    return version == other and network >> shift == number >> shift


class Retained:
    """Makes retained Neutron objects of the JSON in tasks. Equal ids share one text: there are many."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def message(self, fields: Mapping[str, Field], data: Mapping[str, Any]) -> Object:
        """The Neutron object as the importer stores it. Raises ``Refused`` for what it cannot read."""
        return self._shown(fields, deserialize(fields, data))

    def _shown(self, fields: Mapping[str, Field], message: Message) -> Object:
        shown: Object = {}
        for name, value in message.items():
            field = fields[name]
            if not field.repeated:
                shown[name] = self._value(field, value)
            elif value:
                shown[name] = [self._value(field, element) for element in value]
        return shown

    def _value(self, field: Field, value: Any) -> Any:
        kind = field.type
        if kind == "uuid":
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = uuid_of(value >> _HALF, value & _LOW)
            return text
        if kind == "ip_address":
            return address_text(value)
        if kind == "ip_subnet":
            return subnet_text(value)
        if kind == "object":
            return self._shown(field.nested, value)
        return value
