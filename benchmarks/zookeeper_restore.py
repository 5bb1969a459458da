"""Restoring 50,000 nodes over 50,000 others: ours against zkdump's sequence of calls, one after the other.

zkdump's way copies the tree that is there, deletes it, reads the file and creates every node, a call at a
time (orig 6.4). Ours does more: counters, ACLs, and it proves the result by reading it again.
"""

from __future__ import annotations

from typing import Any

from kazoo.client import KazooClient

from benchmarks.measuring import answer, timed
from benchmarks.zookeeper_ways import ROOT, clear, fill, scaled, server, zkdump_backup, zkdump_restore
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.zookeeper_servers import parse_servers
from midonet_migrate.steps.zkdump_load import load_zkdump
from midonet_migrate.zookeeper.backup_tree import Ephemerals

NODES = 50_000


def families(client: KazooClient) -> dict[str, list[str]]:
    """What is below the root, two levels deep."""
    return {name: sorted(client.get_children(f"{ROOT}/{name}")) for name in client.get_children(ROOT)}


def main() -> None:
    """Both begin with as many other nodes as they are to restore."""
    nodes = scaled(NODES)
    with server() as (found, client, folder):
        clear(client)
        fill(client, nodes, "wanted")
        file = folder / "dump.json"
        zkdump_backup(client, file)
        wanted = families(client)

        def put_others() -> None:
            clear(client)
            fill(client, nodes, "other")

        put_others()
        ours, plan = timed(
            lambda: load_zkdump(
                parse_servers(found.hosts),
                file,
                copies=folder / "copies",
                progress=SilentProgress(),
                ask=lambda _plan: Ephemerals.RESTORE,
            )
        )
        ours_is_right = families(client) == wanted
        client.delete("/midonet-migrate", recursive=True)
        put_others()
        theirs, _ = timed(lambda: zkdump_restore(client, file))
        figures: dict[str, Any] = {
            "nodes": nodes,
            "ours, seconds": round(ours, 2),
            "zkdump's calls, seconds": round(theirs, 2),
            "times as fast (goal 12)": round(theirs / ours, 1),
            "ours, nodes deleted and created per second": round(
                (plan.changes.deleted + plan.changes.created) / ours
            ),
            "both results are right": ours_is_right and families(client) == wanted,
        }
    answer(figures)


if __name__ == "__main__":
    main()
