"""The ledger: every object of the old site, in exactly one bucket, with a reason where one is owed (D5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from midonet_migrate.errors import LedgerMismatch
from midonet_migrate.model.keys import ObjectKey, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS, NEUTRON_KINDS
from midonet_migrate.model.ownership import Owner, Ownership
from midonet_migrate.model.plan import NEEDS_REASON, Bucket, LedgerEntry, Outcome
from midonet_migrate.model.snapshot import Snapshot

_SHOWN_PROBLEMS = 20


def build_ledger(
    snapshot: Snapshot,
    ownership: Ownership,
    neutron: Mapping[ObjectKey, Outcome],
    midonet: Mapping[ObjectKey, Outcome],
) -> list[LedgerEntry]:
    """The complete ledger, checked: Neutron's kinds first, each kind in order of its keys.

    Raises :class:`LedgerMismatch` naming every object without an outcome, with an incomplete one, or that is
    twice in the snapshot.
    """
    problems: list[str] = []
    entries: list[LedgerEntry] = []
    previous = ("", "")
    for kind, key, item in _objects(snapshot.neutron, NEUTRON_KINDS):
        outcome = neutron.get((kind, key))
        previous = _account(previous, kind, key, outcome, problems)
        if outcome is not None:
            entries.append(_entry(kind, key, item, Owner.NEUTRON.value, outcome))
    for kind, key, item in _objects(snapshot.midonet, MIDONET_KINDS):
        owner, outcome = ownership.owners.get((kind, key)), midonet.get((kind, key))
        previous = _account(previous, kind, key, outcome, problems)
        if owner is None:
            problems.append(f"{kind} {key}: no owner")
        elif outcome is not None:
            entries.append(_entry(kind, key, item, owner.owner.value, outcome))
    if problems:
        raise _mismatch(problems)
    return entries


def _account(
    previous: ObjectKey, kind: str, key: str, outcome: Outcome | None, problems: list[str]
) -> ObjectKey:
    """Note what is wrong about one object. Equal keys follow each other, so no set of all is needed: a site
    may have millions of objects. Returns its key."""
    if (kind, key) == previous:
        problems.append(f"{kind} {key}: read more than once")
    if outcome is None:
        problems.append(f"{kind} {key}: no outcome")
    elif outcome.bucket in NEEDS_REASON and not (outcome.rule and outcome.reason):
        problems.append(f"{kind} {key}: bucket {outcome.bucket} without rule or reason")
    return kind, key


def check_ledger(snapshot: Snapshot, ledger: Iterable[LedgerEntry]) -> None:
    """Prove that ``ledger`` accounts for every object of ``snapshot`` exactly once (I5).

    Raises :class:`LedgerMismatch` listing what is missing, double, unknown or without a reason.
    """
    read = Counter(
        (kind, key)
        for kinds, objects in ((NEUTRON_KINDS, snapshot.neutron), (MIDONET_KINDS, snapshot.midonet))
        for kind, key, _ in _objects(objects, kinds)
    )
    _check(read, ledger)


def _check(expected: Counter[ObjectKey], ledger: Iterable[LedgerEntry]) -> None:
    problems = [f"{kind} {key}: read {count} times" for (kind, key), count in expected.items() if count > 1]
    found: Counter[ObjectKey] = Counter()
    for entry in ledger:
        found[entry.kind, entry.id] += 1
        if entry.bucket in NEEDS_REASON and not (entry.rule and entry.reason):
            problems.append(f"{entry.kind} {entry.id}: bucket {entry.bucket} without rule or reason")
    problems += [f"{kind} {key}: in no bucket" for kind, key in expected.keys() - found.keys()]
    problems += [f"{kind} {key}: not in the snapshot" for kind, key in found.keys() - expected.keys()]
    problems += [f"{kind} {key}: in {count} buckets" for (kind, key), count in found.items() if count > 1]
    if problems:
        raise _mismatch(sorted(problems))


def bucket_counts(ledger: Iterable[LedgerEntry]) -> dict[str, Counter[str]]:
    """kind -> bucket -> number of objects, kinds in ledger order."""
    counts: dict[str, Counter[str]] = {}
    for entry in ledger:
        counts.setdefault(entry.kind, Counter())[entry.bucket.value] += 1
    return counts


def needs_attention(ledger: Iterable[LedgerEntry]) -> bool:
    """Whether something is unsupported or skipped (exit status 1; design 6)."""
    return any(entry.bucket in {Bucket.UNSUPPORTED, Bucket.SKIPPED} for entry in ledger)


def _objects(
    objects: Mapping[str, list[dict[str, Any]]], kinds: Iterable[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind in kinds:
        keyed = [(object_key(kind, item), item) for item in objects.get(kind, [])]
        for key, item in sorted(keyed, key=lambda pair: pair[0]):
            yield kind, key, item


def _entry(kind: str, key: str, item: Mapping[str, Any], owner: str, outcome: Outcome) -> LedgerEntry:
    return LedgerEntry(
        kind=kind,
        id=key,
        name=str(item.get("name") or ""),
        owner=owner,
        bucket=outcome.bucket,
        rule=outcome.rule,
        reason=outcome.reason,
    )


def _mismatch(problems: list[str]) -> LedgerMismatch:
    shown = problems[:_SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"... and {len(problems) - len(shown)} more")
    return LedgerMismatch(
        "the ledger does not account for every object exactly once",
        why="an object was read from the old site that no rule of the planner decides on",
        hint="nothing was written; keep snapshot.json.gz and report this with the lines above",
        problems=shown,
    )
