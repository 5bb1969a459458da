"""From a request to its reply: filters, faults, routing, negotiation, the storage lock (new 1.4 - 1.9)."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl

import msgspec
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError

from midonet_lab.midonet5.api import negotiation
from midonet_lab.midonet5.api.beans import encode
from midonet_lab.midonet5.api.bodies import decoded, storage_error
from midonet_lab.midonet5.api.control import Control
from midonet_lab.midonet5.api.fault_injection import spoiled
from midonet_lab.midonet5.api.http import Request
from midonet_lab.midonet5.api.login import Gatekeeper, refused
from midonet_lab.midonet5.api.options import Fault, Faults, Options
from midonet_lab.midonet5.api.replies import ApiError, Reply, empty, entity, page, pending
from midonet_lab.midonet5.api.resources import build_router
from midonet_lab.midonet5.api.routing import Answer, Call, Created, Endpoint, Methods, Site
from midonet_lab.midonet5.store import StorageError, Zoom
from midonet_lab.rest_api.faults import FaultChooser

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
    ("Access-Control-Expose-Headers", "Location"),
)
_PREFLIGHT = ("Access-Control-Allow-Headers", "Origin, X-Auth-Token, Content-Type, Accept, Authorization")
_LOG = logging.getLogger("midonet_lab.api")


class Application:
    """Answers requests; each on the thread of its connection."""

    def __init__(self, zoom: Zoom, options: Options) -> None:
        self.site = Site(zoom, options)
        self.gatekeeper = Gatekeeper(options)
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.most_at_once = 0
        self._at_once = 0
        self._counting = threading.Lock()
        self._chooser = _chooser(Faults())
        self._router = build_router(self.site.tables)
        self._control = Control(self)

    def set_faults(self, faults: Faults) -> None:
        """Switch to other faults; what was counted of the old ones is forgotten."""
        self.site.faults = faults
        self._chooser = _chooser(faults)

    def answer(self, request: Request) -> Reply:
        """One request."""
        target, _, query = request.target.partition("?")
        if target.startswith("/_lab/"):
            return self._control.answer(request.method, target, request.body)
        path = target.removeprefix(self.site.options.path)
        with self._counted(f"{request.method} {path}"):
            fault = self._chooser.choose(f"{request.method} {path}")
            if self.site.faults.delay:
                time.sleep(self.site.faults.delay)
            reply = self._before(fault)
            if reply is None:
                reply = self._answer(request, target, path, query)
                reply.headers[:0] = _CORS
            reply = spoiled(reply, fault)
        self.statuses[reply.status] += 1
        return reply

    @contextlib.contextmanager
    def _counted(self, what: str) -> Iterator[None]:
        with self._counting:
            self.requests[what] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._counting:
                self._at_once -= 1

    def _before(self, fault: Fault | None) -> Reply | None:
        """What a fault does instead of, or before, processing."""
        if fault is None:
            return None
        if fault.kind == "hang":
            time.sleep(fault.seconds)
        if fault.kind == "slow_lock":
            with self._locked():
                time.sleep(fault.seconds)
        if fault.kind == "reset":
            return Reply(status=0, tear_down=True)
        if fault.kind == "status":
            reply = _failure(fault.status).reply
            reply.headers[:0] = _CORS
            return reply
        return None

    def _answer(self, request: Request, target: str, path: str, query: str) -> Reply:
        if request.method == "OPTIONS":
            return Reply(status=200, headers=[_PREFLIGHT])
        try:
            if not target.startswith(self.site.options.path):
                raise empty(404)
            if path.rstrip("/") == "/login":
                return self.gatekeeper.log_in(request.headers, self.site.faults)
            self.gatekeeper.check(request.headers, self.site.faults)
            if path == "":
                location = ("Location", self._base(request.headers) + "/")
                return Reply(status=302, headers=[location])
            return self._route(request, path, query)
        except ApiError as error:
            return error.reply
        except (KazooException, KazooTimeoutError):  # no connection to ZooKeeper for now
            _LOG.warning("%s %s", request.method, request.target, exc_info=True)
            return pending("Resource read timeout").reply
        except Exception:
            _LOG.exception("%s %s", request.method, request.target)
            return page("java.lang.RuntimeException").reply

    def _base(self, headers: dict[str, str]) -> str:
        options = self.site.options
        if options.base_uri is not None:
            return options.base_uri
        host = headers.get("x-forwarded-host") or headers.get("host", "")
        return f"{headers.get('x-forwarded-proto', 'http')}://{host}{options.path}"

    def _route(self, request: Request, path: str, query: str) -> Reply:
        match = self._router.match(path)
        if match is None:
            if not self._router.knows_root(path):
                raise entity(404, f"Root resource {path.strip('/').partition('/')[0]} not found")
            raise empty(404)
        methods, values = match
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = methods.get(method)
        if endpoint is None:
            raise empty(405, allow=_allowed(methods))
        call = Call(
            site=self.site,
            base=self._base(request.headers),
            values=values,
            query=dict(parse_qsl(query, keep_blank_values=True)),
        )
        if method in {"POST", "PUT"}:
            return self._write(request, endpoint, call, method)
        if endpoint.handle is None:
            raise self._not_offered(method)
        offer = None
        if method == "GET":
            offer = self._offer(request.headers.get("accept"), endpoint, path)
        return self._reply(endpoint, call, offer)

    def _offer(self, accept: str | None, endpoint: Endpoint, path: str) -> str:
        if not endpoint.annotated:
            return negotiation.generic_accept(accept, endpoint.offers)
        try:
            return negotiation.annotated_accept(accept, endpoint.offers)
        except ApiError:
            if path == "/":  # falls through to the generic GET of a root resource (new 1.2)
                raise self._not_offered("GET") from None
            raise

    def _not_offered(self, method: str) -> ApiError:
        """A generic method without permission annotation (new 1.10)."""
        if self.site.recent:
            return empty(405)
        return page("java.lang.NullPointerException") if method == "POST" else empty(500, close=True)

    def _write(self, request: Request, endpoint: Endpoint, call: Call, method: str) -> Reply:
        content_type = request.headers.get("content-type")
        if endpoint.annotated and endpoint.accepts:
            negotiation.annotated_content(content_type, endpoint.accepts)
        if endpoint.decode is None and endpoint.handle is not None:
            return self._reply(endpoint, call, None)
        if not negotiation.is_json(content_type):
            raise empty(415)
        found = decoded(request.body, endpoint)
        if endpoint.handle is None:
            raise self._not_offered(method)
        if not endpoint.annotated:
            negotiation.generic_content(content_type, endpoint.accepts)
        if found is None:
            if not self.site.options.quirks.careless:
                raise entity(400, "The body is empty.")
            raise page("java.lang.NullPointerException")
        bean, values = found
        return self._reply(endpoint, msgspec.structs.replace(call, bean=bean, body=values), None)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if not self.site.lock.acquire(timeout=self.site.options.lock_seconds):
            raise pending("Could not acquire lock for storage operation.")
        try:
            self._leave_snapshot_lock()
            yield
        finally:
            self.site.lock.release()

    def _leave_snapshot_lock(self) -> None:
        """Not waited for: what becomes of it is of no consequence."""
        zoom = self.site.zoom
        if self.site.options.quirks.snapshot_locks and zoom.version == "5.2.1":
            path = zoom.paths.below("zoom/0", "zoomlocks/lock")
            zoom.client.create_async(path, ephemeral=True, sequence=True)

    def _reply(self, endpoint: Endpoint, call: Call, offer: str | None) -> Reply:
        assert endpoint.handle is not None
        self._await_store()
        try:
            if endpoint.locked:
                with self._locked():
                    answer = endpoint.handle(call)
            else:
                answer = endpoint.handle(call)
        except StorageError as error:
            raise storage_error(error) from error
        return self._rendered(answer, endpoint, call, offer)

    def _await_store(self) -> None:
        """Without a connection to ZooKeeper requests wait for one, up to the read timeout (new 1.1)."""
        deadline = time.monotonic() + self.site.options.read_seconds
        while not self.site.zoom.client.connected:
            if time.monotonic() >= deadline:
                raise pending("Resource read timeout")
            time.sleep(0.02)

    def _rendered(self, answer: Answer, endpoint: Endpoint, call: Call, offer: str | None) -> Reply:
        if isinstance(answer, Reply):
            return answer
        if answer is None:
            return Reply(status=204)
        if isinstance(answer, Created):
            headers = [] if answer.path is None else [("Location", call.base + answer.path)]
            return Reply(status=201, headers=headers)
        if isinstance(answer, list) and self.site.options.shuffle and not endpoint.ordered:
            self.site.random.shuffle(answer)
        return Reply(status=200, content_type=offer, body=encode(answer))


def _chooser(faults: Faults) -> FaultChooser[Fault]:
    return FaultChooser(faults.faults, lambda fault: fault.request)


def _failure(status: int) -> ApiError:
    """What answers of this status mostly look like when nothing is wrong with the request."""
    match status:
        case 401:
            return refused("Authentication error")
        case 409:  # a lost race
            return empty(409)
        case 503:
            return pending("Resource read timeout")
        case _:
            return entity(status, None)


def _allowed(methods: Methods) -> list[str]:
    names = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return sorted(names)
