"""Building .deb files, each by dpkg-deb from a directory laid out for it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from midonet_lab.packages.deb_package import DebPackage
from midonet_lab.packages.rpm_build import run
from midonet_lab.processes.server_process import program

_MAINTAINER = "The practice site <nobody@example.org>"
_SCRIPT_HEAD = "#!/bin/sh\nset -e\n"


def build(packages: Iterable[DebPackage], directory: Path) -> list[Path]:
    """Build packages into ``directory``; their paths. Raises ``ServerFailed`` with dpkg-deb's words."""
    tool = program("dpkg-deb", package="dpkg")
    directory.mkdir(parents=True, exist_ok=True)
    built: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="midonet-lab-deb-") as name:
        for package in packages:
            stage = Path(name) / f"{package.name}-{len(built)}"
            _lay_out(package, stage)
            target = directory / package.file_name
            command = [tool, "--root-owner-group", "-Zgzip", "-z1", "--build", str(stage), str(target)]
            run(command, home=Path(name))
            built.append(target)
    return built


def control(package: DebPackage, *, size: int = 0) -> str:
    """The text of the package's control file; ``size`` in KiB."""
    lines = [
        f"Package: {package.name}",
        f"Version: {package.version}",
        f"Architecture: {package.architecture}",
        f"Maintainer: {_MAINTAINER}",
        f"Installed-Size: {size}",
    ]
    for field, values in (
        ("Depends", package.depends),
        ("Provides", package.provides),
        ("Conflicts", package.conflicts),
        ("Breaks", package.breaks),
        ("Replaces", package.replaces),
    ):
        if values:
            lines.append(f"{field}: {', '.join(values)}")
    lines += ["Section: net", "Priority: optional", f"Description: Stand-in for {package.name}"]
    return "".join(f"{line}\n" for line in lines)


def _lay_out(package: DebPackage, stage: Path) -> None:
    debian = stage / "DEBIAN"
    debian.mkdir(parents=True)
    for name in package.directories:
        (stage / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
    sums, size = [], 0
    for name, file in package.files.items():
        path = stage / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.link:
            path.symlink_to(file.link)
            continue
        path.write_bytes(file.content)
        path.chmod(file.mode)
        size += len(file.content)
        if not file.config:
            digest = hashlib.md5(file.content, usedforsecurity=False).hexdigest()
            sums.append(f"{digest}  {name.lstrip('/')}\n")
    _write(debian / "control", control(package, size=max(1, size // 1024)))
    _write(debian / "md5sums", "".join(sums))
    _write(debian / "conffiles", "".join(f"{path}\n" for path in package.conffiles))
    for name in ("preinst", "postinst", "prerm", "postrm"):
        body = getattr(package.scripts, name)
        if body:
            _write(debian / name, f"{_SCRIPT_HEAD}{body}", 0o755)
    for folder, _, _ in os.walk(stage):
        Path(folder).chmod(0o755)


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    if text:
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
