"""Building .rpm files: one run of rpmbuild for many packages, as subpackages of one that is never made."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from midonet_lab.packages.rpm_package import RpmPackage
from midonet_lab.processes.server_process import ServerFailed, program

_HEAD = """\
Name: source-of-stand-ins
Version: 1
Release: 1
Summary: Stand-ins of the practice site
License: Apache-2.0
AutoReqProv: no
%description
None.
%prep
%build
%install
"""
_MACROS = {
    # Nothing is compressed, stripped or looked at: contents are what they are.
    "_binary_payload": "w0.gzdio",
    "__os_install_post": "%{nil}",
    "_build_id_links": "none",
    "debug_package": "%{nil}",
    # What rpm 4.11 of CentOS 7 writes.
    "_source_filedigest_algorithm": "8",
    "_binary_filedigest_algorithm": "8",
    "dist": ".el7",
}
_SHARED_DIRECTORIES = frozenset(
    {
        *("/", "/etc", "/etc/init", "/etc/init.d", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share"),
        *(
            "/usr/lib/systemd",
            "/usr/lib/systemd/system",
            "/usr/share/man",
            "/usr/share/man/man1",
            "/usr/lib/jvm",
        ),
        *(
            "/usr/lib/python2.7",
            "/usr/lib/python2.7/site-packages",
            "/var",
            "/var/log",
            "/var/lib",
            "/var/db",
        ),
        *("/usr/libexec", "/etc/sysconfig", "/usr/share/java", "/etc/neutron", "/etc/neutron/plugins"),
        "/etc/yum.repos.d",
    }
)


def build(packages: Iterable[RpmPackage], directory: Path) -> list[Path]:
    """Build packages of different names into ``directory``; their paths.

    Raises ``ServerFailed`` with rpmbuild's words.
    """
    wanted = list(packages)
    if len({package.name for package in wanted}) != len(wanted):
        raise ValueError("one run builds only one version of a package")
    rpmbuild = program("rpmbuild", package="rpm")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="midonet-lab-rpm-") as name:
        top = Path(name)
        for package in wanted:
            _lay_out(package, top / "stage" / package.name)
        spec = top / "stand-ins.spec"
        spec.write_text(_spec(wanted, top / "stage"), encoding="utf-8")
        macros = {**_MACROS, "_topdir": str(top), "_dbpath": str(top / "db"), "_rpmdir": str(top / "done")}
        defines = [word for key, value in macros.items() for word in ("--define", f"{key} {value}")]
        run([rpmbuild, "-bb", "--quiet", "--nodeps", "--target", "x86_64", *defines, str(spec)], home=top)
        built = []
        for path in sorted((top / "done").rglob("*.rpm")):
            target = directory / path.name
            target.write_bytes(path.read_bytes())
            built.append(target)
    return built


def run(command: Sequence[str], *, home: Path, stdin: bytes | None = None) -> str:
    """What a tool of packages writes; nothing of this process's environment but the path is given to it.

    Raises ``ServerFailed`` with its words.
    """
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "GNUPGHOME": str(home),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(command, capture_output=True, check=False, env=environment, cwd=home, input=stdin)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise ServerFailed(f"{Path(command[0]).name} failed", why=said[-2000:])
    return done.stdout.decode("utf-8", "replace")


def _lay_out(package: RpmPackage, stage: Path) -> None:
    stage.mkdir(parents=True)
    for name, file in package.files.items():
        path = stage / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.link:
            path.symlink_to(file.link)
        else:
            path.write_bytes(file.content)
            path.chmod(file.mode)
    for name in package.directories:
        (stage / name.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _spec(packages: list[RpmPackage], stage: Path) -> str:
    copies = "".join(f"cp -a '{stage / package.name}/.' '%{{buildroot}}/'\n" for package in packages)
    return f"{_HEAD}mkdir -p '%{{buildroot}}'\n{copies}" + "".join(map(_subpackage, packages))


def _subpackage(package: RpmPackage) -> str:
    name = package.name
    lines = [
        f"%package -n {name}",
        f"Version: {package.version}",
        f"Release: {package.release}",
        f"Summary: Stand-in for {name}",
        "AutoReqProv: no",
    ]
    if package.epoch:
        lines.append(f"Epoch: {package.epoch}")
    if package.architecture == "noarch":
        lines.append("BuildArch: noarch")
    for tag, values in (
        ("Requires", package.requires),
        ("Provides", package.provides),
        ("Obsoletes", package.obsoletes),
        ("Conflicts", package.conflicts),
    ):
        lines += [f"{tag}: {value}" for value in values]
    lines += [f"%description -n {name}", f"Stand-in for {name}."]
    for section, script in (
        ("post", package.scripts.post),
        ("preun", package.scripts.preun),
        ("postun", package.scripts.postun),
    ):
        if script:
            lines += [f"%{section} -n {name}", script.rstrip("\n")]
    lines += [f"%files -n {name}", *_file_lines(package)]
    return "".join(f"{line}\n" for line in lines)


def _file_lines(package: RpmPackage) -> list[str]:
    lines = [f'%dir %attr(0755,root,root) "{directory}"' for directory in _own_directories(package)]
    for path, file in package.files.items():
        config = "%config(noreplace) " if file.config else ""
        mode = "-" if file.link else f"{file.mode:04o}"
        lines.append(f'{config}%attr({mode},root,root) "{path}"')
    return lines


def _own_directories(package: RpmPackage) -> list[str]:
    found = set(package.directories)
    for path in (*package.files, *package.directories):
        found |= {str(parent) for parent in PurePosixPath(path).parents}
    return sorted(found - _SHARED_DIRECTORIES)
