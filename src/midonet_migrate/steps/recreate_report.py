"""What re-creation tells the operator, and ``recreate.json``, which holds the state of each request."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import msgspec

from midonet_migrate.model.plan import Modification, Plan
from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.target.hosts_in_store import CONVERSION
from midonet_migrate.target.midonet_api.results import UNFINISHED, Result, State, result_of

RECREATE_FILE = "recreate.json"
RECREATE_FORMAT = 1
Part = Literal["before-import", "after-import"]
_IN_ORDER_OF_WORK = tuple(State)


class RecreateFile(msgspec.Struct, kw_only=True):
    """``recreate.json``: what became of each request of the plan, of both parts, in the plan's order.

    The same however often the work was interrupted. ``plan`` is the plan's checksum.
    """

    format: int
    plan: str
    hosts_in_store: list[Result]
    """5.0.2: hosts, which are written into the store."""
    requests: list[Result]


class Later(msgspec.Struct, kw_only=True, frozen=True):
    """What a later step makes through Neutron: conversions of one type, by number."""

    type: str
    count: int


class RecreateReport(msgspec.Struct, kw_only=True, frozen=True):
    """The result of one part. The same from a dry run."""

    part: Part
    counts: list[dict[str, Any]]
    """A row per kind: ``kind``, ``requests`` and the number in each state."""
    total: dict[str, int]
    open: list[Result]
    """Everything that is not there as planned: conflicts, failures, what depends on them."""
    modifications: dict[str, int]
    """Changes made to Neutron's objects, by what becomes of them."""
    converted_later: list[Modification]
    """Changes that a conversion makes again, through Neutron."""
    conversions_later: list[Later]
    sent: int
    """Writes that took effect now, or in a dry run would."""
    nothing_to_do: bool
    """Nothing had to be written. There may still be something open."""

    @property
    def exit_status(self) -> int:
        """30: the new site is not what the plan promises; 1: something was left out by an option; else 0."""
        if any(result.state is not State.SKIPPED or not _by_option(result) for result in self.open):
            return 30
        return 1 if self.open else 0


def _by_option(result: Result) -> bool:
    return result.reason.startswith("left out by ")


def recreate_file(
    plan: Plan, known: RecreateFile | None, results: dict[int, Result], hosts: list[Result] | None
) -> RecreateFile:
    """The file after a part of the work: its results, and of everything else what was known."""
    usable = known if known is not None and known.plan == plan.meta.checksum else None
    before = dict(enumerate(usable.requests)) if usable is not None else {}
    return RecreateFile(
        format=RECREATE_FORMAT,
        plan=plan.meta.checksum,
        hosts_in_store=hosts if hosts is not None else (usable.hosts_in_store if usable else []),
        requests=[
            results.get(number) or before.get(number) or result_of(request, State.PENDING)
            for number, request in enumerate(plan.objects)
        ],
    )


def recreate_report(plan: Plan, part: Part, results: list[Result], sent: int) -> RecreateReport:
    """Put the report of one part together; ``results`` are those of its requests, in order."""
    is_after = part == "after-import"
    counts = _counts(results)
    total: Counter[str] = Counter()
    for row in counts:
        total.update({name: value for name, value in row.items() if name != "kind"})
    later = Counter(
        conversion.type
        for conversion in plan.conversions
        if conversion.type != CONVERSION and any(request.api != "store" for request in conversion.requests)
    )
    changes = plan.modifications if is_after else []
    return RecreateReport(
        part=part,
        counts=counts,
        total={name: total[name] for name in ("requests", *(state.value for state in _IN_ORDER_OF_WORK))},
        open=[result for result in results if result.state in UNFINISHED],
        modifications=dict(Counter(change.disposition or "undecided" for change in changes)),
        converted_later=[change for change in changes if change.disposition == "converted"],
        conversions_later=[Later(type=name, count=count) for name, count in sorted(later.items())]
        if is_after
        else [],
        sent=sent,
        nothing_to_do=sent == 0,
    )


def _counts(results: list[Result]) -> list[dict[str, Any]]:
    by_kind: dict[str, Counter[State]] = {}
    for result in results:
        by_kind.setdefault(result.kind, Counter())[result.state] += 1
    return [
        {
            "kind": kind,
            "requests": found.total(),
            **{state.value: found[state] for state in _IN_ORDER_OF_WORK},
        }
        for kind, found in sorted(by_kind.items())
    ]


def numbers_of(plan: Plan, part: Part) -> list[int]:
    """The requests of a part, by their number in the plan."""
    wanted = part == "before-import"
    return [number for number, request in enumerate(plan.objects) if before_import(request) is wanted]
