"""Is a host who MidoNet takes it for, and is it alive? (host 2.7, 3.5, 5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.plan.checks.model import HostCase, HostFinding


def hosts_alive(case: HostCase) -> Iterator[HostFinding]:
    """``hosts-alive``: an agent that is dead now may come back with 1.9 and write into the old tree."""
    if not case.entry.has_agent:
        return
    known = case.context.known_hosts.get(case.entry.midonet_host_id)
    service = case.facts.services.get("midolman")
    if known is not None and known.used and not known.alive:
        yield HostFinding(
            check="hosts-alive",
            level="blocker",
            host=case.entry.name,
            what="MidoNet says that it is not alive, but it is in a tunnel zone or has bound ports",
            remedy="Start its agent, or take the host out of its tunnel zones and unbind its ports.",
        )
    elif service is not None and not service.running:
        yield HostFinding(
            check="hosts-alive",
            level="blocker",
            host=case.entry.name,
            what=f"its agent does not run ({service.state})",
            remedy="Start midolman there and look into its log, or take the host out of hosts.yaml.",
        )


def host_name(case: HostCase) -> Iterator[HostFinding]:
    """``host-name``: ``hostname`` on the machine is the name that MidoNet knows, to the letter (trap 16)."""
    if not case.entry.has_agent:
        return
    known = case.context.known_hosts.get(case.entry.midonet_host_id)
    wanted = known.name if known is not None else case.entry.midonet_name
    if wanted and wanted != case.facts.hostname:
        kind = (
            "one is the short form of the other"
            if wanted.partition(".")[0] == case.facts.hostname.partition(".")[0]
            else "is this the right machine?"
        )
        yield HostFinding(
            check="host-name",
            level="blocker",
            host=case.entry.name,
            what=f"it calls itself {case.facts.hostname}, MidoNet knows it as {wanted}: {kind}",
            remedy="Set the machine's host name back to what MidoNet knows: an agent of 5.x refuses to start"
            " with another.",
        )
    if known is not None and known.macs and case.facts.macs:
        ours = {mac.lower() for mac in case.facts.macs}
        if not ours & {mac.lower() for mac in known.macs}:
            yield HostFinding(
                check="host-name",
                level="blocker",
                host=case.entry.name,
                what="it has no MAC address in common with the interfaces that MidoNet knows",
                remedy="See whether hosts.yaml gives the right address: an agent of 5.x refuses to start.",
            )


def host_id(case: HostCase) -> Iterator[HostFinding]:
    """``host-id``: the id in its file is the one that MidoNet knows."""
    found, wanted = case.facts.midonet_host_id, case.entry.midonet_host_id.lower()
    if not wanted:
        if found and "midolman" in case.facts.packages:
            yield HostFinding(
                check="host-id",
                level="warning",
                host=case.entry.name,
                what=f"it has an agent with the id {found}, but hosts.yaml names no midonet_host_id",
                remedy="Add it to hosts.yaml if the agent is in use; otherwise it will stay on 1.9.",
            )
        return
    if not found:
        yield HostFinding(
            check="host-id",
            level="blocker",
            host=case.entry.name,
            what=f"it has no file with its host id; hosts.yaml says {wanted}",
            remedy="Restore /etc/midonet_host_id.properties from a backup: tunnel zones and bindings hang on"
            " this id.",
        )
    elif found != wanted:
        yield HostFinding(
            check="host-id",
            level="blocker",
            host=case.entry.name,
            what=f"its host id is {found}; hosts.yaml says {wanted}",
            remedy="See whether hosts.yaml gives the right address; never copy that file between hosts.",
        )
    elif case.context.known_hosts and wanted not in case.context.known_hosts:
        yield HostFinding(
            check="host-id",
            level="blocker",
            host=case.entry.name,
            what=f"MidoNet knows no host {wanted}",
            remedy="Start its agent once, or take the host out of hosts.yaml.",
        )
