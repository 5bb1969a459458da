"""The ``midonet_*`` tables of the Neutron database: which state they are in, and making them (db 1.2-1.4).

What is made is what networking-midonet's own migrations make on Kilo, stamped, so that a later
``midonet-db-manage upgrade head`` has nothing to do.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, text

from midonet_migrate.errors import NotNeutron, WrongState

VERSION_TABLE = "alembic_version_midonet"
KILO_HEAD = "422da2897701"
_OTHER_VERSION_TABLE = "midonet_alembic"

TASK_TABLES: dict[str, str] = {
    "midonet_tasks": """
        id INT NOT NULL AUTO_INCREMENT,
        type VARCHAR(36) NULL,
        data_type VARCHAR(36) NULL,
        data LONGTEXT NULL,
        resource_id VARCHAR(36) NULL,
        tenant_id VARCHAR(255) NULL,
        transaction_id VARCHAR(40) NOT NULL,
        created_at DATETIME NOT NULL,
        PRIMARY KEY (id)
    """,
    "midonet_data_versions": """
        id INT NOT NULL AUTO_INCREMENT,
        sync_started_at DATETIME NULL,
        sync_finished_at DATETIME NULL,
        sync_status VARCHAR(50) NULL,
        sync_tasks_status VARCHAR(50) NULL,
        stale TINYINT(1) NOT NULL,
        PRIMARY KEY (id)
    """,
    "midonet_data_state": """
        id INT NOT NULL AUTO_INCREMENT,
        last_processed_task_id INT NULL,
        updated_at DATETIME NOT NULL,
        active_version INT NULL,
        readonly TINYINT(1) NOT NULL,
        PRIMARY KEY (id),
        KEY last_processed_task_id (last_processed_task_id),
        KEY active_version (active_version),
        FOREIGN KEY (last_processed_task_id) REFERENCES midonet_tasks (id),
        FOREIGN KEY (active_version) REFERENCES midonet_data_versions (id)
    """,
    "midonet_agent_memberships": """
        id VARCHAR(36) NOT NULL,
        ip_address VARCHAR(64) NOT NULL,
        PRIMARY KEY (id)
    """,
    "midonet_port_bindings": """
        port_id VARCHAR(36) NOT NULL,
        interface_name VARCHAR(255) NOT NULL,
        PRIMARY KEY (port_id),
        FOREIGN KEY (port_id) REFERENCES portbindingports (port_id) ON DELETE CASCADE,
        FOREIGN KEY (port_id) REFERENCES ports (id)
    """,
    "midonet_routing_instances": """
        id VARCHAR(36) NOT NULL,
        router_id VARCHAR(36) NOT NULL,
        local_as INT NOT NULL,
        protocol VARCHAR(255) NOT NULL,
        PRIMARY KEY (id),
        KEY router_id (router_id),
        FOREIGN KEY (router_id) REFERENCES routers (id)
    """,
    "midonet_routing_peers": """
        id VARCHAR(36) NOT NULL,
        routing_instance_id VARCHAR(36) NOT NULL,
        port_id VARCHAR(36) NOT NULL,
        peer_as INT NOT NULL,
        peer_address VARCHAR(255) NOT NULL,
        PRIMARY KEY (id),
        KEY routing_instance_id (routing_instance_id),
        KEY port_id (port_id),
        FOREIGN KEY (routing_instance_id) REFERENCES midonet_routing_instances (id),
        FOREIGN KEY (port_id) REFERENCES ports (id)
    """,
    "midonet_advertise_route": """
        id VARCHAR(36) NOT NULL,
        routing_instance_id VARCHAR(36) NOT NULL,
        destination VARCHAR(36) NOT NULL,
        PRIMARY KEY (id),
        KEY routing_instance_id (routing_instance_id),
        FOREIGN KEY (routing_instance_id) REFERENCES midonet_routing_instances (id)
    """,
    "midonet_network_bindings": """
        network_id VARCHAR(36) NOT NULL,
        network_type VARCHAR(255) NOT NULL,
        PRIMARY KEY (network_id),
        FOREIGN KEY (network_id) REFERENCES networks (id)
    """,
}
"""Columns and keys by table, in an order that satisfies the foreign keys; grammar of MySQL 5.5."""

_VERSION_COLUMNS = "version_num VARCHAR(32) NOT NULL"
_NOT_A_COLUMN = re.compile(r"(PRIMARY KEY|KEY|FOREIGN KEY)\b")


class State(StrEnum):
    """The states of the tables that this program works with."""

    ABSENT = "absent"
    UNSTAMPED = "unstamped"
    """All tables are there, but no version says so."""
    READY = "ready"


class TaskTables(msgspec.Struct, kw_only=True, frozen=True):
    """What was found. ``missing``: tables to make. ``state_row``: row 1 of midonet_data_state is there."""

    state: State
    missing: tuple[str, ...] = ()
    state_row: bool = False

    @property
    def has_tasks(self) -> bool:
        """Whether midonet_tasks can be read."""
        return "midonet_tasks" not in self.missing

    @property
    def has_data_state(self) -> bool:
        """Whether midonet_data_state can be read."""
        return "midonet_data_state" not in self.missing


def columns_of(definition: str) -> list[str]:
    """Names of the columns in a table's definition."""
    parts = (part.strip() for part in definition.split(",\n"))
    return [part.split()[0] for part in parts if not _NOT_A_COLUMN.match(part)]


def inspect_task_tables(connection: Connection, *, begun_here: bool = False) -> TaskTables:
    """Which of the states of (db 1.4) the tables are in.

    ``begun_here`` says that this program began to make them (its journal tells): then tables that are
    missing are no reason to refuse. Raises ``WrongState``, naming what was found and what to do, for the
    abandoned kilo_v2 chain, other versions and partial chains; ``NotNeutron`` without Neutron's tables.
    """
    found = _columns_by_table(connection)
    if not {"networks", "ports", "portbindingports", "routers"} <= found.keys():
        raise NotNeutron(
            "The database has no Neutron tables",
            hint="Check that 'connection' in neutron.conf names the Neutron database.",
        )
    if _OTHER_VERSION_TABLE in found:
        raise WrongState(
            "The midonet_* tables come from the abandoned kilo_v2 branch of networking-midonet",
            why=f"There is a version table {_OTHER_VERSION_TABLE}.",
            hint="Back up and drop the midonet_* tables and midonet_alembic if nothing uses them;"
            " or move them to the chain of 2015.1 by hand. Then run again.",
        )
    versions = _versions(connection) if VERSION_TABLE in found else []
    missing = tuple(name for name in TASK_TABLES if name not in found)
    if versions not in ([], [KILO_HEAD]):
        raise WrongState(
            f"The midonet_* tables are of version {', '.join(versions)}, not {KILO_HEAD} (Kilo)",
            hint="Run the midonet-db-manage of the Kilo release, or check that this is the right database.",
        )
    strangers = sorted(name for name in found if name.startswith("midonet_") and name not in TASK_TABLES)
    partial = bool(missing) and (len(missing) < len(TASK_TABLES) or versions or strangers)
    if partial and not begun_here:
        present = [name for name in sorted(found) if name.startswith("midonet_") or name == VERSION_TABLE]
        raise WrongState(
            "Only some of the midonet_* tables exist",
            why=f"Missing: {', '.join(missing)}. Version: {', '.join(versions) or 'none'}.",
            hint="Finish with 'midonet-db-manage upgrade head' of the Kilo release; or, if no neutron-server"
            " uses them, drop those that exist. Then run again.",
            problems=[f"found: {name}" for name in present],
        )
    _require_columns(found)
    _require_transactions(connection)
    state = State.ABSENT if missing else State.READY if versions else State.UNSTAMPED
    has_state = "midonet_data_state" in found
    return TaskTables(state=state, missing=missing, state_row=has_state and _has_state_row(connection))


def creation_statements(connection: Connection, tables: TaskTables) -> list[str]:
    """The statements that bring ``tables`` to :attr:`State.READY`; none when they are.

    Each is harmless when a killed run has executed it before. The version is stamped last: it says that
    all the others are through.
    """
    if tables.state is State.READY and tables.state_row:
        return []
    ending = _table_options(connection)
    statements = [f"CREATE TABLE {name} ({TASK_TABLES[name]}) {ending}" for name in tables.missing]
    if not tables.state_row:
        statements.append(
            "INSERT INTO midonet_data_state"
            " (id, last_processed_task_id, updated_at, active_version, readonly)"
            " VALUES (1, NULL, UTC_TIMESTAMP(), NULL, 0)"
        )
    if tables.state is not State.READY:
        statements.append(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} ({_VERSION_COLUMNS}) {ending}")
        statements.append("INSERT INTO alembic_version_midonet (version_num) VALUES ('422da2897701')")
    return statements


def _columns_by_table(connection: Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        text(
            "SELECT table_name AS table_name, column_name AS column_name"
            " FROM information_schema.columns WHERE table_schema = DATABASE()"
        )
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.table_name, set()).add(row.column_name)
    return found


def _versions(connection: Connection) -> list[str]:
    return sorted(connection.execute(text("SELECT version_num FROM alembic_version_midonet")).scalars())


def _has_state_row(connection: Connection) -> bool:
    return connection.execute(text("SELECT id FROM midonet_data_state WHERE id = 1")).first() is not None


def _require_columns(found: dict[str, set[str]]) -> None:
    wrong = [
        f"{name}: {', '.join(sorted(lacking))} missing"
        for name, definition in TASK_TABLES.items()
        if name in found and (lacking := set(columns_of(definition)) - found[name])
    ]
    if wrong:
        raise WrongState(
            "The midonet_* tables are not those of Kilo",
            why="Columns are missing; a later release renamed or dropped them.",
            hint="Check that this is the database of the Kilo site.",
            problems=wrong,
        )


def _require_transactions(connection: Connection) -> None:
    rows = connection.execute(
        text(
            "SELECT table_name AS table_name FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND engine <> 'InnoDB'"
            " AND table_name IN ('midonet_tasks', 'midonet_data_state')"
        )
    )
    if names := sorted(rows.scalars()):
        raise WrongState(
            f"Not an InnoDB table: {', '.join(names)}",
            why="All tasks are written in one transaction, or none; other engines have no transactions.",
            hint="ALTER TABLE ... ENGINE=InnoDB; then run again.",
        )


def _table_options(connection: Connection) -> str:
    """Engine, and the charset of Neutron's own ids: foreign keys need the same on both sides."""
    row = connection.execute(
        text(
            "SELECT character_set_name AS charset, collation_name AS collation"
            " FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = 'ports' AND column_name = 'id'"
        )
    ).one()
    if not (re.fullmatch(r"\w+", row.charset or "") and re.fullmatch(r"\w+", row.collation or "")):
        return "ENGINE=InnoDB"
    return f"ENGINE=InnoDB DEFAULT CHARACTER SET {row.charset} COLLATE {row.collation}"
