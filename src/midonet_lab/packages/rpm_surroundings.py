"""Packages around MidoNet on CentOS 7: both JVMs, what its misc repository holds, OpenStack Kilo."""

from __future__ import annotations

import msgspec

from midonet_lab.packages.rpm_package import PackagedFile, RpmPackage, Scripts

_MACHINE = "x86_64"


def java(major: int) -> list[RpmPackage]:
    """OpenJDK 7 or 8 of the base channel: headless, and the package that stands on it (host 1.7).

    ``java`` is an alternative; the newer one has the higher priority. ``java -version`` says what MidoNet's
    start scripts look for.
    """
    version, release, priority, said = {
        7: ("1.7.0.261", "2.6.22.2.el7_8", 1700261, 'java version "1.7.0_261"'),
        8: ("1.8.0.262.b10", "1.el7", 1800262, 'openjdk version "1.8.0_262"'),
    }[major]
    name = f"java-1.{major}.0-openjdk"
    home = f"/usr/lib/jvm/{name}-{version}-{release}.{_MACHINE}/jre"
    program = f"{home}/bin/java"
    text = f"#!/bin/sh\ncase \" $* \" in *' -version '*) echo '{said}' >&2 ;; esac\nexit 0\n"
    # An upgrade keeps the alternative: the old package's script runs after the new one's.
    scripts = Scripts(
        post=f"alternatives --install /usr/bin/java java {program} {priority}\n",
        postun=f"if [ $1 -eq 0 ]; then\n    alternatives --remove java {program}\nfi\n",
    )
    headless = RpmPackage(
        name=f"{name}-headless",
        version=version,
        release=release,
        epoch=1,
        architecture=_MACHINE,
        requires=("/usr/sbin/alternatives",),
        provides=(f"java-1.{major}.0-headless = 1:{version}", f"jre-1.{major}.0-headless = 1:{version}"),
        files={
            program: PackagedFile(text.encode(), 0o755),
            f"/usr/lib/jvm/jre-1.{major}.0": PackagedFile(link=home),
        },
        scripts=scripts,
    )
    full = RpmPackage(
        name=name,
        version=version,
        release=release,
        epoch=1,
        architecture=_MACHINE,
        requires=(f"{name}-headless = 1:{version}-{release}",),
        provides=(f"java-1.{major}.0 = 1:{version}", f"jre-1.{major}.0 = 1:{version}"),
        files={f"{home}/lib/amd64/libawt_xawt.so": PackagedFile(f"{name}\n".encode(), 0o755)},
    )
    return [headless, full]


def misc() -> list[RpmPackage]:
    """What MidoNet 5 needs newer than CentOS 7 has it, and zkdump (host 1.1, 1.6)."""
    return [
        RpmPackage(
            name="quagga",
            version="0.99.23",
            release="1.el7",
            architecture=_MACHINE,
            files={"/usr/sbin/bgpd": PackagedFile(b"#!/bin/sh\nexit 0\n", 0o755)},
        ),
        RpmPackage(
            name="libreswan",
            version="3.15",
            release="8.el7",
            architecture=_MACHINE,
            files={"/usr/sbin/ipsec": PackagedFile(b"#!/bin/sh\nexit 0\n", 0o755)},
        ),
        RpmPackage(
            name="zkdump",
            version="1.05",
            release="1",
            epoch=1,
            files={"/usr/bin/zkdump": PackagedFile(b"#!/bin/sh\n# zkdump 1.05\nexit 0\n", 0o755)},
        ),
    ]


def distribution() -> list[RpmPackage]:
    """What hosts have from their installation and MidoNet 5 replaces: a way back to it."""
    return [RpmPackage(name="quagga", version="0.99.22.4", release="5.el7_4", architecture=_MACHINE)]


def kilo() -> list[RpmPackage]:
    """The plug-in of Kilo, which needs the client in any version (host 1.5)."""
    library = "/usr/lib/python2.7/site-packages/midonet"
    return [
        RpmPackage(
            name="python-neutron-plugin-midonet",
            version="2015.1.2",
            release="1.0.el7",
            requires=("python-midonetclient",),
            files={
                f"{library}/neutron/plugin.py": PackagedFile(b"class MidonetPluginV1:\n    pass\n"),
                f"{library}/neutron/plugin_v2.py": PackagedFile(b"class MidonetPluginV2:\n    pass\n"),
            },
        )
    ]


def openstack() -> list[RpmPackage]:
    """Services of a controller and of a compute host, and Tomcat."""
    return [
        _service("tomcat", "7.0.76", "tomcat", {"/usr/share/tomcat/bin/bootstrap.jar": b"tomcat\n"}),
        _together(
            _service(
                "openstack-neutron", "2015.1.4", "neutron-server", {"/usr/bin/neutron-server": _PROGRAM}
            ),
            _service(
                "openstack-neutron",
                "2015.1.4",
                "neutron-metadata-agent",
                {"/usr/bin/neutron-metadata-agent": _PROGRAM},
            ),
        ),
        _service(
            "openstack-neutron-dhcp",
            "2015.1.4",
            "neutron-dhcp-agent",
            {"/usr/bin/neutron-dhcp-agent": _PROGRAM},
        ),
        _service(
            "openstack-nova-compute",
            "2015.1.4",
            "openstack-nova-compute",
            {"/usr/bin/nova-compute": _PROGRAM},
        ),
    ]


_PROGRAM = b"#!/bin/sh\nexit 0\n"


def _together(one: RpmPackage, other: RpmPackage) -> RpmPackage:
    """One package with the services of both."""
    scripts = Scripts(
        post=one.scripts.post + other.scripts.post, preun=one.scripts.preun + other.scripts.preun
    )
    return msgspec.structs.replace(one, files={**one.files, **other.files}, scripts=scripts)


def _service(name: str, version: str, unit: str, files: dict[str, bytes]) -> RpmPackage:
    command = next(iter(files))
    text = (
        f"[Unit]\nDescription={name}\n\n[Service]\nType=simple\nExecStart={command}\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )
    return RpmPackage(
        name=name,
        version=version,
        release="1.el7",
        files={
            **{path: PackagedFile(content, 0o755) for path, content in files.items()},
            f"/usr/lib/systemd/system/{unit}.service": PackagedFile(text.encode()),
        },
        scripts=Scripts(
            post=f"systemctl preset {unit} >/dev/null 2>&1 || :\n",
            preun=f"if [ $1 -eq 0 ]; then\n    systemctl disable {unit} >/dev/null 2>&1 || :\n"
            f"    systemctl stop {unit} >/dev/null 2>&1 || :\nfi\n",
        ),
    )
