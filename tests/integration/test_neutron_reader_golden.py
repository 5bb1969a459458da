"""The Neutron database of a recorded site gives the dicts that Kilo's own getters returned for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron.reader import read_neutron
from server_fixtures import Database


def test_every_dict_of_the_recorded_site_is_reproduced(golden_database: Database, golden: Path) -> None:
    expected = json.loads((golden / "site-b" / "neutron_dicts.json").read_text(encoding="utf-8"))
    read = read_neutron(golden_database.url)
    assert list(read.dicts) == list(NEUTRON_KINDS)
    assert read.dicts.keys() == expected.keys()
    for kind in NEUTRON_KINDS:
        assert read.dicts[kind] == expected[kind], kind


def test_a_recorded_v1_site_is_known_as_such_and_nothing_is_odd_about_it(golden_database: Database) -> None:
    read = read_neutron(golden_database.url)
    assert read.flavour is PluginFlavour.V1
    assert read.findings == []
    assert read.port_profiles == {}
    assert read.midonet_tables == {"tables": [], "version_table": None, "versions": []}
    assert read.identity["database"] == golden_database.name


@pytest.mark.parametrize("flavour", [PluginFlavour.V2, PluginFlavour.LEGACY])
def test_another_flavour_adds_its_own_keys_and_changes_no_other(
    golden_database: Database, golden: Path, flavour: PluginFlavour
) -> None:
    expected = json.loads((golden / "site-b" / "neutron_dicts.json").read_text(encoding="utf-8"))
    added: dict[str, dict[str, object]] = {
        "ports": {"allowed_address_pairs": []},
        "routers": {"routes": []},
    }
    if flavour is PluginFlavour.V2:
        added["ports"]["port_security_enabled"] = True
        added["networks"] = {"port_security_enabled": True}
    read = read_neutron(golden_database.url, flavour=flavour)
    for kind in NEUTRON_KINDS:
        assert read.dicts[kind] == [{**item, **added.get(kind, {})} for item in expected[kind]], kind
