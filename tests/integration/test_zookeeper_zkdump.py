"""``zkdump`` with the original's options: people's scripts go on working, without the dangers of old."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from backup_site import BackupSite, kazoo_client, nodes_of
from midonet_lab.processes.zookeeper import ZooKeeper
from zookeeper_trees import next_name, read_tree

DONE, CANCELLED, WRONG_STATE, UNREACHABLE, CORRUPT, USAGE = 0, 3, 10, 20, 30, 64
ROOTS = ["/midonet", "/other"]


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(zookeeper_root.hosts) as opened:
        yield opened


@pytest.fixture
def site(zookeeper_root: ZooKeeper, tmp_path: Path) -> BackupSite:
    return BackupSite(tmp_path, zookeeper_root.hosts)


def make_tree(client: KazooClient) -> None:
    client.create("/midonet/v1/bridges", b"two\nlines", makepath=True)
    client.create("/midonet/v1/alive", b"up", ephemeral=True)
    client.create("/other", b"\xff")
    for _ in range(4):
        client.delete(client.create("/midonet/v1/bridges/", sequence=True))


def test_the_options_of_old_dump_and_load(site: BackupSite, client: KazooClient) -> None:
    """Piped answers as scripts gave them; the servers named with -z alone."""
    make_tree(client)
    file = site.folder / "dump.json"
    assert site.run("zkdump", "-z", site.hosts, "-d", "-o", str(file)).status == DONE
    assert "\n" not in file.read_text()
    assert nodes_of(json.loads(file.read_text())).keys() == {"/", *read_tree(client, ROOTS)}
    client.delete("/midonet/v1/alive")
    wanted = read_tree(client, ROOTS)
    client.delete("/midonet", recursive=True)
    client.create("/midonet", b"somebody else's")
    client.create("/third", b"stays")
    answer = site.run("zkdump", "-z", site.hosts, "-l", "-i", str(file), answers="restore\n")
    assert answer.status == DONE, answer.stderr
    assert read_tree(client, ROOTS) == wanted
    assert client.get("/third")[0] == b"stays"
    assert next_name(client, "/midonet/v1/bridges").endswith("-0000000004")
    copy = site.data / "zkdump-before-load-1"
    assert str(copy) in answer.stderr
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    saved = nodes_of(json.loads((copy / "zk_original.backup").read_text()))
    assert base64.b64decode(saved["/midonet"]["data"]) == b"somebody else's"


def test_loading_what_is_there_is_nothing_to_do(site: BackupSite, client: KazooClient) -> None:
    make_tree(client)
    client.delete("/midonet/v1/alive")
    file = str(site.folder / "dump.json")
    site.run("zkdump", "-d", "-o", file)
    answer = site.run("zkdump", "-l", "-i", file, "--yes")
    assert (answer.status, "nothing to do" in answer.stderr) == (DONE, True)
    assert not (site.data / "zkdump-before-load-1").exists()


def test_debug_makes_ephemeral_nodes_persistent_and_restore_leaves_them_out(
    site: BackupSite, client: KazooClient
) -> None:
    make_tree(client)
    file = str(site.folder / "dump.json")
    site.run("zkdump", "-d", "-o", file)
    client.delete("/midonet", recursive=True)
    assert site.run("zkdump", "-l", "-i", file, "--yes").status == DONE
    assert not client.exists("/midonet/v1/alive")
    assert site.run("zkdump", "-l", "-i", file, answers="DEBUG\n").status == DONE
    data, found = client.get("/midonet/v1/alive")
    assert (data, found.ephemeralOwner) == (b"up", 0)


@pytest.mark.parametrize("answers", ["", "\n", "no\n", "restored\n"])
def test_any_other_answer_cancels(site: BackupSite, client: KazooClient, answers: str) -> None:
    make_tree(client)
    file = str(site.folder / "dump.json")
    site.run("zkdump", "-d", "-o", file)
    client.set("/midonet", b"new")
    tree = read_tree(client, ROOTS)
    answer = site.run("zkdump", "-l", "-i", file, answers=answers)
    assert answer.status == CANCELLED, answer.stderr
    assert "ZooKeeper has " in answer.stderr
    assert read_tree(client, ROOTS) == tree


def test_a_dry_run_of_a_load_tells_and_changes_nothing(site: BackupSite, client: KazooClient) -> None:
    make_tree(client)
    file = str(site.folder / "dump.json")
    site.run("zkdump", "-d", "-o", file)
    client.set("/midonet", b"new")
    tree = read_tree(client, ["/"])
    answer = site.run("zkdump", "-l", "-i", file, "--dry-run")
    assert (answer.status, "To delete: 1 nodes" in answer.stderr) == (DONE, True), answer.stderr
    assert read_tree(client, ["/"]) == tree


def test_without_o_only_the_document_is_on_standard_output(site: BackupSite, client: KazooClient) -> None:
    make_tree(client)
    answer = site.run("zkdump", "-d")
    assert nodes_of(json.loads(answer.stdout)).keys() >= {"/other", "/midonet/v1/alive"}


def test_p_is_an_indented_tree_that_cannot_be_loaded(site: BackupSite, client: KazooClient) -> None:
    make_tree(client)
    file = site.folder / "dump.txt"
    assert site.run("zkdump", "-d", "-p", "-o", str(file)).status == DONE
    text = file.read_text()
    assert "\n  midonet\n    v1\n" in text
    assert "\n      alive: up\n" in text
    assert "      bridges:\n          two\n          lines\n" in text
    assert "  other: (1 bytes) ff\n" in text
    tree = read_tree(client, ROOTS)
    refused = site.run("zkdump", "-l", "-i", str(file), "--yes")
    assert (refused.status, "cannot be loaded" in refused.stderr) == (CORRUPT, True)
    assert read_tree(client, ROOTS) == tree


def test_what_makes_no_sense_is_refused(site: BackupSite, zookeeper_root: ZooKeeper) -> None:
    for words in ([], ["-l"], ["-o", "x"], ["-l", "-i", "x", "-p"], ["-d", "-z", "a b"]):
        assert site.run("zkdump", *words).status == USAGE, words
    assert site.run("zkdump", "-l", "-i", "no-such-file").status == WRONG_STATE
    proven, manifest = site.folder / "zk_original.backup", site.folder / "zk_original.manifest"
    proven.write_text("proven")
    manifest.write_text("seal")
    dumped = site.run("zkdump", "-z", site.hosts, "-d", "-o", str(proven))
    assert (dumped.status, proven.read_text()) == (WRONG_STATE, "proven")  # the way back needs that one


def test_a_cut_dump_is_refused_before_anything_is_deleted(site: BackupSite, client: KazooClient) -> None:
    """Z-1: the original emptied the tree first."""
    make_tree(client)
    file = site.folder / "dump.json"
    site.run("zkdump", "-d", "-o", str(file))
    content = file.read_bytes()
    tree = read_tree(client, ROOTS)
    for length in (0, 1, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert site.run("zkdump", "-l", "-i", str(file), "--yes").status == CORRUPT
    assert read_tree(client, ROOTS) == tree


def test_the_recorded_site_is_loaded_and_compared(
    site: BackupSite, client: KazooClient, golden: Path
) -> None:
    """Data and next sequence numbers of every persistent node, as recorded on the real site."""
    file = golden / "site-b" / "zookeeper.json"
    answer = site.run("zkdump", "-l", "-i", str(file), answers="restore\n")
    assert answer.status == DONE, answer.stderr
    recorded = {
        path: (
            base64.b64decode(node["data"]),
            (node["metadata"]["cversion"] + node["metadata"]["numChildren"]) // 2,
        )
        for path, node in nodes_of(json.loads(file.read_text())).items()
        if path != "/" and not node["metadata"]["ephemeralOwner"]
    }
    roots = {f"/{path.split('/')[1]}" for path in recorded}
    found = {path: (node.data or b"", node.next_sequence) for path, node in read_tree(client, roots).items()}
    assert found == recorded
    again = site.run("zkdump", "-l", "-i", str(file), "--yes")
    assert "nothing to do" in again.stderr
    backup = site.run("backup", "create", "--all", "-f", "json")
    assert (backup.status, backup.json()["verdict"]) == (DONE, "exact")
    ephemerals = len(nodes_of(json.loads(file.read_text()))) - len(recorded)
    difference = site.run("backup", "diff", str(file), str(site.backup), "-f", "json").json()
    lasting = [change for change in difference if not change["ephemeral"]]
    assert lasting == []
    assert len(difference) == ephemerals - 1
