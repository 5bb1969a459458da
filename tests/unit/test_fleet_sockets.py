"""The directory of ssh's sockets: gone with its run, and with the next one when that was killed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from midonet_migrate.hosts.fleet.socket_directory import SocketDirectory, sweep


def test_what_a_killed_run_left_is_swept_up_and_nothing_else(tmp_path: Path) -> None:
    """Not that of a run that goes on, one that is only being made, nor what is somebody else's."""
    killed, going_on = SocketDirectory(str(tmp_path)), SocketDirectory(str(tmp_path))
    assert stat.S_IMODE(Path(killed.path).stat().st_mode) == 0o700
    (Path(killed.path) / "0").touch()
    os.close(killed._lock)  # as the kernel does when a process is killed
    being_made, others = tmp_path / "midonet-fleet-new", tmp_path / "midonet-other"
    being_made.mkdir()
    others.mkdir()
    (others / "lock").touch()
    sweep(str(tmp_path))
    assert Path(killed.path).is_dir(), "it is too young"
    sweep(str(tmp_path), young_seconds=-1)
    assert {path.name for path in tmp_path.iterdir()} == {
        being_made.name,
        others.name,
        Path(going_on.path).name,
    }
    going_on.remove()
    going_on.remove()
    assert not Path(going_on.path).exists()
