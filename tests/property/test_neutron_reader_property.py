"""Whatever stands in the tables of a Kilo database, every row is read, in an order of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from midonet_lab import neutron_database
from midonet_lab.processes.mariadb import MariaDB
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron.reader import read_neutron
from neutron_samples import Rows, rich_rows
from server_fixtures import Database

TABLE_OF_KIND = {
    "floating_ips": "floatingips",
    "health_monitors": "healthmonitors",
    "members": "members",
    "networks": "networks",
    "pools": "pools",
    "ports": "ports",
    "routers": "routers",
    "security_group_rules": "securitygrouprules",
    "security_groups": "securitygroups",
    "subnetpools": "subnetpools",
    "subnets": "subnets",
    "vips": "vips",
}
TABLES = tuple(rich_rows())


@pytest.fixture(scope="module")
def whole_database(mariadb_server: MariaDB) -> Iterator[Database]:
    """One database for all examples; each replaces every row."""
    name = "neutron_reader_property"
    neutron_database.create_neutron_database(mariadb_server, name, parts=("neutron", "lbaas", "midonet"))
    yield Database(mariadb_server, name)
    neutron_database.drop_database(mariadb_server, name)


def replace_rows(database: Database, rows: Rows) -> None:
    deletions = [f"DELETE FROM {table}" for table in TABLES]
    database.execute("SET FOREIGN_KEY_CHECKS = 0", *deletions)
    database.load_rows(rows)


@st.composite
def tattered_rows(draw: st.DrawFn) -> Rows:
    """The rich site with rows missing, nulls and empty texts where the schema allows them, shuffled."""
    rows = rich_rows()
    for table, items in rows.items():
        kept = [item for item in items if draw(st.integers(0, 9))]
        for item in kept:
            for name in NULLABLE.get(table, ()):
                if not draw(st.integers(0, 9)):
                    item[name] = None
            if "tenant_id" in item and not draw(st.integers(0, 9)):
                item["tenant_id"] = draw(st.sampled_from(["", " ", "Ä\\'\"%s", "t" * 255]))
        rows[table] = draw(st.permutations(kept))
    return rows


NULLABLE = {
    "networks": ("name", "status", "admin_state_up", "shared", "mtu"),
    "subnets": ("name", "network_id", "gateway_ip", "enable_dhcp", "shared"),
    "ipallocationpools": ("subnet_id",),
    "ipallocations": ("port_id",),
    "ports": ("name",),
    "securitygroups": ("name", "description"),
    "securitygrouprules": ("remote_group_id", "direction", "ethertype", "protocol"),
    "routers": ("name", "status", "admin_state_up", "gw_port_id"),
    "floatingips": ("fixed_port_id", "fixed_ip_address", "router_id", "status"),
    "vips": ("name", "description", "port_id", "connection_limit"),
    "pools": ("name", "vip_id"),
    "healthmonitors": ("http_method", "url_path", "expected_codes"),
    "sessionpersistences": ("cookie_name",),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tattered_rows(), flavour=st.sampled_from([None, *PluginFlavour]))
def test_every_row_is_read_once_whatever_is_missing(
    whole_database: Database, rows: Rows, flavour: PluginFlavour | None
) -> None:
    replace_rows(whole_database, rows)
    read = read_neutron(whole_database.url, flavour=flavour)
    assert tuple(read.dicts) == NEUTRON_KINDS
    for kind, table in TABLE_OF_KIND.items():
        assert [item["id"] for item in read.dicts[kind]] == sorted(row["id"] for row in rows[table]), kind
        assert_columns_are_passed_through(read.dicts[kind], rows[table])
    owned = {row["id"] for row in rows["ports"] if row["device_owner"] == "network:router_interface"}
    assert {item["id"] for item in read.dicts["router_interfaces"]} == owned
    nested = [rule["id"] for group in read.dicts["security_groups"] for rule in group["security_group_rules"]]
    groups = {row["id"] for row in rows["securitygroups"]}
    assert sorted(nested) == sorted(
        row["id"] for row in rows["securitygrouprules"] if row["security_group_id"] in groups
    )
    assert all(finding.keys() == {"rule", "level", "kind", "id", "message"} for finding in read.findings)


def assert_columns_are_passed_through(items: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Every column that is shown by its own name has the value stored; only booleans change their type."""
    stored = {row["id"]: row for row in rows}
    for item in items:
        for name, value in stored[item["id"]].items():
            if name in item and name != "subnets" and not name.endswith("prefixlen"):
                assert item[name] == value, name
                assert not isinstance(item[name], bool) or value in {0, 1}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_rows_in_the_database_does_not_show(
    whole_database: Database, data: st.DataObject
) -> None:
    rows = data.draw(tattered_rows())
    replace_rows(whole_database, rows)
    first = read_neutron(whole_database.url)
    shuffled = {table: data.draw(st.permutations(items)) for table, items in rows.items()}
    replace_rows(whole_database, dict(reversed(shuffled.items())))
    second = read_neutron(whole_database.url)
    assert second.dicts == first.dicts
    assert second.findings == first.findings
