"""VTEPs and their bindings (old 3.12)."""

from __future__ import annotations

from midonet_lab.midonet19.errors import REQUESTED, ApiError, not_found
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of
from midonet_migrate.model.keys import JsonObject


def add_vtep_endpoints(router: Router) -> None:
    view = list_view("vtep")
    router.add("/vteps", Endpoint(kind="vtep", offers=offers_of(view), handle=_vteps, admin=True))
    router.add(
        "/vteps/{}", Endpoint(kind="vtep", offers=offers_of(item_view("vtep")), handle=_vtep, admin=True)
    )
    router.add(
        "/vteps/{}/bindings",
        Endpoint(
            kind="vtep_binding", offers=offers_of(list_view("vtep_binding")), handle=_bindings, admin=True
        ),
    )
    router.add(
        "/vteps/{}/bindings/{}/{}",
        Endpoint(
            kind="vtep_binding",
            offers=offers_of(item_view("vtep_binding")),
            handle=_binding,
            admin=True,
        ),
    )
    router.add(
        "/vteps/{}/ports",
        Endpoint(kind="vtep_port", offers=offers_of(list_view("vtep_port")), handle=_vtep_ports, admin=True),
    )


def _vtep(ask: Ask) -> JsonObject:
    found = ask.store.find("vtep", ask.values[0])
    if found is None:
        raise not_found(f"No VTEP with IP address {ask.values[0]} exists.")
    return found


def _vteps(ask: Ask) -> Answer:
    return ask.store.every("vtep")


def _binding(ask: Ask) -> Answer:
    found = ask.store.find("vtep_binding", "/".join(ask.values))
    if found is None:
        raise not_found(REQUESTED)
    return found


def _bindings(ask: Ask) -> Answer:
    return ask.store.below("vtep_binding", "mgmtIp", str(_vtep(ask)["managementIp"]))


def _vtep_ports(ask: Ask) -> Answer:
    """The lab has no switches, so none can be reached (old 3.12)."""
    vtep = _vtep(ask)
    address = f"{vtep['managementIp']}:{vtep['managementPort']}"
    raise ApiError(504, f"The VTEP at {address} could not be accessed.")
