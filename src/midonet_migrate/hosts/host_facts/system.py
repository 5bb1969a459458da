"""Distribution, clock, memory, disks and processes out of what a host's tools say; pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

import msgspec

from midonet_migrate.model.hosts import Family

_KIB = 1024
_LSB = {"DISTRIB_ID": "ID", "DISTRIB_RELEASE": "VERSION_ID"}
_RED_HAT = re.compile(
    r"^(?P<name>.+?)(?: Linux)?(?: Server)? release (?P<release>\d+(?:\.\d+)*)", re.MULTILINE
)
_RED_HAT_NAMES = {"centos": "centos", "red hat enterprise": "rhel"}
_PORT = re.compile(r'^Port #\d+ "(?P<name>[^"]+)"', re.MULTILINE)
_AGENTS = ("puppet", "chef-client", "salt-minion", "cf-agent", "cf-execd", "ansible-pull")
_CLIENTS_OF_SERVERS = frozenset({"puppetmasterd", "puppetserver"})


class Distribution(msgspec.Struct, frozen=True):
    """``family`` None with the reason: MidoNet 5 has no packages for it (host 5.1 ``os``)."""

    name: str
    release: str
    family: Family | None
    reason: str = ""


def read_distribution(os_release: str, release_file: str) -> Distribution:
    """Out of os-release, or of what older systems have instead (CentOS 6 has no os-release)."""
    values = _assignments(os_release)
    lsb = {_LSB.get(key, key): value for key, value in _assignments(release_file).items()}
    if not values.get("ID"):
        red_hat = _RED_HAT.search(release_file)
        if red_hat is not None:
            known = _RED_HAT_NAMES.get(red_hat["name"].lower(), red_hat["name"].lower())
            values = {"ID": known, "VERSION_ID": red_hat["release"]}
        else:
            values = lsb
    name, release = values.get("ID", "").lower(), values.get("VERSION_ID", "")
    if not name:
        return Distribution("unknown", "", None, "it has no os-release and no release file that is known")
    family = _family(name, release)
    reason = "" if family else f"MidoNet 5 has no packages for {name} {release or '(release unknown)'}"
    return Distribution(name, release, family, reason)


def _family(name: str, release: str) -> Family | None:
    if name == "ubuntu" and release == "14.04":
        return Family.DEBIAN
    if name in {"centos", "rhel"} and release.partition(".")[0] == "7":
        return Family.REDHAT
    return None


def _assignments(text: str) -> dict[str, str]:
    """``KEY="value"`` lines as a shell reads them; what it could not read is left out."""
    values = {}
    for line in text.splitlines():
        key, equals, raw = line.strip().partition("=")
        if not equals or not key.replace("_", "").isalnum():
            continue
        try:
            values[key] = "".join(shlex.split(raw))
        except ValueError:
            continue
    return values


def clock_offset(at_start: str, at_end: str, sent: float, received: float) -> tuple[float, float]:
    """The host's clock minus ours, and how wrong that may be, seconds.

    ``sent`` and ``received`` are ours; the texts are the host's ``date +%s.%N`` in between. Raises
    ``ValueError`` for what is no time.
    """
    first, last = float(at_start.strip()), float(at_end.strip())
    smallest, largest = last - received, first - sent
    return (smallest + largest) / 2, max(0.0, (largest - smallest) / 2)


def read_memory(text: str) -> tuple[int, int]:
    """Total and available bytes. Kernels before 3.14 do not say what is available: free and caches then."""
    kib = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            kib[name.strip()] = int(words[0])
    available = kib.get("MemAvailable")
    if available is None:
        available = sum(kib.get(name, 0) for name in ("MemFree", "Buffers", "Cached"))
    return kib.get("MemTotal", 0) * _KIB, available * _KIB


def free_bytes(text: str) -> int | None:
    """Out of ``df -P -k``; None when it says nothing. The name of the file system may hold blanks."""
    for line in reversed(text.splitlines()):
        found = re.search(r"\s(\d+)\s+(\d+)\s+(-?\d+)\s+(\d+%|-)\s+/", line)
        if found is not None:
            return max(0, int(found[3])) * _KIB
    return None


def config_management(processes: Iterable[str]) -> tuple[str, ...]:
    """Names of the agents of configuration management among processes (``ps -eo args=``)."""
    found = set()
    for line in processes:
        words = line.replace(":", " ").split()
        names = [word.rpartition("/")[2] for word in words[:3]]
        if _CLIENTS_OF_SERVERS & set(names):
            continue
        for name in names:
            if name in _AGENTS and not (name == "puppet" and "master" in words):
                found.add(name)
    return tuple(sorted(found))


def read_datapath(text: str) -> tuple[str, ...]:
    """Names of the ports of a datapath, as ``mm-dpctl`` shows it."""
    return tuple(match["name"] for match in _PORT.finditer(text))
