"""Compact objects read like the dicts they were made of, and become such dicts in every file."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.model.codec import canonical, decode_plan, digest, plan_checksum, plan_pieces
from midonet_migrate.model.compact import CompactObject, Compactor
from midonet_migrate.model.plan import Plan, PlanMeta, PlanOptions
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.run.atomic import json_bytes
from old_site.rich import rich_site

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(st.text(max_size=4), json_values, max_size=6)


@given(objects, st.text(max_size=4))
def test_every_way_of_reading_gives_what_the_dict_gives(item: dict[str, Any], name: str) -> None:
    compact = Compactor().compacted(item)
    assert compact == item
    assert item == compact
    assert list(compact) == list(item)
    assert list(compact.items()) == list(item.items())
    assert list(compact.values()) == list(item.values())
    assert len(compact) == len(item)
    assert {**compact} == item
    assert bool(compact) == bool(item)
    assert compact.get(name, 7) == item.get(name, 7)
    assert (name in compact) == (name in item)
    assert repr(compact) == repr(item)
    assert canonical(compact) == canonical(item)


def test_objects_of_one_shape_share_it() -> None:
    compactor = Compactor()
    first, second = compactor.compacted({"a": 1, "b": 2}), compactor.compacted({"a": 3, "b": 4})
    assert isinstance(first, CompactObject)
    assert isinstance(second, CompactObject)
    assert first._shape is second._shape
    assert first != second


def test_nobody_changes_one_unnoticed_nor_writes_one_by_another_way() -> None:
    compact = Compactor().compacted({"a": 1})
    with pytest.raises(TypeError):
        compact["a"] = 2
    with pytest.raises(KeyError):
        compact["b"]
    with pytest.raises(TypeError):
        msgspec.json.encode(compact)


def _plan(*, compact: bool) -> Plan:
    site = rich_site()
    chain = site.midonet["chain"][0]
    site.hand_rule(chain, 0, type="drop")
    site.hand_rule(site.chain("mine"), type="accept", nwProto=6)
    snapshot = site.snapshot()
    if compact:
        compactor = Compactor()
        snapshot.midonet["rule"] = [compactor.compacted(rule) for rule in snapshot.midonet["rule"]]
    return build_plan(snapshot, PlanOptions())


def test_the_plan_of_compact_rules_is_the_plan_of_the_same_rules() -> None:
    """Also as a file: what the plan holds of a rule is a dict again."""
    plan = _plan(compact=True)
    assert msgspec.json.encode(plan) == msgspec.json.encode(_plan(compact=False))
    assert any(change.rule == "added-rule" for change in plan.modifications)


EMPTY = Plan(tasks=[], objects=[], modifications=[], conversions=[], ledger=[], meta=PlanMeta())


def test_the_file_of_a_plan_is_the_same_made_whole_or_in_pieces() -> None:
    plan = _plan(compact=True)
    odd = msgspec.structs.replace(plan.ledger[0], name='a\nb "ü" \u2028', reason="[{\n}]")
    for each in (plan, msgspec.structs.replace(plan, ledger=[odd]), EMPTY):
        assert b"".join(plan_pieces(each)) == json_bytes(each)
        assert decode_plan(b"".join(plan_pieces(each))) == each


def test_the_checksum_is_the_digest_of_the_whole_plan() -> None:
    """Made piece by piece, it is still sha256 of the canonical text, as docs and older plans have it."""
    plan = _plan(compact=False)
    for each in (plan, msgspec.structs.replace(plan, tasks=[], conversions=[])):
        bare = msgspec.structs.replace(each, meta=msgspec.structs.replace(each.meta, checksum=""))
        assert plan_checksum(each) == digest(bare)
