"""The rows executed so far, replayed on the simulated importer, and the next one tried (imp 1.3-1.5)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_migrate.plan.diagnosis.executed import Attempt, ExecutedRows
from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.tasks.messages import deserialize, parse_data
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.simulation.importer import check_row
from midonet_migrate.plan.tasks.validate import TaskRow


class Stop(msgspec.Struct, frozen=True):
    """The row at which the importer stops, and why."""

    row: TaskRow
    refused: Refused


class Replay:
    """The importer's state before its next row. It goes on from what ``facts`` hold as executed already."""

    def __init__(self, facts: SiteFacts) -> None:
        self._types = data_types(facts.version)
        marker = facts.marker or 0
        self.pending = [row for row in facts.rows if row.id > marker]
        self._flush = [row for row in facts.rows if row.id == 1 <= marker and row.type == "FLUSH"]
        self.executed = facts.executed or ExecutedRows(facts.version, facts.hosts)
        done = self.executed.last_id
        for row in facts.rows:
            if row.id <= marker and (done is None or row.id > done):
                self.executed.execute(row)

    def unreadable(self) -> Stop | None:
        """The first row that holds back the whole poll, wherever it stands (imp 1.5)."""
        for row in (*self._flush, *self.pending):
            try:
                check_row(row, self._types)
            except Refused as refused:
                return Stop(row, refused)
        return None

    def transaction(self) -> Sequence[TaskRow]:
        """The run of rows that is next: all of them are read before the first is executed (imp 1.4)."""
        first = self.pending[0].transaction_id if self.pending else ""
        rows = []
        for row in self.pending:
            if row.transaction_id != first:
                break
            rows.append(row)
        return rows

    def undecodable(self) -> Stop | None:
        """The first row of the next transaction whose data cannot be read."""
        for row in self.transaction():
            fields = self._types[str(row.data_type)].fields
            if row.type == "DELETE" or fields is None:
                continue
            try:
                deserialize(fields, parse_data(row.data))
            except Refused as refused:
                return Stop(row, refused)
        return None

    def attempt(self) -> Attempt | Stop | None:
        """What executing the next row comes to; None without one."""
        if not self.pending:
            return None
        result = self.executed.attempt(self.pending[0])
        return Stop(self.pending[0], result) if isinstance(result, Refused) else result
