"""Who is still there: sessions that hold ephemeral nodes below MidoNet's roots."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.zookeeper.changes import Tree
from midonet_migrate.zookeeper.sides import Side, Sides

_SHOWN_PATHS = 3
_SHOWN_SESSIONS = 20


class LiveSession(msgspec.Struct, kw_only=True, frozen=True):
    """One session: its id as ZooKeeper's logs write it, and its nodes on one side."""

    session: str
    side: Side
    nodes: tuple[str, ...]

    def __str__(self) -> str:
        """For people, with the first nodes: their names tell the host or the service."""
        more = len(self.nodes) - _SHOWN_PATHS
        shown = ", ".join(self.nodes[:_SHOWN_PATHS])
        return f"session {self.session} ({self.side}): {shown}" + (f" and {more} more" if more > 0 else "")


def live_sessions(tree: Tree, sides: Sides) -> list[LiveSession]:
    """The sessions with ephemeral nodes in this tree, by side and id; nodes of neither side as 5.x."""
    nodes: dict[tuple[Side, int], list[str]] = {}
    for path, node in tree.items():
        if node.owner:
            side = sides.side_of(path) or Side.NEW
            nodes.setdefault((side, node.owner & (2**64 - 1)), []).append(path)
    return [
        LiveSession(session=f"{owner:#x}", side=side, nodes=tuple(sorted(paths)))
        for (side, owner), paths in sorted(nodes.items())
    ]


def refused_as_long_as(sessions: Sequence[LiveSession]) -> str:
    """What a preview says of sessions for which the real run would raise."""
    return (
        f"{len(sessions)} sessions still work on what would be taken away: refused as long as they are there"
    )


def require_gone(sessions: Sequence[LiveSession]) -> None:
    """Raise ``WrongState`` (10), naming them, when there are sessions whose nodes would be taken away."""
    if not sessions:
        return
    shown = [str(session) for session in sessions[:_SHOWN_SESSIONS]]
    if len(sessions) > _SHOWN_SESSIONS:
        shown.append(f"and {len(sessions) - _SHOWN_SESSIONS} more")
    raise WrongState(
        f"{len(sessions)} sessions still work on what would be taken away",
        why="They hold ephemeral nodes there, and would write again what is deleted.",
        hint="Stop midonet-cluster and midolman of that version on every host, and for a restore the 1.9 API"
        " and agents too. The nodes of a killed process go with its session, within 40 seconds."
        " --force goes on regardless.",
        problems=shown,
    )
