"""The run directory: atomic files, identity, dry run, errors of the file system."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import pytest

from midonet_migrate.errors import CorruptFile, ForeignRunDirectory, LockHeld, NoPermission, WrongState
from midonet_migrate.run.atomic import gunzip_bytes, gzip_bytes, json_bytes, write_atomically
from midonet_migrate.run.directory import RunDirectory, open_to_read
from midonet_migrate.run.journal_file import Inverse, read_journal

SITE = {"database": "mysql://db.example.org/neutron", "zookeeper_root": "/midonet/v1"}


def test_directory_is_0700_and_files_are_0600_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "migration_data"
    before = os.umask(0)
    try:
        with RunDirectory(path) as run:
            run.write("plan.json", b"{}")
            run.save_copy("rows.json", b"old")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o700
    files = [file for file in path.rglob("*") if file.is_file()]
    assert len(files) == 4
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_an_open_directory_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with RunDirectory(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_writing_the_same_bytes_again_leaves_the_file_alone(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        first = run.write_json("plan.json", {"b": 1, "a": [1, 2]})
        inode = (tmp_path / "plan.json").stat().st_ino
        second = run.write_json("plan.json", {"a": [1, 2], "b": 1})
    assert (first.changed, second.changed) == (True, False)
    assert first.digest == second.digest
    assert (tmp_path / "plan.json").stat().st_ino == inode


def test_json_survives_the_round_trip_plain_and_compressed(tmp_path: Path) -> None:
    value = {"name": "público", "n": 1, "none": None}
    with RunDirectory(tmp_path) as run:
        for name in ("a.json", "a.json.gz"):
            run.write_json(name, value)
            assert run.read_json(name, dict) == value
    assert gzip.decompress((tmp_path / "a.json.gz").read_bytes()) == json_bytes(value, pretty=False)


def test_gzip_gives_the_same_bytes_at_any_time() -> None:
    data = b"x" * 1000
    packed = gzip_bytes(data)
    assert packed == gzip_bytes(data)
    assert packed[4:8] == b"\0\0\0\0"
    assert gunzip_bytes(packed) == data


@pytest.mark.parametrize("damage", [b"", b"not gzip", gzip_bytes(b"{}")[:-4], gzip_bytes(b"[1")])
def test_a_damaged_file_is_a_corrupt_file(tmp_path: Path, damage: bytes) -> None:
    with RunDirectory(tmp_path) as run:
        (tmp_path / "snapshot.json.gz").write_bytes(damage)
        with pytest.raises(CorruptFile):
            run.read_json("snapshot.json.gz", dict)


def test_a_missing_file_says_which_step_is_missing(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run, pytest.raises(WrongState, match=r"plan\.json"):
        run.read("plan.json")


def test_a_full_disk_leaves_the_old_file_and_no_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "plan.json"
    write_atomically(target, b"old")

    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(WrongState, match="No room"):
        write_atomically(target, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]
    assert target.read_bytes() == b"old"


def test_a_really_full_device_is_reported() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    from midonet_migrate.run.atomic import file_errors, write_all

    descriptor = os.open(full, os.O_WRONLY)
    try:
        with pytest.raises(WrongState, match="No room"), file_errors(full):
            write_all(descriptor, b"x")
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_place_that_may_not_be_written_is_no_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*arguments: object, **options: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NoPermission) as caught:
        write_atomically(tmp_path / "plan.json", b"x")
    assert "--data-dir" in caught.value.hint


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(WrongState, match="not a directory"), RunDirectory(tmp_path / "data"):
        pass


def test_left_overs_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / ".plan.json.0123abcd.partial").write_bytes(b"half")
    (tmp_path / "saved" / ".rows.0123abcd.partial").write_bytes(b"half")
    with RunDirectory(tmp_path):
        assert not list(tmp_path.rglob("*.partial"))


def test_dry_run_creates_nothing_and_reports_the_same_files(tmp_path: Path) -> None:
    dry_path, real_path = tmp_path / "dry", tmp_path / "real"
    written = []
    for path, dry_run in ((dry_path, True), (real_path, False)):
        with RunDirectory(path, dry_run=dry_run) as run:
            run.tie_to(SITE)
            run.write_json("plan.json", {"a": 1})
            run.write_json("plan.json", {"a": 1})
            stored, digest = run.save_copy("rows.json", b"old rows")
            assert run.saved_copy(Inverse(action="x", copy=stored, copy_digest=digest)) == b"old rows"
            with run.journal.unit("sql", "insert"):
                assert len(run.journal.pending()) == 1
            assert run.read_json("plan.json", dict) == {"a": 1}
            written.append(run.written)
    assert not dry_path.exists()
    assert written[0] == written[1]


def test_dry_run_over_an_existing_directory_changes_nothing(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        run.tie_to(SITE)
        run.write("plan.json", b"old")
    (tmp_path / ".x.0123abcd.partial").write_bytes(b"half")
    tmp_path.chmod(0o755)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()}
    with RunDirectory(tmp_path, dry_run=True) as run:
        run.tie_to(SITE)
        assert run.write("plan.json", b"new").changed
        assert run.read("plan.json") == b"new"
        with run.journal.unit("sql", "insert"):
            pass
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()} == before
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_second_run_leaves_every_file_but_the_journal_byte_identical(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with RunDirectory(tmp_path) as run:
            run.tie_to(SITE)
            run.write_json("plan.json", {"a": 1})
            run.journal.note("ran")
        files = [file for file in tmp_path.iterdir() if file.name != "journal.jsonl"]
        seen.append({file.name: file.read_bytes() for file in files})
    assert seen[0] == seen[1]


def test_the_directory_of_another_site_is_refused_and_left_alone(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        run.tie_to(SITE)
    other = {**SITE, "database": "mysql://other/neutron"}
    with RunDirectory(tmp_path) as run, pytest.raises(ForeignRunDirectory) as caught:
        run.tie_to(other)
    assert caught.value.exit_status == 10
    assert len(caught.value.problems) == 1
    assert "other" in caught.value.problems[0]
    with RunDirectory(tmp_path) as run:
        run.tie_to(SITE)


def test_an_edited_identity_is_a_corrupt_file(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        run.tie_to(SITE)
    identity = tmp_path / "identity.json"
    identity.write_bytes(identity.read_bytes().replace(b"db.example.org", b"db.example.com"))
    with RunDirectory(tmp_path) as run, pytest.raises(CorruptFile):
        run.tie_to(SITE)


def test_a_directory_in_use_without_identity_is_refused(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run, run.journal.unit("sql", "insert"):
        pass
    with RunDirectory(tmp_path) as run, pytest.raises(CorruptFile, match="identity"):
        run.tie_to(SITE)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_journal_that_is_gone_is_not_begun_anew(tmp_path: Path, dry_run: bool) -> None:
    """Hosts that were changed would count as never touched, an import as never begun."""
    with RunDirectory(tmp_path) as run:
        run.tie_to(SITE)
    (tmp_path / "journal.jsonl").unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(CorruptFile, match="journal"), RunDirectory(tmp_path, dry_run=dry_run):
        pass
    assert sorted(tmp_path.iterdir()) == before


def test_a_changed_copy_is_not_handed_out(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        stored, digest = run.save_copy("rows", b"rows")
        run.path_of(stored).write_bytes(b"else")
        with pytest.raises(CorruptFile):
            run.saved_copy(Inverse(action="x", copy=stored, copy_digest=digest))


@pytest.mark.parametrize("dry_run", [False, True])
def test_two_runs_never_share_a_directory(tmp_path: Path, dry_run: bool) -> None:
    with RunDirectory(tmp_path):
        with pytest.raises(LockHeld) as caught, RunDirectory(tmp_path, dry_run=dry_run):
            pass
        assert caught.value.exit_status == 75
        assert str(os.getpid()) in caught.value.why
    with RunDirectory(tmp_path, dry_run=dry_run):
        pass


def test_a_dry_run_does_not_lock(tmp_path: Path) -> None:
    with RunDirectory(tmp_path):
        pass
    with RunDirectory(tmp_path, dry_run=True), RunDirectory(tmp_path):
        pass


def test_reading_only_needs_no_lock_and_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongState, match="no run directory"):
        open_to_read(tmp_path / "absent")
    with RunDirectory(tmp_path) as run:
        run.write("plan.json", b"{}")
        assert open_to_read(tmp_path).read("plan.json") == b"{}"
        assert read_journal(tmp_path).records == []
