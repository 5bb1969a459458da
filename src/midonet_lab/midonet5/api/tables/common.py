"""Properties that many classes have."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.api.beans import Property
from midonet_lab.midonet5.api.checks import Check, not_null
from midonet_lab.midonet5.api.json_types import Address, Boolean, Elements, Integer, Text, Uuid

UUID = Uuid()
TEXT = Text()
ADDRESS = Address()
UUIDS = Elements(UUID)
INT = Integer()
NULLABLE_INT = Integer(primitive=False)
FLAG = Boolean()
NULLABLE_FLAG = Boolean(primitive=False)

ID = Property("id", UUID, "id")
TENANT = Property("tenantId", TEXT, "tenant_id")
ADMIN_STATE = Property("adminStateUp", FLAG, "admin_state_up", default=True)


def uuid(name: str, stored: str, *checks: Check, settable: bool = True) -> Property:
    """A UUID."""
    return Property(name, UUID, stored, checks=checks, settable=settable)


def required(name: str, stored: str = "") -> Property:
    """A UUID that may not be null."""
    return uuid(name, stored, not_null)


def uuids(name: str, stored: str, *, settable: bool = True) -> Property:
    """A list of UUIDs."""
    return Property(name, UUIDS, stored, settable=settable)


def text(name: str, stored: str = "", *checks: Check) -> Property:
    """A text."""
    return Property(name, TEXT, stored, checks=checks)


def number(name: str, stored: str = "", *checks: Check, default: Any = 0) -> Property:
    """An ``int``."""
    return Property(name, INT, stored, default=default, checks=checks)


def flag(name: str, stored: str = "", *, default: bool = False) -> Property:
    """A ``boolean``."""
    return Property(name, FLAG, stored, default=default)


def address(name: str, stored: str, *checks: Check) -> Property:
    """An IP address."""
    return Property(name, ADDRESS, stored, checks=checks)
