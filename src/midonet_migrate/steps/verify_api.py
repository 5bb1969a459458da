"""Reading the new site through its API for comparison: in lists where there are some, else side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.locations import locate
from midonet_migrate.run.progress import Progress
from midonet_migrate.target.midonet_api.client import MidonetApi, Unreadable
from midonet_migrate.target.midonet_api.lookup import Lookup
from midonet_migrate.verify.by_api import (
    COLLECTIONS,
    collection_type,
    compare_lists,
    compare_request,
    later_changes,
)
from midonet_migrate.verify.model import Findings

_AT_A_TIME = 500
_BINDING = "host_interface_port"


def compare_with_api(
    api: MidonetApi,
    requests: Sequence[ObjectRequest],
    stored: Mapping[str, Sequence[str]],
    findings: Findings,
    *,
    readers: int,
    progress: Progress,
) -> None:
    """Every list of the API against the ids found in ZooKeeper, and the object of every request.

    Raises ``ApiUnreachable`` and what a login raises; what the server cannot show is a difference.
    """
    wanted = {_listed_at(request) for request in requests}
    shown: dict[str, JsonObject] = {}
    with progress.phase("Comparing the API's lists", len(COLLECTIONS)) as phase:
        for name, (path, resource) in COLLECTIONS.items():
            try:
                items = api.get(path, collection_type(resource), patient=True) or []
            except Unreadable as error:
                findings.differ(f"api {path.lstrip('/')}", "", "", "a list", f"unreadable: {error.reason}")
            else:
                compare_lists(findings, name, stored.get(name, ()), (str(item["id"]) for item in items))
                shown.update((at, item) for item in items if (at := f"{path}/{item['id']}") in wanted)
                del items
            phase.advance()
    later = later_changes(requests)
    lookup = Lookup(api, readers)
    with progress.phase("Comparing what the API made", len(requests)) as phase:
        for batch in _batches(requests):
            rest = []
            for request in batch:
                found = _from_list(request, shown)
                if found is None:
                    rest.append(request)
                else:
                    compare_request(findings, request, later, found)
            for request, sight in zip(rest, lookup.survey(rest, lambda _: False), strict=True):
                compare_request(findings, request, later, sight.found, sight.unreadable)
            phase.advance(len(batch))


def _listed_at(request: ObjectRequest) -> str:
    """The item path of the object in whose list element the request can be seen."""
    if request.kind == _BINDING and request.method == "POST":
        return f"/ports/{(request.body or {})['portId']}"
    return locate(request).item


def _from_list(request: ObjectRequest, shown: Mapping[str, JsonObject]) -> JsonObject | None:
    """The object of a request, if a list that was read shows it; a binding as its own resource does."""
    found = shown.get(_listed_at(request))
    if found is None or request.kind != _BINDING or request.method != "POST":
        return found
    if found.get("hostId") is None:
        return None
    return {"portId": found["id"], "hostId": found["hostId"], "interfaceName": found.get("interfaceName")}


def _batches(requests: Sequence[ObjectRequest]) -> Iterator[Sequence[ObjectRequest]]:
    """One kind at a time, so that lists are read once."""
    start = 0
    for end in range(1, len(requests) + 1):
        last, first = requests[end - 1], requests[start]
        more = requests[end] if end < len(requests) else None
        if more is None or end - start == _AT_A_TIME or (more.kind, more.method) != (first.kind, last.method):
            yield requests[start:end]
            start = end
