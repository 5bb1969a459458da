"""Looking at a host (host 5.1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from midonet_migrate.hosts.host_facts.reading import read_facts
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.scripts import run_script, script_text
from midonet_migrate.hosts.service_names import all_names
from midonet_migrate.model.hosts import HostFacts

LOOK_SECONDS = 300.0
"""Each Java is started once, and mm-dpctl is one more."""


def look_at_host(
    runner: Runner,
    *,
    directories: Iterable[str] = (),
    users: Iterable[str] = ("root",),
    clock: Callable[[], float] = time.time,
) -> HostFacts:
    """Everything that is to be known of the host that ``runner`` reaches; changes nothing there.

    ``directories``: whose free space matters beside that of /var; ``users``: whose ~/.midonetrc counts.
    Raises ``HostsFailed`` when the script does not come to its end, and what the runner raises.
    """
    names = f"SERVICE_NAMES='{' '.join(all_names())}'\n"
    text = names + script_text("init_systems/states.sh", "host_facts/datapath.sh", "host_facts/probe.sh")
    arguments = [*directories, "--", *users]
    sent = clock()
    sections = run_script(runner, text, arguments, what="Looking at the host", timeout=LOOK_SECONDS)
    return read_facts(sections, sent=sent, received=clock())
