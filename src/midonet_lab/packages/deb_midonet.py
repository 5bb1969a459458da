"""MidoNet's packages for Ubuntu 14.04 (host 1.1-1.4): the files of CentOS, other services and versions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from midonet_lab.packages import rpm_midonet
from midonet_lab.packages.deb_package import DebPackage, MaintainerScripts
from midonet_lab.packages.rpm_midonet import NEW_VERSIONS, OLD_VERSIONS
from midonet_lab.packages.rpm_package import PackagedFile, RpmPackage

__all__ = ["NEW_VERSIONS", "OLD_VERSIONS", "midonet5", "midonet19"]

_EPOCH5 = 2
_KERNEL = "linux-image-generic (>= 3.13) | openvswitch-datapath-dkms"
_AGENT = ("haproxy", "python", "python-setproctitle", "iproute", _KERNEL)
_JAVA7, _JAVA8 = "java7-runtime-headless", "java8-runtime-headless | java8-runtime"
_CLIENT = ("python-webob", "python-eventlet", "python-httplib2")
_SYSTEMD, _UBUNTU_SYSTEMD = "/usr/lib/systemd/system/", "/lib/systemd/system/"
_SITE_PACKAGES, _DIST_PACKAGES = "/site-packages/", "/dist-packages/"
_UPSTART_JOB = "/lib/init/upstart-job"
_CLUSTER_LIMIT = (b"respawn limit 2 120", b"respawn limit 5 60")


def midonet19(version: str) -> list[DebPackage]:
    """midolman, midonet-api and the client of a 1.9. Only midolman has a Debian revision."""
    twins = {package.name: package for package in rpm_midonet.midonet19(version)}
    return [
        _service(
            twins["midolman"],
            version=f"{version}-1",
            depends=("bridge-utils", *_AGENT, "quagga (>= 0.99.21)", _JAVA7),
            conflicts=("openvswitch-switch",),
        ),
        _plain(twins["midonet-api"], version=version, depends=(_JAVA7,)),
        _plain(twins["python-midonetclient"], version=version, depends=_CLIENT),
    ]


def midonet5(version: str) -> list[DebPackage]:
    """midolman, midonet-cluster, midonet-tools and the client of a 5.x."""
    twins = {package.name: package for package in rpm_midonet.midonet5(version)}
    full = f"{_EPOCH5}:{version}"
    since_5_1, since_5_2 = version >= "5.1", version >= "5.2"
    java = f"openjdk-8-jdk-headless | {_JAVA8}" if since_5_2 else _JAVA8
    extra = ("libreswan (>= 3.14-1)",) if since_5_1 else ()
    bridges = () if since_5_2 else ("bridge-utils",)
    return [
        _service(
            twins["midolman"],
            version=full,
            depends=(*bridges, *_AGENT, "quagga (>= 0.99.23)", *extra, java, "midonet-tools"),
            conflicts=("openvswitch-switch",),
            # 5.2's has a unit of systemd, too.
            keep_unit=since_5_2,
        ),
        _service(
            twins["midonet-cluster"],
            version=full,
            depends=("midonet-tools", java),
            change=lambda content: content.replace(*_CLUSTER_LIMIT),
        ),
        _plain(twins["midonet-tools"], version=full, depends=(java,)),
        _plain(twins["python-midonetclient"], version=full, depends=_CLIENT, scripts=_compiled(since_5_2)),
    ]


def _plain(
    twin: RpmPackage,
    *,
    version: str,
    depends: tuple[str, ...],
    scripts: MaintainerScripts = MaintainerScripts(),  # noqa: B008 - frozen
) -> DebPackage:
    return DebPackage(
        name=twin.name,
        version=version,
        depends=depends,
        files={path.replace(_SITE_PACKAGES, _DIST_PACKAGES): file for path, file in twin.files.items()},
        directories=twin.directories,
        scripts=scripts,
    )


def _service(
    twin: RpmPackage,
    *,
    version: str,
    depends: tuple[str, ...],
    conflicts: tuple[str, ...] = (),
    keep_unit: bool = False,
    change: Callable[[bytes], bytes] = lambda content: content,
) -> DebPackage:
    """A job of upstart: started by no installation and no upgrade, stopped by a removal (host 1.3)."""
    files = {}
    for path, file in twin.files.items():
        if not path.startswith(_SYSTEMD):
            files[path] = file
        elif keep_unit:
            files[path.replace(_SYSTEMD, _UBUNTU_SYSTEMD)] = file
    job = f"/etc/init/{twin.name}.conf"
    files[job] = msgspec.structs.replace(files[job], content=change(files[job].content) + b"kill timeout 5\n")
    files[f"/etc/init.d/{twin.name}"] = PackagedFile(link=_UPSTART_JOB)
    stop = f'if [ "$1" = remove ]; then\n    initctl stop {twin.name} >/dev/null 2>&1 || true\nfi\n'
    return DebPackage(
        name=twin.name,
        version=version,
        depends=depends,
        conflicts=conflicts,
        files=files,
        directories=twin.directories,
        scripts=MaintainerScripts(prerm=stop),
    )


def _compiled(since_5_2: bool) -> MaintainerScripts:
    """5.2.1's client has hooks that compile Python, where there is one."""
    if not since_5_2:
        return MaintainerScripts()
    name = "python-midonetclient"
    return MaintainerScripts(
        postinst=f"if which pycompile >/dev/null 2>&1; then\n    pycompile -p {name}\nfi\n",
        prerm=f"if which pyclean >/dev/null 2>&1; then\n    pyclean -p {name}\nfi\n",
    )
