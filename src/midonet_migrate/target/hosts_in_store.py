"""Hosts of 5.0.2, whose API creates none: written into its store (new 1.10)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_migrate.errors import Bug, Recovery, WrongState, ZooKeeperUnreachable
from midonet_migrate.model.codec import digest
from midonet_migrate.model.plan import Conversion, ConversionRequest
from midonet_migrate.plan.objects.equality import Difference
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.target.midonet_api.results import Result, State
from midonet_migrate.zookeeper.batches import Kind, Operation, batches
from midonet_migrate.zookeeper.protobuf_text import Message, TextFormatError, parse_message
from midonet_migrate.zookeeper.session import ZooKeeperSession
from midonet_migrate.zookeeper.transactions import send_batches

CONVERSION = "host-in-store"
_ACTION = "delete-nodes"
_COMPARED = ("id", "name")


class HostStore:
    """The nodes of hosts below the root of 5.x."""

    def __init__(self, session: ZooKeeperSession, root: str, run: RunDirectory) -> None:
        self._session = session
        self._root = root.rstrip("/")
        self._run = run
        self.written = 0
        """Hosts that the last :meth:`create` wrote, or in a dry run would have."""

    def create(self, conversions: Sequence[Conversion]) -> list[Result]:
        """Write the hosts of these conversions, several with one ``multi``; those there are compared.

        A second run writes nothing. In a dry run of the run directory nothing is sent, and a store that is
        not there is taken for empty: the real run starts midonet-cluster, which makes it. Raises
        ``WrongState`` when the store is not there, ``ZooKeeperUnreachable`` and ``AccessDenied``.
        """
        wanted = {
            f"{self._root}{request.path}": (conversion, request)
            for conversion in conversions
            for request in conversion.requests
            if request.api == "store"
        }
        if not wanted:
            return []
        if not self._run.dry_run:
            self._require_store(next(iter(wanted)))
        results = {path: self._look(path, *found) for path, found in wanted.items()}
        self._settle(results)
        missing = [path for path, result in results.items() if result is None]
        if self._run.dry_run:
            for path in missing:
                results[path] = _result(*wanted[path], State.CREATED)
        else:
            operations = (
                Operation(Kind.CREATE, path, _text_of(wanted[path][1]).encode()) for path in missing
            )
            for batch in batches(operations):
                self._send(batch)
                for operation in batch:
                    results[operation.path] = _result(*wanted[operation.path], State.CREATED)
        self.written = len(missing)
        return [result for result in results.values() if result is not None]

    def _require_store(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if not self._session.exists(parent):
            raise WrongState(
                f"there is no store of MidoNet 5 at {parent}",
                why="midonet-cluster makes it when it starts.",
                hint="Start midonet-cluster with its importer switched off, then run again.",
                recovery=Recovery.RETRY,
            )

    def _look(self, path: str, conversion: Conversion, request: ConversionRequest) -> Result | None:
        found = self._session.get(path)
        if found is None:
            return None
        try:
            shown: Message = parse_message(found[0])
        except TextFormatError as error:
            return _result(conversion, request, State.CONFLICT, f"what is at {path} cannot be read: {error}")
        planned = parse_message(_text_of(request).encode())
        different = [
            Difference(name, planned.get(name), shown.get(name))
            for name in _COMPARED
            if planned.get(name) != shown.get(name)
        ]
        if different:
            reason = "another host is there under its id"
            return _result(conversion, request, State.CONFLICT, reason, different)
        state = State.CREATED if path in self._written_before() else State.ADOPTED
        return _result(conversion, request, state)

    def _written_before(self) -> set[str]:
        refused = {record.unit for record in self._run.journal.records if record.ending == "not-done"}
        return {
            path
            for record in self._run.journal.records
            if record.inverse is not None
            and record.inverse.action == _ACTION
            and record.sequence not in refused
            for path in record.inverse.arguments["paths"]
        }

    def _settle(self, results: dict[str, Result | None]) -> None:
        """A ``multi`` whose answer was lost took effect as a whole or not at all."""
        for record in self._run.journal.pending():
            if record.inverse is not None and record.inverse.action == _ACTION:
                paths = record.inverse.arguments["paths"]
                there = any(results.get(path) is not None for path in paths)
                self._run.journal.settle(record, took_effect=there, found="read back")

    def _send(self, batch: Sequence[Operation]) -> None:
        paths = [operation.path for operation in batch]
        inverse = Inverse(action=_ACTION, arguments={"paths": paths})
        name = digest([[operation.path, (operation.data or b"").decode()] for operation in batch])
        summary = f"create {len(batch)} hosts in the store of MidoNet 5"
        with self._run.journal.unit("zookeeper", summary, digest=name, inverse=inverse) as unit:
            failures = send_batches(self._session, [batch])
            if not failures:
                return
            failure = failures[0]
            if failure.unknown:
                if isinstance(failure.error, ZooKeeperUnreachable):
                    raise failure.error
                raise Bug(f"no answer and no reason: {failure.error}")
            unit.not_done(reason=type(failure.error).__name__)
        raise WrongState(
            f"somebody else writes hosts into the store of MidoNet 5 ({failure.operation.path})",
            why=type(failure.error).__name__,
            hint="Keep agents of MidoNet 5 stopped until the import is done; then run again.",
            recovery=Recovery.RETRY,
        )


def _text_of(request: ConversionRequest) -> str:
    return str((request.body or {})["text"])


def _result(
    conversion: Conversion,
    request: ConversionRequest,
    state: State,
    reason: str = "",
    different: list[Difference] | None = None,
) -> Result:
    return msgspec.structs.replace(
        Result(
            kind=conversion.source.kind,
            id=conversion.source.id,
            method=request.method,
            path=request.path,
            state=state,
            reason=reason,
        ),
        differences=different or [],
    )
