"""Packages of MidoNet, and which version of each is wanted (host 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from midonet_migrate.hosts.packages.manager import NoRepository, PackageManager

AGENT, TOOLS, CLUSTER, CLIENT, API = (
    "midolman",
    "midonet-tools",
    "midonet-cluster",
    "python-midonetclient",
    "midonet-api",
)
OURS = frozenset({AGENT, TOOLS, CLUSTER, CLIENT, API})
OLD_JAVA, NEW_JAVA = "7", "8"
"""What 1.9 and 5.x run on, and nothing else (host 1.3)."""
PLUGIN = "python-neutron-plugin-midonet"
"""It depends on the client: whoever removes the client removes Neutron's core plug-in (host 1.5)."""

DEPENDENCIES = (
    *("quagga", "libreswan", "haproxy", "bridge-utils", "python-setproctitle", "iproute", "iproute2"),
    *("openjdk-8-jre-headless", "openjdk-8-jdk-headless", "openjdk-8-jre", "java-1.8.0-openjdk-headless"),
    *("java-1.8.0-openjdk", "java-common", "ca-certificates-java", "tzdata-java", "tzdata"),
)
"""What ours rest on: the package manager may bring these to another version along with them."""


def is_version(text: str, release: str) -> bool:
    """Whether the exact version of a package is of this release of MidoNet: ``2:5.2.1-1.0.el7`` of 5.2.1. Its
    candidates are not: ``2:5.2.1~rc4``, ``2:5.2.1-0.1.rc4.el7``."""
    candidate = r"(?![-+]0\.\d+\.rc)"
    return re.fullmatch(rf"(\d+:)?{re.escape(release)}{candidate}([-+].*)?", text) is not None


def of_release_19(text: str) -> bool:
    """Whether the exact version of a package is one of MidoNet 1.9."""
    return re.match(r"(\d+:)?1\.9\.", text) is not None


def choose_versions(
    packages: PackageManager, names: Sequence[str], release: str, *, host: str
) -> dict[str, str]:
    """The exact version of each package that is of ``release``; one that is installed stays as it is.

    Raises ``NoRepository`` naming every package that cannot be had, with what there is instead.
    """
    installed = packages.installed()
    found = {name: installed[name] for name in names if is_version(installed.get(name, ""), release)}
    missing = [name for name in names if name not in found]
    candidates = packages.candidates(missing) if missing else {}
    found |= _matching(candidates, release)
    lacking = [name for name in names if name not in found]
    if lacking:
        raise NoRepository(
            f"{host}: the repositories do not have MidoNet {release}",
            why="The versions that can be had are others.",
            hint="Correct 'repositories' in hosts.yaml (the misc repository is needed too), or choose another"
            " --target-version.",
            problems=[f"{name}: {', '.join(candidates.get(name, [])) or 'not known'}" for name in lacking],
        )
    return {name: found[name] for name in names}


def _matching(candidates: Mapping[str, Iterable[str]], release: str) -> dict[str, str]:
    fitting = {
        name: [version for version in versions if is_version(version, release)]
        for name, versions in candidates.items()
    }
    return {name: versions[0] for name, versions in fitting.items() if versions}
