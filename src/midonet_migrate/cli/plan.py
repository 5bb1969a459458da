"""``midonet-migrate plan``: read the plan, or what two plans differ in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.options import flags
from midonet_migrate.model.plan import Bucket, Conversion, Plan, Task
from midonet_migrate.model.snapshot import to_builtins
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.plan_files import PLAN_FILE, compare_plans, load_plan
from midonet_migrate.steps.prepare_report import COLUMNS, counts_of

_PARTS: dict[str, tuple[str, ...]] = {
    "ledger": ("kind", "id", "name", "owner", "bucket", "rule", "reason"),
    "tasks": ("id", "type", "data_type", "resource_id", "transaction_id"),
    "objects": ("method", "path", "kind", "id", "media_type"),
    "modifications": ("kind", "id", "op", "field", "rule", "disposition", "reason"),
    "conversions": ("type", "source", "requests", "rule", "reason"),
    "rewrites": ("kind", "id", "rule", "action"),
    "findings": ("level", "rule", "kind", "id", "message", "remedy"),
}


@click.group(short_help="Read the plan, or what two plans differ in.")
@flags
def plan() -> None:
    """Read the plan that prepare made, or what two plans differ in."""


@plan.command()
@click.argument("part", type=click.Choice(["summary", "all", *_PARTS]), default="summary", metavar="[PART]")
@click.option("--kind", help="Only objects of this kind.")
@click.option(
    "--bucket",
    type=click.Choice([bucket.value for bucket in Bucket]),
    help="Only ledger entries in this bucket.",
)
@click.option("--file", "file", type=click.Path(dir_okay=False, path_type=Path), help="Read this plan.")
@common_options
def show(context: Context, part: str, kind: str | None, bucket: str | None, file: Path | None) -> int:
    """Show the plan of the run directory.

    PART is summary (a row per kind; the default), ledger, tasks, objects, modifications, conversions,
    rewrites, findings, or all (the whole plan, for -f json and yaml).
    """
    if bucket is not None and part != "ledger":
        raise click.UsageError("--bucket belongs to 'plan show ledger'")
    found = load_plan(file or context.settings.data_dir.value / PLAN_FILE)
    if kind is not None:
        _require_known(kind, found)
    if part == "summary":
        counts = counts_of(found)
        context.show_rows([row for row in counts if kind in {None, row["kind"]}], COLUMNS)
    elif part == "all":
        if context.output_format not in {OutputFormat.JSON, OutputFormat.YAML}:
            raise click.UsageError("the whole plan needs -f json or -f yaml")
        context.show_record(to_builtins(found))
    else:
        holder: Any = found.meta if part in {"rewrites", "findings"} else found
        items = [item for item in getattr(holder, part) if kind in {None, _kind_of(item)}]
        if bucket is not None:
            items = [item for item in items if item.bucket == bucket]
        context.show_rows([_plain(item) for item in items], _PARTS[part])
    return 0


@plan.command()
@click.argument("old", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(dir_okay=False, path_type=Path), required=False)
@common_options
def diff(context: Context, old: Path, new: Path | None) -> int:
    """Show in what plan NEW differs from plan OLD. Without NEW: the plan of the run directory.

    Ends with 0 whether they differ or not; the rows say so.
    """
    later = load_plan(new or context.settings.data_dir.value / PLAN_FILE)
    rows = compare_plans(load_plan(old), later)
    context.show_rows([_plain(row) for row in rows], ("part", "change", "kind", "id", "field", "old", "new"))
    return 0


def _plain(item: Any) -> dict[str, Any]:
    row: dict[str, Any] = to_builtins(item)
    if isinstance(row.get("source"), dict):
        row["source"] = f"{row['source']['kind']} {row['source']['id']}"
    if isinstance(row.get("requests"), list):
        row["requests"] = [f"{one['api']} {one['method']} {one['path']}" for one in row["requests"]]
    return row


def _kind_of(item: Any) -> str:
    """Of a task its ``data_type``, of a conversion the kind of what is converted."""
    if isinstance(item, Task):
        return item.data_type
    return str(item.source.kind if isinstance(item, Conversion) else item.kind)


def _require_known(kind: str, plan: Plan) -> None:
    """A mistyped kind must not look like one of which there is nothing."""
    parts = (plan.ledger, plan.tasks, plan.objects, plan.modifications, plan.meta.findings)
    known = {_kind_of(item) for part in parts for item in part}
    if kind not in known:
        raise click.UsageError(f"the plan has no kind '{kind}'; it has {', '.join(sorted(known - {''}))}")
