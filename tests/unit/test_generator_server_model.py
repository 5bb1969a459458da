"""The model of the 1.9 server against what the real server made of the same Neutron objects."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from midonet_lab.sites.generator.identities import INTERFACE_SNAT, Identities, derived_id
from midonet_lab.sites.generator.server_model import Server, replay
from midonet_migrate.model.kinds import MIDONET_KINDS
from recorded_site import comparable, recorded_dicts, recorded_objects

NEUTRON_ONLY = "midonet-1.9-api-neutron-only.json"


@pytest.fixture(scope="module")
def site_b(golden: Path) -> Path:
    return golden / "site-b"


@pytest.fixture(scope="module")
def replayed(site_b: Path) -> Server:
    return replay(recorded_dicts(site_b), Identities(1, "replay"))


@pytest.mark.parametrize("kind", MIDONET_KINDS)
def test_model_makes_exactly_what_the_real_server_made(kind: str, site_b: Path, replayed: Server) -> None:
    """All members, nulls and defaults included; only random ids and order of creation are left out."""
    recorded = recorded_objects(site_b, NEUTRON_ONLY)
    made = replayed.topology.finish()
    assert comparable(made)[kind] == comparable(recorded)[kind]


def test_interface_rule_ids_of_the_real_server_follow_the_formula(site_b: Path) -> None:
    objects = recorded_objects(site_b, NEUTRON_ONLY)
    rules = {rule["id"] for rule in objects["rule"]}
    routers = {router["id"]: router for router in objects["router"] if router["tenantId"]}
    checked = 0
    for port in objects["port"]:
        router = routers.get(port["deviceId"])
        if router is None or port["networkAddress"] == "169.254.255.0":
            continue
        seal = (uuid.UUID(port["id"]), INTERFACE_SNAT)
        for chain_id in (router["inboundFilterId"], router["outboundFilterId"]):
            assert derived_id(chain_id, *seal) in rules
            checked += 1
    assert checked == 8
