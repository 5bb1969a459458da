"""The Neutron database's URL, read as Kilo's SQLAlchemy 0.9 reads it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote

import msgspec
from sqlalchemy import URL

from midonet_migrate.settings.redaction import MASK

DRIVER = "mysql+pymysql"
_SUPPORTED = ("mysql", "mariadb")

# The password may hold anything, also '@', ':' and '/': the last '@' ends it (SQLAlchemy 2: the first).
_URL = re.compile(
    r"""
    (?P<dialect> [A-Za-z][\w+]* ) ://
    (?: (?P<username> [^:/]* ) (?: : (?P<password> .* ) )? @ )?
    (?: \[ (?P<address6> [^/\]]+ ) \] | (?P<host> [^/:]+ ) )?
    (?: : (?P<port> [^/]* ) )?
    (?: / (?P<database> .* ) )?
    """,
    re.VERBOSE,
)
_HIGHEST_PORT = 65535


class Database(msgspec.Struct, frozen=True):
    """The Neutron database. ``url`` holds the password; whatever prints this object shows ``***`` instead."""

    url: URL

    def __str__(self) -> str:
        masked = {name: MASK if is_secret_argument(name) else value for name, value in self.url.query.items()}
        text = self.url.set(query=masked, password=None if self.url.password is None else MASK)
        # The mask is ASCII that URLs quote; people should see it as it is elsewhere.
        return text.render_as_string(hide_password=True).replace(quote(MASK), MASK)

    def __repr__(self) -> str:
        return f"Database({self})"

    def secrets(self) -> tuple[str, ...]:
        """Every text of the URL that must not show."""
        arguments = [value for name, value in self.url.query.items() if is_secret_argument(name)]
        texts = [self.url.password, *(value for value in arguments if isinstance(value, str))]
        return tuple(text for text in texts if text)


def is_secret_argument(name: str) -> bool:
    """Whether a query argument of the URL holds a password (``passwd``, ``ssl_key_password`` and so on)."""
    return "pass" in name.lower()


def parse_database_url(text: str) -> Database:
    """Read a URL. User and password are percent-decoded (host 2.1); the query is kept; the driver becomes
    PyMySQL, whichever one Neutron uses.

    Raises ``ValueError`` saying what is wrong, without any part of the URL that could be a password.
    """
    match = _URL.fullmatch(text.strip())
    if match is None:
        raise ValueError("it is not a URL like mysql://user:password@host/neutron")
    backend = match["dialect"].partition("+")[0]
    if backend not in _SUPPORTED:
        raise ValueError(
            f"a {backend} database is not supported: MidoNet's tasks live in MySQL or MariaDB "
            "(mysql://, mysql+pymysql:// and every other driver of mysql)"
        )
    database, _, query = (match["database"] or "").partition("?")
    if not database:
        raise ValueError("it names no database (what follows the host and a '/')")
    arguments: dict[str, str | tuple[str, ...]] = {}
    for name, value in parse_qsl(query):
        before = arguments.get(name, ())
        earlier = (before,) if isinstance(before, str) else before
        arguments[name] = (*earlier, value) if earlier else value
    return Database(
        URL.create(
            DRIVER,
            username=_decoded(match["username"]),
            password=_decoded(match["password"]),
            host=match["address6"] or match["host"],
            port=_port(match["port"]),
            database=database,
            query=arguments,
        )
    )


def _decoded(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return unquote(text, encoding="latin-1")


def _port(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= _HIGHEST_PORT:
        raise ValueError("its port is not a number from 1 to 65535")
    return int(text)
