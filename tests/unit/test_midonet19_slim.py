"""Objects are kept without the server's links, and with everything else exactly as served."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from midonet_lab.midonet19.resources import resource_table
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.source.midonet.slim import LINKS, Slimmer

BASE = "http://localhost:8080/midonet-api"


def slim(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return list(Slimmer().slimmed(items))


def test_links_go_wherever_they_stand() -> None:
    host = {"id": "h", "uri": f"{BASE}/hosts/h", "hostInterfaces": [{"name": "eth0", "uri": f"{BASE}/i"}]}
    assert slim(host) == [{"id": "h", "hostInterfaces": [{"name": "eth0"}]}]
    bridge = {"id": "b", "vxLanPortIds": ["p"], "vxLanPorts": [f"{BASE}/ports/p", f"{BASE}/ports/q"]}
    assert slim(bridge) == [{"id": "b", "vxLanPortIds": ["p"]}]


def test_what_people_wrote_stays_even_if_it_is_a_url() -> None:
    chain = {"id": "c", "name": f"{BASE}/chains/c", "tenantId": "https://tenant"}
    assert slim(chain) == [chain]


def test_what_has_the_name_of_a_link_and_is_none_stays() -> None:
    """``port`` is the number of a BGP port nowhere, but a member that is null or an id says something."""
    port = {"host": None, "peer": "00000000-0000-4000-8000-000000000001", "vxLanPorts": [], "ports": [1, 2]}
    assert slim(port) == [port]


def test_equal_texts_are_kept_once() -> None:
    first, second = slim({"portId": "-".join(["a", "b"])}, {"deviceId": "-".join(["a", "b"])})
    assert first["portId"] is second["deviceId"]


def test_members_with_the_name_of_a_link_hold_no_urls() -> None:
    """Only one kind uses such a name for something of its own: the port group of a rule, an id."""
    table = resource_table()
    own = {(kind, name) for kind in {*MIDONET_KINDS} & table.keys() for name in table[kind].members}
    assert {(kind, name) for kind, name in own if name in LINKS} == {("rule", "portGroup")}


names = st.sampled_from(["id", "name", "uri", "ports", "weight"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(names, values, max_size=4), max_size=3))
def test_without_links_nothing_changes(items: list[dict[str, Any]]) -> None:
    """Also not the type: true stays true, 1 stays 1."""
    assert repr(slim(*items)) == repr(items)
