"""What was about to be done, and what came of it: written before and after every atomic unit (I3)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from midonet_migrate.errors import Bug
from midonet_migrate.run.atomic import FILE_MODE, file_error, file_errors, sync_directory, write_all
from midonet_migrate.run.journal_file import (
    JOURNAL_FILE,
    Contents,
    Ending,
    Inverse,
    Kind,
    Record,
    encode_record,
    parse_journal,
)


class Intent(msgspec.Struct, kw_only=True, frozen=True):
    """What is about to be done. ``summary`` is for people; neither it nor the rest ever holds a secret."""

    kind: Kind
    summary: str
    digest: str = ""
    inverse: Inverse | None = None


class Unit:
    """An intent that is on disk: the action may be sent now."""

    def __init__(self, sequence: int, end: Callable[[int, Ending, dict[str, Any]], None]) -> None:
        self.sequence = sequence
        self.ended = False
        self._end = end

    def done(self, **result: Any) -> None:
        """It took effect. ``result`` is what is worth knowing later (ids, counts, status codes)."""
        self._finish("done", result)

    def not_done(self, **result: Any) -> None:
        """It is certain that it had no effect (rolled back, refused, never sent)."""
        self._finish("not-done", result)

    def _finish(self, ending: Ending, result: dict[str, Any]) -> None:
        if self.ended:
            raise Bug(f"The outcome of unit {self.sequence} is recorded already")
        self._end(self.sequence, ending, result)
        self.ended = True


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Journal:
    """The append-only journal of a run directory, open for writing. Safe to use from several threads.

    The caller holds the directory's lock. Opening cuts off what a crash left torn at the end. With
    ``dry_run`` records are kept in memory only, and nothing is created.
    """

    def __init__(
        self, directory: Path, *, step: str = "", dry_run: bool = False, clock: Callable[[], str] = _utc_now
    ) -> None:
        """Raises ``CorruptFile`` when the existing journal is damaged before its end."""
        self.step = step
        self._path = directory / JOURNAL_FILE
        self._clock = clock
        self._mutex = threading.Lock()
        self._descriptor: int | None = None
        self._unsynced = False
        self._contents = self._open(dry_run=dry_run)

    def _open(self, *, dry_run: bool) -> Contents:
        with file_errors(self._path):
            if dry_run:
                return parse_journal(self._path.read_bytes() if self._path.exists() else b"", str(self._path))
            created = not self._path.exists()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE)
            try:
                contents = parse_journal(self._path.read_bytes(), str(self._path))
                if contents.torn:
                    os.ftruncate(descriptor, contents.length)
                    os.fsync(descriptor)
                if created:
                    sync_directory(self._path.parent)
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return msgspec.structs.replace(contents, torn=0)

    def close(self) -> None:
        """Make everything durable and close the file; closing twice is harmless."""
        if self._descriptor is not None:
            with file_errors(self._path):
                self._sync()
                os.close(self._descriptor)
            self._descriptor = None

    @property
    def records(self) -> Sequence[Record]:
        """Every record so far, those of earlier runs included."""
        return self._contents.records

    def pending(self) -> list[Record]:
        """Intents without an outcome, of this and of earlier runs, oldest first."""
        with self._mutex:
            return self._contents.pending()

    def note(self, summary: str, **result: Any) -> None:
        """Record an event that changes nothing, such as the start of a step."""
        with self._mutex:
            self._append([self._record("note", summary=summary, result=result)])

    def settle(self, pending: Record, *, took_effect: bool, **result: Any) -> None:
        """Record the outcome of a pending intent, once it has been found out."""
        self._end(pending.sequence, "done" if took_effect else "not-done", result)

    @contextmanager
    def unit(
        self, kind: Kind, summary: str, *, digest: str = "", inverse: Inverse | None = None
    ) -> Iterator[Unit]:
        """One unit: its intent is on disk when the block begins.

        Leaving the block normally means *done*, unless an outcome was recorded. An exception leaves the
        intent pending, unless :meth:`Unit.not_done` was called: whether it took effect is not known.
        """
        with self.group([Intent(kind=kind, summary=summary, digest=digest, inverse=inverse)]) as (unit,):
            yield unit

    @contextmanager
    def group(self, intents: Sequence[Intent]) -> Iterator[list[Unit]]:
        """Several units that are sent together: their intents reach the disk with one fsync."""
        with self._mutex:
            records = [
                self._record(
                    "intent",
                    offset=offset,
                    kind=intent.kind,
                    summary=intent.summary,
                    digest=intent.digest,
                    inverse=intent.inverse,
                )
                for offset, intent in enumerate(intents)
            ]
            self._append(records)
            self._sync()
        units = [Unit(record.sequence, self._end) for record in records]
        yield units
        for unit in units:
            if not unit.ended:
                unit.done()

    def _end(self, unit: int, ending: Ending, result: dict[str, Any]) -> None:
        # Not synced: an outcome that is lost makes its unit pending again, which is safe.
        with self._mutex:
            self._append([self._record("outcome", unit=unit, ending=ending, result=result)])

    def _record(self, event: Any, *, offset: int = 0, **members: Any) -> Record:
        sequence = len(self._contents.records) + 1 + offset
        return Record(sequence=sequence, event=event, time=self._clock(), step=self.step, **members)

    def _append(self, records: Sequence[Record]) -> None:
        data = b"".join(encode_record(record) for record in records)
        if self._descriptor is not None:
            try:
                write_all(self._descriptor, data)
            except OSError as error:
                os.ftruncate(self._descriptor, self._contents.length)
                raise file_error(error, self._path) from error
            self._unsynced = True
        self._contents.length += len(data)
        self._contents.records.extend(records)

    def _sync(self) -> None:
        if self._descriptor is not None and self._unsynced:
            with file_errors(self._path):
                os.fsync(self._descriptor)
            self._unsynced = False
