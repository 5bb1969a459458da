"""Trace requests: debugging aids, re-created switched off (new 3.11)."""

from __future__ import annotations

from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.conditions import convert_condition
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References

_KINDS = {"ROUTER": "router", "BRIDGE": "bridge", "PORT": "port"}


def plan_traces(draft: ObjectDraft, references: References) -> None:
    """With their conditions; an enabled one would load the new site the moment an agent starts."""
    for key, trace in list(draft.hand_made("trace_request")):
        kind = _KINDS.get(str(trace.get("deviceType")))
        device = (
            Missing(Bucket.UNSUPPORTED, "trace-device", f"device type {trace.get('deviceType')!r} is unknown")
            if kind is None
            else references.resolve(kind, trace.get("deviceId"))
        )
        condition = convert_condition(references, trace.get("condition") or {})
        missing = next((found for found in (device, condition) if isinstance(found, Missing)), None)
        if missing is not None or isinstance(condition, Missing):
            draft.leave_out("trace_request", key, *(missing or condition))
            continue
        verdict = NOTHING
        if condition.notes:
            verdict = ("reference-dropped", "; ".join(condition.notes))
            draft.warn("trace_request", key, *verdict)
        if trace.get("enabled"):
            told = "enabled in 1.9, re-created switched off"
            verdict = ("trace-disabled", f"{told}; {verdict[1]}" if verdict[1] else told)
            draft.note("trace_request", key, *verdict, remedy="enable it in MidoNet 5 if it is still wanted")
        body = {
            "id": key,
            "name": trace.get("name") or "",
            "deviceType": trace["deviceType"],
            "deviceId": device,
            "condition": condition.body,
            "enabled": False,
        }
        body |= {
            name: trace[name] for name in ("creationTimestampMs", "limit") if trace.get(name) is not None
        }
        draft.create(Step.TRACE_REQUESTS, "trace_request", key, "/traces", body, verdict=verdict)
