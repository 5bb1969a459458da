"""The lab's own paths beside the API: counters, faults, switches, what agents would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from midonet_lab.midonet5.api.options import Faults, Switch
from midonet_lab.midonet5.api.replies import Reply
from midonet_lab.rest_api.statistics import Statistics

if TYPE_CHECKING:
    from midonet_lab.midonet5.api.application import Application


class Control:
    """Answers below ``/_lab/``."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """GET or DELETE statistics, PUT faults or switches, DELETE tokens, POST mappings."""
        application = self._application
        match method, path.removeprefix("/_lab/"):
            case "GET" | "DELETE", "statistics":
                if method == "DELETE":
                    application.requests.clear()
                    application.statuses.clear()
                    application.gatekeeper.logins = application.most_at_once = 0
                return Reply(status=200, content_type="application/json", body=self._statistics())
            case "PUT", "faults":
                try:
                    application.set_faults(msgspec.json.decode(body, type=Faults))
                except msgspec.ValidationError as error:
                    return Reply(status=400, content_type="text/plain", body=str(error).encode())
            case "PUT", "switches":
                try:
                    application.site.switches = msgspec.json.decode(body, type=dict[str, Switch])
                except msgspec.ValidationError as error:
                    return Reply(status=400, content_type="text/plain", body=str(error).encode())
            case "DELETE", "tokens":
                application.gatekeeper.expire_all()
            case "POST", "mappings":
                self._complete_mappings()
            case _:
                return Reply(status=404)
        return Reply(status=204)

    def _statistics(self) -> bytes:
        application = self._application
        found = Statistics(
            total=application.requests.total(),
            logins=application.gatekeeper.logins,
            most_at_once=application.most_at_once,
            requests=dict(application.requests),
            statuses=dict(application.statuses),
        )
        return msgspec.json.encode(found)

    def _complete_mappings(self) -> None:
        """What an agent that hosts health monitors does: pools that wait become writable (new 2.16)."""
        site = self._application.site
        with site.lock:
            for pool in site.several("Pool", site.zoom.ids("Pool")):
                if pool.get("mapping_status", "").startswith("PENDING"):
                    transaction = site.zoom.transaction()
                    transaction.update("Pool", pool | {"mapping_status": "ACTIVE"})
                    transaction.commit()
