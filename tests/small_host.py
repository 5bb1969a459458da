"""A host of a few files: a directory that is '/' for its commands, with the programs of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed

_ENTER = """\
root=$1
shift
for name in usr dev; do mount --rbind /$name "$root/$name" || exit 1; done
mount -t proc proc "$root/proc" || exit 1
if [ -n "$BESIDE" ]; then chroot "$root" $BESIDE >/dev/null 2>&1 & fi
exec chroot "$root" "$@"
"""
_IN_PROGRAMS = ("bin", "sbin", "lib", "lib64")


class SmallHost(LocalRunner):
    """Runs commands in namespaces of their own, chrooted to ``root``. Needs root's rights."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.beside = ""
        """A program with its arguments that runs there all the time."""
        for name in ("usr", "dev", "proc", "etc", "root", "home", "tmp", "var"):
            (root / name).mkdir(parents=True)
        for name in _IN_PROGRAMS:
            (root / name).symlink_to(f"usr/{name}")
        self.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        self.write("/etc/nsswitch.conf", "passwd: files\n")

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        inside = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", _ENTER, "sh", str(self.root), *command]
        added = {**environment, "BESIDE": self.beside}
        return super().run(inside, stdin=stdin, environment=added, timeout=timeout)

    def write(self, path: str, content: str | bytes, *, mode: int = 0o644) -> Path:
        """Write the host's ``path``."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(mode)
        return place

    def link(self, path: str, text: str) -> None:
        """Make the host's ``path`` a symbolic link."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(text)


def small_host(root: Path) -> SmallHost:
    """One in a new directory; skips the test where that cannot be."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a host of its own needs root's rights and unshare")
    host = SmallHost(root)
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode or host.run(["true"]).status:
        pytest.skip("no namespaces can be made here")
    return host
