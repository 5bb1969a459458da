"""What the 1.9 API serves of each kind: media types, members, and since which version (old 1.3, 3)."""

from __future__ import annotations

from functools import cache
from importlib import resources as package_data
from typing import Any

import msgspec


class View(msgspec.Struct, frozen=True):
    """Media types of an item or of a list: short name, versions, ``application/json``, admins only."""

    type: str
    versions: list[int]
    json: bool
    admin: bool


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One kind: ``members`` with the values they have when unset; links stand in ``links.py``."""

    members: dict[str, Any]
    item: View | None = None
    list: View | None = None
    since: dict[str, int] = {}
    only: dict[str, tuple[str, ...]] = {}
    """Members that only objects of some ``type`` have."""


@cache
def resource_table() -> dict[str, Resource]:
    """Kind -> resource; beside the kinds of the reader ``application``, ``tenant`` and ``neutron_*``."""
    data = package_data.files(__package__).joinpath("resources.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, Resource])


def media_type(name: str, version: int) -> str:
    """The full vendor media type."""
    return f"application/vnd.org.midonet.{name}-v{version}+json"
