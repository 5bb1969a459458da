"""What a fault makes of the answer."""

from __future__ import annotations

import msgspec

from midonet_lab.midonet5.api.options import Fault
from midonet_lab.midonet5.api.replies import HTML_TYPE, Reply


def spoiled(reply: Reply, fault: Fault | None) -> Reply:
    """The answer of a processed request as it is really sent."""
    if fault is None or reply.tear_down:
        return reply
    match fault.kind:
        case "lost":
            return Reply(status=0, tear_down=True)
        case "truncate":
            return msgspec.structs.replace(reply, truncate=True)
        case "cut":
            return msgspec.structs.replace(reply, body=reply.body[: len(reply.body) // 2])
        case "html":
            return Reply(status=200, content_type=HTML_TYPE, body=b"<html><body>It works!</body></html>")
        case _:
            return reply
