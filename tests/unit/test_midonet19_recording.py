"""A recorded site as data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from midonet19_sample import sample_site
from midonet_lab.sites.recording import API_FILE, load_recording
from midonet_lab.sites.site import load_site
from midonet_migrate.model.keys import JsonObject, object_key


def test_recording_has_every_object_of_the_ground_truth_once(golden: Path) -> None:
    site = load_recording(golden / "site-b")
    assert site.intent is not None
    for kind, owned in site.intent["ownership"].items():
        keys = Counter(object_key(kind, item) for item in site.midonet[kind])
        assert keys == Counter(dict.fromkeys(owned, 1)), kind


def test_recording_tells_stored_table_entries_from_learned_ones(golden: Path) -> None:
    site = load_recording(golden / "site-b")
    assert site.intent is not None
    for kind in ("mac_port", "ip4_mac_pair"):
        for item in site.midonet[kind]:
            owner = site.intent["ownership"][kind][object_key(kind, item)]["class"]
            assert item["@persistent"] is (owner != "runtime"), item


def test_a_site_that_has_little_is_loaded_too(tmp_path: Path) -> None:
    """One bridge with IPv6, whose prefix a client may encode; no Keystone, no VTEP, no table."""
    bridge, prefix = "7c2d89ac-e6a1-4392-b4ef-881622990344", "2001:db8:0:0:0:0:0:0"
    folder = f"/bridges/{bridge}/dhcpV6"
    answers = {
        "/system_state": {"state": "ACTIVE"},
        "/write_version": {"version": "1.9"},
        "/bridges": [{"id": bridge}],
        folder: [{"prefix": prefix, "prefixLength": 64}],
        f"{folder}/{quote(prefix)}_64/hostsV6": [
            {"clientId": "00:03", "fixedAddress": "2001:db8:0:0:0:0:0:5"}
        ],
    }
    usual: JsonObject = {"method": "GET", "accept": None, "status": 200, "content_type": None, "headers": {}}
    entries = [
        {**usual, "path": path, "body": body, "section": "traversal"} for path, body in answers.items()
    ]
    tree = {"path": "/", "name": "", "data": "", "metadata": {"ephemeralOwner": 0}, "children": []}
    for name, content in {API_FILE: {"meta": {}, "entries": entries}, "zookeeper.json": tree}.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "neutron.sql").write_text("")
    (tmp_path / "intent.json").write_text("{}")
    site = load_recording(tmp_path)
    (host,) = site.midonet["dhcp_v6_host"]
    assert object_key("dhcp_v6_host", host) == f"{bridge}/{prefix}_64/00:03"
    assert (site.midonet["vtep"], site.midonet["mac_port"], site.tenants) == ([], [], [])


def test_site_survives_a_round_trip_through_a_file(tmp_path: Path) -> None:
    site = sample_site()
    for name in ("site.json", "site.json.gz"):
        site.save(tmp_path / name)
        assert load_site(tmp_path / name) == site
    assert (tmp_path / "site.json").stat().st_size > (tmp_path / "site.json.gz").stat().st_size


def test_the_same_site_gives_the_same_bytes(tmp_path: Path) -> None:
    sample_site().save(tmp_path / "one.json.gz")
    sample_site().save(tmp_path / "two.json.gz")
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()
