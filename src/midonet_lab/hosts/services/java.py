"""Looking for a JVM as MidoNet's start scripts do (host 1.3): JAVA_HOME, then ``which java``, then the usual
directories, until one says that it has the right version."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from midonet_lab.hosts.runner import PATH

_USUAL = "/usr/bin/java"
VERSIONS = {7: 'java version "1.7.', 8: 'version "1.8'}
"""What 1.9's start script wants to read, and what 5.x's."""
_DIRECTORIES = {
    7: ("java-7-openjdk-amd64", "java-1.7.0-openjdk-amd64", "java-7-oracle", "jre-1.7.0", "java-1.7.0"),
    8: ("java-8-openjdk-amd64", "java-1.8.0-openjdk-amd64", "java-8-oracle", "jre-1.8.0", "java-1.8.0"),
}
_ENVIRONMENT_FILES = ("etc/midolman/midolman-env.sh", "etc/default/midolman")


def find_java(root: Path, wanted: int) -> str | None:
    """Path in the host of a JVM of version 7 or 8; None when there is none. Runs it inside the host."""
    for candidate in _candidates(root, wanted):
        if VERSIONS[wanted] in _version(root, candidate):
            return candidate if candidate.startswith("/") else _USUAL
    return None


def _candidates(root: Path, wanted: int) -> Iterator[str]:
    for name in _ENVIRONMENT_FILES:
        try:
            text = (root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for home in re.findall(r"^\s*(?:export\s+)?JAVA_HOME=[\"']?([^\"'\s]+)", text, re.MULTILINE):
            yield f"{home}/bin/java"
    yield "java"
    for name in _DIRECTORIES[wanted]:
        yield f"/usr/lib/jvm/{name}/jre/bin/java"
        yield f"/usr/lib/jvm/{name}/bin/java"


def _version(root: Path, java: str) -> str:
    """What ``java -version`` writes; empty when it cannot be run."""
    command = ["chroot", str(root), java, "-version"]
    environment = {"PATH": f"{PATH}", "LANG": "C"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=30,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr + done.stdout if done.returncode == os.EX_OK else ""
