"""What agents report about themselves: node ``state/<host>/Host/<host>/alive`` (imp 5.1).

No agent of 5.x was ever observed, so the form of its report on interfaces is not known: there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from midonet_lab.midonet5.api.routing import Call


def alive_hosts(call: Call, ids: Sequence[str]) -> set[str]:
    """Those whose agent holds its flag."""
    client = call.zoom.client
    nodes = [(host_id, f"{call.zoom.paths.state_class('Host', host_id)}/{host_id}/alive") for host_id in ids]
    requests = [(host_id, client.exists_async(node)) for host_id, node in nodes]
    return {host_id for host_id, request in requests if request.get() is not None}
