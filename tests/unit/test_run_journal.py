"""The journal: intents before, outcomes after, readable after any crash."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from midonet_migrate.errors import Bug, CorruptFile, WrongState
from midonet_migrate.run.journal import Intent, Journal
from midonet_migrate.run.journal_file import Inverse, read_journal


def open_journal(path: Path, step: str = "prepare") -> Journal:
    return Journal(path, step=step, clock=lambda: "2024-05-01T12:00:00.000+00:00")


def test_the_intent_is_on_disk_before_the_action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real_fsync = os.fsync

    def counted(descriptor: int) -> None:
        synced.append(descriptor)
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counted)
    journal = open_journal(tmp_path)
    synced.clear()
    inverse = Inverse(action="delete-rows", arguments={"first": 1}, copy="saved/x", copy_digest="d")
    with journal.unit("sql", "insert 3 rows", digest="abc", inverse=inverse) as unit:
        assert len(synced) == 1
        (pending,) = read_journal(tmp_path).pending()
        assert (pending.summary, pending.digest, pending.inverse) == ("insert 3 rows", "abc", inverse)
        assert (pending.step, pending.kind, pending.sequence) == ("prepare", "sql", 1)
        unit.done(rows=3)
    journal.close()
    assert read_journal(tmp_path).records[1].result == {"rows": 3}
    assert read_journal(tmp_path).pending() == []


def test_a_group_costs_one_fsync_and_a_done_one_per_unit_is_assumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with journal.group([Intent(kind="http", summary=f"POST {n}") for n in range(20)]) as units:
        assert len(synced) == 1
        assert len(read_journal(tmp_path).pending()) == 20
        units[3].not_done(status=409)
    assert journal.pending() == []
    endings = [record.ending for record in journal.records if record.event == "outcome"]
    assert sorted(str(ending) for ending in endings) == ["done"] * 19 + ["not-done"]
    journal.close()


def test_an_exception_leaves_the_intent_pending_unless_the_outcome_is_known(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(RuntimeError), journal.unit("sql", "lost at commit"):
        raise RuntimeError

    def roll_back() -> None:
        with journal.unit("sql", "rolled back") as unit:
            unit.not_done()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        roll_back()
    journal.close()
    reopened = open_journal(tmp_path, step="abort")
    (pending,) = reopened.pending()
    assert pending.summary == "lost at commit"
    reopened.settle(pending, took_effect=True)
    assert reopened.pending() == []
    reopened.close()
    assert read_journal(tmp_path).pending() == []


def test_an_outcome_is_recorded_once(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with journal.unit("file", "write") as unit:
        unit.done()
        with pytest.raises(Bug):
            unit.not_done()
    journal.close()


def test_a_torn_last_line_is_ignored_by_readers_and_cut_off_by_the_next_writer(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    for number in range(3):
        journal.note(f"note {number}")
    journal.close()
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    last_line = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last_line, len(whole)):
        path.write_bytes(whole[:cut])
        contents = read_journal(tmp_path)
        assert len(contents.records) == 2
        assert contents.torn == cut - last_line
        journal = open_journal(tmp_path)
        journal.note("note 2")
        journal.close()
        assert path.read_bytes() == whole


def test_a_last_line_of_rubbish_counts_as_torn(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    journal.note("kept")
    journal.close()
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0\0\0\0\n")
    open_journal(tmp_path).close()
    assert path.read_bytes() == whole


def test_a_lost_middle_line_is_a_corrupt_file(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    for number in range(3):
        journal.note(f"note {number}")
    journal.close()
    path = tmp_path / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    assert len(read_journal(tmp_path).records) == 1  # as if the crash had come then
    path.write_bytes(lines[0] + lines[2] + lines[1])
    with pytest.raises(CorruptFile, match="Line 2"):
        read_journal(tmp_path)
    with pytest.raises(CorruptFile):
        open_journal(tmp_path)


def test_a_full_disk_stops_the_action_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(tmp_path)
    journal.note("before")
    real_write = os.write

    def short_write(descriptor: int, data: bytes) -> int:
        if len(data) <= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, bytes(data)[: len(data) - 10])

    acted = False
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short_write)
        with pytest.raises(WrongState, match="No room"), journal.unit("sql", "insert"):
            acted = True
    assert not acted
    journal.note("after")
    journal.close()
    contents = read_journal(tmp_path)
    assert [record.summary for record in contents.records] == ["before", "after"]
    assert contents.torn == 0


def test_threads_never_mix_their_lines(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)

    def work(name: int) -> None:
        for number in range(20):
            with journal.unit("http", f"{name}/{number}") as unit:
                unit.done(status=201)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    contents = read_journal(tmp_path)
    assert len(contents.records) == 160
    assert contents.pending() == []


def test_dry_run_keeps_records_in_memory_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "absent", dry_run=True)
    with journal.unit("sql", "insert"):
        assert len(journal.pending()) == 1
    journal.close()
    assert len(journal.records) == 2
    assert not (tmp_path / "absent").exists()
