"""One request on its way, and the options of sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.target.midonet_api.switch_probe import probe_switch
from midonet_migrate.target.midonet_api.writer import Expected, Patience

DEFAULT_REQUEST_LIMIT = 1_048_575
Probe = Callable[[str, int], str]
"""Management address and port of a VTEP to why its switch cannot be used; empty if it can."""


class SendOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to send."""

    writers: int = 4
    """Writes on their way. The server does them one at a time but for a little (new 1.11)."""
    readers: int = 8
    """Reads on their way."""
    chunk: int = 128
    """Requests whose intents reach the disk together."""
    request_limit: int = DEFAULT_REQUEST_LIMIT
    """Largest ZooKeeper request of the target in bytes."""
    patience: Patience = Patience()
    probe: Probe = probe_switch
    dry_run: bool = False
    """Send GETs only; the results are those of a real run."""
    expect_import: bool = False
    """In a dry run before the import: take what is missing, and not of the plan, for what it will make."""
    left_out: Mapping[ObjectKey, str] = {}
    """Objects that an option of the operator leaves out, with the reason."""
    replacing: frozenset[ObjectKey] = frozenset()
    """Table entries that the plan says replace one of the importer's."""


class Job(msgspec.Struct, kw_only=True):
    """A request that has to be sent."""

    request: ObjectRequest
    expected: Expected
    before: JsonObject | None = None
    """What a PUT changes, or an entry of a table replaces."""
    twins: int = 0
    """Instead of sending it: how many superfluous copies of its object to delete."""
