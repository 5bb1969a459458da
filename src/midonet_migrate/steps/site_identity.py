"""What ties a run directory to a site: names and addresses, never secrets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from midonet_migrate.settings.effective import Settings


def site_identity(settings: Settings) -> dict[str, Any]:
    """The members that are known: a step that does not need the database does not name it."""
    identity: dict[str, Any] = {}
    if settings.database.value is not None:
        url = settings.database.value.url
        identity["neutron_database"] = f"{url.host or 'localhost'}:{url.port or 3306}/{url.database}"
    if settings.source_api.value is not None:
        parts = urlsplit(settings.source_api.value)
        identity["source_api"] = f"{parts.hostname}:{parts.port}{parts.path.rstrip('/')}"
    if settings.source_root.value is not None:
        identity["source_root"] = settings.source_root.value
    return identity
