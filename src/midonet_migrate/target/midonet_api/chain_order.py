"""The rules of one chain: where the next one goes, and whether those there stand right (new 2.13)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.equality import Difference


class ChainOrder:
    """Pure bookkeeping; rules are named by id and asked for in planned order.

    5.x inserts a rule at the position that it is told, and refuses one behind the end. When a planned rule is
    not there, all later ones move up by one.
    """

    def __init__(self, rules: Sequence[ObjectRequest], *, is_whole: bool) -> None:
        """``rules``: every planned rule of the chain. ``is_whole``: the plan makes the chain, so that no
        other rules belong there; in a chain of Neutron, only the order among the planned ones is checked."""
        self._index = {rule.id: number for number, rule in enumerate(rules)}
        self._planned = [int((rule.body or {}).get("position") or 1) for rule in rules]
        self._is_whole = is_whole
        self._absent: list[int] = []
        self._misplaced: dict[str, Difference] = {}

    def see(self, siblings: Sequence[JsonObject]) -> None:
        """Tell what is in the chain before anything is sent."""
        found = {str(item.get("id")): int(item.get("position") or 0) for item in siblings}
        missing, highest = 0, 0
        for name, number in self._index.items():
            if name not in found:
                missing += 1
                continue
            wanted, shown = self._planned[number] - missing, found[name]
            if shown < highest or (self._is_whole and shown != wanted):
                self._misplaced[name] = Difference("position", wanted, shown)
            highest = max(highest, shown)

    def misplaced(self, rule: str) -> Difference | None:
        """How a rule that was seen stands wrong."""
        return self._misplaced.get(rule)

    def left_out(self, rule: str) -> None:
        """Tell that a rule will not be there."""
        number = self._index[rule]
        place = bisect_left(self._absent, number)
        if place == len(self._absent) or self._absent[place] != number:
            insort(self._absent, number)

    def position(self, rule: str) -> int:
        """Where to insert a rule now, when all planned before it are there or are left out."""
        number = self._index[rule]
        return self._planned[number] - bisect_left(self._absent, number)
