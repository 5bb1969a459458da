"""Repositories of apt: packages with their lists, signed or not."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable
from pathlib import Path

from midonet_lab.packages.deb_build import build
from midonet_lab.packages.deb_package import DebPackage
from midonet_lab.packages.rpm_build import run
from midonet_lab.packages.rpm_repository import SigningKey
from midonet_lab.processes.server_process import program

ARCHITECTURE = "amd64"
_SUITE, _COMPONENT = "stable", "main"
_RELEASES = ("Release", "Release.gpg", "InRelease")


class AptRepository:
    """A repository ``deb URL stable main`` below ``directory``. ``label`` is what apt shows as its origin."""

    def __init__(self, directory: Path, *, label: str = "MidoNet") -> None:
        self.directory = directory
        self._label = label

    def add(self, packages: Iterable[DebPackage]) -> None:
        """Build packages into it; then :meth:`index` it."""
        build(packages, self.directory / "pool")

    def take(self, other: AptRepository, names: Iterable[str]) -> None:
        """Take over the packages of these names from another one, as they are."""
        (self.directory / "pool").mkdir(parents=True, exist_ok=True)
        for name in names:
            for path in (other.directory / "pool").glob(f"{name}_*.deb"):
                shutil.copy2(path, self.directory / "pool")

    def index(self, key: SigningKey | None = None) -> None:
        """Make its lists anew, signed with ``key``, or not at all. Raises ``ServerFailed``."""
        tool = program("apt-ftparchive", package="apt-utils")
        top = self.directory / "dists" / _SUITE
        lists = top / _COMPONENT / f"binary-{ARCHITECTURE}"
        lists.mkdir(parents=True, exist_ok=True)
        for name in _RELEASES:
            (top / name).unlink(missing_ok=True)
        packages = self._ftparchive(tool, "packages", "pool")
        (lists / "Packages").write_text(packages, encoding="utf-8")
        (lists / "Packages.gz").write_bytes(gzip.compress(packages.encode(), mtime=0))
        fields = {
            "Origin": self._label,
            "Label": self._label,
            "Suite": _SUITE,
            "Codename": _SUITE,
            "Components": _COMPONENT,
            "Architectures": ARCHITECTURE,
        }
        options = [f"APT::FTPArchive::Release::{name}={value}" for name, value in fields.items()]
        release = self._ftparchive(
            tool, *(word for one in options for word in ("-o", one)), "release", str(top)
        )
        (top / "Release").write_text(release, encoding="utf-8")
        if key is not None:
            _sign(top, key)

    def _ftparchive(self, tool: str, *words: str) -> str:
        return run([tool, *words], home=self.directory)


def sources_line(url: str, *, options: str = "") -> str:
    """A line of a file below ``/etc/apt/sources.list.d``."""
    return f"deb {f'[{options}] ' if options else ''}{url.rstrip('/')} {_SUITE} {_COMPONENT}\n"


def write_key(key: SigningKey, path: Path) -> None:
    """The public key as apt 1.0 wants it below ``/etc/apt/trusted.gpg.d``: binary, named ``.gpg``."""
    gpg = program("gpg", package="gnupg")
    command = [gpg, "--batch", "--yes", "--output", str(path), "--dearmor", str(key.public)]
    run(command, home=key.home)
    path.chmod(0o644)


def _sign(top: Path, key: SigningKey) -> None:
    """A signature beside the list of lists, and one in it; apt 1.0 takes either."""
    gpg = program("gpg", package="gnupg")
    common = [gpg, "--batch", "--yes", "--digest-algo", "SHA512", "--local-user", key.public.stem]
    for name, how in (("Release.gpg", ["--armor", "--detach-sign"]), ("InRelease", ["--clear-sign"])):
        command = [*common, "--output", str(top / name), *how, str(top / "Release")]
        run(command, home=key.home)
