"""Parts of the 1.9 stand-in that need no process: negotiation, completion, wire form."""

from __future__ import annotations

import pytest

from midonet19_sample import BRIDGE, GROUP, MAC, PORT_GROUP, ROUTER, uuid
from midonet_lab.midonet19.complete import complete_object
from midonet_lab.midonet19.negotiation import JSON, Offer, choose
from midonet_lab.midonet19.resources import resource_table
from midonet_lab.midonet19.wire import encode
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.source.midonet.media_types import COLLECTION, ITEM, vendor

BASE = "http://elsewhere:9/api"
V1, V2 = vendor("Bridge-v1"), vendor("Bridge-v2")
OFFERS = (Offer(V1, 1), Offer(V2, 2), Offer(JSON, 1))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, V1),
        ("*/*", V1),
        ("application/*", V1),
        (V2, V2),
        (JSON, JSON),
        (f"{V2}, {V1}", V2),
        (f"{V1};q=0.5, {V2}", V2),
        (f"{V2};q=0.2, application/json;q=0.9", JSON),
        ("text/html", None),
        (vendor("Bridge-v9"), None),
        (f"{V1};q=0", None),
    ],
)
def test_negotiation_follows_quality_then_order(accept: str | None, chosen: str | None) -> None:
    offer = choose(accept, OFFERS)
    assert (offer.media_type if offer else None) == chosen


def test_the_reader_asks_for_the_highest_version_of_everything() -> None:
    table = resource_table()
    for types, view_name in ((COLLECTION, "list"), (ITEM, "item")):
        for kind, media_type in types.items():
            view = getattr(table[kind], view_name)
            assert media_type == vendor(f"{view.type}-v{max(view.versions)}"), kind


def test_every_kind_of_the_ledger_can_be_served() -> None:
    assert set(MIDONET_KINDS) - {"port_link"} <= set(resource_table())


def test_left_out_members_are_completed_and_links_follow_the_base_uri() -> None:
    bridge = complete_object("bridge", {"id": BRIDGE, "inboundFilterId": uuid(9)}, BASE)
    assert bridge["adminStateUp"] is True
    assert bridge["outboundFilter"] is None
    assert bridge["inboundFilter"] == f"{BASE}/chains/{uuid(9)}"
    assert bridge["macPortTemplate"] == f"{BASE}/bridges/{BRIDGE}/mac_table/{{macAddress}}_{{portId}}"


def test_members_of_other_rule_types_are_not_added() -> None:
    accept = complete_object("rule", {"id": uuid(1), "type": "accept"}, BASE)
    assert not {"jumpChainId", "natTargets", "flowAction", "requestId"} & set(accept)
    dnat = complete_object(
        "rule",
        {"type": "dnat", "flowAction": "accept", "fragmentPolicy": "unfragmented", "id": uuid(1)},
        BASE,
    )
    assert (dnat["natFlowAction"], dnat["andValidateFragmentPolicy"]) == ("ACCEPT", "UNFRAGMENTED")
    assert "jumpChainId" not in dnat


def test_address_versions_are_swapped_and_stand_twice() -> None:
    item = complete_object("ip_addr_group_addr", {"ipAddrGroupId": GROUP, "addr": "10.0.0.1"}, BASE)
    text = encode("ip_addr_group_addr", item, Offer(vendor("IpAddrGroupAddr-v1")), BASE).decode()
    assert text.startswith('{"version":"6",')
    assert text.count('"version":6') == 1
    assert f'{BASE}/ip_addr_groups/{GROUP}/versions/6/ip_addrs/10.0.0.1"' in text


@pytest.mark.parametrize(
    ("members", "old_type"),
    [
        ({"type": "Bridge", "hostId": uuid(1), "interfaceName": "tap0"}, "ExteriorBridge"),
        ({"type": "Bridge"}, "InteriorBridge"),
        ({"type": "Router", "peerId": uuid(2)}, "InteriorRouter"),
        ({"type": "Vxlan"}, "Vxlan"),
    ],
)
def test_version_1_of_a_port_has_old_type_names_and_no_host(members: dict[str, str], old_type: str) -> None:
    port = complete_object("port", {"id": uuid(5), "deviceId": ROUTER, **members}, BASE)
    text = encode("port", port, Offer(vendor("Port-v1"), 1, old_port_types=True), BASE).decode()
    assert text.count(f'"type":"{old_type}"') == 2
    assert '"hostId"' not in text
    assert '"host"' not in text


def test_own_members_of_the_snapshot_are_never_sent() -> None:
    entry = {"@bridgeId": BRIDGE, "@persistent": True, "macAddr": MAC, "portId": PORT_GROUP, "vlanId": 7}
    text = encode("mac_port", complete_object("mac_port", entry, BASE), Offer(vendor("MacPort-v2"), 2), BASE)
    assert b"@" not in text
    assert b"/vlans/7/mac_table/02-AB-cd-EF-00-01_" in text
