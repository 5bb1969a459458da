"""Generated sites on real servers, and judged by the product's own readers and ownership rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from midonet_lab.midonet19.options import Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.sites.generator import SIZES, Generated, generate_with_dicts
from midonet_lab.sites.variety import VARIETIES
from midonet_migrate.model.kinds import MIDONET_KINDS, NEUTRON_KINDS
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.ownership import classify
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.midonet.reader import read_midonet
from midonet_migrate.source.neutron.reader import read_neutron
from server_fixtures import Database

SMALL = msgspec.structs.replace(SIZES["small"], ports=12, compute_hosts=3)
VARIED = msgspec.structs.replace(SMALL, flavour="v2", variety=VARIETIES)
SEEDS = range(1, 6)


def rows_of(made: Generated) -> dict[str, list[dict[str, Any]]]:
    rows = made.site.neutron_rows
    assert rows is not None
    return rows


@pytest.mark.parametrize("size", ["small", "medium"])
@pytest.mark.parametrize("oddities", [False, True])
def test_rows_load_with_foreign_keys_on(size: Any, oddities: bool, database: Database) -> None:
    rows = rows_of(generate_with_dicts(size, 1, oddities))
    database.load_rows(rows, check_references=True)
    for table, items in rows.items():
        assert database.execute(f"SELECT COUNT(*) FROM {table}") == [(len(items),)], table


@pytest.mark.parametrize("flavour", ["v1", "legacy", "v2"])
@pytest.mark.parametrize("oddities", [False, True])
def test_reader_gets_the_dicts_that_the_generator_promises(
    flavour: Any, oddities: bool, database: Database
) -> None:
    made = generate_with_dicts(msgspec.structs.replace(VARIED, flavour=flavour), 2, oddities)
    database.load_rows(rows_of(made), check_references=True)
    read = read_neutron(database.url, flavour=PluginFlavour(flavour))
    for kind in NEUTRON_KINDS:
        found, wanted = (
            [_comparable(kind, item) for item in items] for items in (read.dicts[kind], made.neutron[kind])
        )
        assert found == wanted, kind


def _comparable(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    """DHCP options come in the order of their random row ids or by name (db 2.0): either is right."""
    if kind != "ports":
        return item
    return {**item, "extra_dhcp_opts": sorted(item["extra_dhcp_opts"], key=str)}


@pytest.mark.parametrize("oddities", [False, True])
def test_stand_in_serves_the_site_and_the_reader_gets_it_back(oddities: bool, tmp_path: Path) -> None:
    site = generate_with_dicts(VARIED if oddities else SMALL, 3, oddities).site
    with Midonet19Api(site, tmp_path, options=Options(auth="mock")) as server:
        result = read_midonet(server.url, None)
    assert result.vanished == []
    for kind in (*MIDONET_KINDS, "system_state", "write_version", "host_version"):
        assert len(result.objects[kind]) == len(site.midonet[kind]), kind
        for found, item in zip(result.objects[kind], site.midonet[kind], strict=True):
            served = {
                name: value for name, value in item.items() if name not in {"@persistent", "hostInterfaces"}
            }
            assert found.items() >= served.items(), kind


@pytest.mark.parametrize("oddities", [False, True])
@pytest.mark.parametrize(
    ("size", "seed"),
    [*(("small", seed) for seed in SEEDS), (VARIED, 1), (VARIED, 2), ("medium", 1), ("medium", 2)],
)
def test_ownership_rules_agree_with_the_ground_truth(size: Any, seed: int, oddities: bool) -> None:
    """Two models of the server, written apart from each other, come to the same verdict on every object."""
    made = generate_with_dicts(size, seed, oddities)
    assert made.site.intent is not None
    truth = {
        (kind, key): record["class"]
        for kind, records in made.site.intent["ownership"].items()
        for key, record in records.items()
    }
    snapshot = Snapshot(neutron=made.neutron, midonet=made.site.midonet, meta=SnapshotMeta())
    ownership = classify(snapshot)
    found = {key: record.owner.value for key, record in ownership.owners.items()}
    assert found == truth
    assert ownership.provider_router == made.site.intent["provider_router"]


@pytest.mark.parametrize("seed", SEEDS)
def test_removed_rules_are_found(seed: int) -> None:
    made = generate_with_dicts(SMALL, seed, True)
    assert made.site.intent is not None
    truth = [each["was"] for each in made.site.intent["modifications"] if each["op"] == "delete"]
    snapshot = Snapshot(neutron=made.neutron, midonet=made.site.midonet, meta=SnapshotMeta())
    found = [
        each.before for each in classify(snapshot).modifications if (each.kind, each.op) == ("rule", "delete")
    ]
    assert {_what(rule) for rule in found} == {_what(rule) for rule in truth}
    assert len(found) == len(truth) == 3


def _what(rule: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(rule.get(name) for name in ("chainId", "type", "nwSrcAddress", "nwSrcLength", "dlSrc"))
