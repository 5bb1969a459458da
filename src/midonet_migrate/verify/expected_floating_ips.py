"""FLOATINGIP: seeds and rules on the router that carries it (imp 3.8)."""

from __future__ import annotations

from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    in_chain_id,
    interface_peer_id,
    out_chain_id,
    tenant_gateway_port_id,
)
from midonet_migrate.verify.expected_rules import translation
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, host_subnet, in_subnet

_STATIC = (0, 0)


def create_floating_ip(site: Site, message: Object) -> None:
    """The floating IP and, if it is associated, its ARP entry and its rules, in front of their chains."""
    key = message["id"]
    site.create("FloatingIp", key, message)
    if "port_id" not in message:
        return
    router = message["router_id"]
    outside, inside = message["floating_ip_address"], message["fixed_ip_address"]
    site.get("Port", message["port_id"])
    network_port, router_port = _attachment(site, router, outside)
    network = site.get("Port", network_port)["network_id"]
    site.seed_arp(network, outside, site.get("NeutronPort", network_port).get("mac_address", ""))
    port = message["port_id"]
    _prepend(
        site,
        out_chain_id(router),
        derived_id(Derived.FLOATING_IP_SNAT_RULE, key),
        translation(
            "ACCEPT",
            {"out_port_ids": [router_port], "nw_src_ip": host_subnet(inside), "fragment_policy": "ANY"},
            outside,
            _STATIC,
            fip_port=port,
        ),
    )
    _prepend(
        site,
        in_chain_id(router),
        derived_id(Derived.FLOATING_IP_DNAT_RULE, key),
        translation(
            "ACCEPT",
            {"in_port_ids": [router_port], "nw_dst_ip": host_subnet(outside), "fragment_policy": "ANY"},
            inside,
            _STATIC,
            destination=True,
            fip_port=port,
        ),
    )
    if site.behaviour.reverse_dnat_rule:
        _prepend(
            site,
            out_chain_id(router),
            derived_id(Derived.FLOATING_IP_REVERSE_DNAT_RULE, key),
            translation(
                "CONTINUE",
                {
                    "out_port_ids": [router_port],
                    "icmp_data_dst_ip": host_subnet(inside),
                    "fragment_policy": "ANY",
                },
                outside,
                _STATIC,
                destination=True,
                fip_port=port,
            ),
        )


def _prepend(site: Site, chain: str, key: str, rule: Object) -> None:
    site.create("Rule", key, {**rule, "chain_id": chain})
    site.rules_of(chain).insert(0, key)


def _attachment(site: Site, router: str, address: str) -> tuple[str, str]:
    """The port on the network of the floating IP that answers for it, and its router port."""
    gateway = site.get("NeutronRouter", router).get("gw_port_id")
    if gateway is not None:
        port = tenant_gateway_port_id(gateway)
        fields = site.find("Port", port)
        if fields is not None and in_subnet(fields["port_subnet"], address):
            return gateway, port
    for port, fields in site.ports_of(router):
        peer = interface_peer_id(port)
        subnet = fields.get("port_subnet")
        if subnet and in_subnet(subnet, address) and site.find("NeutronPort", peer) is not None:
            return peer, port
    raise IntegrityFailed(
        f"Router {router} has no port whose subnet contains {address}",
        why="The importer would refuse the floating IP (imp 3.8).",
        hint="Prepare again; if it happens again, report it.",
    )
