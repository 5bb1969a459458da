"""Reading a rich Neutron database: the getters' dicts for every flavour, whatever the server's settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from midonet_lab import neutron_database
from midonet_lab.neutron_database import Part, load_sql, schema_sql
from midonet_migrate.database.connection import open_engine
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.snapshot import SnapshotMeta
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron.reader import NeutronRead, read_neutron
from neutron_sample_dicts import rich_dicts
from neutron_samples import (
    GROUP,
    MEMBERS,
    NETWORK,
    POOL,
    PORT,
    SUBNET,
    UPLINK,
    VIP,
    Rows,
    rich_rows,
)
from server_fixtures import Database, StartMariaDB
from waiting import wait_until

ALL_PARTS: tuple[Part, ...] = ("neutron", "lbaas", "midonet")


@pytest.fixture
def full_database(database: Database) -> Database:
    """A Kilo database with the tables of MidoNet's plug-in as well."""
    load_sql(database.server, database.name, schema_sql("midonet"))
    return database


def as_json(items: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(item, sort_keys=True, ensure_ascii=False) for item in items]


def check(read: NeutronRead, flavour: PluginFlavour) -> None:
    expected = rich_dicts(flavour)
    assert list(read.dicts) == list(NEUTRON_KINDS)
    assert expected.keys() == read.dicts.keys()
    for kind in NEUTRON_KINDS:
        in_order = sorted(expected[kind], key=lambda item: item["id"])
        # As JSON, because Python takes 1 for True.
        assert as_json(read.dicts[kind]) == as_json(in_order), kind


@pytest.mark.parametrize("flavour", list(PluginFlavour))
def test_a_rich_database_gives_the_getters_dicts_in_every_flavour(
    full_database: Database, flavour: PluginFlavour
) -> None:
    full_database.load_rows(rich_rows(), check_references=True)
    read = read_neutron(full_database.url, flavour=flavour)
    check(read, flavour)
    assert read.flavour is flavour
    assert read.port_profiles == {PORT: {"interface_name": "tap0"}}
    assert read.midonet_tables["version_table"] == "alembic_version_midonet"
    assert read.midonet_tables["versions"] == ["422da2897701"]
    assert "midonet_tasks" in read.midonet_tables["tables"]


def test_a_whole_database_has_nothing_odd_in_its_own_flavour(full_database: Database) -> None:
    full_database.load_rows(rich_rows(), check_references=True)
    assert read_neutron(full_database.url).findings == []


@pytest.mark.parametrize("options", [
    {"sql_mode": "", "character_set_server": "latin1", "max_allowed_packet": "1M"},
    {"sql_mode": "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES"},
])  # fmt: skip
def test_the_servers_settings_do_not_show(start_mariadb: StartMariaDB, options: dict[str, str]) -> None:
    server = start_mariadb(**options)
    neutron_database.create_neutron_database(server, "rich", parts=ALL_PARTS)
    try:
        neutron_database.load_rows(server, "rich", rich_rows(), check_references=True)
        check(read_neutron(server.url("rich")), PluginFlavour.V2)
    finally:
        neutron_database.drop_database(server, "rich")


def test_names_survive_tables_of_any_charset(empty_database: Database) -> None:
    empty_database.execute(f"ALTER DATABASE {empty_database.name} CHARACTER SET latin1")
    for part in ALL_PARTS[:2]:
        empty_database.load(schema_sql(part))
    empty_database.load_rows({"networks": [{"id": "n", "name": "Zürich naïve £ ¥", "tenant_id": "é"}]})
    (network,) = read_neutron(empty_database.url).dicts["networks"]
    assert (network["name"], network["tenant_id"]) == ("Zürich naïve £ ¥", "é")


def statements_of(engine: Engine) -> Iterator[str]:
    """Every statement the engine sends while reading."""
    sent: list[str] = []
    listener = lambda _connection, _cursor, statement, *_rest: sent.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    read_neutron(engine)
    event.remove(engine, "before_cursor_execute", listener)
    yield from sent


def test_the_number_of_statements_does_not_depend_on_the_size(full_database: Database) -> None:
    full_database.load_rows(rich_rows())
    engine = open_engine(full_database.url)
    try:
        small = list(statements_of(engine))
        full_database.load_rows(many_ports(3000))
        assert list(statements_of(engine)) == small
        assert len(small) < 50
    finally:
        engine.dispose()


def test_every_statement_is_grammar_of_mysql_5_5_and_names_its_columns(full_database: Database) -> None:
    engine = open_engine(full_database.url)
    allowed = re.compile(
        r"START TRANSACTION WITH CONSISTENT SNAPSHOT"
        r"|SHOW GLOBAL VARIABLES WHERE Variable_name IN \([\w', ]+\)"
        r"|SELECT DATABASE\(\)"
        r"|SELECT [\w, ]+ FROM information_schema\.\w+ WHERE table_schema = DATABASE\(\)"
        r"|SELECT [\w`., ]+ FROM \w+"
    )
    try:
        sent = [" ".join(statement.split()) for statement in statements_of(engine)]
    finally:
        engine.dispose()
    assert sent[0] == "START TRANSACTION WITH CONSISTENT SNAPSHOT"
    assert [statement for statement in sent if not allowed.fullmatch(statement)] == []


def many_ports(count: int) -> Rows:
    """So many ports, each with an address, a group and a binding."""
    keys = [f"{number:08x}-1111-4111-8111-111111111111" for number in range(count)]
    return {
        "ports": [
            {
                "id": key, "tenant_id": "t", "name": f"p{number}", "network_id": NETWORK,
                "mac_address": f"fa:16:3f:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
                "admin_state_up": 1, "status": "ACTIVE", "device_id": f"vm-{number}",
                "device_owner": "compute:nova",
            }
            for number, key in enumerate(keys)
        ],
        "ipallocations": [
            {"port_id": key, "ip_address": f"172.16.{number >> 8}.{number & 255}", "subnet_id": SUBNET,
             "network_id": NETWORK}
            for number, key in enumerate(keys)
        ],
        "portbindingports": [{"port_id": key, "host": "compute-2"} for key in keys],
        "securitygroupportbindings": [{"port_id": key, "security_group_id": GROUP} for key in keys],
    }  # fmt: skip


def test_reading_changes_nothing_and_leaves_no_transaction_open(full_database: Database) -> None:
    full_database.load_rows(rich_rows())
    tables = [row[0] for row in full_database.execute("SHOW TABLES")]
    checksum = f"CHECKSUM TABLE {', '.join(sorted(tables))}"
    before = full_database.execute(checksum)
    engine = open_engine(full_database.url)
    try:
        read_neutron(engine)
        open_transactions = "SELECT COUNT(*) FROM information_schema.innodb_trx"
        wait_until(lambda: full_database.execute(open_transactions) == [(0,)])
        assert full_database.execute(checksum) == before
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("tables", "flavour"),
    [
        (("midonet_network_bindings",), PluginFlavour.V2),
        (("networks", "networksecuritybindings"), PluginFlavour.V2),
        (("ports", "portsecuritybindings"), PluginFlavour.V2),
        (("allowedaddresspairs",), PluginFlavour.LEGACY),
        (("routerroutes",), PluginFlavour.LEGACY),
        (("networks", "ports", "routers"), PluginFlavour.V1),
    ],
)
def test_the_flavour_is_told_by_rows_that_only_it_writes(
    full_database: Database, tables: tuple[str, ...], flavour: PluginFlavour
) -> None:
    rows = rich_rows()
    full_database.load_rows({table: rows[table] for table in tables})
    read = read_neutron(full_database.url)
    assert read.flavour is flavour
    assert read.evidence


def test_port_security_left_behind_by_another_plug_in_makes_no_v2(database: Database) -> None:
    """v2 cannot run without the plug-in's own tables."""
    rows = rich_rows()
    database.load_rows({table: rows[table] for table in ("networks", "networksecuritybindings")})
    read = read_neutron(database.url)
    assert read.flavour is PluginFlavour.V1
    assert [finding["rule"] for finding in read.findings] == ["source.hidden-by-flavour"]


def test_local_networks_speak_for_legacy(full_database: Database) -> None:
    rows = {"midonet_network_bindings": [{"network_id": UPLINK, "network_type": "local"}]}
    full_database.load_rows({"networks": rich_rows()["networks"], **rows})
    assert read_neutron(full_database.url).flavour is PluginFlavour.LEGACY


def test_the_operators_choice_wins_and_what_it_hides_is_told(full_database: Database) -> None:
    full_database.load_rows(rich_rows())
    read = read_neutron(full_database.url, flavour=PluginFlavour.V1)
    assert any("v2" in line for line in read.evidence)
    hidden = {f["kind"]: f["message"] for f in read.findings if f["rule"] == "source.hidden-by-flavour"}
    assert hidden.keys() == {"networks", "ports", "routers"}


def test_ids_that_differ_in_case_or_blanks_are_never_merged(database: Database) -> None:
    """The database would join them; what hangs on the other spelling is told instead."""
    rows: dict[str, list[dict[str, Any]]] = rich_rows()
    rows.pop("midonet_network_bindings")
    rows.pop("midonet_port_bindings")
    rows["ipallocations"][0]["port_id"] = PORT.upper()
    rows["securitygroupportbindings"][1]["security_group_id"] = GROUP.upper()
    rows["members"][0]["pool_id"] = POOL.upper()
    rows["networks"].append({"id": "short", "tenant_id": "T"})
    rows["subnets"].append({"id": "shorter", "network_id": "short ", "ip_version": 4, "cidr": "10.8.0.0/16"})
    rows["routers"][1]["tenant_id"] = rows["routers"][0]["tenant_id"] + "  "
    database.load_rows(rows, check_references=True)
    read = read_neutron(database.url, flavour=PluginFlavour.V2)
    port = next(item for item in read.dicts["ports"] if item["id"] == PORT)
    assert [fixed_ip["ip_address"] for fixed_ip in port["fixed_ips"]] == [
        "10.0.1.9",
        "10.0.11.5",
        "fd00::1:f816:3eff:fed2:cf89",
    ]
    assert GROUP.upper() in port["security_groups"]
    pool = next(item for item in read.dicts["pools"] if item["id"] == POOL)
    assert pool["members"] == list(MEMBERS[:2])
    assert len({item["tenant_id"] for item in read.dicts["routers"]}) == 2
    noted = {(finding["rule"], finding["kind"], finding["id"]) for finding in read.findings}
    assert noted == {
        ("source.orphan", "ports", PORT.upper()),
        ("source.dangling-security-group", "ports", PORT),
        ("source.dangling-network", "subnets", "shorter"),
        ("source.dangling-pool", "members", MEMBERS[2]),
    }
    assert all("case or trailing blanks" in finding["message"] for finding in read.findings)


def test_without_load_balancer_tables_there_is_nothing_to_balance(database: Database) -> None:
    names = ["poolloadbalanceragentbindings", "poolstatisticss", "poolmonitorassociations", "healthmonitors",
             "members", "sessionpersistences", "pools", "vips", "alembic_version_lbaas"]  # fmt: skip
    database.execute("SET FOREIGN_KEY_CHECKS = 0", f"DROP TABLE {', '.join(names)}")
    read = read_neutron(database.url)
    assert [read.dicts[kind] for kind in ("pools", "members", "vips", "health_monitors")] == [[], [], [], []]
    assert [finding["rule"] for finding in read.findings] == ["source.lbaas-tables-missing"]


def test_tables_without_transactions_are_told(database: Database) -> None:
    database.execute("ALTER TABLE alembic_version ENGINE=MyISAM", "ALTER TABLE agents ADD x INT")
    assert read_neutron(database.url).findings == []
    database.execute("ALTER TABLE providerresourceassociations ENGINE=MyISAM")
    (finding,) = read_neutron(database.url).findings
    assert (finding["rule"], finding["id"]) == ("source.no-snapshot", "providerresourceassociations")


def test_what_was_read_is_entered_into_the_snapshots_description(full_database: Database) -> None:
    full_database.load_rows(rich_rows())
    read = read_neutron(full_database.url)
    meta = SnapshotMeta(site={"midonet": {"api": "http://x"}}, findings=[{"rule": "other"}])
    read.describe(meta)
    assert meta.plugin_flavour == "v2"
    assert meta.site.keys() == {"midonet", "neutron"}
    assert meta.site["neutron"]["database"] == full_database.name
    assert meta.findings == [{"rule": "other"}, *read.findings]
    assert meta.port_profiles == read.port_profiles
    assert full_database.server.password not in repr(meta)


def test_vip_without_cookie_name_shows_only_the_type(full_database: Database) -> None:
    rows = rich_rows()
    rows["sessionpersistences"] = [{"vip_id": VIP, "type": "SOURCE_IP", "cookie_name": "left"}]
    full_database.load_rows(rows)
    (vip,) = read_neutron(full_database.url).dicts["vips"]
    assert vip["session_persistence"] == {"type": "SOURCE_IP"}
