"""Sending one request until it is known what became of it (new 1.5, 1.8, 8)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from midonet_migrate.errors import ApiUnreachable, MigrateError, Recovery
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.equality import Difference, differences, missing_changes
from midonet_migrate.plan.objects.locations import kind_at, whole_body
from midonet_migrate.target.midonet_api.answer import Answer
from midonet_migrate.target.midonet_api.client import LostAnswer, MidonetApi, Unreadable
from midonet_migrate.target.midonet_api.lookup import Lookup
from midonet_migrate.target.midonet_api.results import Result, State, result_of

_CONFLICTS_AS_400 = frozenset({"host_interface_port", "port_link"})
"""5.0.2 answers 400 where 5.2.1 answers 409 (new 1.10)."""

_CONNECTING = frozenset({"vtep", "vtep_binding"})
"""Writes that make the server connect to a switch."""

_WRITTEN = frozenset({200, 201, 204})
_OVERLOADED = frozenset({502, 503, 504})
_INVALID, _MISSING, _TAKEN, _BROKEN = 400, 404, 409, 500

TAKEN = "something else is there under its id or key"


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long one request is tried. Pauses in seconds."""

    attempts: int = 6
    attempts_at_500: int = 3
    """A server that is broken for this one object stays broken."""
    backoff: float = 0.5
    """First pause; doubles each time. What the server asks for counts if it is longer."""
    longest: float = 10.0


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a POST must leave behind."""

    body: JsonObject
    ignored: frozenset[str] = frozenset()
    """Members that say nothing: a position that others shift, what a later PUT of the plan sets."""

    def compare(self, kind: str, found: JsonObject) -> list[Difference]:
        """What differs in the object found; empty if it is as planned."""
        return differences(kind, self.body, found, ignore=self.ignored)


def expected(request: ObjectRequest, later: frozenset[str] = frozenset()) -> Expected:
    """What a POST must leave behind. ``later`` are the members that PUTs of the plan set on its object."""
    return Expected(body=whole_body(request), ignored=later | {"position"})


class _Attempt(msgspec.Struct):
    """What one try brought: an answer, or the reason why there is none."""

    answer: Answer | None = None
    lost: MigrateError | None = None

    @property
    def is_certain(self) -> bool:
        """Whether the server has decided, and said how."""
        return self.answer is not None and self.answer.status < 500 and not self.is_collision

    @property
    def is_collision(self) -> bool:
        """Lost against another writer (new 1.5), or, of a list without ids, there already."""
        return self.answer is not None and self.answer.status == 409 and not self.answer.text

    @property
    def reason(self) -> str:
        if self.answer is not None:
            return self.answer.reason
        return f"{self.lost.what} ({self.lost.why})" if self.lost is not None else ""

    @property
    def status(self) -> int:
        return self.answer.status if self.answer is not None else 0


class Writer:
    """Sends requests until it is known what became of them; safe to use from many threads."""

    def __init__(self, api: MidonetApi, lookup: Lookup, patience: Patience) -> None:
        self._api = api
        self._lookup = lookup
        self._patience = patience

    def post(self, request: ObjectRequest, body: JsonObject, wanted: Expected) -> Result:
        """Create an object; ``body`` is what is sent, with the position of the moment.

        Raises ``ApiUnreachable`` when the API stays away, so that nothing is known; and what a login raises.
        """
        tries: list[_Attempt] = []
        while self._may_try(request, tries):
            tried = self._send("POST", request, body)
            tries.append(tried)
            if tried.status in _WRITTEN:
                return result_of(request, State.CREATED)
            if tried.status == _MISSING:
                return _skipped(request, tried.reason)
            if tried.status == _INVALID and request.kind not in _CONFLICTS_AS_400:
                return result_of(request, State.FAILED, tried.reason)
            sight = self._lookup.look(request)
            if sight.unreadable:
                return result_of(request, State.FAILED, f"{tried.reason}; {sight.unreadable}")
            found = sight.found
            if request.kind == "port_link" and found is not None and found.get("peerId") is None:
                found = None
            if found is not None:
                may_be_ours = any(not past.is_certain and not past.is_collision for past in tries)
                return _judged(request, wanted, found, may_be_ours=may_be_ours)
            if tried.is_certain:
                state = State.CONFLICT if tried.status == _TAKEN else State.FAILED
                return result_of(request, state, tried.reason)
        return self._give_up(request, tries)

    def put(
        self, request: ObjectRequest, keep: Callable[[JsonObject], None] = lambda _current: None
    ) -> Result:
        """Set the members that the request names and no others: GET, merge, PUT whole (new 1.8).

        ``keep`` is told what was there, before each try. Raises as :meth:`post`.
        """
        kind, changes = kind_at(request.path), request.body or {}
        tries: list[_Attempt] = []
        while self._may_try(request, tries):
            try:
                current = self._api.get(request.path, request.media_type)
            except Unreadable as error:
                return result_of(request, State.FAILED, error.reason)
            if not isinstance(current, dict):
                return _skipped(request, f"{request.path} is not there")
            left = missing_changes(kind, changes, current)
            if not left:
                return result_of(request, State.CHANGED)
            if tries and tries[-1].status in _WRITTEN:
                return result_of(request, State.FAILED, "5.x does not change it by PUT", left)
            keep(current)
            tried = self._send("PUT", request, {**current, **changes})
            tries.append(tried)
            if tried.status == _MISSING:
                return _skipped(request, tried.reason)
            if tried.is_certain and tried.status not in _WRITTEN:
                state = State.CONFLICT if tried.status == _TAKEN else State.FAILED
                return result_of(request, state, tried.reason)
        return self._give_up(request, tries)

    def delete(self, path: str) -> Answer:
        """Take something away, once. Raises ``ApiUnreachable`` when no answer comes."""
        try:
            return self._api.write("DELETE", path, "", None)
        except LostAnswer as error:
            raise error.final from error

    def _send(self, method: str, request: ObjectRequest, body: JsonObject) -> _Attempt:
        try:
            return _Attempt(answer=self._api.write(method, request.path, request.media_type, body))
        except LostAnswer as error:
            return _Attempt(lost=error.final)

    def _may_try(self, request: ObjectRequest, tries: list[_Attempt]) -> bool:
        """Whether to try (again); waits before it does."""
        if not tries:
            return True
        last = tries[-1]
        if last.status in _WRITTEN:
            return True  # to see what a PUT has done
        if request.kind in _CONNECTING or _is_locked(last):
            return False  # each try holds the storage lock for up to 30 seconds (new 1.11)
        if len(tries) >= (
            self._patience.attempts_at_500 if last.status == _BROKEN else self._patience.attempts
        ):
            return False
        pause = min(self._patience.backoff * 2 ** (len(tries) - 1), self._patience.longest)
        asked = last.answer.retry_after if last.answer is not None else None
        return self._api.pause(max(pause, asked or 0.0))

    def _give_up(self, request: ObjectRequest, tries: list[_Attempt]) -> Result:
        """One object that the server chokes on is that object's failure; a server that is away is not."""
        last = tries[-1]
        if self._api.stopped:
            return result_of(request, State.PENDING, last.reason)
        if request.kind not in _CONNECTING and not _is_locked(last):
            if last.lost is not None:
                raise last.lost
            if last.status in _OVERLOADED:
                raise ApiUnreachable(
                    f"the MidoNet API at {self._api.shown} cannot write: {request.method} {request.path}",
                    why=last.reason,
                    hint="see whether the ZooKeeper of midonet-cluster is healthy, and its log",
                    recovery=Recovery.RETRY,
                )
        times = f", tried {len(tries)} times" if len(tries) > 1 else ""
        return result_of(request, State.FAILED, f"{last.reason}{times}")


def _is_locked(tried: _Attempt) -> bool:
    """A pool waits for an agent to take its health monitor: not a matter of seconds (new 2.16)."""
    return tried.status == 503 and tried.answer is not None and "PENDING_" in tried.answer.text


def _skipped(request: ObjectRequest, reason: str) -> Result:
    return result_of(request, State.SKIPPED, f"something it needs is missing: {reason}")


def _judged(request: ObjectRequest, wanted: Expected, found: JsonObject, *, may_be_ours: bool) -> Result:
    different = wanted.compare(request.kind, found)
    if different:
        return result_of(request, State.CONFLICT, TAKEN, different)
    return result_of(request, State.CREATED if may_be_ours else State.ADOPTED)
