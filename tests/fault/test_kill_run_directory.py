"""SIGKILL while the run directory is written: old file or new, a readable journal, nothing left over."""

from __future__ import annotations

from pathlib import Path

from killing import kill_at_every_instant
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Intent
from midonet_migrate.run.journal_file import read_journal

OLD, NEW = {"plan": "old" * 100}, {"plan": "new" * 200}


def test_files_are_old_or_new_and_the_journal_is_readable_at_every_instant(tmp_path: Path) -> None:
    path = tmp_path / "run"
    acted = tmp_path / "acted"

    def work() -> None:
        with RunDirectory(path, step="prepare") as run:
            run.tie_to({"site": "a"})
            run.write_json("plan.json", NEW)
            intents = [Intent(kind="http", summary=str(number)) for number in range(3)]
            with run.journal.group(intents) as units:
                acted.touch()
                for unit in units:
                    unit.done(status=201)
            run.journal.note("end")

    kills = 0
    with RunDirectory(path) as run:
        run.write_json("plan.json", OLD)
    for _ in kill_at_every_instant(work):
        kills += 1
        journal = read_journal(path)
        intents = [record for record in journal.records if record.event == "intent"]
        if acted.exists():
            assert len(intents) >= 3  # nothing was sent before its intent was on disk
        with RunDirectory(path) as run:
            assert run.read_json("plan.json", dict) in (OLD, NEW)
            assert not list(path.glob(".*.partial"))
            assert len(run.journal.records) == len(journal.records)
            for record in run.journal.pending():
                run.journal.settle(record, took_effect=acted.exists())
            run.write_json("plan.json", OLD)
        assert read_journal(path).pending() == []
        for name in ("identity.json", "journal.jsonl"):
            (path / name).unlink(missing_ok=True)
        acted.unlink(missing_ok=True)
    assert kills > 15
    with RunDirectory(path) as run:
        assert run.read_json("plan.json", dict) == NEW
        assert run.journal.pending() == []
