"""The settings that must stand before the first start of midonet-cluster (host 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from midonet_migrate.plan.mn_conf.authentication import (
    KEYSTONE_VERSION,
    MOCK_CLASS,
    PROVIDER_KEY,
    VERSION_KEY,
    Authentication,
    carried_authentication,
)
from midonet_migrate.plan.mn_conf.texts import Settings

SERVERS_KEY = "zookeeper.zookeeper_hosts"
CASSANDRA_KEYS = ("cassandra.servers", "cassandra.replication_factor", "cassandra.cluster")
_VXGW_PARAMETER, _VXGW_KEY = "midocluster-vxgw_enabled", "cluster.vxgw.enabled"
_AUTH_PREFIX = "cluster.auth."


class BaseSettings(msgspec.Struct, kw_only=True, frozen=True):
    """``settings`` for the template ``default``. ``kept``: keys that the operator has set for 5.x already."""

    settings: Settings
    open: bool = False
    obstacle: str = ""
    remedy: str = ""
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"BaseSettings({sorted(self.settings)}, open={self.open}, obstacle={self.obstacle!r})"


def base_settings(
    zookeeper_servers: str,
    api_parameters: Mapping[str, str],
    cassandra: Mapping[str, Any],
    present: Mapping[str, Any],
) -> BaseSettings:
    """The base settings of the new site.

    ``api_parameters``: those of 1.9's web.xml. ``cassandra``: 1.9's settings by their mn-conf key.
    ``present``: what the template ``default`` of 5.x holds already; authentication that somebody has set
    there stays as it is, whatever 1.9 used.
    """
    settings: Settings = {SERVERS_KEY: zookeeper_servers}
    warnings: list[str] = []
    settings |= {key: cassandra[key] for key in CASSANDRA_KEYS if key in cassandra}
    if not str(settings.get("cassandra.servers", "")).strip():
        settings.pop("cassandra.servers", None)
        if "cassandra.servers" not in present:
            warnings.append(
                "cassandra.servers stands neither in mn-conf of 1.9 nor in a file here, and stays unset in"
                " mn-conf: agents whose own midolman.conf does not name it do not find the state of running"
                " connections again after their switch"
            )
    vxgw = api_parameters.get(_VXGW_PARAMETER, "").strip().lower()
    if vxgw in {"true", "false"}:
        settings[_VXGW_KEY] = vxgw == "true"
    kept = _kept(present)
    if kept:
        own = {key: present[key] for key in kept}
        if VERSION_KEY not in own and own[PROVIDER_KEY] != MOCK_CLASS:
            settings[VERSION_KEY] = KEYSTONE_VERSION
            warnings.append(f"{VERSION_KEY} was not set: 5.x would speak version 3 to Keystone")
        others = sorted(
            key
            for key, value in carried_authentication(api_parameters).settings.items()
            if key != VERSION_KEY and key in present and str(present[key]) != str(value)
        )
        if others:
            warnings.append(
                f"web.xml of 1.9 says something else than mn-conf of {', '.join(others)}: what stands in"
                " mn-conf stays. If web.xml was changed since it was taken over, set it there, too"
            )
        is_open = own[PROVIDER_KEY] == MOCK_CLASS
        return BaseSettings(settings=settings, open=is_open, kept=kept, warnings=tuple(warnings))
    found: Authentication = carried_authentication(api_parameters)
    return BaseSettings(
        settings={**settings, **found.settings},
        open=found.open,
        obstacle=found.obstacle,
        remedy=found.remedy,
        warnings=(*warnings, *found.warnings),
    )


def _kept(present: Mapping[str, Any]) -> tuple[str, ...]:
    provider = present.get(PROVIDER_KEY)
    if not isinstance(provider, str) or not provider.strip() or provider == MOCK_CLASS:
        return ()
    return tuple(key for key in present if key.startswith(_AUTH_PREFIX))
