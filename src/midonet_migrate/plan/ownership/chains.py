"""Which chains the server made: by name, linkage and content together (old 4.4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.ownership.chain_names import (
    EGRESS,
    INBOUND,
    INGRESS,
    OUTBOUND,
    POST,
    PRE,
    ChainName,
    group_chain_name,
    parse_chain_name,
)
from midonet_migrate.plan.ownership.expected_rules import (
    ExpectedRule,
    RouterRules,
    port_inbound,
    port_outbound,
    router_post,
    router_pre,
    security_group,
)
from midonet_migrate.plan.ownership.matching import pair_rules
from midonet_migrate.plan.ownership.port_roles import PortMap
from midonet_migrate.plan.ownership.signatures import looks_server_made
from midonet_migrate.plan.ownership.site import Site, is_vif

_FILTER = {
    INBOUND: "inboundFilterId",
    OUTBOUND: "outboundFilterId",
    PRE: "inboundFilterId",
    POST: "outboundFilterId",
}
_ROUTER_RULES: dict[str, RouterRules] = {PRE: router_pre, POST: router_post}


class Chains:
    """The server's chains of a site.

    ``made`` maps chain id to what it is for. ``displaced`` are those among them that their port or router no
    longer uses, because somebody put another filter there. ``roles``: what the ports are for.
    """

    def __init__(self, site: Site, roles: PortMap) -> None:
        self._site = site
        self.roles = roles
        self.made: dict[str, ChainName] = {}
        self.displaced: set[str] = set()
        self._of: dict[ChainName, str] = {}
        self._named: defaultdict[ChainName, list[JsonObject]] = defaultdict(list)
        for chain in site.chains.values():
            name = parse_chain_name(chain.get("name"))
            if name is not None:
                self._named[name].append(chain)
        unlinked = self._take_linked()
        self._take_groups()
        for name in unlinked:
            self._take_by_content(name)

    def chain_id(self, kind: str, resource_id: str, side: str) -> str | None:
        """The server's chain for one side of a Neutron resource."""
        return self._of.get(ChainName(kind, resource_id, side))

    def expected_rules(self, chain_id: str, name: ChainName) -> list[ExpectedRule]:
        """The rules the server made in a chain that is (or would be) the one of ``name``."""
        site = self._site
        if name.kind == "security_groups":
            rules = site.security_groups[name.id].get("security_group_rules") or []
            return security_group(rules, "egress" if name.side == EGRESS else "ingress")
        if name.kind == "routers":
            return self._router_rules(chain_id, name)
        port = site.neutron_ports[name.id]
        side = EGRESS if name.side == INBOUND else INGRESS
        targets = [
            (target, group_chain_name(group, side))
            for group in port.get("security_groups") or []
            if (target := self._jump_target(chain_id, group, side)) is not None
        ]
        return port_inbound(port, targets) if name.side == INBOUND else port_outbound(targets)

    def _jump_target(self, chain_id: str, group: str, side: str) -> str | None:
        """The group's chain; if that is gone, whatever missing chain a rule names as it."""
        known = self.chain_id("security_groups", group, side)
        if known is not None:
            return known
        name = group_chain_name(group, side)
        for rule in self._site.rules_by_chain.get(chain_id, []):
            target: str | None = rule.get("jumpChainId")
            if rule.get("jumpChainName") == name and target not in self._site.chains:
                return target
        return None

    def _router_rules(self, chain_id: str, name: ChainName) -> list[ExpectedRule]:
        router = self._site.neutron_routers[name.id]
        gateway = self.roles.gateways.get(name.id)
        snat = (router.get("external_gateway_info") or {}).get("enable_snat", True)
        return _ROUTER_RULES[name.side](
            chain_id,
            gateway.end if gateway else None,
            bool(snat),
            [interface.end for interface in self.roles.interfaces.get(name.id, [])],
            self._site.floating_ips_by_router.get(name.id, []),
        )

    def _take(self, chain_id: str, name: ChainName) -> None:
        self.made[chain_id] = name
        self._of[name] = chain_id

    def _take_linked(self) -> list[ChainName]:
        """Chains whose port or router points at them. Returns names whose chains are not pointed at."""
        unlinked = []
        for name, chains in self._named.items():
            if name.kind == "security_groups" or not self._has_chains(name):
                continue
            devices = self._site.ports if name.kind == "ports" else self._site.routers
            wanted = devices.get(name.id, {}).get(_FILTER[name.side])
            linked = next((chain["id"] for chain in chains if chain["id"] == wanted), None)
            if linked is None:
                unlinked.append(name)
            else:
                self._take(linked, name)
        return unlinked

    def _has_chains(self, name: ChainName) -> bool:
        if name.kind == "routers":
            return name.id in self._site.neutron_routers
        port = self._site.neutron_ports.get(name.id)
        return port is not None and is_vif(port)

    def _take_groups(self) -> None:
        jumps: Counter[str] | None = None
        for name, chains in self._named.items():
            if name.kind != "security_groups" or name.id not in self._site.security_groups:
                continue
            if len(chains) > 1 and jumps is None:
                jumps = self._jumps_of_linked_chains()
            best = chains[0] if len(chains) == 1 else self._best_group(name, chains, jumps or Counter())
            self._take(best["id"], name)

    def _best_group(self, name: ChainName, chains: Sequence[JsonObject], jumps: Counter[str]) -> JsonObject:
        """Of chains with one name: the one with the group's rule ids, then the one that ports jump to."""
        group = self._site.security_groups[name.id]
        ids = {rule["id"] for rule in group.get("security_group_rules") or []}

        def rank(chain: JsonObject) -> tuple[int, int, bool, int, str]:
            rules = self._site.rules_by_chain.get(chain["id"], [])
            known = sum(rule["id"] in ids for rule in rules)
            by_hand = sum(not looks_server_made(rule) for rule in rules)
            same_tenant = chain.get("tenantId") == group.get("tenant_id")
            return -known, -jumps[chain["id"]], not same_tenant, by_hand, chain["id"]

        return min(chains, key=rank)

    def _jumps_of_linked_chains(self) -> Counter[str]:
        return Counter(
            rule["jumpChainId"]
            for chain_id in self.made
            for rule in self._site.rules_by_chain.get(chain_id, [])
            if rule["type"] == "jump" and rule.get("jumpChainId")
        )

    def _take_by_content(self, name: ChainName) -> None:
        """A chain that nobody points at is still the server's if it holds most of the server's rules."""
        best: tuple[tuple[int, int, bool, str], str] | None = None
        for chain in self._named[name]:
            rules = [r for r in self._site.rules_by_chain.get(chain["id"], []) if r["type"] != "trace"]
            expected = self.expected_rules(chain["id"], name)
            matched = [rules[index] for index in pair_rules(rules, expected).pairs]
            by_hand = sum(not looks_server_made(rule) for rule in rules)
            if 2 * len(matched) < len(expected) or not all(looks_server_made(rule) for rule in matched):
                continue
            tenant = self._tenant_of(name)
            rank = (-len(matched), by_hand, chain.get("tenantId") != tenant, chain["id"])
            if best is None or rank < best[0]:
                best = (rank, chain["id"])
        if best is not None:
            self._take(best[1], name)
            self.displaced.add(best[1])

    def _tenant_of(self, name: ChainName) -> str | None:
        resources = self._site.neutron_ports if name.kind == "ports" else self._site.neutron_routers
        return resources[name.id].get("tenant_id")
