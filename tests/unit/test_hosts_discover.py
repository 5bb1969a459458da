"""Which hosts a site has: roles, addresses, and everything that an operator must look at."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from golden_snapshot import midonet_objects
from midonet_lab.processes.sshd import sshd_missing
from midonet_migrate.hosts.discover import (
    DiscoverOptions,
    Found,
    FoundHost,
    ThisMachine,
    clean_addresses,
    find_hosts,
)
from midonet_migrate.hosts.inventory import inventory_text, parse_inventory
from midonet_migrate.hosts.inventory_merge import HostVerdict, merge
from midonet_migrate.hosts.this_machine import resolver, this_machine
from midonet_migrate.model.hosts import Connection, HostEntry, Inventory, Role

_PROVIDER, _TENANT_ROUTER = "provider", "tenant-router"
_ROUTERS: list[dict[str, Any]] = [
    {"id": _PROVIDER, "name": "MidoNet Provider Router", "tenantId": None},
    {"id": _TENANT_ROUTER, "name": "r1", "tenantId": "t"},
]
_NETWORK = ipaddress.ip_network("10.0.0.0/24")


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _host(number: int, name: str, *addresses: str, alive: bool = True) -> dict[str, Any]:
    shown = ["/127.0.0.1", "/fe80:0:0:0:1:2:3:4%eth0", *(f"/{address}" for address in addresses)]
    return {"id": _id(number), "name": name, "alive": alive, "addresses": shown}


def _port(number: int, host: int, device: str = _TENANT_ROUTER, **members: Any) -> dict[str, Any]:
    return {"id": f"port{number}", "type": "Router", "deviceId": device, "hostId": _id(host), **members}


def _find(
    hosts: Sequence[dict[str, Any]],
    ports: Sequence[dict[str, Any]] = (),
    bgps: Sequence[dict[str, Any]] = (),
    names: dict[str, list[str]] | None = None,
    machine: ThisMachine = ThisMachine(),  # noqa: B008 - it has no state
    routers: Sequence[dict[str, Any]] = _ROUTERS,
    **options: Any,
) -> Found:
    known = names or {}
    return find_hosts(
        hosts, routers, ports, bgps, DiscoverOptions(**options), machine, lambda name: known.get(name, [])
    )


def _one(found: Found, name: str) -> FoundHost:
    (host,) = [host for host in found.hosts if host.entry.name == name]
    return host


def test_gateways_have_a_port_of_the_provider_router_or_bgp() -> None:
    """Bound ports of tenant routers are told, those of health monitors are not even that."""
    found = _find(
        [_host(n, f"h{n}", f"10.0.0.{n}") for n in range(1, 7)],
        [
            _port(1, 1, _PROVIDER),
            _port(2, 2),
            _port(3, 3),
            _port(4, 4, interfaceName="abcd_hm_dp"),
            _port(5, 5, type="Bridge"),
            {**_port(6, 6, _PROVIDER), "hostId": None},
        ],
        [{"id": "b", "portId": "port2"}],
        networks=(_NETWORK,),
    )
    roles = {host.entry.name: host.entry.roles for host in found.hosts}
    assert {name for name, of in roles.items() if of == (Role.GATEWAY,)} == {"h1", "h2"}
    assert {name for name, of in roles.items() if of == (Role.COMPUTE,)} == {"h3", "h4", "h5", "h6"}
    (remark,) = found.remarks
    assert "h3 has a port of router r1 (port3)" in remark
    assert "role gateway" in remark


def test_a_tenants_router_of_the_same_name_is_not_the_provider_router() -> None:
    """Names lie; the server's own has no tenant."""
    routers = [{"id": _PROVIDER, "name": "MidoNet Provider Router", "tenantId": "t"}]
    found = _find([_host(1, "h1")], [_port(1, 1, _PROVIDER)], routers=routers)
    assert found.hosts[0].entry.roles == (Role.COMPUTE,)


def test_dead_hosts_are_reported_and_left_out() -> None:
    """They are never touched."""
    found = _find([_host(1, "a", "10.0.0.1"), _host(2, "b", "10.0.0.2", alive=False)], networks=(_NETWORK,))
    assert [host.entry.name for host in found.hosts] == ["a"]
    assert found.dead == [("b", _id(2))]


def test_the_one_address_in_the_management_network_is_taken() -> None:
    """Several or none are told, and the name is tried."""
    hosts = [
        _host(1, "one", "10.0.0.1", "192.0.2.1"),
        _host(2, "two", "10.0.0.2", "10.0.0.22"),
        _host(3, "none", "192.0.2.3"),
        _host(4, "named", "192.0.2.4"),
    ]
    names = {"one": ["198.51.100.1"], "named": ["192.0.2.4"], "two": ["10.0.0.22"]}
    found = _find(hosts, names=names, networks=(_NETWORK,))
    one, two, none, named = (_one(found, name) for name in ("one", "two", "none", "named"))
    assert (one.entry.address, one.address_from, one.remarks) == ("10.0.0.1", "the management network", [])
    assert two.entry.destination == "two"
    assert two.remarks == ["several addresses in the management network: 10.0.0.2, 10.0.0.22"]
    assert (named.entry.destination, named.address_from) == ("named", "its name (192.0.2.4)")
    assert (none.address_from, none.entry.address) == ("nothing", "")
    assert any("MidoNet reports 192.0.2.3" in remark for remark in none.remarks)


def test_a_name_that_leads_elsewhere_is_told() -> None:
    """It is used, for ssh_config may know better, but not silently."""
    found = _find([_host(1, "h", "10.0.0.1")], names={"h": ["203.0.113.9"]})
    (remark,) = found.hosts[0].remarks
    assert "203.0.113.9" in remark
    assert "10.0.0.1" in remark


def test_ipv6_and_addresses_with_names_are_understood() -> None:
    """Java writes ``name/address`` and whole IPv6 addresses."""
    shown = ["h.example.org/10.0.0.9", "/2001:db8:0:0:0:0:0:1", "/0:0:0:0:0:0:0:1", "nonsense", "/10.0.0.9"]
    assert list(map(str, clean_addresses(shown))) == ["10.0.0.9", "2001:db8::1"]


def test_controllers_are_those_that_are_given() -> None:
    """With agent, by short or full name, and without; a controller's agent makes it no compute host."""
    found = _find(
        [_host(1, "ctl1.example.org"), _host(2, "ctl2"), _host(3, "cmp")],
        [_port(1, 2, _PROVIDER)],
        controllers=("ctl1", "ctl2", "ctl3"),
        nsdb=("ctl3", "cmp"),
        names={"ctl3": ["192.0.2.3"]},
        user="ops",
        sudo=True,
    )
    assert [(host.entry.name, host.entry.roles) for host in found.hosts] == [
        ("ctl1.example.org", (Role.CONTROLLER,)),
        ("ctl2", (Role.CONTROLLER, Role.GATEWAY)),
        ("ctl3", (Role.CONTROLLER, Role.NSDB)),
        ("cmp", (Role.NSDB, Role.COMPUTE)),
    ]
    assert "given as ctl1" in _one(found, "ctl1.example.org").remarks
    assert not _one(found, "ctl3").entry.has_agent
    assert {(host.entry.user, host.entry.sudo) for host in found.hosts} == {("ops", True)}


def test_a_short_name_that_could_be_two_hosts_is_neither() -> None:
    """It becomes a host of its own, for the operator to see."""
    found = _find([_host(1, "ctl.a.org"), _host(2, "ctl.b.org")], controllers=("ctl",))
    assert {host.entry.name for host in found.hosts} == {"ctl.a.org", "ctl.b.org", "ctl"}


def test_this_machine_is_known_by_its_host_id_or_name() -> None:
    """It is local; no user, no sudo. Only one can be."""
    machine = ThisMachine(names=frozenset({"me", "ctl"}), midonet_host_id=_id(1))
    found = _find([_host(1, "me"), _host(2, "other")], machine=machine, user="ops", controllers=("ctl",))
    assert _one(found, "me").entry.connection is not _one(found, "ctl").entry.connection
    assert _one(found, "other").entry.connection is Connection.SSH
    only = _find([_host(2, "other")], machine=machine, user="ops", controllers=("ctl",))
    assert only.hosts[0].entry == HostEntry(name="ctl", roles=(Role.CONTROLLER,), connection=Connection.LOCAL)


def test_hosts_of_the_same_name_get_names_of_their_own() -> None:
    """Names are unique in the inventory."""
    found = _find([_host(1, "h"), _host(2, "h"), _host(3, "bad name")], names={"h": ["10.0.0.1"]})
    names = [host.entry.name for host in found.hosts]
    assert len(set(names)) == 3
    assert all("MidoNet calls it" in host.remarks[0] for host in found.hosts)
    text = inventory_text(Inventory(hosts=tuple(host.entry for host in found.hosts)))
    assert {host.midonet_name for host in parse_inventory(text, "f").hosts} == {"h", "bad name"}


@pytest.mark.parametrize("name", ["-oProxyCommand=id", "two words", "m\u00fcnchen", "nul\0", "line\n", ""])
def test_a_name_that_ssh_cannot_be_called_with_is_never_an_address(name: str) -> None:
    """Behind a ``ProxyJump`` for every host each name leads somewhere; the file must be usable still."""
    found = _find([_host(1, name, "10.0.0.1")], names={name: ["10.0.0.1"]})
    entry = found.hosts[0].entry
    assert entry.address == ""
    assert "write its address into hosts.yaml" in " ".join(found.hosts[0].remarks)
    assert parse_inventory(inventory_text(Inventory(hosts=(entry,))), "f").hosts == (entry,)


def test_the_operators_lines_win_and_differences_are_told() -> None:
    """New hosts are added; a host is the same by its id, whatever its name."""
    found = _find(
        [
            _host(1, "a", "10.0.0.1", "192.0.2.1"),
            _host(2, "b", "10.0.0.2"),
            _host(3, "c", "10.0.0.3"),
            _host(4, "dead", alive=False),
            _host(5, "dead2", alive=False),
        ],
        [_port(1, 1, _PROVIDER)],
        networks=(_NETWORK,),
    )
    mine = HostEntry(name="rack1", roles=(Role.COMPUTE,), midonet_host_id=_id(1), address="192.0.2.1")
    same = HostEntry(name="b", roles=(Role.COMPUTE, Role.NSDB), midonet_host_id=_id(2), user="me")
    gone = HostEntry(name="gone", roles=(Role.COMPUTE,), midonet_host_id=_id(99))
    hand = HostEntry(name="ctl", roles=(Role.CONTROLLER,))
    dead = HostEntry(name="dead", roles=(Role.COMPUTE,), midonet_host_id=_id(4))
    merged = merge(Inventory(hosts=(mine, same, gone, hand, dead)), found)
    assert [entry.name for entry in merged.added] == ["c"]
    verdicts = {row.name: row.verdict for row in merged.rows}
    assert verdicts == {
        "rack1": HostVerdict.DIFFERENT,
        "b": HostVerdict.KEPT,
        "c": HostVerdict.NEW,
        "gone": HostVerdict.UNKNOWN,
        "ctl": HostVerdict.KEPT,
        "dead": HostVerdict.DIFFERENT,
        "dead2": HostVerdict.DEAD,
    }
    (row,) = [row for row in merged.rows if row.name == "rack1"]
    assert row.remarks == [
        "roles: compute in hosts.yaml, gateway found",
        "address: 192.0.2.1 in hosts.yaml, 10.0.0.1 found",
    ]


def test_this_machine_is_not_added_once_more_by_another_name() -> None:
    """hosts.yaml would have two local hosts, which makes it unusable."""
    machine = ThisMachine(names=frozenset({"controller1"}))
    found = _find([], machine=machine, controllers=("controller1",))
    mine = HostEntry(name="ctl", roles=(Role.NSDB,), connection=Connection.LOCAL)
    merged = merge(Inventory(hosts=(mine,)), found)
    assert merged.added == []
    (row,) = merged.rows
    assert (row.name, row.verdict) == ("ctl", HostVerdict.DIFFERENT)
    assert row.remarks == [
        "name: ctl in hosts.yaml, controller1, also this machine, found",
        "roles: nsdb in hosts.yaml, controller found",
    ]


def test_finding_the_same_again_adds_nothing() -> None:
    """The second run has nothing to do."""
    found = _find([_host(n, f"h{n}", f"10.0.0.{n}") for n in range(1, 30)], networks=(_NETWORK,), nsdb=("z",))
    merged = merge(Inventory(), found)
    again = merge(Inventory(hosts=tuple(merged.added)), found)
    assert len(merged.added) == 30
    assert not again.added
    assert {row.verdict for row in again.rows} == {HostVerdict.KEPT}
    assert [entry.name for entry in merged.added[1:]] == [f"h{n}" for n in range(1, 30)]


def test_the_recorded_site(golden: Path) -> None:
    """Three computes, one of them dead, and a gateway, from the objects of a real server."""
    objects = midonet_objects(golden / "site-b" / "midonet-1.9-api.json")
    found = find_hosts(
        objects["host"],
        objects["router"],
        objects["port"],
        objects["bgp"],
        DiscoverOptions(networks=(ipaddress.ip_network("192.0.2.0/24"),)),
        ThisMachine(),
        lambda _: [],
    )
    assert [(host.entry.name, host.entry.address, host.entry.roles) for host in found.hosts] == [
        ("gw-1", "192.0.2.21", (Role.GATEWAY,)),
        ("compute-1", "192.0.2.11", (Role.COMPUTE,)),
        ("compute-2", "192.0.2.12", (Role.COMPUTE,)),
    ]
    assert [name for name, _ in found.dead] == ["compute-3"]
    (remark,) = found.remarks
    assert "compute-2 has a port of router legacy-rtr" in remark


def test_names_are_resolved_as_the_operators_ssh_does(tmp_path: Path) -> None:
    """Aliases of ssh_config, and what only a jump host can resolve."""
    if "ssh" in sshd_missing().split(": ")[-1].split(", "):
        pytest.skip(sshd_missing())
    config = tmp_path / "ssh_config"
    config.write_text(
        "Host alias\n  HostName 127.0.0.7\nHost behind\n  ProxyJump bastion\n  HostName in.invalid\n"
    )
    resolve = resolver(str(config))
    assert resolve("alias") == ["127.0.0.7"]
    assert resolve("behind") == ["in.invalid"]
    assert resolve("no-such-host.invalid") == []
    assert resolve("-oProxyCommand=false") == []


def test_this_machine_has_a_name() -> None:
    """And 'localhost' is none."""
    machine = this_machine()
    assert socket.gethostname() in machine.names or socket.gethostname() == "localhost"
    assert "localhost" not in machine.names
