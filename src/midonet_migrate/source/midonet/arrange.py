"""The order in which a snapshot keeps objects: the server's own list order is arbitrary (old 0.1)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from midonet_migrate.model.keys import JsonObject, link_key, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS


def arrange(objects: dict[str, list[JsonObject]]) -> None:
    """Sort every list in place: by key, but rules by chain id and position, host versions by host."""
    for kind in MIDONET_KINDS:
        if kind == "rule":
            objects.get(kind, []).sort(key=_chain_and_position)
        else:
            objects.get(kind, []).sort(key=partial(object_key, kind))
    objects.get("host_version", []).sort(key=_host_id)


def port_links(ports: list[JsonObject]) -> list[JsonObject]:
    """The links between ``ports``, each once: ``{"portId": lower id, "peerId": higher id}`` (old 3.6).

    A peer that is not among ``ports`` makes no link.
    """
    known = {port["id"] for port in ports}
    keys = {link_key(port["id"], port["peerId"]) for port in ports if port.get("peerId") in known}
    pairs = (key.split("/") for key in sorted(keys))
    return [{"portId": lower, "peerId": higher} for lower, higher in pairs]


def _chain_and_position(rule: Mapping[str, Any]) -> tuple[str, int]:
    return str(rule["chainId"]), int(rule["position"])


def _host_id(version: Mapping[str, Any]) -> str:
    return str(version.get("hostId"))
