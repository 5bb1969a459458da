"""Members of API bodies as fields of stored objects (new 2, imp E)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, stored_address

Names = Mapping[str, str]

DEVICE: Final[Names] = {
    "tenantId": "tenant_id",
    "name": "name",
    "adminStateUp": "admin_state_up",
    "inboundFilterId": "inbound_filter_id",
    "outboundFilterId": "outbound_filter_id",
}
ROUTER: Final[Names] = {**DEVICE, "asNumber": "as_number", "forwardChainId": "forward_chain_id"}
PORT: Final[Names] = {
    "adminStateUp": "admin_state_up",
    "inboundFilterId": "inbound_filter_id",
    "outboundFilterId": "outbound_filter_id",
    "vifId": "vif_id",
    "hostId": "host_id",
    "interfaceName": "interface_name",
    "vlanId": "vlan_id",
    "portMac": "port_mac",
    "portAddress": "port_address",
}
PORT_GROUP: Final[Names] = {"tenantId": "tenant_id", "name": "name", "stateful": "stateful"}
LOAD_BALANCER: Final[Names] = {"adminStateUp": "admin_state_up"}
POOL: Final[Names] = {
    "adminStateUp": "admin_state_up",
    "healthMonitorId": "health_monitor_id",
    "loadBalancerId": "load_balancer_id",
    "protocol": "protocol",
    "lbMethod": "lb_method",
}
MEMBER: Final[Names] = {
    "adminStateUp": "admin_state_up",
    "poolId": "pool_id",
    "address": "address",
    "protocolPort": "protocol_port",
    "weight": "weight",
}
VIP: Final[Names] = {
    "adminStateUp": "admin_state_up",
    "poolId": "pool_id",
    "address": "address",
    "protocolPort": "protocol_port",
    "sessionPersistence": "session_persistence",
}
MONITOR: Final[Names] = {
    "adminStateUp": "admin_state_up",
    "type": "type",
    "delay": "delay",
    "timeout": "timeout",
    "maxRetries": "max_retries",
}
HOST: Final[Names] = {
    "name": "name",
    "floodingProxyWeight": "flooding_proxy_weight",
    "containerWeight": "container_weight",
    "containerLimit": "container_limit",
    "enforceContainerLimit": "enforce_container_limit",
}


def fields_of(names: Names, body: JsonObject) -> Object:
    """The stored fields of those members of a body that are given; None where a member is null."""
    return {field: body[name] for name, field in names.items() if name in body}


def change(site: Site, kind: str, key: str, fields: Object) -> Object:
    """Set fields of an object through the API; None unsets."""
    found = site.get(kind, key)
    for field, value in fields.items():
        if value is None:
            found.pop(field, None)
        else:
            found[field] = value
    site.touch(kind, key)
    return found


def make(site: Site, kind: str, key: str, fields: Object) -> Object:
    """A new object, through the API."""
    site.touch(kind, key)
    return site.create(kind, key, fields)


def make_or_change(
    site: Site,
    kind: str,
    request: ObjectRequest,
    fields: Object,
    *,
    usual: Object | None = None,
    fixed: Object | None = None,
) -> str:
    """A POST makes an object of ``fields``: ``usual`` is what it has where they say nothing, ``fixed`` what
    it has whatever they say. A PUT changes the fields. Returns the object's id."""
    if request.method == "PUT":
        key = last_of(request.path)
        change(site, kind, key, fields)
    else:
        key = str((request.body or {})["id"])
        make(site, kind, key, {**(usual or {}), **fields, **(fixed or {})})
    return key


def subnet_of(address: Any, length: Any) -> str | None:
    """Address and length as a stored subnet; None without an address (its length means nothing then)."""
    return None if address is None else f"{stored_address(str(address))}/{length or 0}"


def parent_of(path: str) -> str:
    """The id of the object below which a request makes another."""
    return path.split("/")[2]


def last_of(path: str) -> str:
    """The id of the object that a request changes."""
    return path.rpartition("/")[2]
