"""The fingerprint stays while agents run, and changes with anything somebody configures (old 3)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.fingerprint import fingerprint
from midonet_migrate.plan.ownership import classify
from old_site import OldSite


def site_with(kind: str, **members: Any) -> tuple[OldSite, JsonObject]:
    """A site with a network, and one object of the operator's."""
    site = OldSite()
    network = site.network()
    site.vif(network, [(site.subnet(network, "10.0.0.0/24"), "10.0.0.5")], [site.security_group()])
    if kind == "port":
        return site, site.bridge_port(site.add("bridge", name="mine")["id"], active=False, **members)
    return site, site.add(kind, **members)


def print_of(site: OldSite, flavour: str = "", profiles: dict[str, JsonObject] | None = None) -> str:
    snapshot = site.snapshot()
    snapshot.meta.plugin_flavour = flavour
    snapshot.meta.port_profiles = profiles or {}
    return fingerprint(snapshot, classify(snapshot))


VTEP: JsonObject = {"managementIp": "192.0.2.5", "managementPort": 6632, "tunnelZoneId": "z"}


@pytest.mark.parametrize(
    ("kind", "members", "changed"),
    [
        ("host", {"name": "h"}, {"alive": True}),
        ("host", {"name": "h"}, {"addresses": ["10.0.0.1"]}),
        ("host", {"name": "h"}, {"hostInterfaces": [{"name": "eth0"}]}),
        ("port", {}, {"active": True}),
        ("vtep", VTEP, {"connectionState": "CONNECTED"}),
        ("vtep", VTEP, {"description": "d", "name": "n"}),
        ("vtep", VTEP, {"name": "n"}),
        ("vtep", VTEP, {"tunnelIpAddrs": ["192.0.2.6"]}),
        ("interface", {"hostId": "h", "name": "eth0"}, {"mtu": 1400}),
    ],
)
def test_what_agents_and_switches_write_does_not_count(
    kind: str, members: JsonObject, changed: JsonObject
) -> None:
    """Else every plan were stale as soon as it is made."""
    site, item = site_with(kind, **members)
    before = print_of(site)
    item |= changed
    assert print_of(site) == before


@pytest.mark.parametrize(
    ("kind", "members", "changed"),
    [
        ("host", {"name": "h", "alive": True}, {"name": "other"}),
        ("host", {"name": "h", "alive": True}, {"floodingProxyWeight": 2}),
        ("port", {}, {"adminStateUp": False}),
        ("port", {}, {"inboundFilterId": "c"}),
        ("vtep", VTEP, {"managementPort": 6640}),
        ("bridge", {"name": "n", "inboundFilterId": None}, {"inboundFilterId": "c"}),
    ],
)
def test_what_somebody_configures_counts(kind: str, members: JsonObject, changed: JsonObject) -> None:
    site, item = site_with(kind, **members)
    before = print_of(site)
    item |= changed
    assert print_of(site) != before


def test_more_or_less_of_either_half_counts() -> None:
    site, item = site_with("chain", name="mine")
    prints = {print_of(site)}
    site.remove("chain", item)
    prints.add(print_of(site))
    site.neutron["networks"][0]["name"] = "other"
    prints.add(print_of(site))
    site.neutron["ports"].clear()
    prints.add(print_of(site))
    assert len(prints) == 4


def test_runtime_objects_do_not_count() -> None:
    """A route learned by BGP comes and goes."""
    site, router = site_with("router", name="mine")
    port = site.router_port(router["id"], "10.8.0.0/24", "10.8.0.1")
    site.add("bgp", portId=port["id"], localAS=65001, peerAS=65002, peerAddr="10.8.0.2")
    before = print_of(site)
    route = site.route(router["id"], ("10.9.0.0", 16), port["id"], learned=True)
    assert print_of(site) == before
    route["learned"] = False
    assert print_of(site) != before


def test_flavour_and_profiles_of_the_plugin_count() -> None:
    site, _ = site_with("chain", name="mine")
    assert print_of(site, "v1") != print_of(site, "v2")
    assert print_of(site, profiles={"p": {"a": "b"}}) != print_of(site)
