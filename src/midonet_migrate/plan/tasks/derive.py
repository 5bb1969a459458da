"""Derived ids on integers, for simulating tens of thousands of objects (imp B)."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from midonet_migrate.plan.derived_ids import SAME_SUBNET_SNAT, Derived, xor_halves

_KEPT = xor_halves(UUID(int=0), 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF).int
"""The bits that a derivation may change; version and variant are not among them."""


@cache
def _mask(what: Derived) -> int:
    return xor_halves(UUID(int=0), *what.value).int


def derive(what: Derived, base: int) -> int:
    """The id of ``what`` belonging to the object with id ``base``."""
    return base ^ _mask(what)


def same_subnet_snat(chain: int, router_port: int) -> int:
    """Id of the SNAT rule of a router interface, or of its reverse."""
    return chain ^ (router_port & _KEPT) ^ (SAME_SUBNET_SNAT.int & _KEPT)


def extra_route(router: int, destination: int, prefix: int, next_hop: int) -> int:
    """Id of a Neutron extra route; all addresses IPv4, the next hop sign-extended."""
    high = destination << 32 | prefix
    low = next_hop | (0xFFFF_FFFF_0000_0000 if next_hop & 0x8000_0000 else 0)
    return router ^ ((high << 64 | low) & _KEPT)


def uuid_text(number: int) -> str:
    """An id as it is written everywhere else."""
    return str(UUID(int=number))
