"""What a stand-in .deb is made from."""

from __future__ import annotations

import msgspec

from midonet_lab.packages.rpm_package import PackagedFile


class MaintainerScripts(msgspec.Struct, frozen=True, kw_only=True):
    """Bodies of shell scripts, as Debian calls them: ``$1`` is ``configure``, ``remove``, ``upgrade``..."""

    preinst: str = ""
    postinst: str = ""
    prerm: str = ""
    postrm: str = ""


class DebPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One package. ``files``: absolute path -> file; those marked as configuration are conffiles.

    ``depends`` and the like are written as in a control file: ``quagga (>= 0.99.21)``, ``this | that``.
    """

    name: str
    version: str
    """With its epoch."""
    architecture: str = "all"
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    files: dict[str, PackagedFile] = {}
    directories: tuple[str, ...] = ()
    """Empty ones."""
    scripts: MaintainerScripts = MaintainerScripts()

    @property
    def file_name(self) -> str:
        """Of the .deb: without the epoch, as repositories call it."""
        version = self.version.rpartition(":")[2]
        return f"{self.name}_{version}_{self.architecture}.deb"

    @property
    def conffiles(self) -> list[str]:
        """The files that an administrator may edit."""
        return sorted(path for path, file in self.files.items() if file.config)
