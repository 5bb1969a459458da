"""One chain: expected rules subtracted from the rules found (old 4.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.ownership.expected_rules import GROUP_FRAGMENT, GROUP_RULE, ExpectedRule
from midonet_migrate.plan.ownership.signatures import (
    Signature,
    fragment_policy,
    looks_server_made,
    signature,
    without_fragment_policy,
)


class Pairing(NamedTuple):
    """Result for one chain. ``pairs``: index of rule to index of expected rule; the rest is left over."""

    pairs: dict[int, int]
    extra: list[int]
    missing: list[int]


def pair_rules(found: Sequence[JsonObject], expected: Sequence[ExpectedRule]) -> Pairing:
    """Subtract the expected rules, as a multiset.

    Rules with the derived id come first, then equal content, then content that differs only in a fragment
    policy that releases before 1.9.8 did not write. Of several equal rules the one that looks server-made
    is taken. ``found`` must not contain trace rules.
    """
    pairs: dict[int, int] = {}
    open_expected: dict[int, ExpectedRule] = {}
    by_id = {rule["id"]: index for index, rule in enumerate(found)}
    for number, rule in enumerate(expected):
        index = by_id.get(rule.id) if rule.id else None
        if index is not None and index not in pairs:
            pairs[index] = number
        else:
            open_expected[number] = rule
    contents = {index: signature(rule) for index, rule in enumerate(found) if index not in pairs}
    _take(found, contents, {number: rule.contents for number, rule in open_expected.items()}, pairs)
    still_open = _still_open(open_expected, pairs)
    if still_open:
        bare = {
            index: content
            for index, content in contents.items()
            if index not in pairs and fragment_policy(content) == "any"
        }
        older = {
            number: tuple(without_fragment_policy(content) for content in rule.contents)
            for number, rule in still_open.items()
            if rule.purpose != GROUP_FRAGMENT
        }
        _take(found, bare, older, pairs)
        still_open = _still_open(open_expected, pairs)
    extra = [index for index in range(len(found)) if index not in pairs]
    missing = [number for number in still_open if not _is_older_release(number, expected, found, pairs)]
    return Pairing(pairs, extra, missing)


def _still_open(open_expected: dict[int, ExpectedRule], pairs: dict[int, int]) -> dict[int, ExpectedRule]:
    taken = set(pairs.values())
    return {number: rule for number, rule in open_expected.items() if number not in taken}


def _take(
    found: Sequence[JsonObject],
    contents: dict[int, Signature],
    wanted: dict[int, tuple[Signature, ...]],
    pairs: dict[int, int],
) -> None:
    available: defaultdict[Signature, list[int]] = defaultdict(list)
    for index in sorted(contents, key=lambda index: (looks_server_made(found[index]), -index)):
        available[contents[index]].append(index)
    for number, accepted in wanted.items():
        for content in accepted:
            if available.get(content):
                pairs[available[content].pop()] = number
                break


def _is_older_release(
    number: int, expected: Sequence[ExpectedRule], found: Sequence[JsonObject], pairs: dict[int, int]
) -> bool:
    """No rule for later fragments is missed where the rule itself was written without fragment policy."""
    rule = expected[number]
    if rule.purpose != GROUP_FRAGMENT:
        return False
    for index, other in pairs.items():
        partner = expected[other]
        if partner.purpose == GROUP_RULE and partner.owner == rule.owner:
            return fragment_policy(signature(found[index])) == "any"
    return False
