"""The canary: a network and a port made and taken away through the new API, to see that it works."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from midonet_migrate.errors import MigrateError, Recovery, VerificationFailed
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.objects.equality import differences
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.target.midonet_api.client import LostAnswer, MidonetApi, Unreadable
from midonet_migrate.verify.by_api import collection_type
from midonet_migrate.verify.model import Findings
from midonet_migrate.zookeeper.session import ZooKeeperSession

CANARY_NAME: Final = "midonet-migrate canary"
"""No network of a site has this name: whatever has it was left behind by a run that was killed."""
KIND: Final = "canary"
_MARK: Final = " (canary)"
_BRIDGE: Final = media_type("bridge")
_PORT: Final = media_type("port")
_WRITTEN: Final = frozenset({200, 201, 204})
_GONE: Final = 404


class Canary:
    """Flies once. Every write is a unit of the run directory's journal, its inverse the DELETE of it.

    A new id each time: 5.0.2 never lets the id of a deleted bridge be used again (new 1.10), so left-overs
    are known by the network's name.
    """

    def __init__(self, api: MidonetApi, run: RunDirectory, session: ZooKeeperSession, root: str) -> None:
        self._api = api
        self._run = run
        self._session = session
        self._root = root.rstrip("/")

    def sweep(self) -> list[str]:
        """Take away what a run that was killed left; the ids of the networks. In a dry run only named.

        Raises ``ApiUnreachable`` and what a login raises, ``VerificationFailed`` when one cannot be deleted.
        """
        bridges = self._api.get("/bridges", collection_type("Bridge-v4"), patient=True) or []
        left = [str(bridge["id"]) for bridge in bridges if bridge.get("name") == CANARY_NAME]
        if not self._run.dry_run:
            for key in left:
                self._delete(f"/bridges/{key}", _BRIDGE)
            for key in dict.fromkeys((*left, *self._earlier())):
                self._clear_tables(key)
            for record in self._run.journal.pending():
                if record.summary.endswith(_MARK):
                    self._run.journal.settle(record, took_effect=True, found="taken away")
        return left

    def _earlier(self) -> list[str]:
        """The networks of all canaries of this run directory, by its journal."""
        return [
            str(record.inverse.arguments["path"]).rpartition("/")[2]
            for record in self._run.journal.records
            if record.inverse is not None and record.summary == f"POST /bridges{_MARK}"
        ]

    def _clear_tables(self, network: str) -> None:
        """5.0.2 leaves the empty tables of a deleted bridge behind (new 1.10)."""
        model = f"{self._root}/zoom/0/models/Network/{network}"
        if not self._session.exists(model):
            self._remove(f"{self._root}/bridges/{network}")

    def _remove(self, path: str) -> None:
        for name in self._session.children(path) or []:
            self._remove(f"{path}/{name}")
        self._session.wait_for(self._session.client.delete_async(path), missing=None)

    def fly(self, findings: Findings) -> None:
        """Make, look, take away; what does not work is a difference. Nothing is left, whatever happens.

        Raises what a login raises, and ``VerificationFailed`` when the canary cannot be taken away again.
        """
        network, port = str(uuid4()), str(uuid4())
        bridge: JsonObject = {"id": network, "name": CANARY_NAME, "adminStateUp": False}
        part: JsonObject = {"id": port, "type": "Bridge", "adminStateUp": False}
        findings.checked[KIND] += 1
        try:
            if self._make(findings, "/bridges", _BRIDGE, bridge, f"/bridges/{network}"):
                self._compare(findings, "bridge", f"/bridges/{network}", _BRIDGE, bridge)
                path = f"/bridges/{network}/ports"
                if self._make(findings, path, _PORT, part, f"/ports/{port}"):
                    self._compare(findings, "port", f"/ports/{port}", _PORT, {**part, "deviceId": network})
                    self._delete(f"/ports/{port}", _PORT)
        finally:
            self._delete(f"/bridges/{network}", _BRIDGE)
        self._clear_tables(network)
        for path, accept in ((f"/ports/{port}", _PORT), (f"/bridges/{network}", _BRIDGE)):
            left = self._look(path, accept)
            if left is not None:
                findings.differ(KIND, path, "", None, left)

    def _make(self, findings: Findings, path: str, accept: str, body: JsonObject, item: str) -> bool:
        inverse = Inverse(action="delete-object", arguments={"path": item})
        with self._run.journal.unit("http", f"POST {path}{_MARK}", inverse=inverse) as unit:
            answer = self._write("POST", path, accept, body)
            if answer in _WRITTEN:
                unit.done()
                return True
            if isinstance(answer, int):
                unit.not_done(status=answer)
        findings.differ(KIND, path, "status", 201, answer)
        return False

    def _compare(self, findings: Findings, kind: str, item: str, accept: str, body: JsonObject) -> None:
        found = self._look(item, accept)
        if not isinstance(found, dict):
            findings.differ(KIND, item, "", body, found)
            return
        for difference in differences(kind, body, found):
            findings.differ(KIND, item, difference.field, difference.wanted, difference.found)

    def _delete(self, item: str, accept: str) -> None:
        with self._run.journal.unit("http", f"DELETE {item}{_MARK}"):
            answer = self._write("DELETE", item, accept, None)
            if answer in _WRITTEN or answer == _GONE or self._look(item, accept) is None:
                return
        raise VerificationFailed(
            f"The canary {item} cannot be deleted again",
            why=f"The API answers {answer}.",
            hint="Look into the log of midonet-cluster; the next verify takes it away.",
            recovery=Recovery.RETRY,
        )

    def _look(self, item: str, accept: str) -> Any:
        try:
            return self._api.get(item, accept)
        except Unreadable as error:
            return f"unreadable: {error.reason}"

    def _write(self, method: str, path: str, accept: str, body: JsonObject | None) -> int | str:
        """The status, or why none is known."""
        try:
            return self._api.write(method, path, accept, body).status
        except LostAnswer as lost:
            error: MigrateError = lost.final
            return f"{error.what} ({error.why})"
