"""Which agents MidoNet sees, by whichever of its APIs answers: the old one, the new one, or both."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_migrate.errors import MigrateError
from midonet_migrate.settings.effective import Settings
from midonet_migrate.source.midonet.client import MidonetClient
from midonet_migrate.source.midonet.media_types import COLLECTION
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts, Transport
from midonet_migrate.target.midonet_api.client import MidonetApi, Unreadable

_IMPATIENT = Timeouts(connect=5.0, attempts=2, backoff=0.1)
OLD, NEW = "1.9", "5"


class AgentsAlive(msgspec.Struct, frozen=True):
    """Version -> host id -> whether its agent is alive; only versions whose API answered."""

    seen: dict[str, dict[str, bool]]
    notes: tuple[str, ...] = ()

    def of(self, host_id: str) -> str:
        """``alive on 1.9``, ``alive on 5``, ``not alive on 5``, ``dead``, ``unknown``; empty without id or
        any answer. Once 1.9's API is gone nobody tells whether an agent of 1.9 is alive: none is called dead.
        """
        if not host_id or not self.seen:
            return ""
        for version in (NEW, OLD):
            if self.seen.get(version, {}).get(host_id):
                return f"alive on {version}"
        if not any(host_id in hosts for hosts in self.seen.values()):
            return "unknown"
        return "dead" if OLD in self.seen else f"not alive on {NEW}"


def agents_alive(settings: Settings) -> AgentsAlive:
    """Ask both APIs. One that is not set is not asked; one that does not answer leaves a note. Never raises
    ``MigrateError``."""
    seen: dict[str, dict[str, bool]] = {}
    notes: list[str] = []
    old, new = settings.source_api.value, settings.target_api.value
    if old is None and new is None:
        return AgentsAlive(seen, ("no API of MidoNet is known: whether agents are alive is not shown",))
    try:
        credentials = settings.require_credentials()
    except MigrateError as error:
        return AgentsAlive(seen, (f"whether agents are alive is not shown: {error.what}",))
    account = Credentials(credentials.username, credentials.password.reveal(), credentials.project)
    for version, url, ask in ((OLD, old, _old), (NEW, new, _new)):
        if url is None:
            continue
        try:
            seen[version] = ask(url, account)
        except MigrateError as error:
            notes.append(error.what)
    if seen:
        # Before the import there is no new API, after the update no old one: that is no news.
        return AgentsAlive(seen)
    return AgentsAlive(seen, (*notes, "whether agents are alive is not shown"))


def _old(url: str, account: Credentials) -> dict[str, bool]:
    transport = Transport(url, _IMPATIENT)
    try:
        return _alive(MidonetClient(transport, account, _IMPATIENT).get("/hosts", COLLECTION["host"]))
    finally:
        transport.close()


def _new(url: str, account: Credentials) -> dict[str, bool]:
    with MidonetApi(url, account, timeouts=_IMPATIENT) as api:
        try:
            return _alive(api.get("/hosts", COLLECTION["host"]))
        except Unreadable:
            return {}


def _alive(answer: Any) -> dict[str, bool]:
    hosts = answer if isinstance(answer, list) else []
    return {str(host["id"]): bool(host.get("alive")) for host in hosts if isinstance(host, dict)}
