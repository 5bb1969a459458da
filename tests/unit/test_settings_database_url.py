"""The Neutron database's URL as Kilo reads it (host 2.1)."""

from __future__ import annotations

import pytest

from midonet_migrate.settings.database_url import parse_database_url

DRIVERS = [
    "mysql",
    "mysql+pymysql",
    "mysql+mysqldb",
    "mysql+mysqlconnector",
    "mysql+oursql",
    "mariadb",
    "MySQL",
]


@pytest.mark.parametrize("driver", DRIVERS[:-1])
def test_every_driver_of_mysql_is_read_and_becomes_pymysql(driver: str) -> None:
    url = parse_database_url(f"{driver}://neutron:secret@db:3307/neutron").url
    assert url.drivername == "mysql+pymysql"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "neutron",
        "secret",
        "db",
        3307,
        "neutron",
    )


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("plain", "plain"),
        ("p%40ss%2Fw%3Ard%21", "p@ss/w:rd!"),
        ("p@ss", "p@ss"),
        ("p:a/s@s?w#d", "p:a/s@s?w#d"),
        ("a+b", "a+b"),
        ("100%", "100%"),
        ("%C3%A9", "é"),
        ("%E9", "é"),
        ("é", "é"),
        ("", ""),
        ("p[x]", "p[x]"),
    ],
)
def test_the_password_is_percent_decoded_and_ends_at_the_last_at_sign(written: str, password: str) -> None:
    url = parse_database_url(f"mysql://neutron:{written}@db.example.org/neutron?charset=utf8").url
    assert url.password == password
    assert (url.host, url.database, dict(url.query)) == ("db.example.org", "neutron", {"charset": "utf8"})


@pytest.mark.parametrize(
    ("text", "username", "host", "port", "query"),
    [
        ("mysql://db/neutron", None, "db", None, {}),
        ("mysql://neutron@db/neutron", "neutron", "db", None, {}),
        ("mysql://ne%40utron:x@db/neutron", "ne@utron", "db", None, {}),
        ("mysql://n:x@[2001:db8::1]:3306/neutron", "n", "2001:db8::1", 3306, {}),
        ("mysql://n:x@[::1]/neutron", "n", "::1", None, {}),
        (
            "mysql://n:x@/neutron?unix_socket=/run/mysqld.sock",
            "n",
            None,
            None,
            {"unix_socket": "/run/mysqld.sock"},
        ),
        (
            "mysql://n:x@db/neutron?ssl_ca=/a.pem&charset=utf8",
            "n",
            "db",
            None,
            {"ssl_ca": "/a.pem", "charset": "utf8"},
        ),
        ("  mysql://n:x@db:/neutron  ", "n", "db", None, {}),
    ],
)
def test_the_parts_of_a_url(
    text: str, username: str | None, host: str | None, port: int | None, query: dict[str, str]
) -> None:
    url = parse_database_url(text).url
    assert (url.username, url.host, url.port, dict(url.query)) == (username, host, port, query)
    assert url.database == "neutron"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sqlite:////var/lib/neutron/neutron.sqlite", "a sqlite database is not supported.*MySQL or MariaDB"),
        ("postgresql+psycopg2://n:s3cret@db/neutron", "a postgresql database is not supported"),
        ("mysql://n:s3cret@db", "names no database"),
        ("mysql://n:s3cret@db/", "names no database"),
        ("mysql://n:s3cret@db/?charset=utf8", "names no database"),
        ("mysql://n:s3cret@db:port/neutron", "port is not a number"),
        ("mysql://n:s3cret@db:99999/neutron", "port is not a number"),
        ("mysql://n:s3cret@db:٣/neutron", "port is not a number"),
        ("mysql:n:s3cret@db/neutron", "not a URL"),
        ("n:s3cret@db/neutron", "not a URL"),
        ("mysql://n:s3cret@db/neu\ntron", "not a URL"),
        ("", "not a URL"),
    ],
)
def test_what_cannot_be_used_is_explained_without_the_password(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_database_url(text)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "mysql://n:s3cret@db/neutron",
        "mysql://n@db/neutron?passwd=s3cret",
        "mysql://n:x@db/neutron?ssl_key_password=s3cret&charset=utf8",
    ],
)
def test_a_database_never_prints_a_password(text: str) -> None:
    database = parse_database_url(text)
    for shown in (str(database), repr(database), f"{database}", f"{[database]}"):
        assert "s3cret" not in shown
    assert "***" in str(database)
    assert "s3cret" in database.secrets()
