"""Bridges (new 3.2)."""

from __future__ import annotations

from midonet_migrate.plan.objects.chains import filters_of
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import References


def plan_bridges(draft: ObjectDraft, references: References) -> None:
    """VXLAN ports come back with VTEP bindings; there is no anti-spoofing outside Neutron to switch off."""
    for key, bridge in list(draft.hand_made("bridge")):
        filters, verdict = filters_of(draft, references, "bridge", key, bridge)
        body = {
            "id": key,
            "tenantId": bridge.get("tenantId"),
            "name": draft.name("bridge", key, bridge.get("name")),
            "adminStateUp": bridge.get("adminStateUp") is not False,
            **filters,
        }
        draft.create(Step.BRIDGES, "bridge", key, "/bridges", body, verdict=verdict)
