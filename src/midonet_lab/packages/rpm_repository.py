"""Repositories of yum: packages with their lists, signed or not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from midonet_lab.packages.rpm_build import build, run
from midonet_lab.packages.rpm_package import RpmPackage
from midonet_lab.processes.server_process import program

_KEY_BATCH = """\
%no-protection
Key-Type: RSA
Key-Length: 2048
Name-Real: {name}
Name-Email: {name}@example.org
Expire-Date: 0
%commit
"""


class SigningKey:
    """A key of a repository: its public half in ``directory``, its keyring in a place of its own.

    gpg's agent is stopped after every use: none is left when a run is cut off.
    """

    def __init__(self, directory: Path, name: str = "midorepo") -> None:
        # gpg's agent listens in the keyring's directory, and a socket's path holds 107 characters.
        self.home = Path(tempfile.mkdtemp(prefix="midonet-key-", dir="/tmp"))
        self._name = name
        self.public = directory / f"{name}.key"
        """The ASCII-armoured public key."""
        directory.mkdir(parents=True, exist_ok=True)
        gpg = program("gpg", package="gnupg")
        try:
            run(
                [gpg, "--batch", "--quiet", "--gen-key"],
                home=self.home,
                stdin=_KEY_BATCH.format(name=name).encode(),
            )
            exported = run([gpg, "--batch", "--armor", "--export", name], home=self.home)
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise
        finally:
            self._stop_agent()
        self.public.write_text(exported, encoding="ascii")

    def sign(self, files: Iterable[Path]) -> None:
        """Sign packages, in one run. Raises ``ServerFailed``."""
        paths = [str(file) for file in files]
        macros = {
            "__gpg": program("gpg", package="gnupg"),
            "_gpg_name": self._name,
            "_gpg_path": str(self.home),
            "_gpg_digest_algo": "sha256",
        }
        defines = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
        try:
            run([program("rpm", package="rpm"), *defines, "--addsign", *paths], home=self.home)
        finally:
            self._stop_agent()

    def close(self) -> None:
        """Stop what gpg has left running, and delete the keyring."""
        self._stop_agent()
        shutil.rmtree(self.home, ignore_errors=True)

    def _stop_agent(self) -> None:
        if self.home.exists():
            run([program("gpgconf", package="gnupg"), "--kill", "all"], home=self.home)


class RpmRepository:
    """A directory of packages. ``url`` is what a host writes into its file, if it sees the directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def add(self, packages: Iterable[RpmPackage], key: SigningKey | None = None) -> None:
        """Build packages (one version of each name) into it, signed with ``key``; then :meth:`index` it."""
        built = build(packages, self.directory)
        if key is not None:
            key.sign(built)

    def take(self, other: RpmRepository, names: Iterable[str]) -> None:
        """Take over the packages of these names from another one, as they are."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in names:
            for path in other.directory.glob(f"{name}-[0-9]*.rpm"):
                shutil.copy2(path, self.directory)

    def index(self) -> None:
        """Make its lists anew. Raises ``ServerFailed``."""
        tool = program("createrepo_c", package="createrepo-c")
        run([tool, "--quiet", "--no-database", "--workers", "1", str(self.directory)], home=self.directory)


def repository_text(name: str, url: str, *, title: str = "", key_url: str = "") -> str:
    """A section of a file below ``/etc/yum.repos.d``; with a key its signatures are looked at."""
    check = f"gpgcheck=1\ngpgkey={key_url}\n" if key_url else "gpgcheck=0\n"
    return f"[{name}]\nname={title or name}\nbaseurl={url}\nenabled=1\n{check}"
