"""The text that switches the importer on: HOCON for ``mn-conf set -t default`` on stdin (imp 4, host 4.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

FILE = "mn-conf.settings"
JDBC_DRIVER = "org.mariadb.jdbc.Driver"
"""The only driver in the packages; the schema's default is not (imp 4.1)."""

_REFUSED = ("unix_socket", "read_default_file")


@dataclass(frozen=True)
class DatabaseAddress:
    """Where the importer finds the database. ``query``: the arguments of Neutron's own URL."""

    host: str
    port: int
    name: str
    username: str
    password: str
    query: Mapping[str, str]

    def __repr__(self) -> str:
        return f"DatabaseAddress({self.host}:{self.port}/{self.name})"


def obstacle(address: DatabaseAddress) -> str:
    """Why the importer could not use this address; empty when it can (host 4.4)."""
    for name in address.query:
        if name in _REFUSED:
            return f"the importer's driver knows no {name}"
        if name.startswith("ssl"):
            return f"{name}: TLS parameters of the Neutron URL mean nothing to the importer's driver"
    return "" if address.host else "the URL names no host"


def jdbc_url(address: DatabaseAddress) -> str:
    """The JDBC form of the URL, without credentials; an IPv6 address in brackets."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    url = f"jdbc:mysql://{host}:{address.port}/{address.name}"
    return f"{url}?useUnicode=true&characterEncoding=UTF-8" if "charset" in address.query else url


def importer_values(address: DatabaseAddress) -> dict[str, str]:
    """The importer's settings by key, but for the switch. ``ValueError`` as :func:`importer_settings`."""
    why = obstacle(address)
    if why:
        raise ValueError(why)
    return {
        "cluster.neutron_importer.jdbc_driver_class": JDBC_DRIVER,
        "cluster.neutron_importer.connection_string": jdbc_url(address),
        "cluster.neutron_importer.user": address.username,
        "cluster.neutron_importer.password": address.password,
    }


def importer_settings(address: DatabaseAddress) -> str:
    """The settings, one per line; every text is written as a JSON string, which HOCON reads back unchanged.

    ``ValueError`` when :func:`obstacle` has an answer.
    """
    lines = [f"{key} : {json.dumps(value)}" for key, value in importer_values(address).items()]
    return "\n".join(["cluster.neutron_importer.enabled : true", *lines]) + "\n"
