"""The backup of a real tree: zkdump's format field for field, the manifest beside it, and looking at both."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_acl

from backup_site import BackupSite, kazoo_client, nodes_of
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.steps.import_begun import STEP, note_begun
from midonet_migrate.zookeeper.rollback_marker import MARKER_NODE
from zookeeper_trees import next_name

DONE, ATTENTION, WRONG_STATE, CORRUPT, USAGE = 0, 1, 10, 30, 64
V1 = "/midonet/v1"
BRIDGE = f"{V1}/bridges/0a1b2c3d-0000-4000-8000-000000000001"
NETWORK = UUID("deadbeef-0000-4000-8000-000000000002")
UUID_MESSAGE = f"id {{\n  msb: {NETWORK.int >> 64}\n  lsb: {NETWORK.int & (2**64 - 1)}\n}}\n".encode()
ORIGINAL = {"path", "name", "data", "metadata", "children"}
STAT = {
    "czxid": "czxid",
    "mzxid": "mzxid",
    "ctime": "ctime",
    "mtime": "mtime",
    "version": "version",
    "cversion": "cversion",
    "aversion": "aversion",
    "ephemeralOwner": "ephemeralOwner",
    "dataLength": "dataLength",
    "numChildren": "numChildren",
    "pzxid": "pzxid",
}


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(zookeeper_root.hosts) as opened:
        yield opened


@pytest.fixture
def site(client: KazooClient, zookeeper_root: ZooKeeper, tmp_path: Path) -> BackupSite:
    """1.9 and 5.x beside each other, an ACL, keys given back, an agent, a root of somebody else."""
    client.create(BRIDGE, b'{"data":{"name":"b\xc3\xa9"},"version":"1.9"}', makepath=True)
    client.create(f"{V1}/odd", b"\xff\xfe\x00binary")
    client.create(f"{V1}/odd/a b:c", b"")
    client.create(f"{V1}/odd/\u7f51\u7edc", b"x")
    client.create(f"{V1}/closed", b"y", acl=[make_acl("world", "anyone", read=True, admin=True)])
    client.create(f"{V1}/agent", b"", ephemeral=True)
    client.create(f"{V1}/gre", b"")
    keys = [client.create(f"{V1}/gre/", sequence=True) for _ in range(5)]
    for key in keys[1:3]:
        client.delete(key)
    client.set(f"{V1}/gre", b"changed")
    client.create("/midonet/zoom/0/models/Network/n", UUID_MESSAGE, makepath=True)
    client.create("/kafka/topic", b"foreign", makepath=True)
    return BackupSite(tmp_path, zookeeper_root.hosts)


def test_the_file_is_zkdumps_format_field_for_field(site: BackupSite, client: KazooClient) -> None:
    answer = site.run("backup")
    assert answer.status == DONE, answer.stderr
    text = site.backup.read_text()
    assert "\n" not in text
    tree = json.loads(text)
    assert set(tree) == ORIGINAL
    assert (tree["path"], tree["name"]) == ("/", "")
    nodes = nodes_of(tree)
    wanted = ["/"]
    for root in ("/midonet",):
        left = [root]
        while left:
            path = left.pop()
            wanted.append(path)
            left += [f"{path}/{child}" for child in client.get_children(path)]
    assert sorted(nodes) == sorted(wanted)
    for path, node in nodes.items():
        assert set(node) == ORIGINAL
        assert node["path"] == (path if path == "/" else f"{path}/")
        assert node["name"] == path.rpartition("/")[2]
        data, found = client.get(path)
        if path != "/":  # it has children that are left out, and the lock has come and gone
            assert node["metadata"] == {name: getattr(found, field) for name, field in STAT.items()}
        assert list(node["metadata"]) == list(STAT)
        assert node["data"] == base64.b64encode(data or b"").decode()


def test_the_manifest_says_what_the_tree_cannot(site: BackupSite, client: KazooClient) -> None:
    site.run("backup", "create")
    manifest = json.loads(site.manifest.read_text())
    content = site.backup.read_bytes()
    assert (manifest["sha256"], manifest["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert manifest["verdict"] == "exact"
    assert 0 < manifest["fence_zxid"] <= client.last_zxid + 100
    assert manifest["source"]["roots"] == ["/midonet", "/nat"]
    assert manifest["source"]["servers"] == [site.hosts]
    origin = client.exists("/midonet")
    assert manifest["source"]["origins"] == {"/midonet": {"czxid": origin.czxid, "ctime": origin.ctime}}
    assert list(manifest["acls"]) == [f"{V1}/closed"]
    [entry] = manifest["acl_lists"][manifest["acls"][f"{V1}/closed"]]
    assert entry == {"permissions": 1 | 16, "scheme": "world", "identity": "anyone"}
    assert manifest["ephemerals"] == {f"{V1}/agent": f"{client.client_id[0] & (2**64 - 1):#x}"}
    assert manifest["next_sequence"][f"{V1}/gre"] == 5
    for path, number in manifest["next_sequence"].items():
        if path.startswith("/midonet"):
            assert next_name(client, path).endswith(f"-{number:010d}")
    for path in (site.backup, site.manifest):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in site.data.iterdir() if path.name.startswith(".")) == [".lock"]


def test_show_prints_the_members_for_machines(site: BackupSite) -> None:
    site.run("backup")
    shown = site.run("backup", "show", "-f", "json").json()
    assert (shown["verdict"], shown["nodes"]) == ("exact", len(nodes_of(site.tree())))
    assert shown["fence_zxid"] == json.loads(site.manifest.read_text())["fence_zxid"]
    assert shown["next_sequence"][f"{V1}/gre"] == 5
    assert shown["next_sequence"]["/midonet"] == 2
    assert "null_data" not in shown


def test_show_renders_objects_of_both_releases_and_anything_else_unharmed(site: BackupSite) -> None:
    site.run("backup")
    branches = {row["path"]: row for row in json_rows(site, "--depth", "2", "-f", "value")}
    assert branches["/midonet/v1"]["nodes"] == "12"
    rows = {row["path"]: row for row in site.run("backup", "show", "/midonet/", "-f", "json").json()}
    assert rows[BRIDGE]["data"] == '{"data": {"name": "b\u00e9"}, "version": "1.9"}'
    assert f"id: {NETWORK}" in rows["/midonet/zoom/0/models/Network/n"]["data"]
    assert rows[f"{V1}/odd"]["data"] == "(9 bytes) ff fe 00 62 69 6e 61 72 79"
    assert rows[f"{V1}/agent"]["ephemeral"] is True
    table = site.run("backup", "show", V1).stdout
    assert "a b:c" in table
    assert "ff fe 00" in table
    assert site.run("backup", "show", "/midonet/nothing").status == USAGE


def json_rows(site: BackupSite, *words: str) -> list[dict[str, str]]:
    lines = site.run("backup", "show", *words).stdout.splitlines()
    return [dict(zip(("path", "nodes", "data_bytes"), line.split("\t"), strict=True)) for line in lines]


def test_a_second_run_changes_nothing_and_says_so(site: BackupSite) -> None:
    site.run("backup")
    before = (site.backup.read_bytes(), site.manifest.read_bytes())
    answer = site.run("backup", "-f", "json")
    assert (answer.status, answer.json()["outcome"]) == (DONE, "nothing to do")
    assert (site.backup.read_bytes(), site.manifest.read_bytes()) == before


def test_a_good_backup_is_kept_when_the_site_has_changed(site: BackupSite, client: KazooClient) -> None:
    site.run("backup")
    before = (site.backup.read_bytes(), site.manifest.read_bytes())
    client.set(BRIDGE, b"changed")
    answer = site.run("backup", "-f", "json")
    assert (answer.status, answer.json()["outcome"]) == (ATTENTION, "kept")
    assert [change["path"] for change in answer.json()["differences"]] == [BRIDGE]
    assert (site.backup.read_bytes(), site.manifest.read_bytes()) == before


def test_once_the_import_has_begun_no_backup_is_made_that_has_5x_in_it(
    site: BackupSite, client: KazooClient
) -> None:
    """A rollback would go back to the half of MidoNet 5; one that was undone, or given up, is told apart."""
    with RunDirectory(site.data, step=STEP) as run:
        run.tie_to({})
        note_begun(run.journal)
    with RunDirectory(site.data, step="rollback zookeeper") as run, run.journal.unit("host", "stopped"):
        pass
    for words in (("create",), ("create", "--dry-run")):
        answer = site.run("backup", *words)
        assert answer.status == WRONG_STATE
        assert "back from a copy" in answer.stderr
    assert not site.backup.exists()
    client.create(MARKER_NODE, b"{}", makepath=True)
    assert "not finished" in BackupSite(site.folder / "other", site.hosts).run("backup").stderr
    client.delete(MARKER_NODE)
    with RunDirectory(site.data, step="rollback zookeeper") as run, run.journal.unit("sql", "no tasks"):
        pass
    assert site.run("backup").status == DONE


def test_a_dry_run_reports_the_same_and_writes_nothing(site: BackupSite, client: KazooClient) -> None:
    tree = sorted(client.get_children("/"))
    dry = site.run("backup", "--dry-run", "-f", "json")
    assert (dry.status, dry.json()["outcome"]) == (DONE, "would be created")
    assert not site.data.exists()
    assert sorted(client.get_children("/")) == tree
    real = site.run("backup", "-f", "json").json()
    same = ("verdict", "nodes", "data_bytes", "roots", "moved")
    assert {name: dry.json()[name] for name in same} == {name: real[name] for name in same}


def test_roots_are_chosen_and_zookeepers_own_and_ours_never(site: BackupSite, client: KazooClient) -> None:
    client.create("/nat/lease", b"", makepath=True)
    site.run("backup")
    assert {"/midonet", "/nat", "/nat/lease"} <= nodes_of(site.tree()).keys()
    chosen = BackupSite(site.folder / "chosen", site.hosts)
    assert chosen.run("backup", "create", "--root", V1, "--root", f"{V1}/odd").status == DONE
    paths = nodes_of(chosen.tree()).keys()
    assert V1 in paths
    assert not [path for path in paths if not path.startswith(V1) and path not in {"/", "/midonet"}]
    whole = BackupSite(site.folder / "whole", site.hosts)
    assert whole.run("backup", "create", "--all").status == DONE
    roots = {path for path in nodes_of(whole.tree()) if path.count("/") == 1 and path != "/"}
    assert roots == {"/midonet", "/nat", "/kafka"}
    for words in (("--root", "/zookeeper"), ("--root", "/midonet-migrate/lock"), ("--root", "x")):
        assert site.run("backup", "create", *words).status == USAGE
    assert site.run("backup", "create", "--all", "--root", V1).status == USAGE
    refused = site.run("backup", "create", "--root", V1)
    assert (refused.status, "is a backup of" in refused.stderr) == (WRONG_STATE, True)
    assert site.run("backup", "create", "--root", "/nothing", "--data-dir", "x").status == WRONG_STATE


def test_verify_proves_file_and_manifest(site: BackupSite) -> None:
    site.run("backup")
    answer = site.run("backup", "verify", "-f", "json")
    assert answer.status == DONE
    assert {check["result"] for check in answer.json()} == {"ok"}
    assert {"tree", "checksum", "manifest", "counters", "point in time"} == {
        check["check"] for check in answer.json()
    }
    content = bytearray(site.backup.read_bytes())
    content[len(content) // 2] ^= 4
    site.backup.write_bytes(content)
    damaged = site.run("backup", "verify")
    assert (damaged.status, "Traceback" in damaged.stderr) == (CORRUPT, False)
    assert site.run("backup").status == CORRUPT  # and it is not overwritten
    assert site.backup.read_bytes() == bytes(content)


def test_two_backups_and_a_backup_and_the_site_are_compared(site: BackupSite, client: KazooClient) -> None:
    site.run("backup")
    assert site.run("backup", "diff", "-f", "json").json() == []
    client.set(f"{V1}/odd", b"other")
    client.create(f"{V1}/new", b"12")
    client.delete(f"{V1}/odd/a b:c")
    client.set_acls(BRIDGE, [make_acl("world", "anyone", read=True)])
    client.delete(client.create(f"{V1}/gre/", sequence=True))
    later = BackupSite(site.folder / "later", site.hosts)
    answer = site.run("backup", "diff", "-f", "json")
    changes = {change["path"]: change for change in answer.json()}
    assert answer.status == ATTENTION
    assert {path: (change["change"], change["what"]) for path, change in changes.items()} == {
        f"{V1}/odd": ("changed", ["data"]),
        f"{V1}/new": ("added", []),
        f"{V1}/odd/a b:c": ("removed", []),
        BRIDGE: ("changed", ["ACL"]),
        f"{V1}/gre": ("changed", ["counter"]),
        V1: ("changed", ["counter"]),
    }
    assert (changes[f"{V1}/gre"]["before"], changes[f"{V1}/gre"]["after"]) == (5, 6)
    later.run("backup")
    between = site.run("backup", "diff", str(site.backup), str(later.backup), "-f", "json")
    assert between.json() == answer.json()


def test_a_dump_of_zkdump_itself_is_read_too(site: BackupSite, golden: Path) -> None:
    """Without a manifest nothing is proven, and verify says so."""
    file = str(golden / "site-b" / "zookeeper.json")
    verified = site.run("backup", "verify", file, "-f", "json")
    assert verified.status == ATTENTION
    assert {c["check"] for c in verified.json() if c["result"] == "warning"} == {
        "manifest",
        "point in time",
        "ACLs",
        "null data",
    }
    shown = site.run("backup", "show", "--file", file, "-f", "json").json()
    nodes = nodes_of(json.loads(Path(file).read_text()))
    assert (shown["verdict"], shown["nodes"]) == ("unproven", len(nodes))
    for path, node in nodes.items():
        counted = (node["metadata"]["cversion"] + node["metadata"]["numChildren"]) // 2
        assert shown["next_sequence"].get(path, 0) == counted
    assert site.run("backup", "diff", file, file, "-f", "json").json() == []
    file_there = site.run("backup")
    assert file_there.status == DONE
    site.manifest.unlink()
    again = site.run("backup")
    assert (again.status, "never overwritten" in again.stderr) == (WRONG_STATE, True)
