"""1.9's own configuration, key by key: carried to 5.x, dropped with the reason, or reported (host 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from midonet_migrate.plan.mn_conf.texts import Settings, flatten

DEFAULT_TEMPLATE = "default"
STOCK_TEMPLATES = frozenset(
    f"agent-{role}-{size}" for role in ("compute", "gateway") for size in ("medium", "large")
)
"""Templates of the packages: 5.x installs its own of the same names."""
CHANGED_DEFAULTS = {
    "agent.arptable.arp_stale": ("1800s", "60s"),
    "agent.arptable.arp_expiration": ("3600s", "90s"),
    "agent.haproxy_health_monitor.health_monitor_enable": (False, True),
    "cassandra.servers": ("127.0.0.1", ""),
    "cluster.vxgw.enabled": (False, True),
}
"""Key -> default of 1.9 and of 5.x: not set, it means something else now."""
CHANGED_DEFAULTS_5_2 = {"agent.haproxy_health_monitor.namespace_cleanup": (False, True)}
"""The same of 5.2 and later alone."""
_DOUBLED_5_2 = "agent.datapath.*_burst_capacity"

Verdict = Literal["carried", "dropped", "reported"]
_ROOTS = ("agent.", "cluster.", "cassandra.", "zookeeper.")
_GONE = re.compile(
    r"cluster\.(conf_api|flow_tracing|midocluster|snoopy|topology_zoom_updater)(\..*)?"
    r"|cluster\..*\.with|cluster\.vxgw\.network_buffer_size"
    r"|zookeeper\.(curator_enabled|use_new_stack)"
)


class Place(msgspec.Struct, frozen=True, order=True):
    """Where settings stand: a template, or a host's own."""

    kind: Literal["template", "host"]
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class OldConfiguration(msgspec.Struct, kw_only=True, frozen=True):
    """mn-conf's data of 1.9: trees by template and by host, and each host's template."""

    templates: dict[str, dict[str, Any]] = {}
    nodes: dict[str, dict[str, Any]] = {}
    mappings: dict[str, str] = {}


class Item(msgspec.Struct, kw_only=True, frozen=True):
    """What becomes of one setting. ``value`` is not to be shown for a secret."""

    place: str
    key: str
    verdict: Verdict
    reason: str = ""
    value: Any = None

    def __repr__(self) -> str:
        return f"Item({self.place}: {self.key} {self.verdict})"


class CarryOver(msgspec.Struct, kw_only=True, frozen=True):
    """``settings`` to write, by place; ``mappings``: host -> template; ``items``: all of them, judged."""

    settings: dict[Place, Settings]
    mappings: dict[str, str]
    items: tuple[Item, ...]


def carry_over(old: OldConfiguration, *, to_5_2: bool = False) -> CarryOver:
    """Judge every setting of 1.9, and tell the defaults that are others in 5.x (``to_5_2``: in 5.2 or later).
    What :mod:`base` sets in the template ``default`` is its business alone."""
    settings: dict[Place, Settings] = {}
    items: list[Item] = []
    for place, tree in _places(old):
        flat = flatten(tree)
        if place.kind == "template" and place.name in STOCK_TEMPLATES:
            reason = "a template of the packages: 5.x has its own of this name"
            items += [Item(place=str(place), key=key, verdict="dropped", reason=reason) for key in flat]
            continue
        for key, value in flat.items():
            verdict, reason = _judge(key, value)
            items.append(Item(place=str(place), key=key, verdict=verdict, reason=reason, value=value))
            if verdict == "carried":
                settings.setdefault(place, {})[key] = value
    mappings = {}
    for host, template in sorted(old.mappings.items()):
        known = template in STOCK_TEMPLATES or template in old.templates or template == DEFAULT_TEMPLATE
        if known:
            mappings[host] = template
        items.append(
            Item(
                place=f"host {host}",
                key="template",
                verdict="carried" if known else "reported",
                reason="" if known else "there is no such template",
                value=template,
            )
        )
    return CarryOver(settings=settings, mappings=mappings, items=(*items, *_defaults(old, to_5_2=to_5_2)))


def _places(old: OldConfiguration) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for name, tree in sorted(old.templates.items()):
        yield Place("template", name), tree
    for host, tree in sorted(old.nodes.items()):
        yield Place("host", host), tree


def _judge(key: str, value: Any) -> tuple[Verdict, str]:
    if value is None:
        return "dropped", "null: it says nothing"
    if _GONE.fullmatch(key):
        return "dropped", "MidoNet 5 has no such setting"
    if key == "zookeeper.root_key":
        return "dropped", "5.x has a root of its own"
    if key == "zookeeper.zookeeper_hosts":
        return "dropped", "set for 5.x from the servers that this migration uses"
    if key.startswith("cluster.neutron_importer."):
        return "dropped", "set for the import alone"
    if key.startswith("cluster.auth."):
        return "reported", "authentication is taken over from the 1.9 API's web.xml"
    if not key.startswith(_ROOTS):
        return "reported", "no part of MidoNet that is known"
    if not _writable(value):
        return "reported", "its value cannot be carried over exactly; set it by hand"
    return "carried", ""


def _writable(value: Any) -> bool:
    if isinstance(value, list):
        return all(_writable(item) for item in value)
    return isinstance(value, str | bool | int | float)


def _defaults(old: OldConfiguration, *, to_5_2: bool) -> Iterator[Item]:
    everywhere = flatten(old.templates.get(DEFAULT_TEMPLATE, {}))
    changed = {**CHANGED_DEFAULTS, **(CHANGED_DEFAULTS_5_2 if to_5_2 else {})}
    reasons = {
        key: f"not set: {before!r} in 1.9, {now!r} in 5.x"
        for key, (before, now) in changed.items()
        if key not in everywhere
    }
    if to_5_2:
        reasons[_DOUBLED_5_2] = "where one of these is not set, it is twice in 5.2 what it is in 1.9"
    for key, reason in reasons.items():
        yield Item(place="default of the version", key=key, verdict="reported", reason=reason)
