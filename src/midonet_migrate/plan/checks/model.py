"""What a readiness check of a host sees, and what it finds (host 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from midonet_migrate.model.hosts import HostEntry, HostFacts


class HostFinding(msgspec.Struct, kw_only=True, frozen=True):
    """Something that keeps a host from being migrated (``blocker``) or had better be seen to (``warning``).

    ``check`` is the row's id in the table of checks. ``host`` is empty for what is about the whole site.
    """

    check: str
    level: Literal["blocker", "warning"]
    host: str
    what: str
    remedy: str


class KnownHost(msgspec.Struct, kw_only=True, frozen=True):
    """A host as MidoNet's 1.9 API lists it. ``used``: it is in a tunnel zone or ports are bound to it."""

    name: str
    alive: bool
    used: bool = True
    macs: tuple[str, ...] = ()
    ports: int = 0


class SiteContext(msgspec.Struct, kw_only=True, frozen=True):
    """What a host is compared with."""

    target_version: str
    """The MidoNet 5 that is wanted: ``5.2.1``."""
    known_hosts: Mapping[str, KnownHost] = {}
    """By id."""
    java8_available: Mapping[str, bool] = {}
    """Host -> whether its repositories have a Java 8; a host that is not named was not asked."""
    backup_directories: tuple[str, ...] = ()
    """Of the controller: where backups lie."""
    needed_bytes: int = 600 * 1024 * 1024
    """Of /var: packages of both versions, downloaded and unpacked, and logs."""


class HostCase(msgspec.Struct, kw_only=True, frozen=True):
    """One host, to be checked."""

    entry: HostEntry
    facts: HostFacts
    context: SiteContext
