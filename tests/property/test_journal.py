"""Whatever is written to the journal and wherever it is cut or damaged: nothing false is ever read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.errors import CorruptFile
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import JOURNAL_FILE, Record, parse_journal

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
operations = st.lists(st.tuples(st.sampled_from(["note", "done", "not-done", "lost"]), texts), max_size=12)


def journal_of(actions: list[tuple[str, str]]) -> tuple[bytes, list[Record]]:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder), clock=lambda: "2024-05-01T12:00:00.000+00:00")
        for action, text in actions:
            if action == "note":
                journal.note(text)
                continue
            try:
                with journal.unit("sql", text) as unit:
                    if action == "lost":
                        raise KeyError(text)
                    if action == "not-done":
                        unit.not_done(why=text)
            except KeyError:
                pass
        journal.close()
        return (Path(folder) / JOURNAL_FILE).read_bytes(), list(journal.records)


def bare(records: list[Record]) -> list[tuple[int, str, str]]:
    return [(record.sequence, record.event, record.summary) for record in records]


@given(operations)
def test_what_is_read_back_is_what_was_recorded(actions: list[tuple[str, str]]) -> None:
    content, records = journal_of(actions)
    read = parse_journal(content)
    assert bare(read.records) == bare(records)
    assert read.torn == 0
    assert [record.summary for record in read.pending()] == [text for kind, text in actions if kind == "lost"]


@given(operations, st.data())
def test_a_journal_cut_anywhere_is_a_prefix_of_itself(
    actions: list[tuple[str, str]], data: st.DataObject
) -> None:
    content, records = journal_of(actions)
    cut = data.draw(st.integers(0, len(content)))
    read = parse_journal(content[:cut])
    assert bare(read.records) == bare(records)[: len(read.records)]
    assert read.length + read.torn == cut
    assert len(read.records) == content[:cut].count(b"\n")


@given(operations.filter(bool), st.data())
def test_a_changed_byte_never_gives_a_changed_record(
    actions: list[tuple[str, str]], data: st.DataObject
) -> None:
    content, records = journal_of(actions)
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    damaged = content[:place] + bytes([byte]) + content[place + 1 :]
    try:
        read = parse_journal(damaged)
    except CorruptFile:
        return
    assert bare(read.records) == bare(records)[: len(read.records)]
    assert len(read.records) < len(records)
