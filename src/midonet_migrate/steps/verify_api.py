"""Reading the new site through its API, side by side, for comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from midonet_migrate.model.plan import ObjectRequest
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
    with progress.phase("Comparing the API's lists", len(COLLECTIONS)) as phase:
        for name, (path, resource) in COLLECTIONS.items():
            try:
                shown = api.get(path, collection_type(resource), patient=True) or []
            except Unreadable as error:
                findings.differ(f"api {path.lstrip('/')}", "", "", "a list", f"unreadable: {error.reason}")
            else:
                compare_lists(findings, name, stored.get(name, ()), (str(item["id"]) for item in shown))
            phase.advance()
    later = later_changes(requests)
    lookup = Lookup(api, readers)
    with progress.phase("Comparing what the API made", len(requests)) as phase:
        for batch in _batches(requests):
            sights = lookup.survey(batch, lambda _: False)
            for request, sight in zip(batch, sights, strict=True):
                compare_request(findings, request, later, sight.found, sight.unreadable)
            phase.advance(len(batch))


def _batches(requests: Sequence[ObjectRequest]) -> Iterator[Sequence[ObjectRequest]]:
    """One kind at a time, so that lists are read once."""
    start = 0
    for end in range(1, len(requests) + 1):
        full = end == len(requests) or end - start == _AT_A_TIME
        if (
            full
            or requests[end].kind != requests[start].kind
            or requests[end].method != requests[start].method
        ):
            yield requests[start:end]
            start = end
