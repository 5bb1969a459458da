"""The rules of chains, in order. Most rules of port chains have random ids: they are known by their content
and place (imp 3.5.2)."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import Any

from midonet_migrate.verify.compare import compare_strictly, frozen
from midonet_migrate.verify.model import Findings
from midonet_migrate.verify.values import Object

_GONE = "a rule that does not exist"


class RuleOrder:
    """Follows chains, then rules, as they are read; every chain must be given before any rule.

    ``rules`` are the expected rules of every chain: ids, or contents of rules with random ids.
    """

    def __init__(self, rules: dict[str, list[Any]], findings: Findings) -> None:
        self._rules = rules
        self._findings = findings
        self._places: dict[str, tuple[str, int]] = {}
        self._odd: dict[str, list[str]] = {}
        """Chains to be looked at as a whole: the ids that they list."""
        self._contents: dict[str, dict[str, Object]] = {}
        """Of these: the rules without an expected id."""

    def chain(self, key: str, found: list[str]) -> None:
        """A chain of the new site that is promised, and the rules that it lists."""
        expected = self._rules.get(key, [])
        fits = len(expected) == len(found) and len(set(found)) == len(found)
        if fits:
            for rule, identity in zip(expected, found, strict=True):
                if isinstance(rule, str) and rule != identity:
                    fits = False
                    break
        if not fits:
            self._odd[key] = found
        known = {rule for rule in expected if isinstance(rule, str)}
        for place, identity in enumerate(found):
            if identity not in known:
                if identity in self._places and self._places[identity][0] != key:
                    self._findings.differ("Chain", key, "rule_ids", None, identity)
                self._places[identity] = (key, place)

    def rule(self, key: str, content: Object) -> bool:
        """A rule of the new site without an expected id; False when no promised chain lists it."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        chain, number = place
        differ = self._findings.differ
        if content.pop("id", None) != key:
            differ("Rule", key, "id", key, content.get("id"))
        if content.get("chain_id") != chain:
            differ("Rule", key, "chain_id", chain, content.get("chain_id"))
        content.pop("chain_id", None)
        if chain in self._odd:
            self._contents.setdefault(chain, {})[key] = content
        elif content != self._rules[chain][number]:
            self._contents.setdefault(chain, {})[f"#{number}"] = {"id": key, **content}
        self._findings.checked["Rule"] += 1
        return True

    def finish(self) -> None:
        """Compare the chains that do not fit at first sight."""
        missing: dict[str, list[int]] = {}
        for chain, number in self._places.values():
            missing.setdefault(chain, []).append(number)
        for chain in sorted(self._odd.keys() | self._contents.keys() | missing.keys()):
            if chain in self._odd:
                self._compare_odd(chain)
            else:
                self._compare_places(chain, set(missing.get(chain, ())))

    def _compare_places(self, chain: str, missing: set[int]) -> None:
        """A chain whose list fits, but whose rules do not all have the content of their place."""
        expected = self._rules[chain]
        wrong = {int(name[1:]): rule for name, rule in self._contents.get(chain, {}).items()}
        identities = {number: rule.pop("id") for number, rule in wrong.items()}
        found = [
            None if number in missing else wrong.get(number, rule) for number, rule in enumerate(expected)
        ]
        self._explain(chain, expected, found, identities)

    def _compare_odd(self, chain: str) -> None:
        expected, listed = self._rules.get(chain, []), self._odd[chain]
        known = {rule for rule in expected if isinstance(rule, str)}
        contents = self._contents.get(chain, {})
        found = [name if name in known else contents.get(name) for name in listed]
        self._explain(chain, expected, found, dict(enumerate(listed)))

    def _explain(self, chain: str, expected: list[Any], found: list[Any], names: dict[int, str]) -> None:
        wanted = [frozen(rule) for rule in expected]
        actual = [frozen(rule) for rule in found]
        if wanted == actual:
            return
        if Counter(wanted) == Counter(actual):
            self._findings.differ("Chain", chain, "rule_ids", _shown(expected), _shown(found))
            return
        matcher = SequenceMatcher(None, wanted, actual, autojunk=False)
        for tag, low, high, start, end in matcher.get_opcodes():
            if tag == "equal":
                continue
            paired = min(high - low, end - start) if tag == "replace" else 0
            for offset in range(paired):
                self._changed(
                    chain,
                    low + offset,
                    expected[low + offset],
                    found[start + offset],
                    names.get(start + offset),
                )
            for number in range(low + paired, high):
                self._lack(chain, number, expected[number])
            for number in range(start + paired, end):
                self._extra(chain, number, found[number], names.get(number))

    def _changed(self, chain: str, number: int, expected: Any, found: Any, name: str | None) -> None:
        if isinstance(expected, dict) and isinstance(found, dict):
            key = name or f"{chain}#{number + 1}"
            compare_strictly(expected, found, lambda field, one, other: self._rule(key, field, one, other))
            return
        self._lack(chain, number, expected)
        if found is not None:
            self._extra(chain, number, found, name)

    def _lack(self, chain: str, number: int, expected: Any) -> None:
        if isinstance(expected, str):
            self._findings.differ("Chain", chain, "rule_ids", expected, None)
        else:
            self._rule(f"{chain}#{number + 1}", "", expected, None)

    def _extra(self, chain: str, number: int, found: Any, name: str | None) -> None:
        if isinstance(found, dict):
            self._rule(name or f"{chain}#{number + 1}", "", None, found)
        else:
            self._findings.differ("Chain", chain, "rule_ids", None, found or name or _GONE)

    def _rule(self, key: str, field: str, expected: Any, found: Any) -> None:
        self._findings.differ("Rule", key, field, expected, found)


def _shown(rules: list[Any]) -> list[Any]:
    return [rule if isinstance(rule, str | dict) else _GONE for rule in rules]
