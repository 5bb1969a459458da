"""Is the import alive? From one look after the other to a verdict, without any I/O (imp 1.3, 1.8, 8.3).

Progress is the marker in ZooKeeper. The heartbeat in the database is written after every poll that came to
its end: while thousands of tasks are executed it rests, and that means nothing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Sample(msgspec.Struct, kw_only=True, frozen=True):
    """One look. ``time`` in seconds of a clock that never goes back.

    ``zookeeper`` and ``database`` say why that side could not be read, empty if it could; what it would have
    told is at its default then. ``participants`` of the election are names of nodes, the leader first.
    ``heartbeat`` is ``midonet_data_state.updated_at`` as text, to be compared for change only (imp 6).
    """

    time: float
    zookeeper: str = ""
    database: str = ""
    marker: int | None = None
    participants: tuple[str, ...] = ()
    heartbeat: str = ""
    last_processed: int | None = None


class Pulse(StrEnum):
    """The verdict on a look."""

    DONE = "done"
    """The marker is at the last task, and the importer has told so in the database."""
    UNCONFIRMED = "unconfirmed"
    """The marker is at the last task, and the database does not say so for long."""
    MOVING = "moving"
    """Imported something since the last look, or not long ago."""
    BLIND = "blind"
    """ZooKeeper or the database cannot be read."""
    ELECTION = "election"
    """Nobody leads since a moment, or a new leader has just begun."""
    STANDSTILL = "standstill"
    """Somebody leads (or nobody since long), and nothing moves for longer than is normal."""


class Patience(msgspec.Struct, kw_only=True, frozen=True):
    """Seconds. ``stall``: without progress before the doctor is asked; a single task takes half a second at
    most (imp 8.3). ``confirm``: for the database to agree at the end."""

    stall: float = 5.0
    confirm: float = 10.0


class PulseWatch:
    """Follows the import up to ``last_id``."""

    def __init__(self, last_id: int, patience: Patience) -> None:
        self._last_id = last_id
        self._patience = patience
        self._previous: Sample | None = None
        self._quiet_since: float | None = None
        self._blind_since: float | None = None
        self._nobody_since: float | None = None
        self._reached: tuple[float, str] | None = None
        self._leader = ""
        self.leaders_changed = 0
        """How often another participant took the lead."""
        self.has_worked = False
        """Whether the present leader has imported something, or sent a heartbeat."""

    def expect(self, last_id: int) -> None:
        """The last task is another one now."""
        self._last_id = last_id

    def quiet_seconds(self, now: float) -> float:
        """How long nothing has moved although it could have."""
        return 0.0 if self._quiet_since is None else now - self._quiet_since

    def blind_seconds(self, now: float) -> float:
        """For how long ZooKeeper or the database could not be read."""
        return 0.0 if self._blind_since is None else now - self._blind_since

    def leaderless_seconds(self, now: float) -> float:
        """For how long nobody has led."""
        return 0.0 if self._nobody_since is None else now - self._nobody_since

    def begin_anew(self, now: float) -> None:
        """Something was repaired: give it time again."""
        self._quiet_since = now
        if self._nobody_since is not None:
            self._nobody_since = now

    def observe(self, sample: Sample) -> Pulse:
        """The verdict on the next look."""
        verdict = self._judge(sample)
        if not sample.zookeeper:
            heartbeat = sample.heartbeat or (self._previous.heartbeat if self._previous else "")
            self._previous = msgspec.structs.replace(sample, heartbeat=heartbeat)
        return verdict

    def _judge(self, sample: Sample) -> Pulse:
        now = sample.time
        if sample.zookeeper:
            return self._blind(now)
        self._note_leader(sample)
        moved = self._has_moved(sample)
        if moved or self._quiet_since is None:
            self._quiet_since = now
        if sample.database and not moved:
            return self._blind(now)
        if self._blind_since is not None:
            # What stood still while nobody could see it gets the usual time again.
            self._blind_since = None
            self._quiet_since = now
        if sample.marker is not None and sample.marker >= self._last_id:
            return self._at_the_end(sample)
        self._reached = None
        if not sample.participants:
            return Pulse.STANDSTILL if self._is_quiet(self._nobody_since, now) else Pulse.ELECTION
        if self._is_quiet(self._quiet_since, now):
            return Pulse.STANDSTILL
        return Pulse.MOVING if self.has_worked else Pulse.ELECTION

    def _blind(self, now: float) -> Pulse:
        if self._blind_since is None:
            self._blind_since = now
        return Pulse.BLIND

    def _note_leader(self, sample: Sample) -> None:
        leader = sample.participants[0] if sample.participants else ""
        if leader:
            self._nobody_since = None
        elif self._nobody_since is None:
            self._nobody_since = sample.time
        if leader == self._leader:
            return
        if leader and self._leader:
            self.leaders_changed += 1
        if leader:
            self.has_worked = False
            self._quiet_since = sample.time
        self._leader = leader

    def _has_moved(self, sample: Sample) -> bool:
        """Whether the marker went on. A heartbeat alone is no progress, but tells that the leader works."""
        before = self._previous
        if before is None:
            return False
        moved = (sample.marker or 0) > (before.marker or 0)
        beats = bool(sample.heartbeat) and bool(before.heartbeat) and sample.heartbeat != before.heartbeat
        if (moved or beats) and sample.participants:
            self.has_worked = True
        return moved

    def _at_the_end(self, sample: Sample) -> Pulse:
        now = sample.time
        if self._reached is None:
            self._reached = (now, sample.heartbeat)
        since, heartbeat = self._reached
        agrees = (sample.last_processed or 0) >= self._last_id
        if agrees or (sample.heartbeat and heartbeat and sample.heartbeat != heartbeat):
            return Pulse.DONE
        return Pulse.UNCONFIRMED if now - since >= self._patience.confirm else Pulse.MOVING

    def _is_quiet(self, since: float | None, now: float) -> bool:
        return since is not None and now - since >= self._patience.stall
