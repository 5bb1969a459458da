"""Mirrors and trace requests (new 2.18, 2.19)."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.fragments import default_policy
from midonet_lab.midonet5.api.generic import (
    bean_of,
    get,
    rewritten,
    settable,
    validate,
    with_id,
    with_id_of_path,
)
from midonet_lab.midonet5.api.json_types import Elements
from midonet_lab.midonet5.api.replies import empty, entity
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Created, Decoder, Router
from midonet_lab.midonet5.api.rule_conversion import has_reversed_range
from midonet_lab.midonet5.api.store_values import Inconvertible
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.api.tables.dhcp import Nested
from midonet_lab.midonet5.store import NotFound, StoredObject

_MIRROR, _TRACE = ("Mirror", 1), ("TraceRequest", 1)
_DEVICES = {
    "PORT": ("port_id", "Port"),
    "ROUTER": ("router_id", "Router"),
    "BRIDGE": ("network_id", "Network"),
}


def add_observation(router: Router, tables: Tables) -> None:
    """``/mirrors`` and ``/traces``."""
    mirror, trace, condition = tables["mirror"], tables["trace_request"], tables.condition
    add_resource(
        router,
        "/mirrors",
        _MIRROR,
        mirror,
        create=_create_mirror,
        update=_update_mirror,
        view=partial(_mirror_view, mirror),
        decode=_decoder(mirror, "conditions", condition),
    )
    add_resource(
        router,
        "/traces",
        _TRACE,
        trace,
        create=_create_trace,
        update=_update_trace,
        listing=partial(_traces, trace),
        view=partial(_trace_view, trace),
        decode=_decoder(trace, "condition", condition),
    )


def _decoder(bean: Bean, name: str, condition: Bean) -> Decoder:
    """Decodes the condition, or the list of them, within the object."""
    one = Nested(condition)
    kind = Elements(one) if name == "conditions" else one

    def decode(data: Any) -> tuple[Bean, Values]:
        values = bean.decode(data)
        if values[name] is not None:
            values[name] = kind.decode(values[name])
        return bean, values

    return decode


def condition_to_store(call: Call, values: Values) -> StoredObject:
    """A condition outside of a rule; an absent policy takes its default. Raises ``Inconvertible``."""
    if has_reversed_range(values) and not call.site.options.quirks.poison:
        raise entity(400, "A range of ports starts behind its end.")
    policy = values["fragmentPolicy"] or default_policy(values)
    return call.site.tables.condition.to_store(values | {"fragmentPolicy": policy})


def condition_view(call: Call, stored: StoredObject) -> Values:
    """Such a condition as it is shown; one with a reversed range cannot be, as in rules (new 1.11)."""
    values = call.site.tables.condition.from_store(stored)
    if has_reversed_range(values):
        raise empty(500)
    return values | {"uri": None}


def _mirror_view(bean: Bean, call: Call, mirror: StoredObject) -> Values:
    values = bean.from_store(mirror)
    values["conditions"] = [condition_view(call, stored) for stored in mirror.get("conditions", [])]
    return call.show(bean, values)


def _mirror_to_store(call: Call, values: Values) -> StoredObject:
    bean = bean_of(call)
    try:
        conditions = [condition_to_store(call, inner) for inner in values["conditions"] or []]
    except (Inconvertible, KeyError, TypeError) as error:  # TypeError: null among the conditions
        careless = call.site.options.quirks.careless
        shown = f"org.midonet.cluster.rest_api.models.Mirror@{secrets.token_hex(4)}"
        raise entity(500 if careless else 400, f"Can't handle resource {shown}") from error
    return bean.to_store(values | {"conditions": None}) | {"conditions": conditions}


def _create_mirror(call: Call) -> Created:
    values = with_id(call.body)
    validate(bean_of(call), values)
    transaction = call.zoom.transaction()
    transaction.create("Mirror", _mirror_to_store(call, values))
    transaction.commit()
    return Created(f"/mirrors/{values['id']}")


def _update_mirror(call: Call) -> None:
    bean = bean_of(call)
    old = get(call, "Mirror", call.values[0])
    values = call.body | {"id": call.values[0]}
    validate(bean, values)
    new = _mirror_to_store(call, values)
    transaction = call.zoom.transaction()
    transaction.update("Mirror", rewritten(call, old, new, {*bean.fields, "conditions"}, ()))
    transaction.commit()


def _trace_view(bean: Bean, call: Call, trace: StoredObject) -> Values:
    values = bean.from_store(trace)
    for kind, (field, _) in _DEVICES.items():
        if trace.get(field) is not None:
            values |= {"deviceType": kind, "deviceId": trace[field]}
    stored = trace.get("condition")
    values["condition"] = None if stored is None else condition_view(call, stored)
    return call.show(bean, values)


def _traces(bean: Bean, call: Call) -> list[Values]:
    """All, or those whose device is a tenant's: trace requests have no tenant of their own (new 2.19)."""
    tenant = call.query.get("tenant_id")
    found = call.site.several("TraceRequest", call.zoom.ids("TraceRequest"))
    return [
        _trace_view(bean, call, trace)
        for trace in found
        if tenant is None or _tenant_of(call, trace) == tenant
    ]


def _tenant_of(call: Call, trace: StoredObject) -> str | None:
    owner = trace
    if trace.get("port_id") is not None:
        owner = call.site.find("Port", trace["port_id"]) or {}
    for field, class_name in (_DEVICES["ROUTER"], _DEVICES["BRIDGE"]):
        if owner.get(field) is not None:
            tenant: str | None = (call.site.find(class_name, owner[field]) or {}).get("tenant_id")
            return tenant
    return None


def _trace_to_store(call: Call, values: Values) -> StoredObject:
    bean = bean_of(call)
    field, class_name = _DEVICES[values["deviceType"]]
    if call.site.find(class_name, values["deviceId"]) is None:
        raise NotFound(class_name, values["deviceId"])
    try:
        condition = condition_to_store(call, values["condition"])
    except (Inconvertible, KeyError) as error:
        careless = call.site.options.quirks.careless
        raise entity(500 if careless else 400, "Can't handle resource TraceRequest") from error
    stored = bean.to_store(values | {"condition": None, "deviceType": None, "deviceId": None})
    return settable(bean, stored) | {"condition": condition, field: values["deviceId"]}


def _create_trace(call: Call) -> Created:
    values = with_id(call.body)
    if not values["creationTimestampMs"]:
        values["creationTimestampMs"] = int(time.time() * 1000)
    validate(bean_of(call), values)
    transaction = call.zoom.transaction()
    transaction.create("TraceRequest", _trace_to_store(call, values))
    transaction.commit()
    return Created(f"/traces/{values['id']}")


def _update_trace(call: Call) -> None:
    """Needs the id in the body (new 1.8)."""
    old = get(call, "TraceRequest", call.values[0])
    values = with_id_of_path(call, "TraceRequest")
    if not values["creationTimestampMs"]:
        values["creationTimestampMs"] = old.get("create_timestamp_ms", 0)
    validate(bean_of(call), values)
    transaction = call.zoom.transaction()
    transaction.update("TraceRequest", _trace_to_store(call, values))
    transaction.commit()
