"""Neutron's database as the importer is to find it."""

from __future__ import annotations

from midonet_migrate.errors import ConfigError
from midonet_migrate.plan.mn_conf_settings import DatabaseAddress, obstacle
from midonet_migrate.settings.database_url import Database


def importer_database(database: Database) -> DatabaseAddress:
    """The address in Neutron's own URL. Raises ``ConfigError`` when the importer cannot use it (host 4.4)."""
    url = database.url
    address = DatabaseAddress(
        host=url.host or "",
        port=url.port or 3306,
        name=url.database or "",
        username=url.username or "",
        password=str(url.password or ""),
        query={name: str(value) for name, value in url.query.items()},
    )
    why = obstacle(address)
    if why:
        raise ConfigError(
            "the importer cannot use Neutron's database URL",
            why=why,
            hint="give an address it can use: 'database' in midonet-migrate.conf",
        )
    return address
