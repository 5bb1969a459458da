"""What ``prepare`` tells the operator; the same from a dry run, but for times (I6)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from midonet_migrate.model.plan import Bucket, Finding, Plan
from midonet_migrate.plan.ledger import bucket_counts, needs_attention
from midonet_migrate.target.task_table import WriteReport

COLUMNS = ("kind", "read", *(bucket.value for bucket in Bucket))


class FileReport(msgspec.Struct, kw_only=True, frozen=True):
    """A file of the run directory: whether its content is new."""

    name: str
    sha256: str
    changed: bool


class PrepareReport(msgspec.Struct, kw_only=True, frozen=True):
    """The result of ``prepare``. ``attention``: something is unsupported or skipped, or a check warns."""

    counts: list[dict[str, Any]]
    """A row per kind: ``kind``, ``read`` and the number in each bucket."""
    total: dict[str, int]
    tasks: WriteReport
    objects: int
    modifications: int
    conversions: int
    expected_import_seconds: float
    plugin_flavour: str
    target_version: str
    snapshot_fingerprint: str
    findings: list[Finding]
    files: list[FileReport]
    attention: bool
    nothing_to_do: bool


def counts_of(plan: Plan) -> list[dict[str, Any]]:
    """A row per kind of the ledger."""
    return [
        {
            "kind": kind,
            "read": sum(found.values()),
            **{bucket.value: found.get(bucket.value, 0) for bucket in Bucket},
        }
        for kind, found in bucket_counts(plan.ledger).items()
    ]


def make_report(plan: Plan, tasks: WriteReport, files: list[FileReport]) -> PrepareReport:
    """Put the report together."""
    counts = counts_of(plan)
    total: Counter[str] = Counter()
    for row in counts:
        total.update({name: value for name, value in row.items() if name != "kind"})
    findings = [*plan.meta.findings, *tasks.findings]
    return PrepareReport(
        counts=counts,
        total={name: total[name] for name in COLUMNS if name != "kind"},
        tasks=tasks,
        objects=len(plan.objects),
        modifications=len(plan.modifications),
        conversions=len(plan.conversions),
        expected_import_seconds=plan.meta.expected_import_seconds,
        plugin_flavour=plan.meta.plugin_flavour,
        target_version=plan.meta.target_version,
        snapshot_fingerprint=plan.meta.snapshot_fingerprint,
        findings=findings,
        files=files,
        attention=needs_attention(plan.ledger) or any(item.level == "warning" for item in findings),
        nothing_to_do=tasks.action == "unchanged" and not any(item.changed for item in files),
    )
