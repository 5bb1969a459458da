"""A recorded site as data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from midonet19_sample import sample_site
from midonet_lab.sites.recording import load_recording
from midonet_lab.sites.site import load_site
from midonet_migrate.model.keys import object_key


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
