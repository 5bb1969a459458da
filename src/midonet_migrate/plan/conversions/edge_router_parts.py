"""What the parts of the edge-router conversion share: labels, requests, decisions."""

from __future__ import annotations

from ipaddress import IPv4Network

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import (
    Bucket,
    Conversion,
    ConversionPlan,
    ConversionRequest,
    Finding,
    Outcome,
    Source,
)
from midonet_migrate.plan.conversions.old_site import OldSite


def vendor(name: str) -> str:
    """The 5.x media type of one representation, e.g. ``Router-v3`` (new 1.3)."""
    return f"application/vnd.org.midonet.{name}+json"


class Edge:
    """The edge router in the making: what was decided so far, and which parts later ones may refer to."""

    LABEL = "edge_router"

    def __init__(self, site: OldSite, router: JsonObject, plan: ConversionPlan) -> None:
        self.site = site
        self.router = router
        self.plan = plan
        self.ports = [port for port in site.ports.values() if port["deviceId"] == router["id"]]
        self.reach: dict[str, str] = {}
        """1.9 port id -> label of the Neutron port behind which 5.x makes the router port."""
        self.kept_ports: set[str] = set()
        """1.9 ports that exist under their own id in 5.x."""
        self.uplink_subnets: dict[str, str] = {}
        self.networks: list[IPv4Network] = []
        self.own_addresses: set[str] = set()

    def label(self, port: JsonObject) -> str:
        """The label under which the Neutron port that replaces ``port`` is known."""
        return f"port_{port['id']}"

    def new_port(self, port_id: str) -> str | None:
        """How requests name the 5.x router port that replaces a 1.9 port; None when nothing does."""
        if port_id in self.kept_ports:
            return port_id
        label = self.reach.get(port_id)
        return f"${{{label}:interface-peer}}" if label else None

    def add_interface(self, body: JsonObject, label: str) -> ConversionRequest:
        """Neutron's add_router_interface for the edge router."""
        return ConversionRequest(
            api="neutron",
            method="PUT",
            path=f"/v2.0/routers/${{{self.LABEL}}}/add_router_interface.json",
            body=body,
            saves=label,
        )

    def filters_of(self, kind: str, item: JsonObject) -> JsonObject:
        """The filters of the Provider Router or one of its ports, under their ids in 5.x.

        One that 5.x will not have is left out, with a finding unless it is only the chain of a trace.
        """
        body: JsonObject = {}
        for member in ("inboundFilterId", "outboundFilterId"):
            found = self.site.chain_after_import(item[member]) if item.get(member) else None
            if found is not None:
                body[member] = found
            elif item.get(member) and not self._is_of_trace(item[member]):
                self.plan.findings.append(
                    Finding(
                        level="warning",
                        rule="filter-dropped",
                        kind=kind,
                        id=item["id"],
                        message=f"{member} {item[member]} -> null: MidoNet 5 does not have that chain",
                        remedy="put a filter in place before traffic reaches the edge router",
                    )
                )
        return body

    def _is_of_trace(self, chain_id: str) -> bool:
        record = self.site.ownership.owners.get(("chain", chain_id))
        return record is not None and record.owner is Owner.RUNTIME

    def filters(self, port: JsonObject) -> list[ConversionRequest]:
        """The request that puts the filters of ``port`` on the router port that replaces it, if any."""
        body = self.filters_of("port", port)
        if not body:
            return []
        return [
            ConversionRequest(
                api="midonet",
                method="PUT",
                path=f"/ports/${{{self.label(port)}:interface-peer}}",
                body=body,
                media_type=vendor("Port-v3"),
            )
        ]

    def convert(
        self, kind: str, source: Source, requests: list[ConversionRequest], rule: str, reason: str
    ) -> None:
        """Add one conversion."""
        self.plan.conversions.append(
            Conversion(type=kind, source=source, requests=requests, rule=rule, reason=reason)
        )

    def decide(self, kind: str, key: str, rule: str, reason: str) -> None:
        """The object is converted."""
        self.plan.outcomes[kind, key] = Outcome(Bucket.CONVERTED, rule, reason)
