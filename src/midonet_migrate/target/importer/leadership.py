"""Who leads the importers, with which settings, and whether these let it into the database (imp 1.8, 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import URL, text

from midonet_migrate.database.connection import open_engine
from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import MigrateError, Unreachable
from midonet_migrate.plan.diagnosis.leader import (
    ANY_HOST,
    Configuration,
    Leadership,
    NeutronAddress,
    parse_jdbc,
)
from midonet_migrate.zookeeper.mn_conf import hosts_with_settings, settings_in_effect
from midonet_migrate.zookeeper.session import ZooKeeperSession

_DRIVER_OF_SCHEMA = "com.mysql.jdbc.Driver"
_CONNECT_SECONDS, _READ_SECONDS = 2.0, 3.0
_FALSE_WORDS = frozenset({"false", "no", "off"})


def neutron_address(url: URL) -> NeutronAddress:
    """Where Neutron finds its database, without the password."""
    return NeutronAddress(url.host or "localhost", url.port or 3306, url.database or "", url.username or "")


def read_leadership(
    session: ZooKeeperSession,
    root: str,
    hosts: Sequence[str],
    database: URL,
    *,
    has_worked: bool,
    api: Callable[[], str],
) -> Leadership:
    """The leader's settings; without participants, those of every host that is known in mn-conf, and of one
    that has none of its own (:data:`~midonet_migrate.plan.diagnosis.leader.ANY_HOST`).

    ``hosts``: host ids of the participants, the leader first. What explains nothing is not tried: a login
    as a leader that ``has_worked``, and ``api`` (why the 5.x API does not answer) while somebody leads.
    No password leaves this function.
    Raises ``ZooKeeperUnreachable``, ``AccessDenied``, and ``CorruptFile`` for settings that cannot be read.
    """
    config = f"{root.rstrip('/')}/config"
    known = list(hosts[:1]) or [*hosts_with_settings(session, config), ANY_HOST]
    try_login = bool(hosts) and not has_worked
    return Leadership(
        hosts=tuple(hosts),
        has_worked=has_worked,
        configurations=tuple(
            _configuration(host, settings_in_effect(session, config, host), database, try_login=try_login)
            for host in known
        ),
        api="" if hosts else api(),
    )


def _configuration(
    host: str, settings: Mapping[str, Any], database: URL, *, try_login: bool
) -> Configuration:
    importer = settings
    for name in ("cluster", "neutron_importer"):
        found = importer.get(name)
        importer = found if isinstance(found, Mapping) else {}
    connection_string, user = _text(importer, "connection_string"), _text(importer, "user")
    password = _text(importer, "password")
    parsed = parse_jdbc(connection_string)
    login: Literal["works", "refused", "unreachable", "untried"] = "untried"
    error = ""
    if try_login and parsed is not None:
        server, port, name = parsed
        url = URL.create("mysql", user, password, server, port, name)
        login, error = _try(url)
    same = password == (database.password or "") if user == (database.username or "") else None
    enabled = importer.get("enabled")
    return Configuration(
        host=host,
        enabled=None if enabled is None else str(enabled).lower() not in _FALSE_WORDS,
        driver=_text(importer, "jdbc_driver_class", _DRIVER_OF_SCHEMA),
        connection_string=connection_string,
        user=user,
        same_password=same,
        login=login,
        login_error=error,
    )


def _try(url: URL) -> tuple[Literal["works", "refused", "unreachable"], str]:
    """Log in as the importer would, and look at its table."""
    try:
        engine = open_engine(url, connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        try:
            with translated_errors("The database"), engine.connect() as connection:
                connection.execute(text("SELECT id FROM midonet_tasks LIMIT 1")).first()
                connection.rollback()
        finally:
            engine.dispose()
    except Unreachable as error:
        return "unreachable", f"from here: {error.why or error.what}"
    except MigrateError as error:
        return "refused", error.why or error.what
    return "works", ""


def _text(settings: Mapping[str, Any], key: str, default: str = " ") -> str:
    value = settings.get(key)
    return default if value is None else str(value)
