"""Settings of the importer, and what its start says about them (imp 1.8, 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from midonet_lab.midonet5.importer.java import ImporterFailure, illegal_argument

_PREFIX = "cluster.neutron_importer"
_MYSQL_PORT = 3306
_DRIVER_SCHEMES: Mapping[str, tuple[str, ...]] = {"org.mariadb.jdbc.Driver": ("jdbc:mysql:", "jdbc:mariadb:")}
_DEFAULT_DRIVER = "com.mysql.jdbc.Driver"
"""Default of the schema, and not in the packages: the driver trap."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """Retries of a request whose connection was lost (``zookeeper.max_retries``, ``base_retry``; imp 8.2)."""

    retries: int = 10
    base_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class ImporterSettings:
    """What mn-conf says; times in seconds. ``host_id`` is the node's, the latch's participant id."""

    host_id: str
    connection_string: str = " "
    jdbc_driver_class: str = _DEFAULT_DRIVER
    user: str = " "
    password: str = field(default=" ", repr=False)
    period: float = 1.0
    delay: float = 0.0
    back_off: BackOff = BackOff()


@dataclass(frozen=True, slots=True)
class JdbcTarget:
    """Where a connection string leads."""

    host: str
    port: int
    database: str


def check_settings(settings: ImporterSettings) -> JdbcTarget:
    """Where the database is. Raises what the real importer's start fails with: nothing is imported then."""
    for name in ("connection_string", "jdbc_driver_class"):
        if not getattr(settings, name).strip():
            raise illegal_argument(f"Config parameter {_PREFIX}.{name} not defined.")
    driver, url = settings.jdbc_driver_class, settings.connection_string
    if driver not in _DRIVER_SCHEMES:
        if driver.startswith(("java.", "scala.")):
            raise illegal_argument(f"JDBC driver class {driver} does not implement java.sql.Driver.")
        raise ImporterFailure(
            "java.lang.ClassNotFoundException", f"Could not load JDBC driver class: {driver}."
        )
    if not url.startswith(_DRIVER_SCHEMES[driver]):
        raise _invalid()
    try:
        parts = urlsplit(url.removeprefix("jdbc:"))
        target = JdbcTarget(
            parts.hostname or "localhost", parts.port or _MYSQL_PORT, unquote(parts.path.lstrip("/"))
        )
    except ValueError as error:
        raise _invalid() from error
    return target


def _invalid() -> ImporterFailure:
    return illegal_argument(
        f"The connection string specified in {_PREFIX}.connection_string is not a valid connection string "
        "for the specified JDBC driver."
    )
