"""Files on a host: read as they are, replaced as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from midonet_migrate.errors import AccessDenied, WrongState
from midonet_migrate.hosts.files.file_state import (
    FileChanged,
    FileKind,
    FileNotWritten,
    NoPlaceForFile,
    sha256,
)
from midonet_migrate.hosts.files.remote_files import ABSENT, RemoteFiles
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed
from waiting import wait_until

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give files away and mount")
CONTENTS = {
    "no trailing newline": b"a = 1\nb = 2",
    "crlf": b"a = 1\r\n",
    "empty": b"",
    "all bytes": bytes(range(256)) * 3,
    "five megabytes": os.urandom(5 * 1024 * 1024),
    "a dot on a line": b".\n.\n",
}


@pytest.fixture
def files() -> RemoteFiles:
    return RemoteFiles(LocalRunner())


def names(folder: Path) -> list[str]:
    """What is in a directory, hidden things too."""
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("name", CONTENTS)
def test_any_content_arrives_and_comes_back(tmp_path: Path, files: RemoteFiles, name: str) -> None:
    """Bytes are bytes: line ends, NUL, no newline at the end, size."""
    path = tmp_path / "file ü 'quoted' $HOME"
    state = files.write(str(path), CONTENTS[name])
    assert path.read_bytes() == CONTENTS[name]
    assert state.sha256 == sha256(CONTENTS[name])
    found = files.fetch([str(path)])[str(path)]
    assert (found.data, found.state) == (CONTENTS[name], state)
    assert names(tmp_path) == [path.name]


def test_a_new_file_is_readable_and_an_old_one_keeps_its_mode(tmp_path: Path, files: RemoteFiles) -> None:
    """0644 for a new file unless said otherwise; whatever an old one had."""
    for mode in (0o600, 0o640, 0o755, 0o444):
        old = tmp_path / f"{mode:o}"
        old.write_bytes(b"old")
        old.chmod(mode)
        files.write(str(old), b"new")
        assert (old.read_bytes(), stat.S_IMODE(old.stat().st_mode)) == (b"new", mode)
    assert files.write(str(tmp_path / "new"), b"x").mode == 0o644
    assert files.write(str(tmp_path / "secret"), b"x", expected=ABSENT, mode=0o600).mode == 0o600
    assert files.write(str(tmp_path / "secret"), b"x", mode=0o640).mode == 0o640


@needs_root
def test_an_old_file_keeps_its_owner(tmp_path: Path, files: RemoteFiles) -> None:
    """Also owners that have no name on the host."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)
    state = files.write(str(path), b"new")
    assert (path.stat().st_uid, path.stat().st_gid, state.owner, state.group) == (
        12345,
        54321,
        "12345",
        "54321",
    )
    state = files.write(str(path), b"new", owner="root", group="54321", mode=0o640)
    assert (state.owner, state.group, state.mode) == ("root", "54321", 0o640)
    assert files.write(str(path), b"newer", owner="12345").owner == "12345"
    assert path.stat().st_gid == 54321


_ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    # user::rw-, user:12345:r--, group::r--, mask::r--, other::---
    for entry in (
        (1, 6, 0xFFFFFFFF),
        (2, 4, 12345),
        (4, 4, 0xFFFFFFFF),
        (16, 4, 0xFFFFFFFF),
        (32, 0, 0xFFFFFFFF),
    )
)
ATTRIBUTES = {
    "user.kept": b"yes",
    "system.posix_acl_access": _ACL,
    "trusted.kept": b"of root",
    "security.selinux": b"system_u:object_r:neutron_conf_t:s0\0",
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_old_file_keeps_acl_context_and_attributes(tmp_path: Path, files: RemoteFiles, name: str) -> None:
    """Through an edit and through putting the old content back, with owner and mode as recorded."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, name, ATTRIBUTES[name])
    except OSError as error:
        pytest.skip(f"no {name} on this file system: {error.strerror}")
    before = files.look([str(path)])[str(path)]
    files.write(str(path), b"new", expected=before.sha256)
    assert os.getxattr(path, name) == ATTRIBUTES[name]
    restored = files.write(str(path), b"old", mode=before.mode, owner=before.owner, group=before.group)
    assert restored == before
    assert os.getxattr(path, name) == ATTRIBUTES[name]


def test_a_file_that_is_made_gets_the_context_of_its_path(tmp_path: Path) -> None:
    """By the host's own restorecon; without one, or when it fails, the file is made all the same."""
    tools = tmp_path / "bin"
    tools.mkdir()
    tool = tools / "restorecon"
    tool.write_text(f'#!/bin/sh\necho "$2" >>{tmp_path}/restored\nexit 1\n')
    tool.chmod(0o755)

    class WithTool(LocalRunner):
        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = DEFAULT_TIMEOUT,
        ) -> Completed:
            words = ["env", f"PATH={tools}:{os.environ['PATH']}", *command]
            return super().run(words, stdin=stdin, environment=environment, timeout=timeout)

    path = tmp_path / "made"
    files = RemoteFiles(WithTool())
    assert files.write(str(path), b"new", expected=ABSENT).is_file
    files.write(str(path), b"newer")
    assert (tmp_path / "restored").read_text() == f"{path}\n"


def test_another_hard_link_keeps_the_old_content(tmp_path: Path, files: RemoteFiles) -> None:
    """It is counted before, so that it can be told."""
    path, other = tmp_path / "file", tmp_path / "backup"
    path.write_bytes(b"old")
    os.link(path, other)
    assert files.look([str(path)])[str(path)].hard_links == 2
    assert files.write(str(path), b"new").hard_links == 1
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")


def test_symbolic_links_stay_and_what_they_lead_to_is_written(tmp_path: Path, files: RemoteFiles) -> None:
    """Relative, absolute, several steps, through a linked directory, and to nothing."""
    (tmp_path / "plugins").mkdir()
    target = tmp_path / "plugins" / "midonet.ini"
    target.write_bytes(b"old")
    (tmp_path / "plugin.ini").symlink_to("plugins/midonet.ini")
    (tmp_path / "second").symlink_to(tmp_path / "plugin.ini")
    (tmp_path / "folder").symlink_to("plugins")
    (tmp_path / "hopeful").symlink_to("plugins/new.ini")
    for name in ("plugin.ini", "second", "folder/midonet.ini"):
        path = tmp_path / name
        link = str(path.readlink()) if path.is_symlink() else ""
        state = files.write(str(path), name.encode(), expected=sha256(target.read_bytes()))
        assert (state.link, state.target) == (link, str(target))
        assert target.read_bytes() == name.encode()
    assert files.look([str(tmp_path / "hopeful")])[str(tmp_path / "hopeful")].kind is FileKind.ABSENT
    files.write(str(tmp_path / "hopeful"), b"x", expected=ABSENT)
    assert (tmp_path / "plugins" / "new.ini").read_bytes() == b"x"
    assert not target.is_symlink()


def test_a_look_tells_what_stands_there(tmp_path: Path, files: RemoteFiles) -> None:
    """File, directory, nothing, a pipe; a file where a directory should be."""
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "pipe")
    paths = {name: str(tmp_path / name) for name in ("file", "none", "pipe", "file/below", "none/below")}
    found = files.look([*paths.values(), str(tmp_path)])
    kinds = {name: found[path].kind.value for name, path in paths.items()}
    assert kinds == {
        "file": "file",
        "none": "absent",
        "pipe": "other",
        "file/below": "absent",
        "none/below": "absent",
    }
    assert found[str(tmp_path)].kind is FileKind.DIRECTORY
    assert (found[paths["file"]].size, found[paths["file"]].sha256) == (3, sha256(b"abc"))
    assert files.look([]) == {}


@pytest.mark.parametrize("text", ["-", "=", "=a", "a b", "ü", "$x", "a:b"])
def test_odd_names_and_links_are_told_as_they_are(tmp_path: Path, files: RemoteFiles, text: str) -> None:
    """Whatever a link's text or a file's name is."""
    (tmp_path / text).write_bytes(b"x")
    (tmp_path / "link").symlink_to(text)
    assert files.look([f"{tmp_path}/link"])[f"{tmp_path}/link"].link == text
    assert files.look([f"{tmp_path}/link"])[f"{tmp_path}/link"].target == f"{tmp_path}/{text}"
    assert set(files.find([f"{tmp_path}/*"])) == {f"{tmp_path}/link", f"{tmp_path}/{text}"}


def test_many_files_are_read_in_few_commands(tmp_path: Path) -> None:
    """One command a hundred files, not one each."""
    for number in range(250):
        (tmp_path / f"{number}.list").write_bytes(str(number).encode())

    class Counting(LocalRunner):
        commands = 0

        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = DEFAULT_TIMEOUT,
        ) -> Completed:
            self.commands += 1
            return super().run(command, stdin=stdin, environment=environment, timeout=timeout)

    runner = Counting()
    files = RemoteFiles(runner)
    found = files.find([f"{tmp_path}/*.list", f"{tmp_path}/1.*", f"{tmp_path}/*.repo"])
    assert len(found) == 250
    assert {file.data for file in files.fetch(found).values()} == {
        str(number).encode() for number in range(250)
    }
    assert runner.commands == 3


def test_what_is_not_as_expected_is_left_alone(tmp_path: Path, files: RemoteFiles) -> None:
    """Another content, a file where none should be, none where one should be; nothing is left behind."""
    path = tmp_path / "file"
    with pytest.raises(FileChanged):
        files.write(str(path), b"new", expected=sha256(b"old"))
    path.write_bytes(b"theirs")
    for expected in (sha256(b"old"), ABSENT):
        with pytest.raises(FileChanged):
            files.write(str(path), b"new", expected=expected)
        with pytest.raises(FileChanged):
            files.remove(str(path), expected=expected)
        with pytest.raises(FileChanged):
            files.link(str(path), "elsewhere", expected=expected)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["file"]


def test_a_file_that_is_right_already_is_not_touched(tmp_path: Path, files: RemoteFiles) -> None:
    """Its inode stays: services that watch it see nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"same")
    before = path.stat()
    files.write(str(path), b"same", expected=sha256(b"same"))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_files_are_removed_and_links_put_back(tmp_path: Path, files: RemoteFiles) -> None:
    """To find nothing to remove is no error; a directory goes only when it is empty."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    files.link(str(path), "target", expected=sha256(b"x"))
    files.link(str(path), "target", expected=sha256(b"x"))
    assert str(path.readlink()) == "target"
    with pytest.raises(NoPlaceForFile):
        files.remove(str(path))
    path.unlink()
    path.write_bytes(b"x")
    files.remove(str(path), expected=sha256(b"x"))
    files.remove(str(path), expected=sha256(b"x"))
    assert not path.exists()
    folder = tmp_path / "folder"
    assert files.make_directory(str(folder)) is True
    assert files.make_directory(str(folder)) is False
    (folder / "file").write_bytes(b"")
    assert files.remove_directory(str(folder)) is False
    (folder / "file").unlink()
    assert files.remove_directory(str(folder)) is True


def test_there_must_be_a_directory_and_no_other_thing(tmp_path: Path, files: RemoteFiles) -> None:
    """Neither is made up; a path is absolute."""
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "deep" / "file", tmp_path / "missing" / "file", tmp_path / "folder"):
        with pytest.raises(NoPlaceForFile):
            files.write(str(path), b"x")
    with pytest.raises(WrongState, match="There is no file"):
        files.read(str(tmp_path / "folder"))
    for bad in ("relative", "/etc/", "/etc/a\nb"):
        with pytest.raises(ValueError, match="absolute path"):
            files.write(bad, b"x")


def test_a_content_is_no_argument(tmp_path: Path) -> None:
    """Arguments can be read by everyone on the host; the input cannot."""
    seen: list[str] = []

    class Watching(LocalRunner):
        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = DEFAULT_TIMEOUT,
        ) -> Completed:
            seen.extend([*command, *environment.values()])
            return super().run(command, stdin=stdin, environment=environment, timeout=timeout)

    files = RemoteFiles(Watching())
    files.write(str(tmp_path / "file"), b"password = s3cr3t")
    assert not [text for text in seen if "s3cr3t" in text or "czNjcjN0" in text]
    assert "s3cr3t" not in repr(files.fetch([str(tmp_path / "file")]))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@needs_root
def test_a_full_disk_leaves_the_old_file(small_disk: Path, files: RemoteFiles) -> None:
    """No half file, no left-over."""
    path = small_disk / "file"
    path.write_bytes(b"old")
    with pytest.raises(WrongState, match="No room left"):
        files.write(str(path), os.urandom(1024 * 1024))
    assert path.read_bytes() == b"old"
    assert names(small_disk) == ["file"]


@needs_root
def test_a_read_only_file_system_is_told(small_disk: Path, files: RemoteFiles) -> None:
    """77, with what the host said; and to be seen beforehand."""
    path, link, new = small_disk / "file", small_disk.parent / "link", small_disk / "new"
    path.write_bytes(b"old")
    link.symlink_to(path)
    paths = [str(link), str(path), str(new), str(new / "deeper")]
    assert [state.locked for state in files.look(paths).values()] == [False] * 4
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert [state.locked for state in files.look(paths).values()] == [True, True, True, False]
    with pytest.raises(AccessDenied) as caught:
        files.write(str(path), b"new")
    assert "Read-only file system" in caught.value.why
    with pytest.raises(AccessDenied):
        files.remove(str(path))


class Unprivileged(LocalRunner):
    """Runs commands as nobody."""

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        lowered = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        return super().run(lowered, stdin=stdin, environment=environment, timeout=timeout)


@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not here")
def test_without_rights_nothing_is_guessed(tmp_path: Path) -> None:
    """What may not be seen is not taken for absent; a file of another owner is not taken over."""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    secret = tmp_path / "secret"
    secret.mkdir(mode=0o700)
    (secret / "file").write_bytes(b"x")
    (tmp_path / "closed").write_bytes(b"x")
    (tmp_path / "closed").chmod(0o600)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "roots").write_bytes(b"old")
    files = RemoteFiles(Unprivileged())
    paths = [str(secret / "file"), str(tmp_path / "closed")]
    assert {state.kind for state in files.look(paths).values()} == {FileKind.UNREADABLE}
    for path in paths:
        with pytest.raises(AccessDenied):
            files.read(path)
        with pytest.raises(AccessDenied):
            files.write(path, b"new")
    with pytest.raises(AccessDenied, match="May not use"):
        files.write(str(shared / "roots"), b"new")
    assert (shared / "roots").read_bytes() == b"old"
    assert names(shared) == ["roots"]


class Cut(LocalRunner):
    """A connection that breaks in the middle of what is sent."""

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        return super().run(command, stdin=stdin[: len(stdin) // 2], environment=environment, timeout=timeout)


def test_a_cut_transfer_leaves_the_old_file(tmp_path: Path) -> None:
    """The digest of what arrived decides."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(FileNotWritten):
        RemoteFiles(Cut()).write(str(path), b"new " * 1000)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("tool", ["cp", "base64", "sha256sum", "dd", "mv", "sync"])
def test_a_kill_at_any_command_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, tool: str, moment: str
) -> None:
    """The shell is killed outright before and after each of its commands; the next run sweeps up."""
    real = shutil.which(tool)
    tools = tmp_path / "tools"
    tools.mkdir()
    kill = "kill -KILL $PPID"
    lines = [kill, f'{real} "$@"'] if moment == "before" else [f'{real} "$@"', kill]
    (tools / tool).write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    (tools / tool).chmod(0o755)
    folder = tmp_path / "etc"
    folder.mkdir()
    path = folder / "file"
    path.write_bytes(b"old")

    class Killed(LocalRunner):
        statuses: ClassVar[list[int]] = []

        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = DEFAULT_TIMEOUT,
        ) -> Completed:
            search = {"PATH": f"{tools}:{os.environ['PATH']}"}
            done = super().run(command, stdin=stdin, environment=search, timeout=timeout)
            self.statuses.append(done.status)
            return done

    runner = Killed()
    with pytest.raises(FileNotWritten):
        RemoteFiles(runner).write(str(path), b"new")
    assert runner.statuses == [128 + signal.SIGKILL] or tool in {"base64", "sha256sum"}
    renamed = (tool, moment) == ("mv", "after") or tool == "sync"
    # Without its shell mv still runs, sooner or later.
    assert path.read_bytes() == (b"new" if renamed else b"old") or (tool, moment) == ("mv", "before")
    assert RemoteFiles(LocalRunner()).find([f"{folder}/*"]) == [str(path)]
    wait_until(lambda: (tool, moment) != ("mv", "before") or path.read_bytes() == b"new")
    RemoteFiles(LocalRunner()).write(str(path), b"newest")
    assert (path.read_bytes(), names(folder)) == (b"newest", ["file"])
