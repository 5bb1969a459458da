"""The stand-in as an ASGI application: filters, routing, replies, faults, counting."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette

from midonet_lab.midonet19.agents_view import AgentsView
from midonet_lab.midonet19.control import control_application
from midonet_lab.midonet19.endpoints import build_router
from midonet_lab.midonet19.errors import ApiError, check_uuid, internal
from midonet_lab.midonet19.login import TOKEN_TYPE, WWW_AUTHENTICATE, Gatekeeper, Refused, Unscoped
from midonet_lab.midonet19.negotiation import Offer, choose
from midonet_lab.midonet19.options import Fault, Faults, Options
from midonet_lab.midonet19.resources import media_type
from midonet_lab.midonet19.root_documents import neutron_document, root_document
from midonet_lab.midonet19.routing import Ask, Endpoint
from midonet_lab.midonet19.store import Store
from midonet_lab.midonet19.wire import encode
from midonet_lab.rest_api.faults import FaultChooser
from midonet_lab.sites.site import Site
from midonet_migrate.model.keys import JsonObject

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ERROR_TYPE = media_type("Error", 1)
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-expose-headers", b"Location"),
)
_PREFLIGHT = (b"access-control-allow-headers", b"Origin, X-Auth-Token, Content-Type, Accept, Authorization")
_ALLOWED_WHEN_READ_ONLY = re.compile(
    r"application/vnd\.org\.midonet\.(HostVersion|WriteVersion|SystemState)-v\d"
)
_HTML = b"<html><head><title>Apache Tomcat/7.0</title></head><body><h1>HTTP Status</h1></body></html>"


class Reply(msgspec.Struct):
    """An HTTP reply before it is sent."""

    status: int
    content_type: str | None = None
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = msgspec.field(default_factory=list)
    objects: int = 0


class Midonet19Server:
    """Serves one site, below :class:`~midonet_lab.midonet19.connection.LabProtocol`."""

    def __init__(self, site: Site, options: Options, faults: Faults | None = None) -> None:
        self.options = options
        self.store = Store(site, any_tenant=options.auth == "mock")
        self.gatekeeper = Gatekeeper(options)
        self.requests: Counter[str] = Counter()
        self.most_at_once = 0
        self._at_once = 0
        self._router = build_router()
        self._agents = (
            AgentsView(options.zookeeper, options.zookeeper_root, self.store) if options.zookeeper else None
        )
        self._random = random.Random(options.seed)
        self._rendered: dict[tuple[str, int, Offer, str], bytes] = {}
        self._control: Starlette = control_application(self)
        self.set_faults(faults or Faults())

    def set_faults(self, faults: Faults) -> None:
        """Switch to other faults; what was counted of the old ones is forgotten."""
        self.faults = faults
        self._chooser = FaultChooser(faults.faults, lambda fault: fault.path)
        self.store.vanish(faults.vanish)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["path"].startswith("/_lab"):
            await self._control(scope, receive, send)
            return
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._at_once -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self.options.path)
        self.requests[f"{scope['method']} {path}"] += 1
        fault = self._chooser.choose(path)
        if fault is not None and fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        reply = await self._reply(scope, path, receive)
        await asyncio.sleep(self.faults.delay + self.faults.delay_per_object * reply.objects)
        if fault is not None:
            reply = _spoiled(reply, fault)
        if fault is not None and fault.kind == "reset":
            scope["lab.connection"].tear_down()
            return
        connection = scope["lab.connection"]
        last = connection.is_last(self.faults.requests_per_connection)
        await _send(reply, send, announce=last and self.faults.announce_close, cut=_is_cut(fault))
        if last and not self.faults.announce_close:
            connection.close_silently()

    async def _reply(self, scope: Scope, path: str, receive: Receive) -> Reply:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not scope["path"].startswith(self.options.path):
            return Reply(404, "text/html;charset=utf-8", _HTML)
        if scope["method"] == "OPTIONS":
            return Reply(200, headers=[_PREFLIGHT])
        try:
            if path == "/login":
                return self._login(headers)
            return await self._filtered(scope, path, headers, receive)
        except Refused as refused:
            reply = _filter_error(401, refused.message)
            if refused.challenge:
                reply.headers.append((b"www-authenticate", WWW_AUTHENTICATE.encode()))
            return reply
        except Unscoped:
            return Reply(500, "text/html;charset=utf-8", _HTML)
        except ApiError as error:
            return Reply(error.status, ERROR_TYPE, error.body())

    def _login(self, headers: dict[str, str]) -> Reply:
        granted = self.gatekeeper.log_in(headers, keystone_down=self.faults.keystone_down)
        cookie = (b"set-cookie", granted.cookie.encode())
        return Reply(200, TOKEN_TYPE + ";charset=UTF-8", granted.body, [cookie])

    async def _filtered(self, scope: Scope, path: str, headers: dict[str, str], receive: Receive) -> Reply:
        role = self.gatekeeper.role(headers, keystone_down=self.faults.keystone_down)
        if self.faults.zookeeper_down or (self._agents is not None and self._agents.down):
            return _filter_error(503, "Can not access topology information")
        method = scope["method"]
        content_type = headers.get("content-type", "")
        read_only = self.store.system_state["availability"] == "READONLY"
        writes = method not in {"GET", "HEAD"} and content_type
        if read_only and writes and not _ALLOWED_WHEN_READ_ONLY.match(content_type):
            return _filter_error(503, "API server currently in restricted mode.")
        if method == "PUT" and path.rstrip("/") == "/system_state":
            return await self._put_system_state(role, content_type, receive)
        base_uri = (
            self.options.base_uri or f"{scope['scheme']}://{headers.get('host', '')}{self.options.path}"
        )
        return self._get(scope, path, headers, role, base_uri)

    def _get(self, scope: Scope, path: str, headers: dict[str, str], role: str, base_uri: str) -> Reply:
        match = self._router.match(path)
        if match is None:
            raise ApiError(404, f"null for uri: {scope['scheme']}://{headers.get('host', '')}{scope['path']}")
        endpoint, values = match
        if endpoint.handle is None or scope["method"] not in {"GET", "HEAD"}:
            raise ApiError(405, None)
        offer = choose(headers.get("accept"), endpoint.offers)
        if offer is None:
            raise ApiError(406, None)
        if endpoint.admin and role != "admin":
            raise ApiError(403, None)
        for position in endpoint.uuids:
            check_uuid(values[position])
        if endpoint.owner and role != "admin":
            raise ApiError(403, f"Not authorized to view this {endpoint.kind}")
        if endpoint.kind == "rule" and values[0] in self.faults.broken_chains:
            raise internal()
        if self._agents is not None and endpoint.kind in {"host", "port"}:
            changed = {id(item) for item in self._agents.refresh()}
            if changed:
                self._rendered = {key: text for key, text in self._rendered.items() if key[1] not in changed}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        answer = endpoint.handle(Ask(self.store, values, query, offer))
        if isinstance(answer, list):
            parts = [self._render(endpoint, item, offer, base_uri) for item in answer]
            if not endpoint.ordered:
                self._random.shuffle(parts)
            return Reply(200, offer.media_type, b"[" + b",".join(parts) + b"]", objects=len(parts))
        return Reply(200, offer.media_type, self._render(endpoint, answer, offer, base_uri), objects=1)

    def _render(self, endpoint: Endpoint, item: JsonObject, offer: Offer, base_uri: str) -> bytes:
        kind = endpoint.kind
        if kind == "port_group_port" and "PortGroup-" in offer.media_type:
            kind = "port_group"
        if kind == "application":
            return encode(kind, root_document(base_uri), offer, base_uri)
        if kind == "neutron_root":
            return encode(kind, neutron_document(base_uri), offer, base_uri)
        if kind in {"system_state", "tenant"}:
            return encode(kind, item, offer, base_uri)
        key = (kind, id(item), offer, base_uri)
        if key not in self._rendered:
            self._rendered[key] = encode(kind, item, offer, base_uri)
        return self._rendered[key]

    async def _put_system_state(self, role: str, content_type: str, receive: Receive) -> Reply:
        if role != "admin":
            raise ApiError(403, None)
        if not content_type.startswith(media_type("SystemState", 1)[: -len("1+json")]):
            raise ApiError(415, None)
        data = b""
        more = True
        while more:
            message = await receive()
            data += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            wanted = msgspec.json.decode(data, type=dict[str, str])
        except msgspec.DecodeError:
            raise internal() from None
        state = self.store.system_state
        state.update({name: value for name, value in wanted.items() if name in state and name != "uri"})
        return Reply(204)


def _filter_error(status: int, message: str) -> Reply:
    """Bodies written by a filter name their charset (old 1.4)."""
    return Reply(status, ERROR_TYPE + ";charset=UTF-8", ApiError(status, message).body())


def _spoiled(reply: Reply, fault: Fault) -> Reply:
    if fault.kind == "status":
        return Reply(fault.status, ERROR_TYPE, ApiError(fault.status, internal().message).body())
    if fault.kind == "html":
        return Reply(200, "text/html;charset=utf-8", _HTML)
    if fault.kind == "cut":
        return msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])
    return reply


def _is_cut(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == "truncate"


async def _send(reply: Reply, send: Send, *, announce: bool, cut: bool) -> None:
    headers = [*_CORS, *reply.headers, (b"content-length", str(len(reply.body)).encode())]
    if reply.content_type is not None:
        headers.append((b"content-type", reply.content_type.encode()))
    if announce:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = reply.body[: len(reply.body) // 2] if cut else reply.body
    # An unfinished reply makes the HTTP server drop the connection.
    await send({"type": "http.response.body", "body": body, "more_body": cut})
