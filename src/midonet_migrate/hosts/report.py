"""What a stage did on each host, or in a dry run would do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from midonet_migrate.errors import HostsFailed, MigrateError
from midonet_migrate.settings.redaction import redact

FAILED, REMARKS, DONE = HostsFailed.exit_status, 1, 0


class Verdict(StrEnum):
    """How a stage ended on a host."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """It was so already."""
    FAILED = "failed"
    LEFT_OUT = "left out"
    """Not touched: the stage is not for it, or was not to go on after failures."""


class Item(msgspec.Struct, kw_only=True):
    """One thing that should be so. ``diff`` is a unified one of a file, secrets masked."""

    what: str
    changed: bool
    details: list[str] = []
    diff: str = ""


class Failure(msgspec.Struct, kw_only=True):
    """Why a host failed, as an error tells it."""

    code: str
    what: str
    why: str = ""
    hint: str = ""
    problems: list[str] = []

    @classmethod
    def of(cls, error: MigrateError, secrets: Iterable[str] = ()) -> Failure:
        """An error as data, secrets masked."""
        secrets = tuple(secrets)
        return cls(
            code=error.code,
            what=redact(error.what, secrets),
            why=redact(error.why, secrets),
            hint=redact(error.hint, secrets),
            problems=[redact(problem, secrets) for problem in error.problems],
        )


class HostResult(msgspec.Struct, kw_only=True):
    """One host. ``advice``: what the operator has to do there himself, no fault of the stage."""

    host: str
    verdict: Verdict = Verdict.UNCHANGED
    items: list[Item] = []
    warnings: list[str] = []
    advice: list[str] = []
    notes: list[str] = []
    """Good to know; nothing that counts."""
    why: str = ""
    """Of a host that was left out."""
    failure: Failure | None = None


class HostReport(msgspec.Struct, kw_only=True):
    """A stage over all its hosts, in the order in which they were dealt with."""

    stage: str
    general: list[Item] = []
    """What is not about one host."""
    hosts: list[HostResult] = []
    warnings: list[str] = []
    notes: list[str] = []
    """Good to know about the whole; nothing that counts."""
    dry_run: bool = False

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything was as it should be."""
        ended = (Verdict.DONE, Verdict.FAILED)
        return not any(item.changed for item in self.general) and not any(
            result.verdict in ended for result in self.hosts
        )

    @property
    def failed(self) -> list[HostResult]:
        """The hosts that failed."""
        return [result for result in self.hosts if result.verdict is Verdict.FAILED]

    @property
    def exit_status(self) -> int:
        """50: a host failed; 1: something warns, or is left to the operator; 0: done."""
        if self.failed:
            return FAILED
        told = self.warnings or any(result.warnings or result.advice for result in self.hosts)
        return REMARKS if told else DONE


def host_record(report: HostReport) -> dict[str, Any]:
    """The report as plain data, for -f json and yaml and for report files."""
    record: dict[str, Any] = msgspec.to_builtins(report)
    return {"nothing_to_do": report.nothing_to_do, "exit_status": report.exit_status, **record}
