"""Which agent holds which ephemeral node of a 1.9 site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from midonet_lab.sites.site import Site
from midonet_lab.zookeeper_tree.tree import ROOT, Node

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWN = re.compile(rf"{ROOT}/(?:hosts/[^/]+/alive|ports/[^/]+/active/[^/]+)")
"""What an agent makes by itself, from its bindings."""


def share_nodes(nodes: Iterable[Node], site: Site) -> dict[str, list[Node]]:
    """Host id -> the nodes that its agent holds beside its flags; under ``""``: those that tell no host."""
    owners = _owners(site)
    shares: dict[str, list[Node]] = {}
    for node in nodes:
        owner = _owner(node, owners)
        if owner and _OWN.fullmatch(node.path):
            continue
        shares.setdefault(owner, []).append(node)
    return shares


def nodes_of_others(nodes: Sequence[Node], site: Site, hosted: Iterable[str]) -> list[Node]:
    """The nodes, flags included, of the agents that have no host among ``hosted``, and those of no host."""
    mine = {host_id for host_id in hosted if host_id}
    owners = _owners(site)
    return [node for node in nodes if _owner(node, owners) not in mine]


def interfaces_of(site: Site, host_id: str) -> tuple[str, ...]:
    """The interfaces of a host, without those whose ports are bound and yet not active."""
    there = {item["name"] for item in site.midonet.get("interface", []) if item["hostId"] == host_id}
    bound = [port for port in site.midonet.get("port", []) if port.get("hostId") == host_id]
    active = {port["interfaceName"] for port in bound if port.get("active")}
    idle = {port["interfaceName"] for port in bound if not port.get("active")}
    return tuple(sorted((there - idle) | active))


def _owner(node: Node, owners: Mapping[str, str]) -> str:
    found = _ID.findall(node.path.encode()) + _ID.findall(node.data)
    return next((owners[key] for word in found if (key := word.decode()) in owners), "")


def _owners(site: Site) -> Mapping[str, str]:
    """Id of a host, of a bound port or of a BGP session on one -> host id."""
    owners = {host["id"]: host["id"] for host in site.midonet.get("host", [])}
    owners |= {
        port["id"]: port["hostId"] for port in site.midonet.get("port", []) if port.get("hostId") is not None
    }
    sessions = {
        bgp["id"]: owners[bgp["portId"]] for bgp in site.midonet.get("bgp", []) if bgp["portId"] in owners
    }
    return owners | sessions
