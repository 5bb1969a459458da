"""The API of a cluster that does not run yet, as a dry run takes it: nothing is there (I6)."""

from __future__ import annotations

from typing import Any

from midonet_migrate.errors import Bug
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.target.midonet_api.answer import Answer
from midonet_migrate.target.midonet_api.client import MidonetApi


class NothingThere(MidonetApi):
    """Finds no object and no list, without any request. Writes are a bug: a dry run has none."""

    def __init__(self, base_url: str) -> None:
        """``base_url`` as of :class:`MidonetApi`; it is not connected to."""
        super().__init__(base_url, None)

    def application(self) -> JsonObject:
        """Nothing is known of it."""
        return {}

    def get(self, path: str, accept: str, *, patient: bool = False) -> Any:
        """None: there is no such thing."""
        del path, accept, patient

    def write(self, method: str, path: str, media_type: str, body: JsonObject | None) -> Answer:
        """Raises ``Bug``."""
        del media_type, body
        raise Bug(f"{method} {path} in a dry run")
