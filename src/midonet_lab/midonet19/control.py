"""The lab's own paths beside the API: counters and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from midonet_lab.midonet19.options import Faults
from midonet_lab.rest_api.statistics import Statistics

if TYPE_CHECKING:
    from midonet_lab.midonet19.server import Midonet19Server


def control_application(server: Midonet19Server) -> Starlette:
    """The application below ``/_lab``."""

    async def statistics(request: Request) -> Response:
        if request.method == "DELETE":
            server.requests.clear()
            server.gatekeeper.logins = server.most_at_once = 0
        found = Statistics(
            total=server.requests.total(),
            logins=server.gatekeeper.logins,
            most_at_once=server.most_at_once,
            requests=dict(server.requests),
        )
        return Response(msgspec.json.encode(found), media_type="application/json")

    async def faults(request: Request) -> Response:
        try:
            server.set_faults(msgspec.json.decode(await request.body(), type=Faults))
        except msgspec.ValidationError as error:
            return Response(str(error), 400)
        return Response(status_code=204)

    async def expire_tokens(_: Request) -> Response:
        server.gatekeeper.expire_all()
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/_lab/statistics", statistics, methods=["GET", "DELETE"]),
            Route("/_lab/faults", faults, methods=["PUT"]),
            Route("/_lab/tokens", expire_tokens, methods=["DELETE"]),
        ]
    )
