"""What the simulation cannot know: what really is in ZooKeeper where the next task wants to write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from midonet_migrate.plan.diagnosis.executed import Attempt, Stored
from midonet_migrate.plan.diagnosis.model import SiteFacts, Topology
from midonet_migrate.plan.diagnosis.nouns import STORED_AS, noun_of_class
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.validate import TaskRow

_SEED_VERSION = 2147483647
_LEGACY_NODES = ("ip4_mac_map", "mac_ports", "vlans")
_NAMES_OBJECT = re.compile(r"(There is no|A\(n\)) (\w+) with ID ([0-9a-f-]{36})")


class Obstacle(msgspec.Struct, frozen=True):
    """Something in ZooKeeper that stops the next task."""

    rule: str
    why: str
    remedy: str
    log: str


def contradicted(refused: Refused, topology: Topology) -> bool:
    """Whether ZooKeeper shows that the simulation refuses for want of knowledge: what it misses is there, or
    what it takes for existing is not."""
    found = _NAMES_OBJECT.search(refused.message)
    if found is None or refused.rule not in {"not-found", "exists"}:
        return False
    stored = [(name, found[3]) for name in STORED_AS.get(found[2], ())]
    if not stored:
        return False
    there = [topology.has(*item) for item in stored]
    return all(there) if refused.rule == "not-found" else not any(there)


def obstacle(row: TaskRow, attempt: Attempt, facts: SiteFacts, topology: Topology) -> Obstacle | None:
    """The first thing that is missing, or in the way, for a row that obeys every rule."""
    for stored in attempt.reads:
        if not topology.has(*stored):
            return _missing(stored)
    for stored in attempt.makes:
        if topology.has(*stored):
            return _left_over(stored)
    for path in _nodes(row, attempt, facts):
        if topology.has_node(path):
            return _in_the_way(path)
    return None


def live_size(attempt: Attempt, topology: Topology) -> int:
    """Bytes of the nodes that executing the row rewrites whole: the objects of the topology that it refers to
    (imp 5.2, 8.2). What is retained of Neutron's is only read, but for a port's network its Network grows."""
    rewritten = dict.fromkeys(
        ("Network" if name == "NeutronNetwork" else name, identity)
        for name, identity in attempt.reads
        if name == "NeutronNetwork" or not name.startswith("Neutron")
    )
    return sum(topology.size(*stored) for stored in rewritten)


def _missing(stored: Stored) -> Obstacle:
    name, identity = stored
    return Obstacle(
        rule="vanished",
        why=f"{noun_of_class(name)} {identity} ({name}) is not in ZooKeeper, though its task was executed:"
        " somebody deleted it since",
        remedy="do not change the new topology while the import runs; take this task out, or begin again:"
        " 'midonet-migrate rollback zookeeper', then prepare and import",
        log=f"NotFoundException: There is no {name} with ID {identity}.",
    )


def _left_over(stored: Stored) -> Obstacle:
    name, identity = stored
    return Obstacle(
        rule="left-over",
        why=f"{noun_of_class(name)} {identity} ({name}) is in ZooKeeper already, and no task of this table"
        " has made it: it was left over from an earlier import, or made through the API",
        remedy="delete it there, then retry; or begin again: 'midonet-migrate rollback zookeeper', then"
        " prepare and import",
        log=f"ObjectExistsException: A(n) {name} with ID {identity} already exists.",
    )


def _in_the_way(path: str) -> Obstacle:
    return Obstacle(
        rule="left-over",
        why=f"there is a node {path} below the root key already: left over from an earlier import whose"
        " zoom directory alone was removed, or an entry made through the API",
        remedy="delete the node; a clean must take bridges and routers away together with zoom; then retry",
        log="StorageNodeExistsException: There is already a node at ...",
    )


def _nodes(row: TaskRow, attempt: Attempt, facts: SiteFacts) -> Iterator[str]:
    """Nodes beside the objects: tables of a network, permanent entries of a port (imp 3.3, 3.5.1, 5.1)."""
    old = facts.version == "5.0.2"
    networks = [identity for name, identity in attempt.makes if name == "Network"]
    for network in networks if old else []:
        yield from (f"bridges/{network}/{name}" for name in _LEGACY_NODES)
    arp = "bridges/{}/ip4_mac_map" if old else "zoom/0/tables/Network/{}/ip4_mac_table"
    for network, address, mac in attempt.seeds:
        yield f"{arp.format(network)}/{address},{mac},{_SEED_VERSION}"
    if row.data_type == "PORT" and attempt.seeds:
        data = row.data if isinstance(row.data, dict) else json.loads(str(row.data))
        macs = "bridges/{}/mac_ports" if old else "zoom/0/tables/Network/{}/mac_table/0"
        entry = f"{data.get('mac_address')},{row.resource_id},{_SEED_VERSION}"
        yield f"{macs.format(attempt.seeds[0][0])}/{entry}"
