"""The topology that a plan promises: objects, links, rules in order, table entries. Built task by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.plan.tasks.behaviour import Behaviour, behaviour_of
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.verify.values import Object

FIRST_PORT: Final = 1
DYNAMIC_PORTS: Final = (1024, 65535)
"""``cluster.translators.nat.dynamic_port_start`` and ``_end``: their defaults (imp 4.2)."""
LAST_PORT: Final = 65535

Rules = list[Any]
"""A chain's rules in order: the id of a rule that has one of its own, or the content of a random one."""


class Site:
    """What must be in the new site, as far as the plan is followed. Fields hold one side of each link; the
    other is added by :func:`~midonet_migrate.verify.links.close_links`.

    ``random_rules`` of port chains have no id of their own (imp 3.5.2), so they stand in :attr:`rules` with
    their content, less ``id`` and ``chain_id``.
    """

    def __init__(self, version: TargetVersion) -> None:
        self.version: TargetVersion = version
        self.behaviour: Behaviour = behaviour_of(version)
        self.same_subnet_ports = (FIRST_PORT, LAST_PORT) if version == "5.0.2" else DYNAMIC_PORTS
        self.objects: dict[str, dict[str, Object]] = {}
        self.rules: dict[str, Rules] = {}
        self.by_api: dict[str, set[str]] = {}
        """Objects that went through the API, by class: it writes defaults out, so that unset equals them."""
        self.mac_entries: dict[str, set[tuple[int, str, str]]] = {}
        """Network -> (VLAN, MAC, port)."""
        self.arp_entries: dict[str, set[tuple[str, str]]] = {}
        """Network -> (address, MAC)."""
        self.group_members: dict[str, dict[str, list[str]]] = {}
        """Security group -> address -> its ports."""
        self.keyed: list[str] = []
        """Ports that were given a tunnel key, in the order in which they were."""
        self.keyless: set[str] = set()
        """Ports that the importer makes without a tunnel key: the router side of links."""
        self.router_ports: dict[str, list[str]] = {}
        self.host_ids: dict[str, str] = {}
        """Name of a host -> its id; the first host of a name counts (imp 3.5.1)."""
        self.local_routes: dict[str, Object] = {}
        """Router port -> the route with a random id that the API makes with it (new 2.5)."""
        self.dhcp_subnets: dict[tuple[str, str], Object] = {}
        """Network, subnet -> the DHCP object with a random id that the API makes (new 2.8)."""
        self.dhcp_v6: Counter[str] = Counter()
        """Network -> how many DHCPv6 subnets the API makes on it, with random ids."""
        self.vxlan_ports: dict[str, str] = {}
        """Port that a VTEP binding makes -> its network."""
        self.cut_ports: set[str] = set()
        """Ports that an API rewrites which forgets the rules of their floating IPs: 5.0.2 (new 1.8.1)."""
        self.cut_rules = 0
        """How many of these links were found cut."""
        self.jumps: dict[str, set[str]] = {}
        """Chain -> jump rules made through the API, which it may list."""

    def all(self, name: str) -> dict[str, Object]:
        """Every object of a class."""
        return self.objects.setdefault(name, {})

    def create(self, name: str, key: str, fields: Object) -> Object:
        """A new object; None stands for unset. Raises ``IntegrityFailed`` when the plan has it twice."""
        objects = self.objects.setdefault(name, {})
        if key in objects:
            raise IntegrityFailed(
                f"The plan makes the {name} {key} twice",
                why="MidoNet would refuse the second one.",
                hint="Prepare again; if it happens again, report it.",
            )
        made: Object = {"id": key}
        for field, value in fields.items():
            if value is not None:
                made[field] = value
        objects[key] = made
        return made

    def get(self, name: str, key: Any) -> Object:
        """An object made before. Raises ``IntegrityFailed`` when there is none."""
        found = self.objects.get(name, {}).get(key)
        if found is None:
            raise IntegrityFailed(
                f"The plan refers to a {name} {key or 'without an id'} that it does not make",
                why="MidoNet would refuse the task or the request.",
                hint="Prepare again; if it happens again, report it.",
            )
        return found

    def find(self, name: str, key: Any) -> Object | None:
        """An object made before, if there is one."""
        return self.objects.get(name, {}).get(key)

    def remove(self, name: str, key: str) -> None:
        """Take an object away, if it is there."""
        self.objects.get(name, {}).pop(key, None)

    def touch(self, name: str, key: str) -> None:
        """Note that the API writes this object."""
        self.by_api.setdefault(name, set()).add(key)

    def rewrite_port(self, key: str) -> None:
        """Note that the API writes this port anew, from what it shows of it."""
        self.get("Port", key)
        self.touch("Port", key)
        if self.version == "5.0.2":
            self.cut_ports.add(key)

    def is_by_api(self, name: str, key: str) -> bool:
        """Whether the API writes this object."""
        return key in self.by_api.get(name, ())

    def chain(self, key: str, name: str | None, tenant: str | None = None) -> Object:
        """A new chain without rules."""
        self.rules[key] = []
        return self.create("Chain", key, {"name": name, "tenant_id": tenant})

    def rule(self, chain: str, key: str, fields: Object) -> None:
        """A new rule with an id of its own, behind the others of its chain."""
        self.create("Rule", key, {**fields, "chain_id": chain})
        self.rules_of(chain).append(key)

    def rules_of(self, chain: str) -> Rules:
        """The rules of a chain, in order, to be changed in place."""
        self.get("Chain", chain)
        return self.rules[chain]

    def remove_rule(self, key: str) -> None:
        """Take a rule with an id of its own away, if it is there."""
        found = self.find("Rule", key)
        if found is not None:
            self.rules[found["chain_id"]].remove(key)
            self.remove("Rule", key)

    def remove_chain(self, key: str) -> None:
        """Take a chain away with its rules."""
        for rule in self.rules.pop(key, []):
            if isinstance(rule, str):
                self.remove("Rule", rule)
        self.remove("Chain", key)

    def take_key(self, port: str) -> None:
        """Note that this port takes the next tunnel key."""
        self.keyed.append(port)

    def link(self, one: str, other: str) -> None:
        """Make two ports peers."""
        self.get("Port", one)["peer_id"] = other
        self.get("Port", other)["peer_id"] = one

    def seed_mac(self, network: str, mac: str, port: str, vlan: int = 0) -> None:
        """A permanent entry of the network's MAC table."""
        self.mac_entries.setdefault(network, set()).add((vlan, mac, port))

    def seed_arp(self, network: str, address: str, mac: str) -> None:
        """A permanent entry of the network's ARP table."""
        self.arp_entries.setdefault(network, set()).add((address, mac))

    def host(self, name: str) -> str:
        """The id of the host of this name. Raises ``IntegrityFailed`` when the plan makes none."""
        if name not in self.host_ids:
            raise IntegrityFailed(
                f"The plan binds a port to the host {name}, which it does not make",
                why="The importer would wait for this host for ever (imp 3.5.1).",
                hint="Prepare again; if it happens again, report it.",
            )
        return self.host_ids[name]

    def ports_of(self, router: str) -> Iterator[tuple[str, Object]]:
        """The ports of a router, in the order in which they were made."""
        for key in self.router_ports.get(router, ()):
            port = self.find("Port", key)
            if port is not None:
                yield key, port

    def router_port(self, router: str, key: str, fields: Object) -> Object:
        """A new port on the router side."""
        port = self.create("Port", key, {"router_id": router, **fields})
        self.router_ports.setdefault(router, []).append(key)
        return port
