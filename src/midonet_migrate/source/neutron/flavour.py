"""Which MidoNet plug-in wrote this database, told by what stands in it (db 1.1, 2.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings

UPLINK = "uplink"


class Traces(msgspec.Struct, kw_only=True):
    """Rows that only some plug-ins write: how many stand there.

    ``network_types`` is None when there is no table for them.
    """

    network_types: Sequence[str] | None
    port_security: int
    address_pairs: int
    routes: int


class Verdict(msgspec.Struct, kw_only=True):
    """The flavour, and each piece of evidence for it in words."""

    flavour: PluginFlavour
    evidence: list[str]


def detect(traces: Traces) -> Verdict:
    """The flavour that explains the rows.

    v2 alone marks uplink networks and writes port security (as ML2 does, so those rows count only beside
    the plug-in's own tables, without which v2 cannot run); address pairs, extra routes and network types
    come from v2 or legacy; v1 writes none of them.
    """
    types = traces.network_types
    if types is not None and UPLINK in types:
        return Verdict(flavour=PluginFlavour.V2, evidence=["an uplink network in midonet_network_bindings"])
    if types is not None and traces.port_security:
        count = traces.port_security
        evidence = [f"{count} rows of port security beside the plug-in's own tables"]
        return Verdict(flavour=PluginFlavour.V2, evidence=evidence)
    evidence = [
        f"{count} {what}"
        for count, what in (
            (len(types or ()), "rows in midonet_network_bindings"),
            (traces.address_pairs, "rows in allowedaddresspairs"),
            (traces.routes, "rows in routerroutes"),
        )
        if count
    ]
    if evidence:
        return Verdict(flavour=PluginFlavour.LEGACY, evidence=evidence)
    evidence = ["no row that only another plug-in writes"]
    if types is None:
        evidence.append("no midonet_network_bindings")
    return Verdict(flavour=PluginFlavour.V1, evidence=evidence)


def note_hidden(flavour: PluginFlavour, traces: Traces, findings: Findings) -> None:
    """Findings about rows that a plug-in of this flavour never shows, so that they will not be migrated."""
    hidden: Mapping[tuple[str, str], int] = {
        ("ports", tables.ADDRESS_PAIRS.name): traces.address_pairs if flavour is PluginFlavour.V1 else 0,
        ("routers", tables.ROUTER_ROUTES.name): traces.routes if flavour is PluginFlavour.V1 else 0,
        ("networks", tables.NETWORK_TYPES.name): (
            len(traces.network_types or ()) if flavour is PluginFlavour.V1 else 0
        ),
        ("ports", "port security"): traces.port_security if flavour is not PluginFlavour.V2 else 0,
    }
    for (kind, what), count in hidden.items():
        if count:
            message = f"{count} rows of {what}, which a {flavour} plug-in does not show: not migrated"
            findings.add("hidden-by-flavour", kind, "", message)
