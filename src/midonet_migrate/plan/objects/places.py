"""Positions of rules: dense in chains made by hand, relative to the importer's rules in those of Neutron."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.imported_chains import ImportedChains, anchor_of

_DENIES = frozenset({"drop", "reject"})


class _Slots:
    """For each rule of a 1.9 chain: how many of the importer's rules may stand before it.

    ``behind`` = all up to the last of those that came before it, ``before`` = none from the first of those
    that came after it.
    """

    def __init__(self, slots: list[int | None], length: int) -> None:
        self.behind: list[int] = []
        last = 0
        for slot in slots:
            self.behind.append(last)
            last = last if slot is None else max(last, slot + 1)
        self.before: list[int] = []
        first = length
        for slot in reversed(slots):
            self.before.append(first)
            first = first if slot is None else min(first, slot)
        self.before.reverse()


class Places:
    """Hands out positions; rules of a chain must be asked for in their 1.9 order."""

    def __init__(self, draft: ObjectDraft) -> None:
        self._draft = draft
        self._chains: ImportedChains | None = None
        self._taken: dict[str, int] = {}
        self._slots: dict[str, _Slots | None] = {}
        self._lowest: dict[str, int] = {}

    def open(self, chain: str, record: OwnerRecord, rules: list[tuple[str, JsonObject]]) -> None:
        """Prepare a chain: ``rules`` are all its 1.9 rules in order, ``chain`` is its id in 5.x."""
        self._taken.setdefault(chain, 0)
        if record.owner is not Owner.NEUTRON or record.neutron is None:
            self._slots[chain] = None
            return
        if self._chains is None:
            self._chains = ImportedChains(self._draft.tasks, self._draft.imported)
        anchors = self._chains.anchors(record.role, record.neutron.id)
        index = {anchor: number for number, anchor in enumerate(anchors or [])}
        if anchors is None:
            message = (
                "rules of users go in front: where the importer puts its own is not known for this version"
            )
            self._draft.note("chain", chain, "rule-place", message, "look at the order of the chain")
        slots: list[int | None] = []
        for key, rule in rules:
            owner = self._draft.owners["rule", key]
            anchor = (
                anchor_of(self._draft, record.role, rule, owner) if owner.owner is Owner.NEUTRON else None
            )
            slots.append(None if anchor is None else index.get(anchor))
        self._slots[chain] = _Slots(slots, len(index))

    def take(self, chain: str, number: int, rule: JsonObject) -> int:
        """The position of the ``number``-th rule of the chain.

        In a chain of Neutron the importer's rules may stand in another order than the server's of 1.9. Then a
        rule that denies goes before all that came after it, any other behind all that came before it: neither
        lets more through than it did.
        """
        slots = self._slots[chain]
        if slots is not None:
            place = slots.before[number] if rule["type"] in _DENIES else slots.behind[number]
            self._lowest[chain] = max(place, self._lowest.get(chain, 0))
        position = self._lowest.get(chain, 0) + self._taken[chain] + 1
        self._taken[chain] += 1
        return position

    def take_front(self, chain: str, record: OwnerRecord) -> int:
        """The next position at the front of a chain of Neutron, before any rule is placed by ``take``."""
        self.open(chain, record, [])
        self._taken[chain] += 1
        return self._taken[chain]
