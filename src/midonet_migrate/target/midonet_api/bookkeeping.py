"""What the journal knows of requests of earlier runs, and how a request is taken back."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.codec import canonical, digest
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.locations import own_path
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Intent, Journal
from midonet_migrate.run.journal_file import Inverse, Record

COPY_NAME = "midonet-objects.json"


def request_digest(request: ObjectRequest) -> str:
    """Names the content of a request, in the journal."""
    return digest([request.method, request.path, request.body])


class Memory:
    """The requests of earlier runs, by digest."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        refused = {
            record.unit
            for record in journal.records
            if record.event == "outcome" and record.ending == "not-done"
        }
        self._sent = {
            record.digest
            for record in journal.records
            if record.event == "intent" and record.kind == "http" and record.sequence not in refused
        }
        self._pending: defaultdict[str, list[Record]] = defaultdict(list)
        for record in journal.pending():
            if record.kind == "http" and record.digest:
                self._pending[record.digest].append(record)

    def was_sent(self, request: ObjectRequest) -> bool:
        """Whether an earlier run sent this very request, and it was not refused."""
        return request_digest(request) in self._sent

    def settle(self, request: ObjectRequest, *, took_effect: bool) -> None:
        """Record what became of a request whose outcome was lost with the run that sent it."""
        for record in self._pending.pop(request_digest(request), []):
            self._journal.settle(record, took_effect=took_effect, found="read back")


def intents_of(run: RunDirectory, requests: list[tuple[ObjectRequest, JsonObject | None]]) -> list[Intent]:
    """An intent for each request; beside it the object that it changes or replaces, ``None`` if none.

    All earlier bodies go into one copy, a list; ``index`` says which is whose.
    """
    earlier = [before for _, before in requests if before is not None]
    copy, copy_digest = run.save_copy(COPY_NAME, canonical(earlier)) if earlier else ("", "")
    result: list[Intent] = []
    index = 0
    for request, before in requests:
        if before is None:
            inverse = Inverse(action="delete-object", arguments={"path": own_path(request)})
        else:
            action = "put-object" if request.method == "PUT" else "post-object"
            inverse = Inverse(
                action=action,
                arguments={"path": request.path, "media_type": request.media_type, "index": index},
                copy=copy,
                copy_digest=copy_digest,
            )
            index += 1
        result.append(
            Intent(
                kind="http",
                summary=f"{request.method} {request.path} ({request.kind} {request.id})",
                digest=request_digest(request),
                inverse=inverse,
            )
        )
    return result
