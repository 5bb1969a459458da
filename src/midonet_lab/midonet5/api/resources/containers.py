"""Service containers and their groups, 5.2.1 only (new 2.21)."""

from __future__ import annotations

from midonet_lab.midonet5.api.generic import (
    bean_of,
    children,
    convert,
    creator,
    get,
    plain_view,
    settable,
    updater,
    with_id_of_path,
)
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Router, collection
from midonet_lab.midonet5.api.tables import Tables

_CONTAINER, _GROUP = ("ServiceContainer", 1), ("ServiceContainerGroup", 1)


def add_containers(router: Router, tables: Tables) -> None:
    """``/service_containers`` and ``/service_container_groups``."""
    bean, group = tables["service_container"], tables["service_container_group"]
    path, group_path = "/service_containers", "/service_container_groups"
    add_resource(router, path, _CONTAINER, bean, create=creator(path), update=updater(bean))
    add_resource(router, group_path, _GROUP, group, create=creator(group_path), update=_update_group)
    listing = children("ServiceContainerGroup", "service_container_ids", "ServiceContainer", plain_view(bean))
    router.add("/service_container_groups/{}/service_containers", collection(_CONTAINER, read=listing))


def _update_group(call: Call) -> None:
    """Needs the id in the body (new 1.8)."""
    bean = bean_of(call)
    values = with_id_of_path(call, "ServiceContainerGroup")
    old = get(call, "ServiceContainerGroup", values["id"])
    new = settable(bean, convert(call, bean, values))
    containers = {"service_container_ids": old.get("service_container_ids", [])}
    transaction = call.zoom.transaction()
    transaction.update("ServiceContainerGroup", new | containers)
    transaction.commit()
