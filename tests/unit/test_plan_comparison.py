"""``plan show`` and ``plan diff``: what is asked for, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from midonet_migrate.cli.main import run
from midonet_migrate.model.codec import plan_pieces
from midonet_migrate.model.plan import Bucket, LedgerEntry, ObjectRequest, Plan, PlanMeta, Task
from midonet_migrate.plan.planner import sealed
from midonet_migrate.steps.plan_files import compare_plans, planned_ids


def _request(kind: str, identity: str, number: int) -> ObjectRequest:
    return ObjectRequest(
        method="POST", path=f"/{kind}", media_type="m", body={"number": number}, kind=kind, id=identity
    )


def _plan(*objects: ObjectRequest) -> Plan:
    return Plan(meta=PlanMeta(), objects=list(objects), tasks=[], modifications=[], conversions=[], ledger=[])


def test_several_requests_for_one_object_are_compared_with_each_other() -> None:
    """Whatever stands before them in only one of the plans."""
    same = [_request("chain", "a", 1), _request("chain", "a", 2), _request("chain", "a", 3)]
    (found,) = compare_plans(_plan(*same), _plan(_request("bridge", "new", 0), *same))
    assert (found.change, found.kind, found.id) == ("added", "bridge", "new")
    changed = [*same[:2], _request("chain", "a", 4)]
    (found,) = compare_plans(_plan(*same), _plan(*changed))
    assert (found.change, found.field, found.old, found.new) == (
        "changed",
        "body",
        {"number": 3},
        {"number": 4},
    )


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan with one task, one request, and a ledger."""
    made = _plan(_request("chain", "a", 1))
    made.tasks.append(
        Task(id=1, type="CREATE", data_type="NETWORK", resource_id="n", transaction_id="t", data={})
    )
    for kind, bucket in (("networks", Bucket.TASK), ("chain", Bucket.CREATED)):
        made.ledger.append(
            LedgerEntry(kind=kind, id=kind, name="", owner="user", bucket=bucket, rule="", reason="")
        )
    path = tmp_path / "plan.json"
    path.write_bytes(b"".join(plan_pieces(sealed(made))))
    return path


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("tasks --kind NETWORK", 1),
        ("objects --kind chain", 1),
        ("ledger --kind chain", 1),
        ("ledger --bucket created", 1),
        ("ledger --bucket unsupported", 0),
        ("tasks --kind chain", 0),
        ("summary --kind chain", 1),
    ],
)
def test_a_part_can_be_narrowed(
    plan: Path, capsys: pytest.CaptureFixture[str], words: str, wanted: int
) -> None:
    assert run(["plan", "show", *words.split(), "--file", str(plan), "-f", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == wanted


@pytest.mark.parametrize(
    "words", ["ledger --bucket unsuported", "tasks --bucket created", "ledger --kind network"]
)
def test_a_mistyped_bucket_or_kind_does_not_look_like_an_empty_one(
    plan: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert run(["plan", "show", *words.split(), "--file", str(plan), "-f", "json"]) == 64
    assert capsys.readouterr().out == ""


def test_the_ids_of_a_plan_are_read_without_the_rest_of_it(plan: Path) -> None:
    assert planned_ids(plan) == {"n", "networks", "chain"}
    plan.write_text("{")
    assert planned_ids(plan) == planned_ids(plan.with_name("none")) == frozenset()
