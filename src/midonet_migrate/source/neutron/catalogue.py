"""Is this the database of a Neutron of Kilo, and what else stands in it?"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, TableClause, column, select, table, text

from midonet_migrate.errors import NotNeutron
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings

KILO = "kilo"
_VERSION_TABLE = "alembic_version"
_LBAAS_VERSION_TABLE = "alembic_version_lbaas"
_LBAAS_VERSIONS = (KILO, "start_neutron_lbaas")
_MIDONET_VERSION_TABLES = ("alembic_version_midonet", "midonet_alembic")
_OLDER = ("folsom", "grizzly", "havana", "icehouse", "juno")
_SHOWN_TABLES = 8
_CHECK_URL = "Check 'connection' in the [database] section of neutron.conf."
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
_TABLES = "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = DATABASE()"
_IDENTITY = ("hostname", "port", "server_uid", "server_uuid", "version")


class Catalogue(msgspec.Struct, kw_only=True):
    """What stands in the database, apart from its rows.

    ``columns`` by table, ``engines`` by table, ``versions`` by version table. ``server``: variables that
    tell one server from another.
    """

    database: str
    columns: dict[str, frozenset[str]]
    engines: dict[str, str | None]
    versions: dict[str, list[str]]
    server: dict[str, str]

    def has(self, source: TableClause) -> bool:
        """Whether the table is there with every column that is read."""
        return not self.lacks(source)

    def lacks(self, source: TableClause) -> list[str]:
        """The columns that are read and are not there."""
        found = self.columns.get(source.name, frozenset())
        return [name for name in source.columns.keys() if name not in found]  # noqa: SIM118 - not a dict

    @property
    def midonet_tables(self) -> JsonObject:
        """State of what MidoNet's plug-in keeps in the database (db 1.3, 1.4)."""
        version_table = next((name for name in _MIDONET_VERSION_TABLES if name in self.columns), None)
        return {
            "tables": sorted(name for name in self.columns if name.startswith("midonet_")),
            "version_table": version_table,
            "versions": self.versions.get(version_table or "", []),
        }

    @property
    def identity(self) -> JsonObject:
        """Which database of which server this is; nothing secret."""
        return {
            "database": self.database,
            "hostname": self.server.get("hostname", ""),
            "port": self.server.get("port", ""),
            "server_id": self.server.get("server_uuid") or self.server.get("server_uid") or "",
        }


def read_catalogue(connection: Connection) -> Catalogue:
    """Read the catalogue of the current database, in as many statements however big it is."""
    columns: dict[str, set[str]] = {}
    for table_name, column_name in connection.execute(text(_COLUMNS)):
        columns.setdefault(table_name, set()).add(column_name)
    engines: dict[str, str | None] = {row[0]: row[1] for row in connection.execute(text(_TABLES))}
    names = ", ".join(f"'{name}'" for name in _IDENTITY)
    variables = connection.execute(text(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})"))
    server = {str(name): str(value) for name, value in variables}
    version_tables = (_VERSION_TABLE, _LBAAS_VERSION_TABLE, *_MIDONET_VERSION_TABLES)
    return Catalogue(
        database=connection.execute(text("SELECT DATABASE()")).scalar_one(),
        columns={name: frozenset(found) for name, found in columns.items()},
        engines=engines,
        versions={
            name: sorted(connection.execute(select(column("version_num")).select_from(table(name))).scalars())
            for name in version_tables
            if "version_num" in columns.get(name, ())
        },
        server=server,
    )


def check_kilo(found: Catalogue) -> None:
    """Raise ``NotNeutron``, with everything that was found, unless this is Neutron's database of Kilo."""
    missing = [source.name for source in tables.NEUTRON if source.name not in found.columns]
    if len(missing) * 2 > len(tables.NEUTRON):
        raise NotNeutron(
            f"Database {found.database} is not a Neutron database",
            why=_what_stands_there(found),
            hint=f"{_CHECK_URL} The account needs SELECT on all tables of the database.",
        )
    problems = [f"table {name} is missing" for name in missing]
    problems += _wrong_columns(found, (*tables.NEUTRON, *tables.LBAAS))
    versions = found.versions.get(_VERSION_TABLE, [])
    if versions != [KILO]:
        problems.insert(0, f"{_VERSION_TABLE} says {', '.join(versions) or 'nothing'}, not {KILO}")
    if problems:
        raise NotNeutron(
            f"Database {found.database} is not that of a Neutron of Kilo",
            why=_release(found, versions),
            hint=f"{_CHECK_URL} The migration starts from Kilo with all its database migrations done"
            " (neutron-db-manage upgrade head).",
            problems=problems,
        )


def note_oddities(found: Catalogue, findings: Findings) -> None:
    """Findings about tables as a whole."""
    absent = [source.name for source in tables.LBAAS if source.name not in found.columns]
    if absent:
        findings.add("lbaas-tables-missing", "table", absent[0], f"no {', '.join(absent)}: taken as empty")
    lbaas = found.versions.get(_LBAAS_VERSION_TABLE, [])
    if lbaas and not set(lbaas) <= set(_LBAAS_VERSIONS):
        findings.add("lbaas-version", "table", _LBAAS_VERSION_TABLE, f"says {', '.join(lbaas)}, not {KILO}")
    for source in tables.MIDONET:
        if source.name in found.columns and not found.has(source):
            lacking = ", ".join(found.lacks(source))
            message = f"has no column {lacking}: taken as empty"
            findings.add("midonet-table-unknown", "table", source.name, message)
    for source in (*tables.NEUTRON, *tables.LBAAS, *tables.MIDONET):
        engine = found.engines.get(source.name)
        if source.name in found.engines and (engine or "").lower() != "innodb":
            message = f"is kept by {engine or 'a view'}, not InnoDB: changes made while it was read may show"
            findings.add("no-snapshot", "table", source.name, message)


def _what_stands_there(found: Catalogue) -> str:
    names = sorted(found.columns)
    if not names:
        return "It has no table that this account may see."
    more = f" and {len(names) - _SHOWN_TABLES} more" if len(names) > _SHOWN_TABLES else ""
    return f"It has the tables {', '.join(names[:_SHOWN_TABLES])}{more}."


def _wrong_columns(found: Catalogue, sources: Iterable[TableClause]) -> list[str]:
    return [
        f"table {source.name} has no column {', '.join(lacking)}"
        for source in sources
        if source.name in found.columns and (lacking := found.lacks(source))
    ]


def _release(found: Catalogue, versions: list[str]) -> str:
    if "project_id" in found.columns.get("networks", ()):
        return "Its tables have project_id where Kilo has tenant_id: Newton or later."
    older = [version for version in versions if version in _OLDER]
    if older:
        return f"It is of an older release: {older[0].capitalize()}."
    if len(versions) > 1:
        return "It has several heads of migrations: Liberty or later."
    return "It is of another release, or its migrations were not finished."
