"""The journal's records, and reading them back. The format is described in ``docs/formats/journal.md``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from midonet_migrate.errors import CorruptFile
from midonet_migrate.run.atomic import file_errors

JOURNAL_FILE = "journal.jsonl"
_CHECK_DIGITS = 16

Kind = Literal["sql", "zookeeper", "http", "file", "host"]
"""What an atomic unit is: SQL transaction, ZooKeeper multi, HTTP request, file, host command."""

Ending = Literal["done", "not-done"]
"""``not-done``: it is certain that the unit had no effect. Without an outcome nothing is certain."""


class Inverse(msgspec.Struct, kw_only=True, frozen=True):
    """How to take a unit back: the ``action`` by name, what it needs, and a saved copy of what was there.

    ``copy`` is a path below the run directory, ``copy_digest`` the sha256 of that file.
    """

    action: str
    arguments: dict[str, Any] = {}
    copy: str = ""
    copy_digest: str = ""


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line. ``unit`` is the sequence number of the intent that an outcome belongs to."""

    sequence: int
    event: Literal["intent", "outcome", "note"]
    time: str
    step: str = ""
    kind: Kind | None = None
    summary: str = ""
    digest: str = ""
    inverse: Inverse | None = None
    unit: int = 0
    ending: Ending | None = None
    result: dict[str, Any] = {}
    check: str = ""


class Contents(msgspec.Struct, kw_only=True):
    """A journal as read: whole records, and how many bytes of the file they fill.

    ``torn`` is the number of bytes after them: a record that a crash cut off.
    """

    records: list[Record]
    length: int
    torn: int

    def pending(self) -> list[Record]:
        """Intents without an outcome, oldest first: whether they took effect must be looked at."""
        ended = {record.unit for record in self.records if record.event == "outcome"}
        return [
            record for record in self.records if record.event == "intent" and record.sequence not in ended
        ]


_DECODER = msgspec.json.Decoder(Record)


def _check_of(record: Record) -> str:
    bare = msgspec.structs.replace(record, check="")
    return hashlib.sha256(msgspec.json.encode(bare, order="deterministic")).hexdigest()[:_CHECK_DIGITS]


def encode_record(record: Record) -> bytes:
    """The record's line, check and line end included."""
    checked = msgspec.structs.replace(record, check=_check_of(record))
    return msgspec.json.encode(checked, order="deterministic") + b"\n"


def _decode_line(line: bytes, sequence: int) -> Record | None:
    try:
        record = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return record if record.sequence == sequence and record.check == _check_of(record) else None


def parse_journal(content: bytes, name: str = JOURNAL_FILE) -> Contents:
    """The records of a journal's bytes.

    What a crash leaves at the end (a last line without its end, or one that makes no sense) is reported as
    ``torn``. Raises ``CorruptFile`` when a line before the last one is damaged, missing or out of order.
    """
    records: list[Record] = []
    length = 0
    while length < len(content):
        end = content.find(b"\n", length)
        if end < 0:
            break
        record = _decode_line(content[length:end], len(records) + 1)
        if record is None:
            if end + 1 < len(content):
                raise CorruptFile(
                    f"Line {len(records) + 1} of {name} is damaged, missing or out of order",
                    hint="Restore the run directory from a copy; without it, what was done is not known.",
                )
            break
        records.append(record)
        length = end + 1
    return Contents(records=records, length=length, torn=len(content) - length)


def read_journal(directory: Path) -> Contents:
    """The journal of a run directory, without locking or changing it; empty when there is none.

    Raises ``CorruptFile`` as :func:`parse_journal`, ``NoPermission`` when it may not be read.
    """
    path = directory / JOURNAL_FILE
    with file_errors(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
    return parse_journal(content, str(path))
