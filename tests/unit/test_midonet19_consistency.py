"""What the reader does with answers that do not fit together, and with its token."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from midonet19_sample import (
    BGP,
    BRIDGE,
    BRIDGE_PORT,
    CHAIN,
    HOST,
    LINKED_PORT,
    MAC,
    ROUTER_PORT,
    SUBNET,
    UPLINK,
    sample_site,
    uuid,
)
from midonet_lab.midonet19.complete import complete_members
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.source.midonet.consistency import check_consistency, drop_repeated, drop_vanished
from midonet_migrate.source.midonet.session import TokenKeeper
from midonet_migrate.source.midonet.tables import mark_arp_pairs

Objects = dict[str, list[dict[str, Any]]]


def objects() -> Objects:
    """The sample site as the reader would have it."""
    site = sample_site()
    found = {kind: [_whole(kind, item) for item in site.midonet.get(kind, [])] for kind in MIDONET_KINDS}
    found["system_state"] = [{"state": "ACTIVE", "availability": "READWRITE"}]
    return found


def _whole(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    return item if kind == "port_link" else complete_members(kind, item)


def test_a_consistent_site_has_no_findings() -> None:
    assert check_consistency(objects()) == []


def test_a_binding_that_host_and_port_disagree_on_is_a_finding() -> None:
    found = objects()
    found["host_interface_port"][0]["interfaceName"] = "tap1"
    (finding,) = check_consistency(found)
    assert (finding["rule"], finding["id"]) == ("source.binding-differs", BRIDGE_PORT)
    assert "tap0" in finding["message"]
    assert "tap1" in finding["message"]
    assert HOST in finding["message"]


def test_a_link_with_one_end_is_a_finding() -> None:
    found = objects()
    next(port for port in found["port"] if port["id"] == ROUTER_PORT)["peerId"] = None
    (finding,) = check_consistency(found)
    assert (finding["rule"], finding["id"]) == ("source.link-one-sided", LINKED_PORT)


def test_a_server_under_upgrade_is_a_finding() -> None:
    found = objects()
    found["system_state"][0]["state"] = "UPGRADE"
    assert [finding["rule"] for finding in check_consistency(found)] == ["source.not-active"]


def test_a_vanished_bridge_takes_all_below_it_along() -> None:
    found = objects()
    records = drop_vanished(found, [Vanished("bridge", f"/bridges/{BRIDGE}", 500)] * 2)
    assert records == [Vanished("bridge", f"/bridges/{BRIDGE}", 500)]
    assert [bridge["id"] for bridge in found["bridge"]] == [uuid(2)]
    for kind in ("dhcp_subnet", "dhcp_host", "dhcp_v6_subnet", "dhcp_v6_host", "mac_port", "ip4_mac_pair"):
        assert found[kind] == [], kind
    assert {port["id"] for port in found["port"]} == {ROUTER_PORT, UPLINK}
    assert found["host_interface_port"] == []


def test_a_vanished_port_takes_its_sessions_and_memberships_along() -> None:
    found = objects()
    drop_vanished(found, [Vanished("port", f"/ports/{UPLINK}", 500)])
    assert found["bgp"] == found["ad_route"] == found["port_group_port"] == []
    assert BGP not in {item["id"] for item in found["bgp"]}


def test_a_vanished_dhcp_subnet_takes_its_hosts_along_and_nothing_else() -> None:
    found = objects()
    drop_vanished(found, [Vanished("dhcp_subnet", f"/bridges/{BRIDGE}/dhcp/{SUBNET}", 500)])
    assert found["dhcp_subnet"] == found["dhcp_host"] == []
    assert len(found["dhcp_v6_subnet"]) == len(found["dhcp_v6_host"]) == 1


def test_an_object_listed_twice_is_kept_once_and_reported() -> None:
    found = objects()
    found["chain"].append(dict(found["chain"][0]))
    (finding,) = drop_repeated(found)
    assert (finding["rule"], finding["kind"], finding["id"]) == ("source.listed-twice", "chain", CHAIN)
    assert len(found["chain"]) == 2


def test_arp_pairs_are_told_apart_by_their_znodes() -> None:
    def pair(ip: str) -> dict[str, Any]:
        return {"@bridgeId": BRIDGE, "ip": ip, "macAddr": MAC, "@persistent": None}

    pairs = [pair(f"10.0.0.{number}") for number in range(1, 5)]
    nodes = {
        f"10.0.0.1,{MAC.lower()},0000000001": False,
        f"10.0.0.2,{MAC},0000000000": False,
        f"10.0.0.3,{MAC},0000000001": True,
        "something else": False,
    }
    mark_arp_pairs(pairs, {BRIDGE: nodes})
    assert [item["@persistent"] for item in pairs] == [True, False, False, None]


def test_many_threads_with_a_stale_token_log_in_once() -> None:
    logins: list[int] = []
    keeper = TokenKeeper(lambda: _next_token(logins))
    first = keeper.renew("")
    barrier = threading.Barrier(8)

    def renew(_: int) -> str:
        barrier.wait()
        return keeper.renew(first)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(renew, range(8))) == {"token-2"}
    assert len(logins) == 2


def test_a_failed_login_is_tried_again_by_the_next_caller() -> None:
    tokens = iter(["", "token"])
    keeper = TokenKeeper(lambda: next(tokens) or _fail())
    with pytest.raises(ConnectionError):
        keeper.renew("")
    assert keeper.renew("") == keeper.token == "token"


def _next_token(logins: list[int]) -> str:
    logins.append(1)
    return f"token-{len(logins)}"


def _fail() -> str:
    raise ConnectionError
