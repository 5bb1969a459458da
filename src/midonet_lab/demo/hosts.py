"""Looking at the hosts of the demo's site from outside, and whether the demo has any."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from midonet_lab.demo.stage import Stage
from midonet_lab.hosts.site.layout import FamilyChoice
from midonet_lab.hosts.snapshot import HostSnapshot
from midonet_migrate.model.hosts import Role

HostsOption = Literal["debian", "redhat", "mixed", "none"]
WATCH_SECONDS = "2"
"""How long the demo lets health gates watch a process: minutes, on a real site."""
CANARY = "compute-003"
_AT_ONCE = 3


def choose_hosts(asked: HostsOption | None, *, root: bool) -> tuple[FamilyChoice | None, str]:
    """The family of the hosts, None for a site without any, and what the audience should know of that."""
    if asked == "none":
        return None, "Without hosts, as asked for: packages and services are left out."
    if asked is None and not root:
        return None, (
            "THE PART WITH HOSTS NEEDS ROOT'S RIGHTS: packages, services and files of a controller, a\n"
            "gateway and four compute hosts. It is left out here; run this as root to see it."
        )
    return asked or "debian", ""


def is_root() -> bool:
    """Whether namespaces and mounts can be made."""
    return os.geteuid() == 0


def host_names(stage: Stage, role: Role | None = None) -> list[str]:
    """The hosts of a role, or all of them, the controller first."""
    return [host.name for host in stage.site.hosts.planned if role is None or host.role is role]


def look(stage: Stage, *names: str) -> dict[str, HostSnapshot]:
    """Packages, files and services of hosts, or of all, as they are now."""
    chosen = names or tuple(host_names(stage))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        seen = pool.map(lambda name: stage.site.hosts.host(name).snapshot(), chosen)
        return dict(zip(chosen, seen, strict=True))


def expect_as_before(stage: Stage, promise: str) -> None:
    """Raise ``DemoFailed`` unless every host is as when the demo first looked; shows what is not."""
    now = look(stage)
    different = {name: stage.hosts_before[name].differences(now[name]) for name in now}
    for name, texts in different.items():
        for text in texts:
            stage.say(f"  {name}: {text}")
    stage.expect(promise, not any(different.values()))


def has(seen: HostSnapshot, package: str) -> bool:
    """Whether a package is installed; dpkg also lists those whose configuration files alone are left."""
    return package in seen.packages and not seen.packages[package].endswith("config-files")


def runs(seen: HostSnapshot, service: str) -> bool:
    """Whether a service was running, whatever its family has behind the name."""
    return any(
        state.running for name, state in seen.services.items() if name.removesuffix(".service") == service
    )
