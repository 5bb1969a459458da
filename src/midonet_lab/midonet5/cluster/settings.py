"""What the process takes from mn-conf, once, when it starts (imp 4.1, 4.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from midonet_lab.midonet5.importer import BackOff, ImporterSettings
from midonet_lab.midonet5.mn_conf.hocon_values import find
from midonet_lab.midonet5.mn_conf.store import ConfigStore

MOCK = "org.midonet.cluster.auth.MockAuthService"
KEYSTONE = frozenset(
    {
        "org.midonet.cluster.auth.keystone.KeystoneService",
        "org.midonet.cluster.auth.keystone.v2_0.KeystoneService",
    }
)
_LATCHES = {
    ("cluster", "vxgw", "enabled"): "vxgw/fp-latch",
    ("cluster", "containers", "enabled"): "containers/leader-latch",
}
"""Service -> its latch below the root; containers exist from 5.2 on."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class UnusableSettings(Exception):
    """The process cannot start with these settings."""


class ClusterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Effective for this host."""

    api_enabled: bool
    api_port: int
    api_path: str
    provider_class: str
    keystone_version: int
    keystone_protocol: str
    keystone_host: str
    keystone_port: int
    keystone_admin_token: str
    importer: ImporterSettings | None
    """None: it is not enabled."""
    latches: tuple[str, ...]
    """Where the enabled services without a stand-in take part in an election (imp 5.1)."""

    def __repr__(self) -> str:
        return f"ClusterSettings(api_port={self.api_port}, {self.importer!r})"


def read_settings(store: ConfigStore, host: str) -> ClusterSettings:
    """The effective settings of ``host``; the schemas must have been deployed.

    Raises ``HoconError`` for a text that cannot be read, ``UnusableSettings`` for a value of a wrong type.
    """
    tree = store.effective(host)

    def get(key: str, kind: type[Any]) -> Any:
        found = find(tree, tuple(key.split(".")))
        if found is None or not isinstance(found.data, kind):
            raise UnusableSettings(f"{key} is not set, or not a {kind.__name__}")
        return found.data

    return ClusterSettings(
        api_enabled=get("cluster.rest_api.enabled", bool),
        api_port=get("cluster.rest_api.http_port", int),
        api_path=get("cluster.rest_api.root_uri", str),
        provider_class=get("cluster.auth.provider_class", str),
        keystone_version=get("cluster.auth.keystone.version", int),
        keystone_protocol=get("cluster.auth.keystone.protocol", str),
        keystone_host=get("cluster.auth.keystone.host", str),
        keystone_port=get("cluster.auth.keystone.port", int),
        keystone_admin_token=get("cluster.auth.keystone.admin_token", str),
        importer=_importer(get, host) if get("cluster.neutron_importer.enabled", bool) else None,
        latches=tuple(path for key, path in _LATCHES.items() if find(tree, key) and get(".".join(key), bool)),
    )


def _importer(get: Callable[[str, type[Any]], Any], host: str) -> ImporterSettings:
    return ImporterSettings(
        host_id=host,
        connection_string=get("cluster.neutron_importer.connection_string", str),
        jdbc_driver_class=get("cluster.neutron_importer.jdbc_driver_class", str),
        user=get("cluster.neutron_importer.user", str),
        password=get("cluster.neutron_importer.password", str),
        period=_seconds(get("cluster.neutron_importer.period", str)),
        delay=_seconds(get("cluster.neutron_importer.delay", str)),
        back_off=BackOff(get("zookeeper.max_retries", int), _seconds(get("zookeeper.base_retry", str))),
    )


def _seconds(text: str) -> float:
    found = re.fullmatch(r"\s*([0-9.]+)\s*(ms|s|m|h|d)?\s*", text)
    if found is None:
        raise UnusableSettings(f"'{text}' is no duration")
    return float(found[1]) * _SECONDS[found[2] or "ms"]
