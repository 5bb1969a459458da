"""Mirrors, traces, layer-2 insertion, service containers, tenants (new 2.18 - 2.22)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Property
from midonet_lab.midonet5.api.checks import not_null
from midonet_lab.midonet5.api.json_types import LONG, Boolean, Enumerated, Integer, JsonType
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import ID, TEXT, flag, number, required, text, uuid, uuids

_MODELS = "org.midonet.cluster.rest_api.models."
_POLICIES = Enumerated(
    _MODELS + "ServiceContainerGroup$ServiceContainerPolicy",
    {"LEAST": "LEAST_SCHEDULER", "WEIGHTED": "WEIGHTED_SCHEDULER"},
)
_DEVICES = Enumerated(
    "org.midonet.cluster.data.TraceRequest$DeviceType",
    {"PORT": "PORT", "ROUTER": "ROUTER", "BRIDGE": "BRIDGE"},
)


def service_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: mirror, trace_request, l2insertion, tenant; in 5.2.1 service_container and its group."""
    beans = {
        "mirror": Bean(
            "Mirror",
            "Mirror",
            [ID, required("toPortId", "to_port_id"), Property("conditions", JsonType())],
            links=links(uri="/mirrors/{id}"),
        ),
        "trace_request": Bean(
            "TraceRequest",
            "TraceRequest",
            [
                ID,
                text("name", "name", not_null),
                Property("deviceType", _DEVICES, checks=(not_null,)),
                required("deviceId"),
                Property("condition", JsonType(), checks=(not_null,)),
                Property("creationTimestampMs", Integer(LONG), "create_timestamp_ms", default=0),
                Property("limit", Integer(LONG), "limit", default=2**63 - 1),
                Property("enabled", Boolean(), "enabled", default=False),
            ],
            links=links(uri="/traces/{id}"),
        ),
        "l2insertion": Bean(
            "L2Insertion",
            "L2Insertion",
            [
                ID,
                required("portId", "port_id"),
                required("srvPortId", "srv_port_id"),
                number("vlan", "vlan"),
                number("position", "position"),
                flag("failOpen", "fail_open"),
                text("mac", "mac", not_null),
            ],
            links=links(uri="/l2insertions/{id}"),
        ),
        "tenant": Bean(
            "Tenant",
            "",
            [text("id"), text("name"), text("description"), flag("enabled")],
            links=links(
                uri="/tenants/{id}",
                routers="/routers?tenant_id={id}",
                bridges="/bridges?tenant_id={id}",
                chains="/chains?tenant_id={id}",
                portGroups="/port_groups?tenant_id={id}",
            ),
        ),
    }
    return beans | _containers() if recent else beans


def _containers() -> dict[str, Bean]:
    def state(name: str, unset: Any = None) -> Property:
        return Property(name, TEXT, settable=False, default=unset)

    return {
        "service_container": Bean(
            "ServiceContainer",
            "ServiceContainer",
            [
                ID,
                uuid("serviceGroupId", "service_group_id"),
                uuid("configurationId", "configuration_id"),
                uuid("portId", "port_id"),
                text("serviceType", "service_type", not_null),
                state("statusCode", "STOPPED"),
                state("statusMessage"),
                state("hostId"),
                state("namespaceName"),
                state("interfaceName"),
            ],
            links=links(
                uri="/service_containers/{id}",
                port="/ports/{portId}",
                serviceContainerGroup="/service_container_groups/{serviceGroupId}",
            ),
        ),
        "service_container_group": Bean(
            "ServiceContainerGroup",
            "ServiceContainerGroup",
            [
                ID,
                Property("policy", _POLICIES, "policy"),
                uuid("hostGroupId", "host_group_id"),
                uuid("portGroupId", "port_group_id"),
                uuids("serviceContainerIds", "service_container_ids", settable=False),
            ],
            links=links(
                uri="/service_container_groups/{id}",
                serviceContainers="/service_container_groups/{id}/service_containers",
            ),
        ),
    }
