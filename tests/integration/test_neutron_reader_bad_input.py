"""Databases that cannot be read, or hold what should not be: clear errors and findings, never a crash."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import event, text

from midonet_lab.processes.mariadb import MariaDB
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import (
    AccessDenied,
    AuthenticationFailed,
    DatabaseUnreachable,
    NotNeutron,
    Recovery,
    WrongState,
)
from midonet_migrate.run.progress import LineProgress
from midonet_migrate.source.neutron.reader import NeutronRead, read_neutron
from neutron_samples import (
    BARE_POOL,
    EXTERNAL,
    FLOATING_IP,
    FLOATING_PORT,
    GATEWAY_PORT,
    INTERFACE_PORT,
    MEMBERS,
    MONITOR,
    NETWORK,
    OTHER_GROUP,
    POOL,
    PORT,
    ROUTER,
    SUBNET,
    VIP,
    VIP_PORT,
    rich_rows,
)
from server_fixtures import Database
from unused_ports import refusing_port


def test_a_wrong_password_is_told_without_showing_it(database: Database) -> None:
    url = database.url.set(password="not-the-secret")
    with pytest.raises(AuthenticationFailed) as caught:
        read_neutron(url)
    assert "not-the-secret" not in repr(caught.value.__dict__)


def test_a_database_that_does_not_answer_is_unreachable(database: Database) -> None:
    with refusing_port() as port, pytest.raises(DatabaseUnreachable) as caught:
        read_neutron(database.url.set(port=port))
    assert caught.value.recovery is Recovery.RETRY


def test_a_database_that_does_not_exist_is_not_neutrons(mariadb_server: MariaDB) -> None:
    with pytest.raises(NotNeutron) as caught:
        read_neutron(mariadb_server.url("no_such_database"))
    assert "no_such_database" in caught.value.why


def test_an_empty_database_is_not_neutrons(empty_database: Database) -> None:
    with pytest.raises(NotNeutron) as caught:
        read_neutron(empty_database.url)
    assert "no table" in caught.value.why


def test_the_database_of_another_program_is_told_by_its_tables(empty_database: Database) -> None:
    empty_database.execute(*(f"CREATE TABLE nova_{number} (id INT)" for number in range(12)))
    with pytest.raises(NotNeutron) as caught:
        read_neutron(empty_database.url)
    assert "nova_0" in caught.value.why
    assert "and 4 more" in caught.value.why


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["UPDATE alembic_version SET version_num = 'juno'"], "Juno"),
        (["UPDATE alembic_version SET version_num = '34af2b5c5a59'",
          "INSERT INTO alembic_version VALUES ('4ffceebfada')"], "Liberty or later"),
        (["ALTER TABLE networks CHANGE tenant_id project_id VARCHAR(255)"], "Newton or later"),
        (["DROP TABLE alembic_version"], "another release"),
        (["DELETE FROM alembic_version"], "another release"),
        (["ALTER TABLE networks DROP COLUMN mtu"], "another release"),
        (["DROP TABLE subnetpoolprefixes"], "another release"),
    ],
)  # fmt: skip
def test_another_release_than_kilo_is_refused_with_what_was_found(
    database: Database, statements: list[str], says: str
) -> None:
    database.execute(*statements)
    with pytest.raises(NotNeutron) as caught:
        read_neutron(database.url)
    assert says in caught.value.why
    assert caught.value.problems
    assert caught.value.hint


def test_every_difference_from_kilo_is_listed_at_once(database: Database) -> None:
    database.execute(
        "UPDATE alembic_version SET version_num = 'icehouse'",
        "ALTER TABLE networks DROP COLUMN mtu, DROP COLUMN vlan_transparent",
        "DROP TABLE routerports",
    )
    with pytest.raises(NotNeutron) as caught:
        read_neutron(database.url)
    assert caught.value.problems == (
        "alembic_version says icehouse, not kilo",
        "table routerports is missing",
        "table networks has no column mtu, vlan_transparent",
    )


def test_an_account_that_may_read_only_some_tables_is_told_what_it_needs(database: Database) -> None:
    name = database.name
    database.execute(
        "CREATE OR REPLACE USER 'some'@'127.0.0.1' IDENTIFIED BY 'x'",
        f"GRANT SELECT ON {name}.networks TO 'some'@'127.0.0.1'",
    )
    with pytest.raises(NotNeutron) as caught:
        read_neutron(database.server.url(name, "some", "x"))
    assert "SELECT" in caught.value.hint


def test_an_account_without_the_database_is_denied(database: Database) -> None:
    database.execute("CREATE OR REPLACE USER 'none'@'127.0.0.1' IDENTIFIED BY 'x'")
    with pytest.raises(AccessDenied):
        read_neutron(database.server.url(database.name, "none", "x"))


def read_while(database: Database, table: str, *statements: str) -> NeutronRead:
    """Read, and run statements in another session just before ``table`` is read. ``{id}``: our session."""
    engine = open_engine(database.url)
    with engine.connect() as connection:
        session = connection.execute(text("SELECT CONNECTION_ID()")).scalar_one()

    def listener(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.endswith(f"FROM {table}"):
            database.execute(*(each.format(id=session) for each in statements))

    event.listen(engine, "before_cursor_execute", listener)
    try:
        return read_neutron(engine)
    finally:
        engine.dispose()


def test_a_table_altered_meanwhile_is_an_error_with_a_retry(database: Database) -> None:
    database.load_rows({"networks": rich_rows()["networks"]})
    with pytest.raises(WrongState) as caught:
        read_while(database, "ports", "ALTER TABLE ports ENGINE=InnoDB, FORCE, ALGORITHM=COPY")
    assert caught.value.recovery is Recovery.RETRY
    assert "1412" in caught.value.why
    assert len(read_neutron(database.url).dicts["networks"]) == 3


def test_rows_written_meanwhile_are_not_seen(database: Database) -> None:
    rows = rich_rows()
    database.load_rows({"networks": rows["networks"], "subnets": rows["subnets"]})
    read = read_while(database, "networks", "DELETE FROM subnets", "UPDATE networks SET name = 'x'")
    assert database.execute("SELECT COUNT(*) FROM subnets") == [(0,)]
    assert len(read.dicts["subnets"]) == 5
    assert "x" not in {network["name"] for network in read.dicts["networks"]}


def test_a_connection_lost_while_reading_is_unreachable(database: Database) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        read_while(database, "ports", "KILL {id}")
    assert caught.value.recovery is Recovery.RETRY


def test_progress_counts_every_row(database: Database) -> None:
    database.load_rows({"networks": rich_rows()["networks"]})
    shown = io.StringIO()
    read_neutron(database.url, progress=LineProgress(shown))
    assert "reading Neutron's database: 3" in shown.getvalue()


DANGLING: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    ("networks", EXTERNAL, [
        ("dangling-network", "floating_ips", FLOATING_IP),
        ("dangling-network", "ports", FLOATING_PORT),
        ("dangling-network", "ports", GATEWAY_PORT),
        ("dangling-network", "subnets", "44cac789-965b-49aa-ac34-98864d7652bc"),
        ("dangling-network", "subnets", "9d1b4ab5-6be3-4add-9658-58e3150a7d9f"),
        ("orphan", "networks", EXTERNAL),
    ]),
    ("subnets", SUBNET, [
        ("dangling-subnet", "pools", POOL),
        ("dangling-subnet", "ports", INTERFACE_PORT),
        ("dangling-subnet", "ports", PORT),
        ("orphan", "subnets", SUBNET),
    ]),
    ("subnetpools", "5d7a1b56-1e5c-4e0f-9d6f-0a3c8a1a2b10", [
        ("dangling-subnet-pool", "subnets", "6396c736-a89e-4113-bac1-54ba1bb86414"),
        ("orphan", "subnetpools", "5d7a1b56-1e5c-4e0f-9d6f-0a3c8a1a2b10"),
    ]),
    ("securitygroups", OTHER_GROUP, [
        ("dangling-security-group", "ports", PORT),
        ("dangling-security-group", "ports", VIP_PORT),
        ("dangling-security-group", "security_group_rules", "b1"),
        ("dangling-security-group", "security_group_rules", "b2"),
    ]),
    ("ports", GATEWAY_PORT, [
        ("dangling-gateway-port", "routers", ROUTER),
        ("dangling-port", "routers", ROUTER),
        ("orphan", "ports", GATEWAY_PORT),
    ]),
    ("ports", PORT, [("dangling-port", "floating_ips", FLOATING_IP), ("orphan", "ports", PORT)]),
    ("ports", FLOATING_PORT, [
        ("dangling-floating-port", "floating_ips", FLOATING_IP), ("orphan", "ports", FLOATING_PORT),
    ]),
    ("ports", VIP_PORT, [("dangling-port", "vips", VIP), ("orphan", "ports", VIP_PORT)]),
    ("routers", ROUTER, [
        ("dangling-router", "floating_ips", FLOATING_IP),
        ("dangling-router", "ports", GATEWAY_PORT),
        ("dangling-router", "ports", INTERFACE_PORT),
        ("dangling-router", "router_interfaces", INTERFACE_PORT),
        ("orphan", "routers", ROUTER),
    ]),
    ("pools", POOL, [
        ("dangling-pool", "health_monitors", "96b7cb1f-97a9-4d07-a3d0-6b4c3f6e2b13"),
        ("dangling-pool", "health_monitors", MONITOR),
        *sorted(("dangling-pool", "members", member) for member in MEMBERS),
        ("dangling-pool", "vips", VIP),
    ]),
    ("vips", VIP, [("dangling-vip", "pools", POOL), ("orphan", "vips", VIP)]),
    ("healthmonitors", MONITOR, [
        ("dangling-health-monitor", "pools", POOL), ("dangling-health-monitor", "pools", BARE_POOL),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key", "noted"), DANGLING)
def test_whatever_refers_to_a_missing_row_is_noted_and_read(
    database: Database, table: str, key: str, noted: list[tuple[str, str, str]]
) -> None:
    rows = {name: items for name, items in rich_rows().items() if not name.startswith("midonet_")}
    rows[table] = [row for row in rows[table] if row["id"] != key]
    database.load_rows(rows)
    read = read_neutron(database.url)
    found = {
        (finding["rule"].removeprefix("source."), finding["kind"], finding["id"])
        for finding in read.findings
        if finding["rule"] != "source.hidden-by-flavour"
    }
    assert found == set(noted)
    assert len(read.dicts["ports"]) == len(rows["ports"])


def test_an_interface_without_address_is_read_with_no_subnet(database: Database) -> None:
    rows: dict[str, list[dict[str, Any]]] = rich_rows()
    addresses = [row for row in rows["ipallocations"] if row["port_id"] not in {INTERFACE_PORT, VIP_PORT}]
    database.load_rows({**{name: rows[name] for name in ("networks", "ports", "routers", "vips", "subnets")},
                        "ipallocations": addresses, "routerports": []})  # fmt: skip
    read = read_neutron(database.url)
    (interface,) = read.dicts["router_interfaces"]
    assert interface == {
        "id": INTERFACE_PORT, "router_id": ROUTER, "port_id": INTERFACE_PORT, "subnet_id": None,
    }  # fmt: skip
    (vip,) = read.dicts["vips"]
    assert (vip["address"], vip["subnet_id"]) == (None, None)
    rules = {(finding["rule"], finding["id"]) for finding in read.findings}
    assert {
        ("source.interface-without-address", INTERFACE_PORT),
        ("source.interface-unregistered", INTERFACE_PORT),
        ("source.vip-without-address", VIP),
    } <= rules


def test_an_interface_in_two_subnets_shows_the_first(database: Database) -> None:
    rows = rich_rows()
    second = {"port_id": INTERFACE_PORT, "ip_address": "10.0.0.9", "network_id": NETWORK,
              "subnet_id": "6396c736-a89e-4113-bac1-54ba1bb86414"}  # fmt: skip
    rows["ipallocations"].append(second)
    database.load_rows({name: items for name, items in rows.items() if not name.startswith("midonet_")})
    read = read_neutron(database.url)
    (interface,) = read.dicts["router_interfaces"]
    assert interface["subnet_id"] == second["subnet_id"]
    assert "source.interface-several-subnets" in {finding["rule"] for finding in read.findings}
