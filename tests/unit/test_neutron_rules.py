"""The rules of the Neutron reader that need no database: order, flavour, findings."""

from __future__ import annotations

import itertools

import pytest

from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron.findings import Findings, unified
from midonet_migrate.source.neutron.flavour import Traces, detect, note_hidden
from midonet_migrate.source.neutron.order import by, by_id, in_order


def traces(
    *,
    network_types: list[str] | None = None,
    port_security: int = 0,
    address_pairs: int = 0,
    routes: int = 0,
) -> Traces:
    return Traces(
        network_types=network_types,
        port_security=port_security,
        address_pairs=address_pairs,
        routes=routes,
    )


def test_text_is_ordered_as_text_and_without_case() -> None:
    addresses = ["203.0.113.15", "10.0.1.9", "2001:db8::15", "10.0.1.10"]
    assert in_order(addresses, lambda address: (address,)) == [
        "10.0.1.10",
        "10.0.1.9",
        "2001:db8::15",
        "203.0.113.15",
    ]
    macs = [{"mac": "fa:16:3e:00:00:99"}, {"mac": "FA:16:3E:00:00:01"}]
    assert in_order(macs, by("mac")) == list(reversed(macs))


def test_letters_come_before_the_underscore_as_in_the_default_collation() -> None:
    assert in_order(["a_", "ab"], lambda name: (name,)) == ["ab", "a_"]


def test_the_order_does_not_depend_on_the_order_found() -> None:
    items = ["A", "a", "a ", "b"]
    orders = {tuple(in_order(found, lambda item: (item,))) for found in itertools.permutations(items)}
    assert len(orders) == 1


def test_numbers_are_ordered_as_numbers() -> None:
    members = [{"address": "a", "port": 8080}, {"address": "a", "port": 80}, {"address": "a", "port": 443}]
    assert [item["port"] for item in in_order(members, by("address", "port"))] == [80, 443, 8080]


def test_resources_are_sorted_by_their_exact_id() -> None:
    assert list(by_id({"b": {}, "B": {}, "a": {}})) == ["B", "a", "b"]


@pytest.mark.parametrize(
    ("found", "flavour"),
    [
        (traces(), PluginFlavour.V1),
        (traces(network_types=[]), PluginFlavour.V1),
        (traces(network_types=["uplink", "local"], routes=1), PluginFlavour.V2),
        (traces(network_types=[], port_security=1, address_pairs=1), PluginFlavour.V2),
        (traces(port_security=9), PluginFlavour.V1),
        (traces(port_security=9, routes=1), PluginFlavour.LEGACY),
        (traces(network_types=["local"]), PluginFlavour.LEGACY),
        (traces(address_pairs=1), PluginFlavour.LEGACY),
        (traces(routes=1), PluginFlavour.LEGACY),
    ],
)
def test_the_flavour_is_the_one_that_explains_the_rows(found: Traces, flavour: PluginFlavour) -> None:
    verdict = detect(found)
    assert verdict.flavour is flavour
    assert verdict.evidence


@pytest.mark.parametrize(
    ("flavour", "kinds"),
    [
        (PluginFlavour.V1, ["networks", "ports", "ports", "routers"]),
        (PluginFlavour.LEGACY, ["ports"]),
        (PluginFlavour.V2, []),
    ],
)
def test_rows_that_a_flavour_does_not_show_are_told(flavour: PluginFlavour, kinds: list[str]) -> None:
    findings = Findings()
    found = traces(network_types=["uplink"], port_security=2, address_pairs=3, routes=4)
    note_hidden(flavour, found, findings)
    assert [finding["kind"] for finding in findings.sorted()] == kinds


def test_a_reference_is_dangling_unless_it_is_there_exactly_or_null() -> None:
    findings = Findings()
    there = {"a", "B"}
    for target in ("a", "B", None):
        findings.dangling("network", "ports", "p", target, there)
    assert findings.sorted() == []
    findings.dangling("network", "ports", "p", "b ", there)
    findings.dangling("network", "ports", "q", "c", there)
    near, far = findings.sorted()
    assert near["rule"] == "source.dangling-network"
    assert "'B' differs in case or trailing blanks only" in near["message"]
    assert "differs" not in far["message"]


def test_the_same_finding_counts_once_and_the_order_is_stable() -> None:
    findings = Findings()
    findings.add("z", "ports", "1", "x")
    findings.add("a", "ports", "2", "x")
    findings.add("z", "ports", "1", "x")
    assert [(item["rule"], item["id"], item["level"]) for item in findings.sorted()] == [
        ("source.a", "2", "warning"),
        ("source.z", "1", "warning"),
    ]


def test_texts_are_alike_as_the_default_collations_see_them() -> None:
    assert unified("Ab  ") == unified("aB")
    assert unified(" a") != unified("a")
