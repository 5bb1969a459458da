"""Which request a fault hits, and what it makes of the answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import msgspec

from midonet_lab.midonet5.api.options import Fault
from midonet_lab.midonet5.api.replies import HTML_TYPE, Reply


class FaultChooser:
    """Counts how often each fault was met; thread-safe."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._hits = [0] * len(faults)
        self._lock = threading.Lock()

    def choose(self, request: str) -> Fault | None:
        """The first fault that hits this ``METHOD path``."""
        with self._lock:
            for number, fault in enumerate(self._faults):
                if re.fullmatch(fault.request, request):
                    self._hits[number] += 1
                    hits = self._hits[number] - fault.skip
                    if hits > 0 and (fault.times < 0 or hits <= fault.times):
                        return fault
        return None


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
