"""What is made once and used by every site: packages and hosts with packages installed."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from midonet_lab.processes.server_process import ServerFailed

VARIABLE = "MIDONET_LAB_CACHE"
_LAB = Path(__file__).resolve().parents[2]
_SOURCES = ("packages", "hosts")
_OLD_SECONDS = 24 * 3600.0


class Cache:
    """Directories by name, below one for this state of the lab's sources and of the machine's programs."""

    def __init__(self, directory: Path | None = None) -> None:
        given = os.environ.get(VARIABLE)
        default = Path(tempfile.gettempdir()) / f"midonet-lab-cache-{os.geteuid()}"
        self._top = directory or (Path(given) if given else default)
        self.directory = self._top / _fingerprint()

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """The directory ``name``, made by ``make`` in a place of its own when it is not there yet.

        Two processes may make it at the same time: the first one's is kept.
        """
        path = self.directory / name
        if path.exists():
            os.utime(self.directory)
            return path
        self._prepare()
        unfinished = self.directory / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        unfinished.mkdir(mode=0o700)
        try:
            make(unfinished)
            unfinished.rename(path)
        except OSError:
            if not path.exists():
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return path

    def _prepare(self) -> None:
        """Make the directory, ours alone; those of other states of the sources go when they are old."""
        self._top.mkdir(mode=0o700, parents=True, exist_ok=True)
        look = self._top.lstat()
        if not stat.S_ISDIR(look.st_mode) or look.st_uid != os.geteuid() or look.st_mode & 0o022:
            raise ServerFailed(
                f"{self._top} is not this user's own directory",
                why="Packages that root installs are kept there.",
                hint=f"Remove it, or name another one with {VARIABLE}.",
            )
        self.directory.mkdir(mode=0o700, exist_ok=True)
        for other in self._top.iterdir():
            if other != self.directory and time.time() - other.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(other, ignore_errors=True)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted((_LAB / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(_LAB)).encode() + b"\0" + path.read_bytes())
    for folder in ("/usr/bin", "/usr/sbin", "/usr/lib/jvm"):
        if Path(folder).is_dir():
            digest.update("\0".join(sorted(path.name for path in Path(folder).iterdir())).encode())
    return digest.hexdigest()[:20]
