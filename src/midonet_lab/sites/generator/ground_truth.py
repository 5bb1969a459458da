"""Who made what: the records that go into ``intent`` (the form of a recording's ``intent.json``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject

Truth = dict[str, Any]
"""``{class, phase, why?, neutron?, implied?, on_provider_router?}``."""

NEUTRON: Truth = {"class": "neutron", "phase": "neutron"}
NEUTRON_ON_PROVIDER_ROUTER: Truth = {**NEUTRON, "on_provider_router": True}
INFRASTRUCTURE: Truth = {"class": "provider_router_infra", "phase": "neutron"}
INFRASTRUCTURE_ON_PROVIDER_ROUTER: Truth = {**INFRASTRUCTURE, "on_provider_router": True}

KEY_FORMAT = {
    "dhcp_host": "bridge/prefix_len/mac",
    "dhcp_subnet": "bridge/prefix_len",
    "dhcp_v6_host": "bridge/prefix_len/clientId",
    "dhcp_v6_subnet": "bridge/prefix_len",
    "host_interface_port": "host/port",
    "interface": "host/name",
    "ip4_mac_pair": "bridge/ip/mac",
    "ip_addr_group_addr": "group/addr",
    "mac_port": "bridge/vlan/mac/port",
    "other": "uuid",
    "port_group_port": "group/port",
    "port_link": "two port ids, sorted",
    "tunnel_zone_host": "zone/host",
    "vtep": "management ip",
    "vtep_binding": "mgmt/port/vlan",
}


def neutron(kind: str, resource_id: str, *, on_provider_router: bool = False) -> Truth:
    """Made by the server for this Neutron resource (``kind`` in the singular)."""
    truth = NEUTRON_ON_PROVIDER_ROUTER if on_provider_router else NEUTRON
    return {**truth, "neutron": {"kind": kind, "id": resource_id}}


def host_infra(why: str) -> Truth:
    """Hosts, interfaces, tunnel zones, bindings of Neutron's ports."""
    return {"class": "host_infra", "phase": "host_infra", "why": why}


def uplink(why: str, *, implied: bool = False) -> Truth:
    """The operator's, on the Provider Router."""
    return _made("provider_router_uplink", why, implied) | {"on_provider_router": True}


def user(why: str, *, implied: bool = False) -> Truth:
    """Made by hand; ``implied``: the server added it as a consequence."""
    return _made("user", why, implied)


def runtime(why: str, *, implied: bool = False, phase: str = "runtime") -> Truth:
    """What agents write by themselves."""
    return _made("runtime", why, implied) | {"phase": phase}


def _made(owner: str, why: str, implied: bool) -> Truth:
    truth: Truth = {"class": owner, "phase": owner, "why": why}
    return truth | {"implied": True} if implied else truth


def intent_of(
    ownership: Mapping[str, Mapping[str, Truth]],
    modifications: list[JsonObject],
    neutron_dicts: Mapping[str, Iterable[JsonObject]],
    *,
    provider_router: str | None,
    hosts: Mapping[str, str],
    labels: Mapping[str, str],
    neutron_db_only: Mapping[str, list[str]],
) -> JsonObject:
    """The ground truth in the members that the recordings have; kinds without an object are left out."""
    by_kind = {
        kind: sorted(str(item["id"]) for item in items)
        for kind, items in neutron_dicts.items()
        if kind not in {"router_interfaces", "subnetpools"}
    }
    present = {kind: dict(records) for kind, records in sorted(ownership.items()) if records}
    return {
        "counts": {
            kind: dict(sorted(Counter(truth["class"] for truth in records.values()).items()))
            for kind, records in present.items()
        },
        "hosts": dict(hosts),
        "key_format": KEY_FORMAT,
        "labels": {"labels": dict(labels)},
        "midonet_only": [
            {**truth, "kind": kind, "id": key}
            for kind, records in present.items()
            for key, truth in sorted(records.items())
            if truth["phase"] != "neutron"
        ],
        "modifications": modifications,
        "neutron": sorted(resource_id for ids in by_kind.values() for resource_id in ids),
        "neutron_by_kind": by_kind,
        "neutron_db_only": dict(neutron_db_only),
        "ownership": present,
        "provider_router": provider_router,
    }
