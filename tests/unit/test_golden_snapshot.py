"""The test helper itself: it finds exactly the objects the ground truth names."""

from __future__ import annotations

from pathlib import Path

from golden_snapshot import load_intent, load_snapshot
from midonet_migrate.model.keys import object_key


def test_snapshot_holds_every_object_of_the_ground_truth_and_no_other(golden: Path) -> None:
    snapshot, intent = load_snapshot(golden), load_intent(golden)
    for kind, items in snapshot.midonet.items():
        assert {object_key(kind, item) for item in items} == set(intent["ownership"].get(kind, {})), kind
