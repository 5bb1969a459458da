"""The server under replay: what it was told, what it made, and where things are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from midonet_lab.sites.generator.addresses import is_v6
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.topology import Topology
from midonet_migrate.model.keys import JsonObject

NOT_VIF = frozenset(
    {"network:dhcp", "network:floatingip", "network:router_interface", "network:router_gateway"}
)
"""Device owners whose ports get no chains; every other owner, known or not, makes a VIF port (old 4.1)."""


@dataclass(kw_only=True)
class History:
    """What happened in the life of a site and cannot be told from Neutron's last state.

    ``gateway_last``: routers whose gateway was set after their interfaces. ``reassociated``: floating IPs
    that were moved on the same router. ``never_told``: resources MidoNet has not (a refused or failed
    request). ``pool_routers``, ``vip_addresses``: what pools and VIPs had at their creation, where the
    subnet or port is gone since. ``group_order``: a port's groups in the order Neutron sent them last.
    ``without_interface_snat``: routers made by an older 1.9 release (old 4.4). ``bulk``: networks made in a
    bulk request, hence never linked; ``relinked``: external networks that were updated, whose links are
    new and whose VIF routes are lost (old 4.5).
    """

    gateway_last: set[str] = field(default_factory=set)
    reassociated: set[str] = field(default_factory=set)
    never_told: set[str] = field(default_factory=set)
    pool_routers: dict[str, str] = field(default_factory=dict)
    vip_addresses: dict[str, str] = field(default_factory=dict)
    group_order: dict[str, list[str]] = field(default_factory=dict)
    without_interface_snat: set[str] = field(default_factory=set)
    bulk: set[str] = field(default_factory=set)
    relinked: set[str] = field(default_factory=set)


def by_id(items: Iterable[JsonObject]) -> dict[str, JsonObject]:
    """Resources by id."""
    return {item["id"]: item for item in items}


class Server:
    """State that the parts of the model share."""

    def __init__(
        self, neutron: Mapping[str, list[JsonObject]], identities: Identities, history: History
    ) -> None:
        self.identities = identities
        self.history = history
        self.topology = Topology()
        self.neutron = {
            kind: [item for item in items if item["id"] not in history.never_told]
            for kind, items in neutron.items()
        }
        self.networks = by_id(self.neutron["networks"])
        self.subnets = by_id(self.neutron["subnets"])
        self.ports = by_id(self.neutron["ports"])
        self.routers = by_id(self.neutron["routers"])
        self.vip_port_ids = {vip["port_id"] for vip in self.neutron["vips"]}
        self.provider_router: str | None = None
        self.external_links: dict[str, dict[str, JsonObject]] = {}
        """Network -> subnet -> the Provider Router's port of that link."""
        self.interfaces_of: dict[str, list[JsonObject]] = {}
        """Network -> Neutron's router interface ports on it."""
        self.interface_peers: dict[str, JsonObject] = {}
        """Neutron interface port -> the router's port."""
        self.gateway_peers: dict[str, JsonObject] = {}
        """Router -> its end of the gateway link."""
        self.gateway_ports: dict[str, JsonObject] = {}
        """Router -> the Provider Router's end of the gateway link."""
        self.group_chains: dict[str, tuple[JsonObject, JsonObject]] = {}
        """Security group -> (ingress chain, egress chain)."""
        self.router_chains: dict[str, tuple[JsonObject, JsonObject]] = {}
        """Router -> (pre-routing chain, post-routing chain)."""
        self.dhcp_subnets: dict[str, JsonObject] = {}
        """Subnet -> DHCP subnet."""
        self.dhcp_ports: dict[str, JsonObject] = {}
        """Subnet -> the DHCP port whose first address it holds."""
        self.load_balancers: dict[str, JsonObject] = {}
        """Router -> load balancer."""

    def random_id(self) -> str:
        """An id that Neutron does not know."""
        return self.identities.uuid()

    def v4_addresses(self, port: JsonObject) -> list[JsonObject]:
        """The IPv4 entries of a Neutron port's ``fixed_ips``, in Neutron's order."""
        return [fixed for fixed in port["fixed_ips"] if not is_v6(fixed["ip_address"])]

    def first_v4(self, port: JsonObject) -> str | None:
        """The first IPv4 address of a Neutron port."""
        addresses = self.v4_addresses(port)
        return str(addresses[0]["ip_address"]) if addresses else None
