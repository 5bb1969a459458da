"""What agents report: ``state/<host>/Host/<host>/alive``, ``state/<host>/Port/<port>/active`` (imp 5.1).

No agent of 5.x was ever observed, so the form of its report on interfaces is not known: there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from kazoo.exceptions import NoNodeError

from midonet_lab.midonet5.api.routing import Call
from midonet_lab.midonet5.store import StoredObject


def alive_hosts(call: Call, ids: Sequence[str]) -> set[str]:
    """Those whose agent holds its flag."""
    client = call.zoom.client
    nodes = [(host_id, f"{call.zoom.paths.state_class('Host', host_id)}/{host_id}/alive") for host_id in ids]
    requests = [(host_id, client.exists_async(node)) for host_id, node in nodes]
    return {host_id for host_id, request in requests if request.get() is not None}


def active_ports(call: Call, ports: Sequence[StoredObject]) -> set[str]:
    """The ids of those that their host's agent serves."""
    client = call.zoom.client
    hosts = {port["host_id"] for port in ports if port.get("host_id") is not None}
    folders = {host_id: call.zoom.paths.state_class("Port", host_id) for host_id in hosts}
    listings = [(host_id, client.get_children_async(folder)) for host_id, folder in folders.items()]
    known: dict[str, set[str]] = {}
    for host_id, listing in listings:
        try:
            known[host_id] = set(listing.get())
        except NoNodeError:  # no agent has ever run there
            continue
    requests = [
        (port["id"], client.exists_async(f"{folders[port['host_id']]}/{port['id']}/active"))
        for port in ports
        if port.get("id") in known.get(port.get("host_id") or "", ())
    ]
    return {port_id for port_id, request in requests if request.get() is not None}
