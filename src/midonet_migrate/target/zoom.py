"""Reading MidoNet 5's topology from ZooKeeper in bulk (imp 5.1, 5.2)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper import jute
from midonet_migrate.zookeeper.pipeline import LINKS, Pipeline, Request

Consume = Callable[[str, bytes], None]
"""Called with the name and the data of a node."""

REPEATED: Final = frozenset(
    {
        "add_router_ids",
        "allocation_pools",
        "allowed_address_pairs",
        "bgp_network_ids",
        "bgp_peer_ids",
        "bindings",
        "conditions",
        "del_bgp_peer_ids",
        "del_router_ids",
        "devices",
        "dhcp_ids",
        "dhcpv6_ids",
        "dns_nameservers",
        "dns_server_address",
        "extra_dhcp_opts",
        "fip_nat_rule_ids",
        "firewall_rule_list",
        "fixed_ips",
        "floating_ip_ids",
        "gateway_route_ids",
        "health_monitors",
        "host_group_ids",
        "host_ids",
        "host_routes",
        "hosts",
        "in_port_ids",
        "inbound_mirror_ids",
        "insertion_ids",
        "ip_addr_ports",
        "ipsec_site_connection_ids",
        "jump_rule_ids",
        "local_cidrs",
        "logger_ids",
        "members",
        "metadata",
        "mirror_ids",
        "nat_targets",
        "network_inbound_ids",
        "network_outbound_ids",
        "opt121_routes",
        "out_port_ids",
        "outbound_mirror_ids",
        "peer_cidrs",
        "pool_ids",
        "pool_member_ids",
        "pools",
        "port_group_ids",
        "port_ids",
        "port_inbound_ids",
        "port_outbound_ids",
        "port_post_in_filter_ids",
        "port_pre_out_filter_ids",
        "post_in_filter_mirror_ids",
        "pre_out_filter_mirror_ids",
        "remote_mac_entry_ids",
        "route_ids",
        "router_inbound_ids",
        "router_outbound_ids",
        "router_redirect_ids",
        "routes",
        "rule_ids",
        "security_group_rules",
        "security_groups",
        "service_container_ids",
        "service_group_ids",
        "srv_insertion_ids",
        "subnets",
        "trace_request_ids",
        "tunnel_ips",
        "tunnel_zone_ids",
        "vip_ids",
        "vpn_service_ids",
        "vxlan_port_ids",
    }
)
"""Names of fields that are lists, in whatever message (imp A, E)."""

_SEQUENCE: Final = struct.Struct(">i")
_PERMANENT: Final = 2147483647


class ZoomReader:
    """Reads objects and table entries below the root key of MidoNet 5. Never looks at ``zoom/0/zoomlocks``,
    which may hold tens of thousands of nodes (new 1.11). A context manager.

    Raises ``ZooKeeperUnreachable``. Nodes that vanish while they are read are left out.
    """

    def __init__(self, servers: ZooKeeperServers, root: str) -> None:
        self._base = root.rstrip("/")
        self._pipeline: Pipeline[tuple[int, str]] = Pipeline(servers, links=LINKS)

    def __enter__(self) -> ZoomReader:
        self._pipeline.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._pipeline.__exit__(*error)  # type: ignore[arg-type]

    def classes(self) -> list[str]:
        """Names of the classes of objects, sorted; none before a cluster has ever run."""
        return sorted(self._children([f"{self._base}/zoom/0/models"])[0])

    def ids(self, name: str) -> list[str]:
        """The ids of the objects of a class."""
        return self._children([f"{self._base}/zoom/0/models/{name}"])[0]

    def objects(self, name: str, ids: Iterable[str], consume: Consume) -> None:
        """Objects of a class: id, and text in protobuf text format."""
        base = f"{self._base}/zoom/0/models/{name}"
        self._data(((key, f"{base}/{key}") for key in ids), consume)

    def sequence(self, name: str) -> int | None:
        """The last number that a sequence has handed out; None when it never did, or cannot be read."""
        found: list[bytes] = []
        self._data([(name, f"{self._base}/sequences/{name}")], lambda _, data: found.append(data))
        return _SEQUENCE.unpack(found[0])[0] if found and len(found[0]) == _SEQUENCE.size else None

    def mac_entries(self, consume: Callable[[str, int, str, str], None]) -> None:
        """Every permanent entry of MAC tables, new layout and old: network, VLAN, MAC, port."""
        for network, vlan, name in self._mac_nodes():
            entry = permanent(name)
            if entry is not None:
                consume(network, vlan, *entry)

    def arp_entries(self, consume: Callable[[str, str, str], None]) -> None:
        """Every permanent entry of the networks' ARP tables, new layout and old: network, address, MAC."""
        places = (
            (f"{self._base}/zoom/0/tables/Network", "ip4_mac_table"),
            (f"{self._base}/bridges", "ip4_mac_map"),
        )
        for base, table in places:
            networks = self._children([base])[0]
            tables = self._children([f"{base}/{network}/{table}" for network in networks])
            for network, names in zip(networks, tables, strict=True):
                for name in names:
                    entry = permanent(name)
                    if entry is not None:
                        consume(network, *entry)

    def _mac_nodes(self) -> Iterator[tuple[str, int, str]]:
        base = f"{self._base}/zoom/0/tables/Network"
        networks = self._children([base])[0]
        vlans = self._children([f"{base}/{network}/mac_table" for network in networks])
        yield from self._of_vlans(base, networks, vlans, "mac_table/{}")
        base = f"{self._base}/bridges"
        networks = self._children([base])[0]
        untagged = self._children([f"{base}/{network}/mac_ports" for network in networks])
        for network, names in zip(networks, untagged, strict=True):
            for name in names:
                yield network, 0, name
        vlans = self._children([f"{base}/{network}/vlans" for network in networks])
        yield from self._of_vlans(base, networks, vlans, "vlans/{}/mac_ports")

    def _of_vlans(
        self, base: str, networks: list[str], vlans: list[list[str]], place: str
    ) -> Iterator[tuple[str, int, str]]:
        pairs = [
            (network, vlan)
            for network, names in zip(networks, vlans, strict=True)
            for vlan in names
            if vlan.isdecimal()
        ]
        tables = self._children([f"{base}/{network}/{place.format(vlan)}" for network, vlan in pairs])
        for (network, vlan), names in zip(pairs, tables, strict=True):
            for name in names:
                yield network, int(vlan), name

    def _children(self, paths: list[str]) -> list[list[str]]:
        """The names of the children of each path, in order of the paths; none where there is no node."""
        results: list[list[str]] = [[] for _ in paths]
        requests = iter(
            ((number, ""), jute.GET_CHILDREN2, path.encode()) for number, path in enumerate(paths)
        )

        def answered(token: tuple[int, str], error: int, body: bytes) -> None:
            if not error:
                results[token[0]] = sorted(name.decode() for name in jute.names_of(body, 0))

        self._exchange(requests, answered)
        return results

    def _data(self, nodes: Iterable[tuple[str, str]], consume: Consume) -> None:
        requests = (((0, key), jute.GET_DATA, path.encode()) for key, path in nodes)

        def answered(token: tuple[int, str], error: int, body: bytes) -> None:
            if not error:
                consume(token[1], jute.data_of(body, 0) or b"")

        self._exchange(requests, answered)

    def _exchange(
        self,
        requests: Iterator[Request[tuple[int, str]]],
        answered: Callable[[tuple[int, str], int, bytes], None],
    ) -> None:
        self._pipeline.exchange(lambda: next(requests, None), answered)


def permanent(name: str) -> tuple[str, str] | None:
    """Key and value of a table entry's node name, if the entry never ages (imp 5.1); else None."""
    parts = name.split(",")
    if len(parts) != 3 or not parts[2].isdecimal() or int(parts[2]) != _PERMANENT:
        return None
    return parts[0], parts[1]
