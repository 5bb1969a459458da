"""Metadata without Neutron's agents: MidoNet's own agents ask Nova (host 3.3 step 7, 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import ServiceState
from midonet_migrate.hosts.files.remote_tree import RemoteTree
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.report import Item
from midonet_migrate.hosts.runner import NOT_FOUND, Runner
from midonet_migrate.hosts.service_names import NEUTRON_DHCP_AGENT, NEUTRON_METADATA_AGENT
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.filesystem import UnreadableFile
from midonet_migrate.settings.metadata_agent import (
    METADATA_AGENT_FILES,
    METADATA_AGENT_INI,
    MetadataAgent,
    read_metadata_agent,
)
from midonet_migrate.steps.mn_conf_writes import Row

_PREFIX = "agent.openstack.metadata"
URL_KEY, SECRET_KEY, ENABLED_KEY = (
    f"{_PREFIX}.{name}" for name in ("nova_metadata_url", "shared_secret", "enabled")
)
ACCEPT = "iptables -I INPUT 1 -i metadata -j ACCEPT"
# The path of a login by ssh, or of sudo, may lack these.
LIST_RULES = ("sh", "-c", "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; exec iptables -S INPUT")


class Writer(Protocol):
    """As :class:`~midonet_migrate.steps.mn_conf_writes.MnConfWriter`, of the template ``default``."""

    def present(self) -> dict[str, Any]:
        """What is set, by key."""

    def put(self, settings: Mapping[str, Any]) -> list[Row]:
        """Set what is not set like this already, and prove it; a row per setting, secrets masked."""


OpenWriter = Callable[[RunDirectory], AbstractContextManager[Writer]]


class Proxy(msgspec.Struct, kw_only=True, frozen=True):
    """``on``: MidoNet's agents give metadata themselves; else ``why`` not. ``items``: what was set for it."""

    on: bool
    why: str = ""
    items: tuple[Item, ...] = ()

    @property
    def new(self) -> bool:
        """Whether that was not so before."""
        return any(item.changed for item in self.items)


class Missing(msgspec.Struct, kw_only=True, frozen=True):
    """``settings`` to set; ``why`` instead when they are not known. Both empty: nothing is missing."""

    settings: dict[str, Any] = {}
    why: str = ""


def missing_settings(present: Mapping[str, Any], agents: Mapping[str, MetadataAgent]) -> Missing:
    """What the template ``default`` lacks, out of what the controllers say (by host); what is set stays."""
    if present.get(ENABLED_KEY) is False:
        return Missing(why=f"{ENABLED_KEY} is false in mn-conf, and stays so")
    found: dict[str, Any] = {}
    problems: list[str] = []
    for key, values in (
        (URL_KEY, {agent.url for agent in agents.values() if agent.url}),
        (SECRET_KEY, {agent.secret.reveal() for agent in agents.values() if agent.secret}),
    ):
        if present.get(key):
            continue
        if len(values) == 1:
            found[key] = values.pop()
        elif values:
            problems.append(f"controllers have different values for {key}")
        else:
            problems += [f"{host}: {text}" for host, agent in agents.items() for text in agent.problems] or [
                f"no controller could be asked for {key}"
            ]
    if problems:
        return Missing(why="; ".join(dict.fromkeys(problems)))
    return Missing(settings=found if present.get(ENABLED_KEY) else {**found, ENABLED_KEY: True})


def is_asked_for(present: Mapping[str, Any]) -> bool:
    """Whether something is missing that the controllers' files may tell."""
    return present.get(ENABLED_KEY) is not False and not (present.get(URL_KEY) and present.get(SECRET_KEY))


def read_agent_of(parts: HostParts) -> MetadataAgent:
    """What Neutron's metadata agent of a controller is told. Raises what reading files raises."""
    tree = RemoteTree(parts.files, parts.runner)
    tree.prefetch(METADATA_AGENT_FILES)
    if not tree.exists(METADATA_AGENT_INI):
        return MetadataAgent(problems=(f"there is no {METADATA_AGENT_INI}",))
    try:
        texts = {path: tree.read(path) for path in METADATA_AGENT_FILES if tree.exists(path)}
    except UnreadableFile as error:
        return MetadataAgent(problems=(error.problem.message,))
    return read_metadata_agent(texts)


def switch_on(writer: Writer, agents: Mapping[str, MetadataAgent]) -> Proxy:
    """Set what is missing for metadata by MidoNet's agents, all in one call; in a dry run only say so.

    Raises what the writer raises.
    """
    missing = missing_settings(writer.present(), agents)
    if missing.why:
        return Proxy(on=False, why=missing.why)
    rows = writer.put(missing.settings)  # also settles what an earlier run began
    details = [f"{row.key}: {row.value}" for row in rows if row.changed]
    what = f"agents of MidoNet give metadata ({_PREFIX} in mn-conf's template default)"
    return Proxy(on=True, items=(Item(what=what, changed=bool(details), details=details),))


def retire_neutron_agents(parts: HostParts, actor: HostActor, proxy: Proxy, *, again: bool) -> None:
    """Neutron's DHCP and metadata agents of a controller, where they exist, are stopped and disabled.

    Instances get metadata through both, so both stay while MidoNet's agents do not give it. ``again``: the
    host was finalised before; then advice is only given about agents that are still there.
    """
    there = {
        role: facts
        for role in (NEUTRON_DHCP_AGENT, NEUTRON_METADATA_AGENT)
        if (facts := parts.services.find(role)) is not None
    }
    if proxy.on:
        for role in there:
            actor.perform(ServiceState.of(parts, role, running=False, enabled=False))
    elif not again or any(facts.running or facts.enabled for facts in there.values()):
        left = " and ".join(there)
        actor.advise(
            f"Metadata is not given by MidoNet's agents: {proxy.why}."
            + (f" {left}: left as {'it is' if len(there) == 1 else 'they are'}." if left else "")
            + f" Set {URL_KEY} (as every agent's host reaches it), {SECRET_KEY} and {ENABLED_KEY} : true by"
            " hand, through the standard input of 'mn-conf set -t default', then run this again"
            " (--keep-neutron-agents leaves it as it is)."
        )


def metadata_advice(runner: Runner) -> Iterator[str]:
    """What the operator has to do on a host whose agent is to give metadata."""
    yield (
        "If midolman has run there since before metadata was switched on, restart it at a quiet time:"
        " instances of the host may get no metadata until its agent has read the new settings"
    )
    done = runner.run(LIST_RULES)
    if done.status != NOT_FOUND and needs_rule(done.stdout):
        yield f"Let metadata requests in, now and after a reboot: {ACCEPT}"


def needs_rule(rules: str) -> bool:
    """Whether the interface ``metadata`` has to be let in, by what ``iptables -S INPUT`` prints.

    Not when that is the first rule, or when nothing is filtered at all. Anything that is not clear needs it.
    """
    lines = [line.split() for line in rules.splitlines() if line.strip()]
    appended = [words for words in lines if words[0] == "-A"]
    if not appended:
        return ["-P", "INPUT", "ACCEPT"] not in lines
    return appended[0] != ["-A", "INPUT", "-i", "metadata", "-j", "ACCEPT"]
