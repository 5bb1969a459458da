"""MidoNet's copies of Neutron's resources (old 3.14)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet19.errors import internal, not_found
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of
from midonet_lab.midonet19.store import NEUTRON_COPIES


def add_neutron_endpoints(router: Router) -> None:
    for name, kind in NEUTRON_COPIES.items():
        is_balancing = kind.startswith("neutron_lb_")
        path = f"/neutron/lb/{name}" if is_balancing else f"/neutron/{name}"
        router.add(
            path,
            Endpoint(kind=kind, offers=offers_of(list_view(kind)), handle=partial(_all, kind), admin=True),
        )
        router.add(
            path + "/{}",
            Endpoint(
                kind=kind,
                offers=offers_of(item_view(kind)),
                handle=partial(_neutron_item, kind),
                admin=True,
                uuids=(0,),
            ),
        )
    router.add("/neutron/lb", Endpoint(kind="neutron_root"))
    router.add("/neutron/lb/pool_health_monitor", Endpoint(kind="neutron_root"))


def _all(kind: str, ask: Ask) -> Answer:
    return ask.store.every(kind)


def _neutron_item(kind: str, ask: Ask) -> Answer:
    found = ask.store.find(kind, ask.values[0])
    if found is not None:
        return found
    if kind.startswith("neutron_lb_"):
        raise internal()
    if kind == "neutron_security_group_rule":
        raise not_found(f"No security group rule with ID {ask.values[0]} exists.")
    raise not_found("No %s with ID %s exists.")
