"""Changing a host: look, journal what is about to be done, do it, look again (I3, I4, I6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from midonet_migrate.errors import HostsFailed, Recovery
from midonet_migrate.hosts.report import HostResult, Item, Verdict
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Kind
from midonet_migrate.settings.redaction import redact


class Would(msgspec.Struct, kw_only=True, frozen=True):
    """What a change would do, in words, and as a unified diff when it is about a file."""

    details: tuple[str, ...] = ()
    diff: str = ""


class Change(Protocol):
    """Something that should be so on one host. What it does is found out by looking, each time anew.

    One with ``by_command: ClassVar[bool] = True`` changes the host by commands of its own, not through the
    parts of :class:`~midonet_migrate.hosts.parts.HostParts` that can predict: in a rehearsal it is looked at,
    and not applied.
    """

    @property
    def kind(self) -> Kind:
        """Of its unit in the journal."""

    @property
    def key(self) -> str:
        """What it is about: stable over runs, without the host."""

    @property
    def summary(self) -> str:
        """For people, without secrets, as if it were done: "midolman is stopped"."""

    def examine(self) -> Would | None:
        """What would have to be done; None when it is so already. Raises when it must not be done."""

    def inverse(self, run: RunDirectory) -> Inverse | None:
        """How to take it back, what is there now being saved in the run directory."""

    def apply(self) -> dict[str, Any]:
        """Do it. What is returned is kept in the journal; it holds no secret."""


class HostActor:
    """Everything that changes one host goes through here, and ends in its :class:`HostResult`.

    In a dry run the changes are handed parts that only predict, so that later ones see what earlier ones
    would have done; the journal is kept in memory then.
    """

    def __init__(self, host: str, run: RunDirectory, *, secrets: Iterable[str] = ()) -> None:
        self.host = host
        self.run = run
        self.result = HostResult(host=host)
        self.stopped: list[str] = []
        """Roles of services that were to stop here, and were not started again."""
        self._secrets = tuple(secrets)

    @property
    def changed(self) -> bool:
        """Whether anything had to be done so far."""
        return any(item.changed for item in self.result.items)

    def perform(self, change: Change) -> bool:
        """Make it so, unless it is; whether anything had to be done.

        Raises ``HostsFailed`` when it is not so afterwards, and what looking and doing raise: the unit stays
        open in the journal then, and the next run, which looks again, settles it.
        """
        digest = f"{self.host} {change.key}"
        would = change.examine()
        if would is not None:
            inverse = change.inverse(self.run)
            summary = self._masked(f"{self.host}: {change.summary}")
            with self.run.journal.unit(change.kind, summary, digest=digest, inverse=inverse) as unit:
                # Parts that only predict know nothing of what a command of the host would do.
                foreseen = self.run.dry_run and getattr(change, "by_command", False)
                result = {} if foreseen else change.apply()
                left = None if foreseen else change.examine()
                if left is not None:
                    raise HostsFailed(
                        f"{self.host}: not so: {change.summary}",
                        why="It was done without an error, but looking again shows something else.",
                        problems=[self._masked(text) for text in left.details],
                        hint="See what changes it back (configuration management?), then run again.",
                        recovery=Recovery.RETRY,
                    )
                unit.done(**result)
            self.result.verdict = Verdict.DONE
        for record in [] if self.run.dry_run else self.run.journal.pending():
            if record.digest == digest:
                self.run.journal.settle(record, took_effect=True)
        self._note_service(change)
        self.result.items.append(
            Item(
                what=self._masked(change.summary),
                changed=would is not None,
                details=[self._masked(text) for text in would.details] if would else [],
                diff=self._masked(would.diff) if would else "",
            )
        )
        return would is not None

    def _note_service(self, change: Change) -> None:
        kind, _, role = change.key.partition(" ")
        running = getattr(change, "running", None) if kind == "service" else None
        if running is False and change.services.find(role) is None:  # type: ignore[attr-defined]
            return  # the host has none that could be missed
        if running is not None:
            self.stopped = [name for name in self.stopped if name != role] + ([] if running else [role])

    def perform_all(self, changes: Iterable[Change]) -> bool:
        """One after the other; whether anything had to be done."""
        done = [self.perform(change) for change in changes]
        return any(done)

    def warn(self, text: str) -> None:
        """Something that the operator must know."""
        self.result.warnings.append(self._masked(text))

    def note(self, text: str) -> None:
        """Something good to know, that changes no exit status."""
        self.result.notes.append(self._masked(text))

    def advise(self, text: str) -> None:
        """Something that the operator has to do himself."""
        self.result.advice.append(self._masked(text))

    def _masked(self, text: str) -> str:
        return redact(text, self._secrets)
