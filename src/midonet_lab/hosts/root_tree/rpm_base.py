"""The rpm database of a host just installed: entries without files, made from one source."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from midonet_lab.hosts.root_tree.base_packages import CENTOS, BasePackage
from midonet_lab.processes.server_process import ServerFailed, program

DATABASE = "var/lib/rpm"
_HEAD = """\
Name: base
Version: 7
Release: 1
Summary: Base of the distribution
License: none
AutoReqProv: no
%description
None.
"""


def make_rpm_database(root: Path) -> None:
    """Record :data:`CENTOS` in the database below ``root``. Raises ``ServerFailed``."""
    rpm, rpmbuild = program("rpm", package="rpm"), program("rpmbuild", package="rpm")
    database = root / DATABASE
    with tempfile.TemporaryDirectory(prefix="midonet-lab-rpm-") as name:
        top = Path(name)
        spec = top / "base.spec"
        spec.write_text(_HEAD + "".join(map(_subpackage, CENTOS)), encoding="utf-8")
        macros = {
            "_topdir": str(top),
            "_dbpath": str(top / "db"),
            "_binary_payload": "w0.gzdio",
            "__brp_compress": "%{nil}",
            "_build_id_links": "none",
            "debug_package": "%{nil}",
        }
        defines = [word for key, value in macros.items() for word in ("--define", f"{key} {value}")]
        _run([rpmbuild, "-bb", "--quiet", "--nodeps", "--target", "x86_64", *defines, str(spec)], top)
        built = sorted(str(path) for path in (top / "RPMS").rglob("*.rpm"))
        _run([rpm, "--dbpath", str(database), "-i", "--justdb", "--nodeps", "--ignorearch", *built], top)


def _subpackage(package: BasePackage) -> str:
    epoch, _, rest = package.version.rpartition(":")
    version, _, release = rest.partition("-")
    lines = [
        f"%package -n {package.name}",
        f"Version: {version}",
        f"Release: {release}",
        f"Summary: {package.name}",
    ]
    if epoch:
        lines.append(f"Epoch: {epoch}")
    if package.architecture == "noarch":
        lines.append("BuildArch: noarch")
    if package.provides:
        lines.append(f"Provides: {package.provides}")
    lines += [f"%description -n {package.name}", "Of the distribution.", f"%files -n {package.name}"]
    return "".join(f"{line}\n" for line in lines)


def _run(command: list[str], home: Path) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home), "LANG": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=home)
    if done.returncode != 0:
        raise ServerFailed(f"{Path(command[0]).name} failed", why=(done.stdout + done.stderr)[-2000:])
