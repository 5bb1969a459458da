"""Files of a real directory edited and put back through the journal: bytes, mode, owner, links."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from config_files import EDITED, LEFT, PLUGIN_FILE, sample
from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.file_changes import FileContent, edit_file, whole
from midonet_migrate.hosts.file_restore import RestoredFile
from midonet_migrate.hosts.files.remote_files import RemoteFiles
from midonet_migrate.hosts.history import touched
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.plan.edits.endpoints import edit_client_rc, edit_manager_script, edit_plugin_uri
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit
from midonet_migrate.plan.edits.neutron_conf import edit_neutron
from midonet_migrate.plan.edits.url_port import PortRule
from midonet_migrate.plan.edits.zookeeper_files import bootstrap_file, edit_bootstrap
from midonet_migrate.run.directory import RunDirectory

HOST = "controller-1"
RULE = PortRule()
Edit = Callable[[bytes | None], FileEdit]


def plugin_edit(path: str) -> Edit:
    return lambda data: edit_plugin_uri([ConfigFile(path, data or b"")], RULE, path)[0]


def bootstrap_edit(path: str) -> Edit:
    servers = "a:2181,b:2181"
    return lambda data: (
        bootstrap_file(path, servers) if data is None else edit_bootstrap(ConfigFile(path, data), servers)
    )


class Place:
    """A run directory and the files of one host."""

    def __init__(self, folder: Path, run: RunDirectory) -> None:
        self.etc = folder
        self.run = run
        self.files = RemoteFiles(LocalRunner())

    def edit(self, edits: dict[str, Edit]) -> HostActor:
        """Edit each of the files, as a stage does."""
        actor = HostActor(HOST, self.run)
        for path, edit in edits.items():
            change = FileContent(
                host=HOST, files=self.files, path=path, edit=edit, summary=f"{path} is edited"
            )
            edit_file(actor, change)
        return actor

    def restore(self) -> dict[str, tuple[str, ...]]:
        """Put every file of ours back, as a rollback does; what had to be told of each."""
        actor = HostActor(HOST, self.run)
        told = {}
        for path, edits in touched(self.run.journal.records, HOST).files.items():
            mine = [edit for edit in edits if "restored" not in edit.arguments]
            change = RestoredFile(
                host=HOST, files=self.files, run=self.run, path=path, edits=mine, saved=None
            )
            told[path] = change.look().left
            actor.perform(change)
        return told

    def state(self) -> dict[str, tuple[bytes, int, int, int, str]]:
        """Everything that is there: content, mode, owner, group, link."""
        found = {}
        for path in sorted(self.etc.rglob("*")):
            if path.is_file():
                seen = path.lstat()
                link = str(path.readlink()) if path.is_symlink() else ""
                found[path.name] = (
                    path.read_bytes(),
                    stat.S_IMODE(seen.st_mode),
                    seen.st_uid,
                    seen.st_gid,
                    link,
                )
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "etc").mkdir()
    return Place(tmp_path / "etc", RunDirectory(tmp_path / "run", step="update controller"))


def test_other_hard_links_are_told_once(place: Place) -> None:
    """They keep the old content: who has them must know. None are left afterwards, and a file that needs
    no edit is not spoken of."""
    path, same = place.etc / "a.conf", place.etc / "b.conf"
    for file in (path, same):
        file.write_bytes(b"old")
        os.link(file, place.etc / f"{file.name}.backup")
    edits = {str(path): whole(str(path), b"new"), str(same): whole(str(same), b"old")}
    with place.run:
        first, second = place.edit(edits), place.edit(edits)
    assert [text.partition(":")[0] for text in first.result.warnings] == [f"{path} has 2 names (hard links)"]
    assert (path.read_bytes(), (place.etc / "a.conf.backup").read_bytes()) == (b"new", b"old")
    assert second.result.warnings == []


def test_every_hostile_variant_is_edited_and_restored_exactly(place: Place) -> None:
    """The whole way: written through a shell, journaled, put back; nothing is left behind."""
    edits: dict[str, Edit] = {}
    for number, (before, _) in enumerate(EDITED.values()):
        path = place.etc / f"{number}.ini"
        path.write_bytes(before)
        path.chmod([0o600, 0o640, 0o644][number % 3])
        if os.geteuid() == 0:
            os.chown(path, 1000 + number, 2000 + number)
        edits[str(path)] = plugin_edit(str(path))
    (place.etc / "plugin.ini").symlink_to("plugins.ini")
    (place.etc / "plugins.ini").write_bytes(PLUGIN_FILE)
    edits[str(place.etc / "plugin.ini")] = plugin_edit(str(place.etc / "plugin.ini"))
    new = str(place.etc / "midonet" / "midonet.conf")
    edits[new] = bootstrap_edit(new)
    original = place.state()
    with place.run:
        place.edit(edits)
        for number, (_, after) in enumerate(EDITED.values()):
            content, *attributes = place.state()[f"{number}.ini"]
            assert (content, attributes) == (after, list(original[f"{number}.ini"][1:]))
        assert place.state()["plugin.ini"][0] == PLUGIN_FILE.replace(
            b"/api.example.org:8080", b"/api.example.org:8181"
        )
        edited = place.state()
        assert not place.edit(edits).changed
        assert place.state() == edited
        assert set(place.restore().values()) == {()}
        assert place.state() == original
        assert sorted(path.name for path in place.etc.iterdir()) == sorted(original)


def test_what_is_refused_stops_before_anything_is_written(place: Place) -> None:
    """With every reason; what is only to be seen to does not stop it."""
    with place.run:
        for name, (before, severity) in LEFT.items():
            path = place.etc / "f.ini"
            path.write_bytes(before)
            if severity == "refused":
                with pytest.raises(WrongState, match="cannot be edited") as caught:
                    place.edit({str(path): plugin_edit(str(path))})
                assert caught.value.problems, name
            else:
                actor = place.edit({str(path): plugin_edit(str(path))})
                assert bool(actor.result.advice) == (severity == "attention"), name
            assert path.read_bytes() == before


def test_the_samples_are_edited_and_restored_exactly(place: Place) -> None:
    """The files of the reference, each with its own edit."""

    def neutron(path: str) -> Edit:
        return lambda data: [
            *edit_neutron([ConfigFile(path, data or b"")]),
            FileEdit(path=path, before=data, after=data),
        ][0]

    names = {
        "plugin.ini": plugin_edit,
        "dhcp_agent.ini": plugin_edit,
        "midonetrc": lambda path: lambda data: edit_client_rc(ConfigFile(path, data or b""), RULE),
        "client.js": lambda path: lambda data: edit_manager_script(ConfigFile(path, data or b""), RULE),
        "midolman.conf": bootstrap_edit,
        "midonet.conf": bootstrap_edit,
        "neutron.conf": neutron,
    }
    for name in names:
        (place.etc / name).write_bytes(sample(name))
    original = place.state()
    with place.run:
        place.edit({str(place.etc / name): make(str(place.etc / name)) for name, make in names.items()})
        edited = place.state()
        assert all(edited[name] != original[name] for name in names)
        place.restore()
    assert place.state() == original


def test_of_a_file_that_was_changed_since_only_our_edit_is_taken_back(place: Place) -> None:
    """What somebody else did stays, and is told; a file of ours that is not ours any more stays too."""
    ini, conf, gone = (place.etc / name for name in ("plugin.ini", "midonet.conf", "gone.ini"))
    ini.write_bytes(PLUGIN_FILE)
    gone.write_bytes(PLUGIN_FILE)
    with place.run:
        place.edit(
            {
                str(ini): plugin_edit(str(ini)),
                str(gone): plugin_edit(str(gone)),
                str(conf): bootstrap_edit(str(conf)),
            }
        )
        ini.write_bytes(ini.read_bytes() + b"added = http://x:8181/midonet-api\n")
        conf.write_bytes(conf.read_bytes() + b"# theirs\n")
        gone.unlink()
        told = place.restore()
    assert ini.read_bytes() == PLUGIN_FILE + b"added = http://x:8181/midonet-api\n"
    assert conf.read_bytes().endswith(b"# theirs\n")
    assert gone.read_bytes() == PLUGIN_FILE
    assert [bool(told[str(path)]) for path in (ini, conf, gone)] == [True, True, False]
