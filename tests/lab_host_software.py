"""Files that packages of MidoNet, Java and OpenStack would put on a host, put there by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from midonet_lab.hosts.lab_host import LabHost
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Family

JAVA_WORDS = {7: 'java version "1.7.0_201"', 8: 'openjdk version "1.8.0_275"'}
MIDOLMAN_JOB = """\
start on runlevel [2345]
respawn
respawn limit 2 120
exec /usr/share/midolman/midolman-start
"""
MIDOLMAN_UNIT = """\
[Service]
ExecStart=/usr/share/midolman/midolman-start
Restart=on-failure
StartLimitBurst=2
StartLimitInterval=120
SuccessExitStatus=143
[Install]
WantedBy=multi-user.target
"""


def put(host: LabHost, files: Mapping[str, str], mode: int = 0o644) -> None:
    """Files of the host, by path; written from inside."""
    for name, text in files.items():
        script = 'mkdir -p "${1%/*}" && cat > "$1" && chmod "$2" "$1"'
        done = host.runner().run(["sh", "-c", script, "sh", f"/{name}", f"{mode:o}"], stdin=text)
        assert done.status == 0, done.stderr


def put_java(host: LabHost, version: int) -> None:
    """A JVM of that version that says so."""
    script = f"#!/bin/sh\necho '{JAVA_WORDS[version]}' >&2\n"
    put(host, {f"usr/lib/jvm/java-{version}-openjdk-amd64/jre/bin/java": script}, 0o755)


def put_service(host: LabHost, name: str, job: str = MIDOLMAN_JOB, unit: str = MIDOLMAN_UNIT) -> None:
    """The file that describes a service."""
    debian = host.specification.family is Family.DEBIAN
    put(host, {f"etc/init/{name}.conf": job} if debian else {f"usr/lib/systemd/system/{name}.service": unit})


def put_midolman(host: LabHost, version: str, zookeeper: str) -> None:
    """The agent of that version in the place of any other, with a configuration."""
    run(host, "rm -rf /usr/share/midolman")
    recent = version.startswith("5")
    jar = "midolman.jar" if recent else f"midolman-{version}.jar"
    put(
        host,
        {f"usr/share/midolman/{jar}": version, "usr/share/midolman/midolman-start": "#!/bin/sh\n"},
        0o755,
    )
    root_key = "" if recent else "root_key = /midonet/v1\n"
    configuration = f"[zookeeper]\nzookeeper_hosts = {zookeeper}\n{root_key}"
    put(host, {"etc/midolman/midolman.conf": configuration})
    put_service(host, "midolman")


def run(host: LabHost, command: str, stdin: str = "") -> Completed:
    """A command line in the host."""
    return host.runner().run(["sh", "-c", command], stdin=stdin)


def running(host: LabHost, service: str) -> bool:
    """Whether the init system says that it runs."""
    if host.specification.family is Family.DEBIAN:
        return "running" in run(host, f"service {service} status").stdout.replace("not running", "")
    return run(host, f"systemctl is-active {service}").status == 0


def log_of(host: LabHost, name: str) -> str:
    """A log of the host, empty when there is none."""
    path: Path = host.root / name
    return path.read_text(encoding="utf-8") if os.path.lexists(path) else ""
