"""Generated sites: sizes, determinism, shapes, references, ground truth."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from midonet_lab.midonet19.complete import complete_object
from midonet_lab.midonet19.resources import resource_table
from midonet_lab.sites.generator import SIZES, Generated, SiteSpec, generate, generate_with_dicts, scaled
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.site import Site, load_site
from midonet_lab.sites.variety import VARIETIES
from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS
from recorded_site import recorded_objects

SMALL = msgspec.structs.replace(SIZES["small"], ports=12, compute_hosts=3)


@pytest.fixture(scope="module")
def odd() -> Generated:
    return generate_with_dicts("small", 7, True)


@pytest.fixture(scope="module")
def medium() -> Generated:
    return generate_with_dicts("medium", 3, True)


@pytest.fixture(scope="module")
def varied() -> Generated:
    return generate_with_dicts(msgspec.structs.replace(SMALL, flavour="v2", variety=VARIETIES), 7, True)


def test_small_site_has_fewer_than_thirty_neutron_resources() -> None:
    made = generate_with_dicts("small", 1, False)
    counts = {kind: len(items) for kind, items in made.neutron.items()}
    assert sum(counts.values()) < 30
    complete = set(counts) - {"subnetpools"}
    assert all(counts[kind] for kind in complete)


@pytest.mark.parametrize("size", ["small", "medium"])
def test_named_sizes_have_exactly_their_number_of_ports(size: Any) -> None:
    assert len(generate_with_dicts(size, 1, False).neutron["ports"]) == SIZES[size].ports


def test_scaled_spec_has_the_wanted_ports() -> None:
    assert len(generate_with_dicts(scaled(600), 1, False).neutron["ports"]) == 600
    with pytest.raises(ValueError, match="at least 200"):
        scaled(199)


def test_spec_without_room_for_machines_is_refused() -> None:
    with pytest.raises(ValueError, match="none is left"):
        generate(SiteSpec(ports=5), 1, False)


@pytest.mark.parametrize("oddities", [False, True])
def test_same_seed_gives_identical_bytes_and_another_seed_others(oddities: bool, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.json.gz" for number in range(3)]
    for path, seed in zip(paths, (5, 5, 6), strict=True):
        generate(SMALL, seed, oddities).save(path)
    first, again, other = (path.read_bytes() for path in paths)
    assert first == again
    assert first != other
    assert load_site(paths[0]) == generate(SMALL, 5, oddities)


def test_bytes_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    program = (
        "import hashlib, msgspec; from midonet_lab.sites.generator import generate_with_dicts; "
        "made = generate_with_dicts('small', 4, True); "
        "print(hashlib.sha256(msgspec.json.encode(made)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_groups_can_have_as_many_rules_as_wanted() -> None:
    """More than the importer's largest request holds (imp 8.2), say."""
    spec = msgspec.structs.replace(SMALL, groups_per_tenant=1, rules_per_group=700)
    group = next(
        g for g in generate_with_dicts(spec, 1, False).neutron["security_groups"] if g["name"] == "group-1"
    )
    assert len(group["security_group_rules"]) == 702


def test_every_kind_of_the_ledger_is_there(odd: Generated) -> None:
    assert [kind for kind in MIDONET_KINDS if not odd.site.midonet[kind]] == []


def test_ids_are_random_version_four_uuids_unless_derived(medium: Generated) -> None:
    sealed = ("rule",)  # some rule ids are computed from others (old 4.4)
    for kind, items in medium.site.midonet.items():
        ids = [item["id"] for item in items if "id" in item]
        assert len(ids) == len(set(ids)), kind
        for text in ids:
            parsed = uuid.UUID(text)
            assert str(parsed) == text
            assert kind in sealed or (parsed.version, parsed.variant) == (4, uuid.RFC_4122)


def test_no_mac_address_is_given_twice() -> None:
    """24 random bits repeat within some thousand draws; Neutron's never do within a network."""
    stream = Identities(1, "macs")
    given = [stream.neutron_mac() for _ in range(30_000)]
    assert len(set(given)) == len(given)


def test_members_are_those_of_the_highest_media_type(odd: Generated) -> None:
    for kind, items in odd.site.midonet.items():
        if kind == "port_link":
            continue
        resource = resource_table()[kind]
        for item in items:
            wanted = {
                name
                for name in resource.members
                if name not in resource.only or item.get("type") in resource.only[name]
            }
            assert {name for name in item if not name.startswith("@")} == wanted, (kind, item)


def test_shapes_of_recorded_objects_are_reproduced(odd: Generated, medium: Generated, golden: Path) -> None:
    """Members and the types of their values: whatever the real server shows occurs here too."""
    plain = generate_with_dicts("small", 1, False)
    recorded = recorded_objects(golden / "site-b", "midonet-1.9-api.json")
    for kind, items in recorded.items():
        sites = (odd, medium, plain)
        made = {shape(item) for each in sites for item in each.site.midonet[kind]}
        assert {shape(item) for item in items} - made == set(), kind


def shape(item: JsonObject) -> tuple[tuple[str, str], ...]:
    """Names of members with the types of their values."""
    kept = {name: value for name, value in item.items() if name != "@persistent"}
    return tuple(sorted((name, type(value).__name__) for name, value in kept.items()))


REFERENCES = {
    "ad_route": {"bgpId": "bgp"},
    "bgp": {"portId": "port"},
    "bridge": {"inboundFilterId": "chain", "outboundFilterId": "chain", "vxLanPortId": "port"},
    "dhcp_host": {"@bridgeId": "bridge"},
    "dhcp_subnet": {"@bridgeId": "bridge"},
    "dhcp_v6_host": {"@bridgeId": "bridge"},
    "dhcp_v6_subnet": {"@bridgeId": "bridge"},
    "host_interface_port": {"hostId": "host", "portId": "port"},
    "interface": {"hostId": "host"},
    "ip4_mac_pair": {"@bridgeId": "bridge"},
    "ip_addr_group_addr": {"ipAddrGroupId": "ip_addr_group"},
    "load_balancer": {"routerId": "router"},
    "mac_port": {"@bridgeId": "bridge", "portId": "port"},
    "pool": {"loadBalancerId": "load_balancer", "healthMonitorId": "health_monitor"},
    "pool_member": {"poolId": "pool"},
    "port": {"inboundFilterId": "chain", "outboundFilterId": "chain", "hostId": "host", "peerId": "port"},
    "port_group_port": {"portGroupId": "port_group", "portId": "port"},
    "port_link": {"portId": "port", "peerId": "port"},
    "route": {"routerId": "router", "nextHopPort": "port"},
    "router": {"inboundFilterId": "chain", "outboundFilterId": "chain", "loadBalancerId": "load_balancer"},
    "rule": {
        "chainId": "chain",
        "jumpChainId": "chain",
        "portGroup": "port_group",
        "ipAddrGroupSrc": "ip_addr_group",
        "ipAddrGroupDst": "ip_addr_group",
        "requestId": "trace_request",
    },
    "tunnel_zone_host": {"tunnelZoneId": "tunnel_zone", "hostId": "host"},
    "vip": {"poolId": "pool", "loadBalancerId": "load_balancer"},
    "vtep": {"tunnelZoneId": "tunnel_zone"},
    "vtep_binding": {"networkId": "bridge"},
}


@pytest.mark.parametrize("which", ["odd", "medium", "varied"])
def test_every_reference_has_its_target(which: str, request: pytest.FixtureRequest) -> None:
    objects = request.getfixturevalue(which).site.midonet
    ids = {kind: {item["id"] for item in items if "id" in item} for kind, items in objects.items()}
    for kind, members in REFERENCES.items():
        for item in objects[kind]:
            for member, target in members.items():
                value = item.get(member)
                assert value is None or value in ids[target], (kind, member, item)
    devices = ids["bridge"] | ids["router"]
    for port in objects["port"]:
        assert port["deviceId"] in devices
    for rule in objects["rule"]:
        assert set(rule["inPorts"] or ()) | set(rule["outPorts"] or ()) <= ids["port"]


def test_links_positions_and_bindings_agree(medium: Generated) -> None:
    objects = medium.site.midonet
    ports = {port["id"]: port for port in objects["port"]}
    linked = {(port["id"], port["peerId"]) for port in ports.values() if port["peerId"]}
    ends = {(link["portId"], link["peerId"]) for link in objects["port_link"]}
    assert linked == ends | {(peer, port) for port, peer in ends}
    bound = {(p["hostId"], p["id"], p["interfaceName"]) for p in ports.values() if p["hostId"]}
    assert bound == {(b["hostId"], b["portId"], b["interfaceName"]) for b in objects["host_interface_port"]}
    by_chain: dict[str, list[int]] = {}
    for rule in objects["rule"]:
        by_chain.setdefault(rule["chainId"], []).append(rule["position"])
    assert all(positions == list(range(1, len(positions) + 1)) for positions in by_chain.values())


@pytest.mark.parametrize("which", ["odd", "varied"])
def test_every_object_has_its_ground_truth(which: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(which).site
    intent = site.intent
    assert intent is not None
    for kind in MIDONET_KINDS:
        keys = [object_key(kind, item) for item in site.midonet[kind]]
        assert sorted(keys) == sorted(intent["ownership"][kind]), kind
        assert len(keys) == len(set(keys)), kind
        classes = Counter(truth["class"] for truth in intent["ownership"][kind].values())
        assert classes == intent["counts"][kind]


def test_ground_truth_has_the_form_of_a_recording(odd: Generated, golden: Path) -> None:
    recorded = msgspec.json.decode((golden / "site-b" / "intent.json").read_bytes())
    intent = odd.site.intent
    assert intent is not None
    assert intent["key_format"] == recorded["key_format"]
    assert intent["neutron_by_kind"].keys() == recorded["neutron_by_kind"].keys()
    classes = {truth["class"] for truths in recorded["ownership"].values() for truth in truths.values()}
    assert {truth["class"] for truths in intent["ownership"].values() for truth in truths.values()} == classes
    for name in ("counts", "hosts", "midonet_only", "modifications", "neutron", "provider_router"):
        assert type(intent[name]) is type(recorded[name]), name


def test_removed_rules_are_gone_and_written_down_whole(odd: Generated) -> None:
    assert odd.site.intent is not None
    deleted = [each for each in odd.site.intent["modifications"] if each["op"] == "delete"]
    present = {rule["id"] for rule in odd.site.midonet["rule"]}
    assert len(deleted) == 2
    for each in deleted:
        assert each["id"] not in present
        assert each["was"]["type"] == "drop"
        assert each["was"]["position"] >= 1


def test_oddities_carry_labels_that_lead_to_their_resources(odd: Generated) -> None:
    ids = {item["id"] for items in odd.neutron.values() for item in items}
    assert len(odd.labels) > 40
    assert set(odd.labels.values()) <= ids
    rules = {rule["id"]: rule for rule in odd.site.midonet["rule"]}
    assert rules[odd.labels["rule-47"]]["nwProto"] == 0
    assert rules[odd.labels["rule-58"]]["nwProto"] == 58
    by_id = {port["id"]: port for port in odd.site.midonet["port"]}
    assert by_id[odd.labels["interface-v6"]]["peerId"] is None


def test_parts_can_be_switched_off() -> None:
    spec = msgspec.structs.replace(
        SMALL, provider_router=False, load_balancing=False, user_sets=0, runtime=False
    )
    made = generate_with_dicts(spec, 1, True)
    assert made.site.intent is not None
    assert made.site.intent["provider_router"] is None
    ownership = made.site.intent["ownership"]
    owners = {truth["class"] for truths in ownership.values() for truth in truths.values()}
    assert owners == {"neutron", "host_infra"}
    for kind in ("pools", "vips", "members", "health_monitors", "floating_ips"):
        assert made.neutron[kind] == []
    assert not any(network["router:external"] for network in made.neutron["networks"])


@pytest.mark.parametrize(
    ("flavour", "port_members", "router_members"),
    [
        ("v1", set(), set()),
        ("legacy", {"allowed_address_pairs"}, {"routes"}),
        ("v2", {"allowed_address_pairs", "port_security_enabled"}, {"routes"}),
    ],
)
def test_flavours_add_their_members(flavour: Any, port_members: set[str], router_members: set[str]) -> None:
    made = generate_with_dicts(msgspec.structs.replace(SMALL, flavour=flavour), 1, True)
    extra = {"allowed_address_pairs", "port_security_enabled"}
    assert all(extra & set(port) == port_members for port in made.neutron["ports"])
    assert all({"routes"} & set(router) == router_members for router in made.neutron["routers"])
    assert (flavour != "v1") == ("routerroutes" in (made.site.neutron_rows or {}))
    assert not any(table.startswith("midonet_") for table in made.site.neutron_rows or {})


def test_objects_can_be_completed_with_links(odd: Generated) -> None:
    """The 1.9 stand-in adds links to what the generator leaves out."""
    port = complete_object("port", odd.site.midonet["port"][0], "http://api")
    assert re.fullmatch(r"http://api/ports/[0-9a-f-]{36}", port["uri"])
