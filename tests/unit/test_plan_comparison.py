"""``plan diff`` shows what two plans differ in, and nothing else."""

from __future__ import annotations

from midonet_migrate.model.plan import ObjectRequest, Plan, PlanMeta
from midonet_migrate.steps.plan_files import compare_plans


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
