"""What a stand-in .rpm is made from."""

from __future__ import annotations

import msgspec


class PackagedFile(msgspec.Struct, frozen=True):
    """A file of a package. ``link``: it is a symlink to that instead."""

    content: bytes = b""
    mode: int = 0o644
    config: bool = False
    """Marked ``%config(noreplace)``, as fpm marks config files."""
    link: str = ""


class Scripts(msgspec.Struct, frozen=True, kw_only=True):
    """What a package runs. ``$1`` is 1 at an installation and 2 at an upgrade for ``post``; 0 at the last
    removal and 1 at an upgrade for ``preun`` and ``postun``."""

    post: str = ""
    preun: str = ""
    postun: str = ""


class RpmPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One package. ``files``: absolute path -> file; directories of its own are owned by themselves."""

    name: str
    version: str
    release: str
    epoch: int = 0
    architecture: str = "noarch"
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    files: dict[str, PackagedFile] = {}
    directories: tuple[str, ...] = ()
    """Empty ones."""
    scripts: Scripts = Scripts()
