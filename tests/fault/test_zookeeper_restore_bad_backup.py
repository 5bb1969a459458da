"""A backup cut at any byte, or with any bit flipped, is refused before the first deletion."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import CorruptFile
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE, open_backup
from rollback_site import make_backup


@pytest.fixture(scope="module")
def backup(zookeeper_server: ZooKeeper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small backup, made of a real tree."""
    folder = tmp_path_factory.mktemp("backup")
    client = KazooClient(hosts=zookeeper_server.start().hosts)
    client.start(timeout=60)
    client.create("/midonet/v1/ports", b"\xff\x00 port", makepath=True)
    make_backup(zookeeper_server.hosts, folder)
    client.stop()
    client.close()
    zookeeper_server.wipe()
    yield folder
    shutil.rmtree(folder)


def opens(folder: Path) -> bool:
    """Whether the backup is taken. Anything but a clear refusal fails the test by itself."""
    try:
        with open_backup(folder / BACKUP_FILE):
            return True
    except CorruptFile:
        return False


@pytest.mark.parametrize("name", [BACKUP_FILE, MANIFEST_FILE])
def test_cut_at_every_byte(backup: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(backup, tmp_path / "cut")
    content = (folder / name).read_bytes()
    assert opens(folder)
    for length in range(len(content)):
        (folder / name).write_bytes(content[:length])
        assert not opens(folder), length


@pytest.mark.parametrize("name", [BACKUP_FILE, MANIFEST_FILE])
def test_every_bit_flipped(backup: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(backup, tmp_path / "flipped")
    content = bytearray((folder / name).read_bytes())
    for position in range(len(content) * 8):
        content[position // 8] ^= 1 << position % 8
        (folder / name).write_bytes(content)
        assert not opens(folder), position
        content[position // 8] ^= 1 << position % 8


def test_what_follows_the_end_is_refused(backup: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(backup, tmp_path / "longer")
    with (folder / BACKUP_FILE).open("ab") as file:
        file.write(b"\n")
    assert not opens(folder)
