"""Sending the requests of a plan: level by level, journalled, each until its outcome is known (new 8)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from midonet_migrate.errors import ApiUnreachable, Recovery, Unreachable
from midonet_migrate.model.codec import canonical
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.locations import locate, own_path
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Intent, Unit
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.run.progress import Phase, Progress
from midonet_migrate.target.midonet_api.bookkeeping import COPY_NAME, Memory, intents_of
from midonet_migrate.target.midonet_api.checks import poison, references
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.decide import Decider, made_by
from midonet_migrate.target.midonet_api.guard import Guard
from midonet_migrate.target.midonet_api.job import Job, SendOptions
from midonet_migrate.target.midonet_api.levels import Level, chunks, levels
from midonet_migrate.target.midonet_api.lookup import Lookup
from midonet_migrate.target.midonet_api.results import DONE, Result, State, done_state, result_of
from midonet_migrate.target.midonet_api.writer import Writer

_BROKEN_IN_A_ROW = 20
"""So many objects that the server answers with 500: it is not the objects."""

_LOOKING = "looking what is there"
_TITLES = {"updates": "changing objects of the importer"}


class Recreation:
    """Sends requests of one plan, once; :attr:`results` has what is known so far, also after an exception.

    :meth:`close` ends its threads.
    """

    def __init__(
        self, api: MidonetApi, run: RunDirectory, planned: Sequence[ObjectRequest], options: SendOptions
    ) -> None:
        """``planned``: all requests of the plan, in its order, whatever part is sent."""
        self._api = api
        self._run = run
        self._options = options
        self._lookup = Lookup(api, options.readers)
        self._writer = Writer(api, self._lookup, options.patience)
        self._new: set[str] = set()
        self._unavailable: dict[str, str] = {}
        self._lock = threading.Lock()
        self._broken = 0
        self._numbers = {id(request): number for number, request in enumerate(planned)}
        self._decider = Decider(
            planned,
            self._lookup,
            Guard(api, made_by(planned)),
            Memory(run.journal),
            options,
            self._new.__contains__,
        )
        self.results: dict[int, Result] = {}
        """By the number of the request in the plan."""
        self.sent = 0
        """Writes that took effect in this run, or in a dry run would."""

    def close(self) -> None:
        """End the threads."""
        self._lookup.close()

    def assume(self, results: Sequence[Result]) -> None:
        """Take these objects, made in another way, for there or not there, as their results say."""
        for result in results:
            if result.state in DONE:
                if self._options.dry_run:
                    self._new.add(f"/hosts/{result.id}")
            else:
                self._unavailable[result.id] = f"{result.kind} {result.id} ({result.state.value})"

    def send(self, requests: Sequence[ObjectRequest], progress: Progress) -> None:
        """Send these requests of the plan, in its order.

        Raises ``ApiUnreachable``, ``AuthenticationFailed`` or ``AccessDenied``; run again to go on.
        """
        try:
            with ThreadPoolExecutor(self._options.writers, thread_name_prefix="midonet-5-writer") as pool:
                if self._options.dry_run:
                    with progress.phase(_LOOKING, len(requests)) as phase:
                        for level in levels(requests):
                            self._level(level, phase, pool)
                    return
                for level in levels(requests):
                    title = _TITLES.get(level.name, f"re-creating {level.name.replace('_', ' ')}")
                    with progress.phase(title, len(level.requests)) as phase:
                        self._level(level, phase, pool)
        except Unreachable as error:
            error.recovery = Recovery.RETRY  # what is done is known, and not done again
            raise

    def _level(self, level: Level, phase: Phase, pool: ThreadPoolExecutor) -> None:
        open_requests: list[ObjectRequest] = []
        for request in level.requests:
            result = self._unsendable(request)
            if result is None:
                open_requests.append(request)
            else:
                self._finish(request, result, phase)
        jobs: dict[int, Job] = {}
        for request, decision in zip(
            open_requests, self._decider.decide(open_requests) if open_requests else [], strict=True
        ):
            if isinstance(decision, Result):
                self._finish(request, decision, phase)
            elif self._options.dry_run:
                self._finish(request, result_of(request, done_state(request)), phase, is_new=True)
            else:
                jobs[id(request)] = decision
        waiting = [request for request in open_requests if id(request) in jobs]
        for lanes in chunks(waiting, self._options.chunk):
            self._chunk([[jobs[id(request)] for request in lane] for lane in lanes], phase, pool)

    def _unsendable(self, request: ObjectRequest) -> Result | None:
        reason = self._options.left_out.get((request.kind, request.id), "")
        if reason:
            return result_of(request, State.SKIPPED, reason)
        problem = poison(request)
        if problem:
            return result_of(request, State.FAILED, problem)
        place = locate(request)
        needed = [place.parent, *sorted(references(request))]
        if request.method == "PUT":
            needed.append(request.path)
        lacking = next((self._unavailable[name] for name in needed if name in self._unavailable), "")
        return result_of(request, State.SKIPPED, f"it needs {lacking}") if lacking else None

    def _chunk(self, lanes: list[list[Job]], phase: Phase, pool: ThreadPoolExecutor) -> None:
        jobs = [job for lane in lanes for job in lane]
        intents = intents_of(self._run, [(job.request, job.before) for job in jobs])
        with self._run.journal.group(intents) as units:
            by_job = {id(job): unit for job, unit in zip(jobs, units, strict=True)}
            futures = [
                pool.submit(self._lane, [(job, by_job[id(job)]) for job in lane], phase) for lane in lanes
            ]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                _raise_first(futures)
            except BaseException:
                self._api.stop()
                wait(futures)
                raise

    def _lane(self, lane: list[tuple[Job, Unit]], phase: Phase) -> None:
        for job, unit in lane:
            if self._api.stopped:
                unit.not_done(reason="not sent")
                continue
            try:
                result = self._execute(job)
            except BaseException:
                self._api.stop()  # the others finish what they are at; this unit stays pending
                raise
            if result.state in {State.CREATED, State.CHANGED}:
                unit.done()
            elif result.state is not State.PENDING:
                unit.not_done(state=result.state.value, reason=result.reason)
            self._finish(job.request, result, phase, is_new=result.state in {State.CREATED, State.CHANGED})

    def _execute(self, job: Job) -> Result:
        request = job.request
        if job.twins:
            return self._delete_twins(job)
        if request.method == "PUT":
            return self._writer.put(request, lambda current: self._keep(job, current))
        body = dict(request.body or {})
        if request.kind == "rule":
            body["position"] = self._decider.chains[request.path].position(request.id)
        return self._writer.post(request, body, job.expected)

    def _keep(self, job: Job, current: JsonObject) -> None:
        """Keep what a PUT replaces, if it is no longer what the intent has."""
        if current == job.before:
            return
        with self._lock:
            copy, copy_digest = self._run.save_copy(COPY_NAME, canonical([current]))
        self._run.journal.note(
            f"{job.request.path} was changed by somebody else meanwhile", copy=copy, copy_digest=copy_digest
        )

    def _delete_twins(self, job: Job) -> Result:
        """An earlier run was told twice that its answer was lost, and the server did it twice."""
        path = own_path(job.request)
        for _ in range(job.twins):
            intent = Intent(
                kind="http",
                summary=f"DELETE {path} (a second {job.request.kind} of the same content)",
                inverse=Inverse(action="none"),
            )
            with self._run.journal.group([intent]) as (unit,):
                answer = self._writer.delete(path)
                if answer.status not in {200, 204}:
                    unit.not_done(reason=answer.reason)
                    return result_of(job.request, State.FAILED, f"it is there twice; {answer.reason}")
        return result_of(job.request, State.CREATED)

    def _finish(self, request: ObjectRequest, result: Result, phase: Phase, *, is_new: bool = False) -> None:
        with self._lock:
            self.results[self._numbers[id(request)]] = result
            exists = result.state in DONE or bool(result.differences)
            if is_new:
                self.sent += 1
                if request.method == "POST" and request.kind != "port_link":
                    self._new.add(locate(request).item)
            if request.kind == "rule" and request.method == "POST" and not exists:
                self._decider.chains[request.path].left_out(request.id)
            if request.method == "POST" and request.kind != "port_link" and not exists:
                self._mark_unavailable(request, result)
            self._broken = self._broken + 1 if result.reason.startswith("status 500") else 0
            broken = self._broken >= _BROKEN_IN_A_ROW
        phase.advance()
        if broken:
            raise ApiUnreachable(
                f"the MidoNet API at {self._api.shown} answers {_BROKEN_IN_A_ROW} objects in a row with 500",
                why=result.reason,
                hint="look into the log of midonet-cluster; then run the same command again",
                recovery=Recovery.RETRY,
            )

    def _mark_unavailable(self, request: ObjectRequest, result: Result) -> None:
        what = f"{request.kind} {request.id}, which is not there ({result.state.value}: {result.reason})"
        self._unavailable[locate(request).item] = what
        own = (request.body or {}).get("id")
        if isinstance(own, str):
            self._unavailable[own] = what


def _raise_first(futures: list[Future[None]]) -> None:
    for future in futures:
        if future.done() and (error := future.exception()) is not None:
            raise error
