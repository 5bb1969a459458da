"""Whether a host can be worked on at all, before anything is changed there (host 3.5, 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from midonet_migrate.errors import NoPermission, WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import Repaired
from midonet_migrate.hosts.packages.yum_cut_off import CURE
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.model.hosts import HostFacts
from midonet_migrate.steps.hosts.versions import AGENT, OURS, of_release_19

SMALLEST_ROOM = 300 * 1024 * 1024
"""Bytes. Packages of an agent with their dependencies, unpacked."""
LARGEST_SKEW_SECONDS = 2.0
_TRANSACTIONS = ("packages ", "files of ", "purge ", "repair")
"""How the keys of changes begin that call the package manager."""


def require_workable(parts: HostParts, *, agent: bool) -> None:
    """Refuse a host on which packages cannot be changed, or that is not the one that is meant.

    Raises ``NoPermission`` without root's rights, ``WrongState`` naming every single reason.
    """
    name, facts = parts.entry.name, parts.facts
    if not facts.root:
        raise NoPermission(
            f"{name}: commands do not run with root's rights",
            hint="Log in as root, or set 'sudo: true' for the host in hosts.yaml and allow the user sudo"
            " without a password.",
        )
    problems = [*_problems(parts), *(_identity(parts) if agent else ())]
    if problems:
        raise WrongState(
            f"{name} is not ready",
            why="Nothing was changed there.",
            hint="Correct what is listed, then run the same command again.",
            problems=problems,
        )


def settle_own(parts: HostParts, actor: HostActor) -> bool:
    """Whether a transaction of ours came to no end that we know of. It may go on still, the connection alone
    being lost: it is waited for, or packages would change after they were looked at. Raises what the package
    manager raises."""
    starts = tuple(f"{actor.host} {key}" for key in _TRANSACTIONS)
    own = any(record.digest.startswith(starts) for record in actor.run.journal.pending())
    if own:
        parts.packages.settle()
    return own


def repair_own(parts: HostParts, actor: HostActor) -> None:
    """Let the package manager finish a transaction of ours that was cut off; those of others are theirs to
    look at. Raises what the package manager raises."""
    if settle_own(parts, actor) and parts.packages.broken():
        actor.perform(Repaired(manager=parts.packages))


def _problems(parts: HostParts) -> Iterator[str]:
    facts = parts.facts
    if facts.family is None:
        yield (
            f"{facts.distribution} {facts.release}: MidoNet 5 has packages for Ubuntu 14.04, CentOS 7 and"
            " RHEL 7 alone"
        )
        return
    held = sorted(OURS.intersection(parts.packages.held()))
    if held:
        release = "apt-mark unhold" if facts.family == "debian" else "yum versionlock delete"
        yield f"held in their version: {', '.join(held)} ({release} {' '.join(held)})"
    broken = parts.packages.broken()
    if broken:
        repair = "dpkg --configure -a" if facts.family == "debian" else CURE
        yield f"half installed or half configured: {', '.join(broken)} ({repair})"
    for place, free in sorted(facts.disk_free.items()):
        if free < SMALLEST_ROOM:
            yield f"{place}: {free // 2**20} MiB free, {SMALLEST_ROOM // 2**20} MiB are needed"


def _identity(parts: HostParts) -> Iterator[str]:
    """What keeps a 5.x agent from starting, or makes it another host (host 0.16, 2.7)."""
    entry, facts = parts.entry, parts.facts
    if facts.midonet_host_id != entry.midonet_host_id:
        yield (
            f"its host id is {facts.midonet_host_id or 'missing'}; hosts.yaml says {entry.midonet_host_id}:"
            " is this the right machine?"
        )
    if entry.midonet_name and facts.hostname != entry.midonet_name:
        yield (
            f"it is called {facts.hostname}, MidoNet knows it as {entry.midonet_name}:"
            " the 5.x agent would refuse to start"
        )


def require_old_agent(parts: HostParts) -> None:
    """To be asked before a host is touched for the first time: what is there then is what a rollback brings
    back. Raises ``WrongState`` unless it is an agent of 1.9 (host 5.1 ver-src, 6.3)."""
    version = parts.packages.installed().get(AGENT, "")
    if not of_release_19(version):
        raise WrongState(
            f"{parts.entry.name}: midolman is {version or 'not installed'}",
            why="Only hosts on MidoNet 1.9 are taken to MidoNet 5, and this run directory has not touched it:"
            " what was there before would not be known, and there would be no way back.",
            hint="If an earlier migration did this, use its --data-dir, and the host's name of then in"
            " hosts.yaml. Else install 1.9 there again, or take the host out of hosts.yaml.",
        )


def require_same_machine(parts: HostParts, recorded: HostFacts) -> None:
    """A record is put back only on the machine it is of: addresses in hosts.yaml change. By MidoNet's id of
    the host, which hosts.yaml has too; where there is none, by its name. Raises ``WrongState``."""
    now, ids = parts.facts, (parts.facts.midonet_host_id, recorded.midonet_host_id)
    same = ids[0] == ids[1] if all(ids) else now.hostname == recorded.hostname
    if not same or (ids[0] and parts.entry.midonet_host_id not in {"", ids[0]}):
        raise WrongState(
            f"{parts.entry.name} is another machine than the one that is meant",
            why=f"It is {now.hostname} (host id {ids[0] or 'none'}); recorded is"
            f" {recorded.hostname} (host id {ids[1] or 'none'}), and hosts.yaml says"
            f" {parts.entry.midonet_host_id or 'none'}. Nothing was changed there.",
            hint="Correct its address in hosts.yaml, then run the same command again.",
        )


def remarks(parts: HostParts) -> Iterable[str]:
    """What is no obstacle, and better seen to."""
    facts = parts.facts
    if facts.config_management:
        names = ", ".join(facts.config_management)
        yield f"running: {names}: stop it, or it reverts what is changed here"
    if abs(facts.clock) - facts.clock_error > LARGEST_SKEW_SECONDS:  # it is off for certain
        yield f"its clock is {facts.clock:+.1f} s off: logs and tokens will confuse"
