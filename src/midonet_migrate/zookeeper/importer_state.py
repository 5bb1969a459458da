"""What the 5.x side of ZooKeeper says about the importer: is it alive, may it start, how far did it get?"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from midonet_migrate.errors import AlreadyMigrated, CorruptFile, ImporterAlive
from midonet_migrate.zookeeper.mn_conf import places_where_enabled
from midonet_migrate.zookeeper.session import ZooKeeperSession

MARKER_ID = "00000000-0000-0000-0000-000000000001"
_NOT_TOPOLOGY = frozenset({"C3POState", "Host", "HostGroup"})
"""Classes whose objects appear by themselves when a 5.x cluster or agent starts."""


class Latch(msgspec.Struct, kw_only=True, frozen=True):
    """A participant of the importer's leader election. ``host`` is its node's data: the host's UUID."""

    name: str
    host: str
    ephemeral: bool


class ImporterState(msgspec.Struct, kw_only=True, frozen=True):
    """What was found below the 5.x root.

    ``last_processed`` is None while there is no C3POState (no 5.x cluster has ever started).
    """

    root: str
    latches: tuple[Latch, ...] = ()
    enabled_in: tuple[str, ...] = ()
    last_processed: int | None = None
    topology: dict[str, int] = {}


def read_importer_state(session: ZooKeeperSession, root: str) -> ImporterState:
    """Read the importer's traces below the 5.x root (imp 1.4, 1.8, 4.3, 4.7, 5.1). Changes nothing.

    Raises ``ZooKeeperUnreachable``, ``AccessDenied``, and ``CorruptFile`` for a marker or mn-conf text
    that cannot be read.
    """
    base = root.rstrip("/")
    return ImporterState(
        root=root,
        latches=_latches(session, f"{base}/leader-latch"),
        enabled_in=places_where_enabled(session, f"{base}/config"),
        last_processed=marker_of(session, f"{base}/zoom/0/models/C3POState/{MARKER_ID}"),
        topology=_topology(session, f"{base}/zoom/0/models"),
    )


def require_silent_importer(state: ImporterState) -> None:
    """Raise ``ImporterAlive`` (10) when an importer runs, or would with its next start: queued must not mean
    executed. Every reason is listed."""
    reasons = []
    for latch in state.latches:
        if latch.ephemeral:
            reasons.append(f"the importer of host {latch.host or 'unknown'} takes part in the election")
        else:
            reasons.append(f"{state.root.rstrip('/')}/leader-latch/{latch.name} is a left-over: delete it")
    reasons.extend(
        f"cluster.neutron_importer.enabled is true in mn-conf: {place}" for place in state.enabled_in
    )
    if reasons:
        raise ImporterAlive(
            "The 5.x importer runs, or is enabled: tasks written now would be executed at once",
            why="Tasks must stay queued until the backup is made and the import is begun on purpose.",
            hint="Stop midonet-cluster on every node, and set cluster.neutron_importer.enabled to false"
            " with mn-conf where it is enabled (-t TEMPLATE or -h HOST).",
            problems=reasons,
        )


def require_unmigrated(state: ImporterState) -> None:
    """Raise ``AlreadyMigrated`` (10) when there is a 5.x topology below the root."""
    if state.topology:
        raise AlreadyMigrated(
            f"There is a MidoNet 5 topology in ZooKeeper below {state.root}",
            why="The importer creates objects and stops for ever at one that exists already.",
            hint="If it comes from an import that failed, 'midonet-migrate rollback zookeeper' takes it away;"
            " then begin again.",
            problems=[f"{name}: {count}" for name, count in sorted(state.topology.items())],
        )


def _latches(session: ZooKeeperSession, path: str) -> tuple[Latch, ...]:
    latches = []
    for name in session.children(path) or []:
        found = session.get(f"{path}/{name}")
        if found is not None:
            host = found[0].decode("utf-8", "replace")
            latches.append(Latch(name=name, host=host, ephemeral=bool(found[1].ephemeralOwner)))
    return tuple(latches)


def marker_of(session: ZooKeeperSession, path: str) -> int | None:
    """``lastProcessedTaskId`` of the C3POState at ``path``; None without one. Raises ``CorruptFile``."""
    found = session.get(path)
    if found is None:
        return None
    try:
        marker: Any = json.loads(found[0])["lastProcessedTaskId"]
        if not isinstance(marker, int) or isinstance(marker, bool) or marker < 0:
            raise TypeError(marker)
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptFile(
            f"The importer's marker {path} in ZooKeeper cannot be read",
            why="It should be JSON with a number lastProcessedTaskId.",
            hint="Task ids at or below the marker are never imported, so it must be known: repair the node.",
        ) from error
    return marker


def _topology(session: ZooKeeperSession, path: str) -> dict[str, int]:
    counts = {}
    for name in session.children(path) or []:
        if name not in _NOT_TOPOLOGY and (count := len(session.children(f"{path}/{name}") or [])):
            counts[name] = count
    return counts
