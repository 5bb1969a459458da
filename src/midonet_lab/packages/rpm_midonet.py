"""MidoNet's packages for CentOS 7, as far as a migration meets them (host 1.1-1.4)."""

from __future__ import annotations

import gzip

from midonet_lab.packages.rpm_package import PackagedFile, RpmPackage, Scripts

OLD_VERSIONS = ("1.9.8", "1.9.9")
NEW_VERSIONS = ("5.0.2", "5.2.1")
RELEASE = "1.0.el7"
_EPOCH5 = 2
_TOOLS5 = "/usr/lib/midonet-lab"
_JAVA7, _JAVA8 = "java-1.7.0", "java-1.8.0-openjdk-headless"

_MIDOLMAN_CONF = """\
# Settings of the MidoNet agent
[zookeeper]
zookeeper_hosts = 127.0.0.1:2181
"""
_ROOT_KEY_19 = "root_key = /midonet/v1\n"
_ENVIRONMENT = """\
# Heap of the agent
MAX_HEAP_SIZE="{heap}"
HEAP_NEWSIZE="{young}"
"""
_LOGBACK = '<configuration scan="true"><!-- {package} {version} --></configuration>\n'
_MIDONET_CONF = """\
[zookeeper]
zookeeper_hosts = 127.0.0.1:2181
"""
_UNIT = """\
[Unit]
Description={title}
After=network.target
StartLimitInterval=120
StartLimitBurst=2

[Service]
Type=simple
ExecStart={command}
Restart=on-failure
SuccessExitStatus=143
KillMode={kill}

[Install]
WantedBy=multi-user.target
"""
_JOB = """\
description "{title}"
start on runlevel [2345]
stop on runlevel [016]
respawn
respawn limit 2 120
exec {command}
"""


def midonet19(version: str) -> list[RpmPackage]:
    """midolman, midonet-api and the client of a 1.9."""
    return [_midolman19(version), _api19(version), _client(version, epoch=1)]


def midonet5(version: str) -> list[RpmPackage]:
    """midolman, midonet-cluster, midonet-tools and the client of a 5.x."""
    return [_midolman5(version), _cluster5(version), _tools5(version), _client(version, epoch=_EPOCH5)]


def _midolman19(version: str) -> RpmPackage:
    share = "/usr/share/midolman"
    return RpmPackage(
        name="midolman",
        version=version,
        release=RELEASE,
        requires=("quagga >= 0.99.21", "python-setproctitle", "iproute", _JAVA7),
        files={
            f"{share}/midolman-{version}.jar": _text(f"midolman {version}"),
            f"{share}/dep/midonet-jdk-bootstrap-{version}.jar": _text(f"bootstrap {version}"),
            **_agent_files(version),
            "/usr/bin/mn-conf": _lab_program("mn-conf-1.9", version),
            "/usr/bin/mm-dpctl": _lab_program("mm-dpctl-1.9", version),
            **{f"/usr/bin/{name}": _program(name, version) for name in ("mm-meter", "mm-stat")},
            "/usr/share/man/man1/mn-conf.1.gz": _manual("mn-conf", version),
            "/etc/midolman/midolman.conf": _config(_MIDOLMAN_CONF + _ROOT_KEY_19),
        },
        directories=("/var/log/midolman",),
        scripts=service_scripts("midolman"),
    )


def _midolman5(version: str) -> RpmPackage:
    has_minions = version >= "5.2"
    files = {
        "/usr/share/midolman/midolman.jar": _text(f"midolman {version}"),
        "/usr/share/midolman/prepare-java": _program("prepare-java", version),
        **_agent_files(version),
        "/usr/bin/mm-dpctl": _lab_program("mm-dpctl-5", version),
        "/etc/midolman/midolman.conf": _config(_MIDOLMAN_CONF),
    }
    requires: tuple[str, ...] = ("quagga >= 0.99.23", "midonet-tools", _JAVA8)
    directories: tuple[str, ...] = ("/var/log/midolman",)
    if has_minions:
        files |= {
            "/usr/share/midolman/minions-start": _program("minions-start", version),
            "/etc/midolman/minions-env.sh": _config(_ENVIRONMENT.format(heap="1024M", young="256M")),
            "/etc/midolman/logback-minions.xml": _config(_LOGBACK.format(package="minions", version=version)),
            "/etc/midolman/midolman-env.sh.small": _text(_ENVIRONMENT.format(heap="512M", young="128M")),
        }
        requires += ("libreswan >= 1.15.0",)
        directories += ("/var/db/midolman",)
    return RpmPackage(
        name="midolman",
        version=version,
        release=RELEASE,
        epoch=_EPOCH5,
        requires=requires,
        files=files,
        directories=directories,
        scripts=service_scripts("midolman"),
    )


def _agent_files(version: str) -> dict[str, PackagedFile]:
    environments = {
        "midolman-env.sh": ("2048M", "1536M"),
        "midolman-env.sh.compute.large": ("4096M", "3072M"),
        "midolman-env.sh.compute.medium": ("2048M", "1536M"),
        "midolman-env.sh.gateway.large": ("6144M", "5120M"),
        "midolman-env.sh.gateway.medium": ("4096M", "3072M"),
    }
    marked = {"midolman-env.sh", "midolman-env.sh.compute.large", "midolman-env.sh.gateway.large"}
    files = {
        f"/etc/midolman/{name}": PackagedFile(
            f"# {version[0]}.x\n{_ENVIRONMENT.format(heap=heap, young=young)}".encode(), config=name in marked
        )
        for name, (heap, young) in environments.items()
    }
    command = "/usr/share/midolman/midolman-start"
    return {
        **files,
        "/etc/midolman/logback.xml": _config(_LOGBACK.format(package="midolman", version=version)),
        "/etc/midolman/logback-dpctl.xml": _text(_LOGBACK.format(package="dpctl", version=version)),
        "/etc/midolman/quagga/bgpd.conf": _text("hostname bgpd\npassword zebra_password\n"),
        "/etc/init/midolman.conf": _text(_JOB.format(title="MidoNet agent", command=command)),
        "/usr/lib/systemd/system/midolman.service": _text(
            _UNIT.format(title="MidoNet agent", command=command, kill="control-group")
        ),
        **{
            f"/usr/share/midolman/{name}": _program(name, version)
            for name in ("midolman-prepare", "midolman-start")
        },
        **{
            f"/usr/bin/{name}": _program(name, version) for name in ("wdog", "mm-ctl", "mm-trace", "mm-tests")
        },
        "/usr/lib/midolman/bgpd-helper": _program("bgpd-helper", version),
        "/usr/share/man/man1/mm-trace.1.gz": _manual("mm-trace", version),
    }


def _api19(version: str) -> RpmPackage:
    web = "/usr/share/midonet-api/WEB-INF"
    xml = (
        '<?xml version="1.0"?>\n<web-app>\n  <context-param>\n'
        "    <param-name>zookeeper-zookeeper_hosts</param-name>\n"
        "    <param-value>127.0.0.1:2181</param-value>\n  </context-param>\n</web-app>\n"
    )
    return RpmPackage(
        name="midonet-api",
        version=version,
        release=RELEASE,
        requires=(_JAVA7,),
        files={
            f"{web}/web.xml": _config(xml),
            f"{web}/classes/logback.xml": _config(_LOGBACK.format(package="midonet-api", version=version)),
            f"{web}/lib/midonet-api-{version}.jar": _text(f"midonet-api {version}"),
        },
    )


def _cluster5(version: str) -> RpmPackage:
    command = "/usr/share/midonet-cluster/midonet-cluster-start"
    return RpmPackage(
        name="midonet-cluster",
        version=version,
        release=RELEASE,
        epoch=_EPOCH5,
        requires=("midonet-tools", _JAVA8),
        files={
            "/usr/share/midonet-cluster/midonet-cluster.jar": _text(f"midonet-cluster {version}"),
            command: _program("midonet-cluster-start", version),
            "/usr/share/midonet-cluster/midonet-cluster-env.sh": _text("MAX_HEAP_SIZE=2048M\n"),
            "/usr/bin/mn-migrate": _program("mn-migrate", version),
            "/etc/midonet/midonet.conf": _config(_MIDONET_CONF),
            "/etc/midonet-cluster/logback.xml": _config(_LOGBACK.format(package="cluster", version=version)),
            "/etc/midonet-cluster/midonet-cluster-env.sh": _config("MAX_HEAP_SIZE=2048M\nJMX_PORT=7201\n"),
            "/etc/init/midonet-cluster.conf": _text(_JOB.format(title="MidoNet cluster", command=command)),
            "/usr/lib/systemd/system/midonet-cluster.service": _text(
                _UNIT.format(title="MidoNet cluster", command=command, kill="process")
            ),
        },
        directories=("/var/log/midonet-cluster",),
        scripts=service_scripts("midonet-cluster"),
    )


def _tools5(version: str) -> RpmPackage:
    return RpmPackage(
        name="midonet-tools",
        version=version,
        release=RELEASE,
        epoch=_EPOCH5,
        requires=(_JAVA8,),
        files={
            "/usr/share/midonet-tools/midonet-tools.jar": _text(f"midonet-tools {version}"),
            "/usr/share/midonet-tools/prepare-java": _program("prepare-java", version),
            "/usr/bin/mn-conf": _lab_program(f"mn-conf-{version}", version),
            **{f"/usr/bin/{name}": _program(name, version) for name in ("mm-meter", "mm-stat")},
            "/usr/share/man/man1/mn-conf.1.gz": _manual("mn-conf", version),
        },
    )


def _client(version: str, *, epoch: int) -> RpmPackage:
    library = "/usr/lib/python2.7/site-packages/midonetclient"
    return RpmPackage(
        name="python-midonetclient",
        version=version,
        release=RELEASE,
        epoch=epoch,
        requires=("python-webob", "python-eventlet", "python-httplib2"),
        files={
            f"{library}/__init__.py": _text(f'__version__ = "{version}"\n'),
            "/usr/bin/midonet-cli": _program("midonet-cli", version),
        },
    )


def service_scripts(name: str) -> Scripts:
    """Not started by an installation, restarted by an upgrade if it runs, stopped by a removal (host 1.3)."""
    return Scripts(
        post=f"systemctl preset {name} >/dev/null 2>&1 || :\nsystemctl enable {name} >/dev/null 2>&1 || :\n",
        preun=f"if [ $1 -eq 0 ]; then\n    systemctl disable {name} >/dev/null 2>&1 || :\n"
        f"    systemctl stop {name} >/dev/null 2>&1 || :\nfi\n",
        postun="systemctl daemon-reload >/dev/null 2>&1 || :\n"
        f"if [ $1 -ge 1 ]; then\n    systemctl try-restart {name} >/dev/null 2>&1 || :\nfi\n",
    )


def _text(text: str) -> PackagedFile:
    return PackagedFile(text.encode())


def _config(text: str) -> PackagedFile:
    return PackagedFile(text.encode(), config=True)


def _program(name: str, version: str) -> PackagedFile:
    return PackagedFile(f"#!/bin/sh\n# {name} {version}\nexit 0\n".encode(), 0o755)


def _lab_program(name: str, version: str) -> PackagedFile:
    return PackagedFile(f'#!/bin/sh\n# {version}\nexec {_TOOLS5}/{name} "$@"\n'.encode(), 0o755)


def _manual(name: str, version: str) -> PackagedFile:
    return PackagedFile(gzip.compress(f".TH {name} 1 {version}\n".encode(), mtime=0))
