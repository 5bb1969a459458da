"""The new site's tunnel keys begin above those of the old one (host 3.4, imp 5.1; design D15).

Both count from 1. While agents of both versions forward, a key that means one port here and another there
would deliver packets to the wrong tenant; with numbers that never meet they are only lost.
"""

from __future__ import annotations

import re

import msgspec
from kazoo import exceptions

from midonet_migrate.errors import CheckFailed, CorruptFile, IntegrityFailed, Recovery
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.zookeeper.session import ZooKeeperSession

SEQUENCE = "sequences/overlay_tunnel_key"
RESERVED_KEY = 0xFFFFFF
"""Keys have 24 bits, and the last one is taken by flow state (host 3.4)."""
_OLD_PARENTS = ("gre", "tunnels")
"""Where 1.9 allocates keys: one sequential child for each."""
_SEQUENTIAL = re.compile(r"\d{10}$")
_DIGEST = "overlay-tunnel-key"
_ATTEMPTS = 5


class TunnelKeySeed(msgspec.Struct, kw_only=True, frozen=True):
    """``highest_old``: the highest key that 1.9 has ever given out. ``before``: the counter as it was, None
    when there was none. ``after``: as it is, or in a dry run would be."""

    highest_old: int
    before: int | None
    after: int

    @property
    def changed(self) -> bool:
        """Whether the counter was, or would be, raised."""
        return self.before != self.after


def seed_tunnel_keys(
    run: RunDirectory, session: ZooKeeperSession, source_root: str, target_root: str
) -> TunnelKeySeed:
    """Raise the counter of 5.x to the highest key of 1.9, so that the next one given out is above it; a
    counter that is there already is never lowered.

    Raises ``CheckFailed`` when too few keys are left, ``CorruptFile`` for a counter that cannot be read.
    """
    highest = _highest_old(session, source_root)
    if highest >= RESERVED_KEY - 1:
        raise CheckFailed(
            f"1.9 has given out tunnel key {highest}: there is none left above it",
            why=f"Tunnel keys have 24 bits, and {RESERVED_KEY} is reserved.",
            hint="Only a migration with every agent switched at once, and this seed left out, is possible.",
        )
    path = f"{target_root.rstrip('/')}/{SEQUENCE}"
    for _ in range(_ATTEMPTS):
        before, version = _read(session, path)
        seed = TunnelKeySeed(
            highest_old=highest, before=before, after=max(highest, before if before is not None else 1)
        )
        if run.dry_run or not seed.changed or _write(run, session, path, seed, version):
            break
    else:
        raise IntegrityFailed(
            f"{path} is changed by somebody else all the time",
            why="A cluster of MidoNet 5 gives out tunnel keys already.",
            hint="Stop midonet-cluster, then run again.",
            recovery=Recovery.RETRY,
        )
    for record in [] if run.dry_run else run.journal.pending():
        if record.digest == _DIGEST:
            run.journal.settle(record, took_effect=True)
    return seed


def _highest_old(session: ZooKeeperSession, source_root: str) -> int:
    """By the nodes that are there and by their parents' counters, which also know of deleted ones."""
    highest = 0
    for name in _OLD_PARENTS:
        path = f"{source_root.rstrip('/')}/{name}"
        found = session.get(path)
        if found is None:
            continue
        children = session.children(path) or []
        numbers = [int(child[-10:]) for child in children if _SEQUENTIAL.search(child)]
        given_out = (found[1].cversion + found[1].numChildren) // 2 - 1
        highest = max(highest, given_out, *numbers, 0)
    return highest


def _read(session: ZooKeeperSession, path: str) -> tuple[int | None, int]:
    found = session.get(path)
    if found is None:
        return None, -1
    if len(found[0]) != 4:
        raise CorruptFile(
            f"{path} in ZooKeeper is no counter",
            why=f"It should hold 4 bytes and holds {len(found[0])}.",
            hint="Delete the node while no cluster of MidoNet 5 runs, then run again.",
        )
    return int.from_bytes(found[0], "big", signed=True), found[1].version


def _write(
    run: RunDirectory, session: ZooKeeperSession, path: str, seed: TunnelKeySeed, version: int
) -> bool:
    """Whether the counter was written; not when somebody else was faster."""
    inverse = Inverse(action="tunnel-key-counter", arguments={"path": path, "value": seed.before})
    summary = f"{path}: {seed.before} -> {seed.after}"
    data = seed.after.to_bytes(4, "big", signed=True)
    with run.journal.unit("zookeeper", summary, digest=_DIGEST, inverse=inverse) as unit:
        try:
            if version < 0:
                _make_parents(session, path)
                session.wait_for(session.client.create_async(path, data))
            else:
                session.wait_for(session.client.set_async(path, data, version=version))
        except (exceptions.NodeExistsError, exceptions.BadVersionError, exceptions.NoNodeError):
            unit.not_done()
            return False
    return True


def _make_parents(session: ZooKeeperSession, path: str) -> None:
    parents = path.strip("/").split("/")[:-1]
    for depth in range(1, len(parents) + 1):
        try:
            session.wait_for(session.client.create_async("/" + "/".join(parents[:depth]), b""))
        except exceptions.NodeExistsError:
            continue
