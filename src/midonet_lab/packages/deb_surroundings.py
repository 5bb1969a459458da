"""Packages around MidoNet on Ubuntu 14.04: both JVMs, MidoNet's misc repository, OpenStack Kilo, Tomcat."""

from __future__ import annotations

import gzip

from midonet_lab.packages.deb_package import DebPackage, MaintainerScripts
from midonet_lab.packages.rpm_package import PackagedFile

_MACHINE = "amd64"
_PROGRAM = PackagedFile(b"#!/bin/sh\nexit 0\n", 0o755)
_JAVA = {
    7: ("7u201-2.6.17-1~14.04.1", 1071, 'java version "1.7.0_201"'),
    8: ("8u275-b01-0ubuntu1~14.04", 1081, 'openjdk version "1.8.0_275"'),
}


def java(major: int) -> list[DebPackage]:
    """OpenJDK 7 of Ubuntu or 8 of the PPA (host 1.7). ``java`` is an alternative; 8 has the higher priority.
    ``java -version`` says what MidoNet's start scripts look for."""
    version, priority, said = _JAVA[major]
    home = f"/usr/lib/jvm/java-{major}-openjdk-amd64"
    program, manual = f"{home}/jre/bin/java", f"{home}/jre/man/man1/java.1.gz"
    text = f"#!/bin/sh\ncase \" $* \" in *' -version '*) echo '{said}' >&2 ;; esac\nexit 0\n"
    page = gzip.compress(f".TH java 1 {version}\n".encode(), mtime=0)
    install = (
        f"update-alternatives --install /usr/bin/java java {program} {priority} "
        f"--slave /usr/share/man/man1/java.1.gz java.1.gz {manual}\n"
    )
    runtime = f"openjdk-{major}-jre-headless"
    packages = [
        DebPackage(
            name=runtime,
            version=version,
            architecture=_MACHINE,
            depends=("java-common",),
            provides=(f"java{major}-runtime-headless", "java-runtime-headless"),
            files={program: PackagedFile(text.encode(), 0o755), manual: PackagedFile(page)},
            scripts=MaintainerScripts(
                postinst=f'if [ "$1" = configure ]; then\n    {install}fi\n',
                prerm='case "$1" in remove|deconfigure)\n'
                f"    update-alternatives --remove java {program}\nesac\n",
            ),
        )
    ]
    if major == 8:
        packages.append(
            DebPackage(
                name="openjdk-8-jdk-headless",
                version=version,
                architecture=_MACHINE,
                depends=(f"{runtime} (= {version})",),
                provides=("java8-sdk-headless",),
                files={f"{home}/bin/javac": _PROGRAM},
            )
        )
    return packages


def misc() -> list[DebPackage]:
    """What MidoNet 5 needs newer than Ubuntu has it, and zkdump (host 1.1, 1.6)."""
    return [
        _quagga("0.99.23.1-0midokura1"),
        DebPackage(
            name="libreswan",
            version="3.15-1",
            architecture=_MACHINE,
            files={
                "/usr/sbin/ipsec": _PROGRAM,
                "/etc/ipsec.conf": PackagedFile(b"config setup\n", config=True),
            },
        ),
        DebPackage(
            name="zkdump",
            version="1.05",
            files={"/usr/bin/zkdump": PackagedFile(b"#!/bin/sh\n# zkdump 1.05\nexit 0\n", 0o755)},
        ),
    ]


def kilo() -> list[DebPackage]:
    """The plug-in of Kilo, which needs the client in any version (host 1.5)."""
    library = "/usr/lib/python2.7/dist-packages/midonet"
    return [
        DebPackage(
            name="python-neutron-plugin-midonet",
            version="1:2015.1.2-1",
            depends=("python-midonetclient",),
            files={
                f"{library}/neutron/plugin.py": PackagedFile(b"class MidonetPluginV2:\n    pass\n"),
                f"{library}/neutron/plugin_v2.py": PackagedFile(b"class MidonetPluginV2:\n    pass\n"),
            },
        )
    ]


def distribution() -> list[DebPackage]:
    """Of Ubuntu and its Cloud Archive: quagga as it was, Tomcat, the services of OpenStack."""
    kilo_version = "1:2015.1.4-0ubuntu2~cloud0"
    return [
        _quagga("0.99.22.4-3ubuntu1.5"),
        _sysv("tomcat7", "7.0.52-1ubuntu0.16", "/usr/share/tomcat7/bin/bootstrap.jar"),
        _sysv("zookeeperd", "3.4.5+dfsg-1", "/usr/share/java/zookeeper.jar", service="zookeeper"),
        *(
            _upstart(name, kilo_version, f"/usr/bin/{name}")
            for name in ("neutron-server", "neutron-dhcp-agent", "neutron-metadata-agent", "nova-compute")
        ),
    ]


def _quagga(version: str) -> DebPackage:
    return DebPackage(
        name="quagga",
        version=version,
        architecture=_MACHINE,
        files={"/usr/lib/quagga/bgpd": PackagedFile(f"#!/bin/sh\n# {version}\nexit 0\n".encode(), 0o755)},
    )


def _upstart(name: str, version: str, program: str) -> DebPackage:
    """A job of upstart that its package starts."""
    job = f'description "{name}"\nstart on runlevel [2345]\nstop on runlevel [016]\nrespawn\nexec {program}\n'
    return DebPackage(
        name=name,
        version=version,
        files={
            program: _PROGRAM,
            f"/etc/init/{name}.conf": PackagedFile(job.encode(), config=True),
            f"/etc/init.d/{name}": PackagedFile(link="/lib/init/upstart-job"),
        },
        scripts=MaintainerScripts(
            postinst=f'if [ "$1" = configure ]; then\n    invoke-rc.d {name} start || true\nfi\n',
            prerm=f'if [ "$1" = remove ]; then\n    invoke-rc.d {name} stop || true\nfi\n',
        ),
    )


def _sysv(name: str, version: str, program: str, *, service: str = "") -> DebPackage:
    """A script of /etc/init.d that its package starts. (The practice site's init does what it would do.)"""
    service = service or name
    script = (
        f"#!/bin/sh\n### BEGIN INIT INFO\n# Provides: {service}\n# Default-Start: 2 3 4 5\n"
        f'# Default-Stop: 0 1 6\n### END INIT INFO\nexec service {service} "$1"\n'
    )
    remove = f'if [ "$1" = purge ]; then\n    update-rc.d {service} remove >/dev/null || true\nfi\n'
    return DebPackage(
        name=name,
        version=version,
        files={
            program: PackagedFile(f"{name} {version}\n".encode()),
            f"/etc/init.d/{service}": PackagedFile(script.encode(), 0o755, config=True),
        },
        directories=(f"/var/log/{service}", f"/etc/{service}"),
        scripts=MaintainerScripts(
            postinst=f'if [ "$1" = configure ]; then\n    update-rc.d {service} defaults >/dev/null\n'
            f"    invoke-rc.d {service} start || true\nfi\n",
            prerm=f'if [ "$1" = remove ]; then\n    invoke-rc.d {service} stop || true\nfi\n',
            postrm=remove,
        ),
    )
