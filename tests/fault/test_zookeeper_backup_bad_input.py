"""What can go wrong with a backup: a clear error, its exit status, and nothing half done."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_acl, make_digest_acl

from backup_site import BackupSite, kazoo_client, nodes_of
from killing import kill_at_every_instant
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import MigrateError, WrongState
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE, open_backup
from rollback_site import make_backup

WRONG_STATE, CORRUPT, NO_PERMISSION = 10, 30, 77
V1 = "/midonet/v1"
READABLE = make_acl("world", "anyone", read=True)


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(zookeeper_root.hosts) as opened:
        opened.create(f"{V1}/bridges/b", b"{}", makepath=True)
        opened.create(f"{V1}/ports/p", b"\xff" * 3000, makepath=True)
        yield opened


@pytest.fixture
def site(client: KazooClient, zookeeper_root: ZooKeeper, tmp_path: Path) -> BackupSite:
    return BackupSite(tmp_path, zookeeper_root.hosts)


def refused(site: BackupSite, status: int, *texts: str, words: tuple[str, ...] = ("backup",)) -> None:
    answer = site.run(*words)
    assert answer.status == status, answer.stderr
    for text in (*texts, "What to do:"):
        assert text in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_subtree_that_may_not_be_read_is_named(site: BackupSite, client: KazooClient) -> None:
    """With the ACL of its parents open; a backup with a gap is none."""
    closed = [make_digest_acl("somebody", "else", all=True)]
    client.create(f"{V1}/closed", b"", acl=closed)
    client.create(f"{V1}/bridges/b/closed", b"", acl=closed)
    refused(site, NO_PERMISSION, f"{V1}/closed: may not be read", f"{V1}/bridges/b/closed: may not be read")
    assert not site.backup.exists()
    assert not site.manifest.exists()


def test_an_acl_that_is_shown_only_in_part_is_no_backup(site: BackupSite, client: KazooClient) -> None:
    """A digest is hidden from who may not administer the node; it could not be restored."""
    client.create(f"{V1}/half", b"", acl=[READABLE, make_digest_acl("somebody", "else", all=True)])
    answer = site.run("backup")
    if answer.status == 0:  # a server before 3.5.? shows all of it
        assert ":x" not in site.manifest.read_text()
    else:
        assert answer.status == NO_PERMISSION
        assert f"{V1}/half: its ACL is shown only in part" in answer.stderr
        assert not site.backup.exists()


def test_without_any_of_the_roots_there_is_nothing_to_back_up(site: BackupSite, client: KazooClient) -> None:
    client.delete("/midonet", recursive=True)
    refused(site, WRONG_STATE, "ZooKeeper has no /midonet and no /nat")
    assert not site.backup.exists()


def test_a_directory_that_may_not_be_written_is_named(site: BackupSite) -> None:
    site.data.write_text("a file is in the way")
    refused(site, WRONG_STATE, str(site.data))


def test_a_backup_of_another_ensemble_is_not_taken_for_this_ones(
    site: BackupSite, client: KazooClient
) -> None:
    site.run("backup")
    client.delete("/midonet", recursive=True)
    client.create(f"{V1}/other", b"", makepath=True)
    before = site.backup.read_bytes()
    refused(site, WRONG_STATE, "is a backup of another ensemble")
    assert site.backup.read_bytes() == before


def resealed(manifest: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a manifest and give it a right seal."""
    body = change(manifest.read_bytes()[: -(len('"seal": ""}\n') + 64)])
    manifest.write_bytes(body + f'"seal": "{hashlib.sha256(body).hexdigest()}"}}\n'.encode())


def test_a_newer_format_is_refused_as_such(site: BackupSite) -> None:
    site.run("backup")
    resealed(site.manifest, lambda body: body.replace(b'"format": 1', b'"format": 2', 1))
    for words in (("backup",), ("backup", "verify"), ("backup", "show"), ("backup", "diff")):
        refused(site, CORRUPT, "has format 2, and this program knows format 1", words=words)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda body: body.replace(b'"nodes": ', b'"nodes": 1', 1), "nodes, not"),
        (lambda body: body.replace(b'"/midonet/v1": 2', b'"/midonet/v1": 3', 1), "counters of /midonet/v1"),
        (lambda body: body.replace(b'"acls": {', b'"acls": {"/nowhere": 0', 1), "ACL of a node that is not"),
        (lambda body: body.replace(b'"acls": {', b'"acls": {"/midonet": 7', 1), "does not fit its backup"),
        (lambda body: body.replace(b'"null_data": "', b'"null_data": "!', 1), "does not fit its backup"),
        (lambda body: body.replace(b'"sha256": "', b'"sha256": "0', 1), "is not the file that its manifest"),
        (lambda body: body.replace(b'"size": ', b'"size": 1', 1), "is not the file that its manifest"),
        (lambda body: body.replace(b'"verdict"', b'"verdikt"', 1), "cannot be read"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    site: BackupSite, change: Callable[[bytes], bytes], text: str
) -> None:
    """Sealed rightly, yet not the manifest of this file."""
    site.run("backup")
    before = site.manifest.read_bytes()
    resealed(site.manifest, change)
    assert site.manifest.read_bytes() != before
    refused(site, CORRUPT, text, words=("backup", "verify"))


def test_a_pretty_printed_backup_is_not_what_was_written(site: BackupSite) -> None:
    """With the manifest beside it it is refused; alone it is a dump like any other."""
    site.run("backup")
    whole = nodes_of(site.tree())
    site.backup.write_text(json.dumps(site.tree(), indent=4))
    refused(site, CORRUPT, "is not the file that its manifest describes", words=("backup", "verify"))
    site.manifest.unlink()
    with open_backup(site.backup, need_manifest=False) as backup:
        assert {node.path for node in backup.nodes()} == whole.keys()


def test_disk_full_at_any_write_leaves_nothing_half_done(
    client: KazooClient, zookeeper_root: ZooKeeper, tmp_path: Path
) -> None:
    """Files may not grow beyond a limit, for limits up to where it works: the real system call fails."""
    make_backup(zookeeper_root.hosts, tmp_path / "whole")
    largest = max(path.stat().st_size for path in (tmp_path / "whole").iterdir())
    failures = 0
    for limit in range(0, largest + 400, 400):
        folder = tmp_path / str(limit)
        status = _with_limit(limit, lambda folder=folder: make_backup(zookeeper_root.hosts, folder))  # type: ignore[misc]
        if status == 0:
            with open_backup(folder / BACKUP_FILE):
                pass
        else:
            failures += 1
            assert status == WRONG_STATE
            assert list(folder.iterdir()) == []
        shutil.rmtree(folder)
    assert failures > 5
    assert status == 0


def _with_limit(limit: int, work: Callable[[], object]) -> int:
    """Exit status of the work in a child whose files may have ``limit`` bytes."""
    child = os.fork()
    if child == 0:
        status = 255
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            work()
            status = 0
        except WrongState as error:
            status = error.exit_status if "No room" in str(error) else 254
        except MigrateError as error:
            status = error.exit_status
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_kill_at_any_instant_leaves_no_partial_file_under_a_final_name(
    client: KazooClient, zookeeper_root: ZooKeeper, tmp_path: Path
) -> None:
    """A file that carries its name is whole, and the backup never comes before its manifest."""
    folder = tmp_path / "run"
    kills = 0
    for _ in kill_at_every_instant(lambda: _back_up(zookeeper_root.hosts, folder)):
        kills += 1
        if (folder / BACKUP_FILE).exists():
            assert (folder / MANIFEST_FILE).exists()
            with open_backup(folder / BACKUP_FILE):
                pass
        shutil.rmtree(folder)
    assert kills > 10
    with open_backup(folder / BACKUP_FILE):
        pass


def _back_up(hosts: str, folder: Path) -> None:
    make_backup(hosts, folder)
