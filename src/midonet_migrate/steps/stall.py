"""What to do about an import that stands still: ask the operator, or what was said beforehand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from midonet_migrate.errors import ImporterStalled, Recovery
from midonet_migrate.plan.diagnosis.model import Diagnosis

_LONGEST_JSON = 4_000


class OnStall(StrEnum):
    """The answers."""

    RETRY = "retry"
    """Somebody has repaired something, or will: look again."""
    QUARANTINE = "quarantine"
    """Take the task out, with everything that depends on it."""
    ABORT = "abort"


@dataclass(frozen=True)
class Stall:
    """A stall to be decided on. ``dependants`` counts the further tasks that a quarantine takes along; None
    where a quarantine is not possible. ``again``: how often it was retried already. ``can_restart``: what
    restarts the cluster is at hand."""

    diagnosis: Diagnosis
    dependants: Callable[[], int] | None
    again: int = 0
    can_restart: bool = False


Decide = Callable[[Stall], OnStall]


def unattended(on_stall: OnStall, *, retries: int = 3, quarantine_limit: int = 100) -> Decide:
    """The same answer for every stall, as far as it makes sense: after ``retries`` in a row without progress,
    or where a quarantine is not possible or takes more than ``quarantine_limit`` tasks along, abort."""

    def decide(stall: Stall) -> OnStall:
        if on_stall is OnStall.RETRY and stall.again < retries:
            return OnStall.RETRY
        if on_stall is not OnStall.QUARANTINE or stall.dependants is None or not stall.diagnosis.certain:
            return OnStall.ABORT
        return OnStall.QUARANTINE if stall.dependants() <= quarantine_limit else OnStall.ABORT

    return decide


def asking(*, answers: TextIO | None = None, prompts: TextIO | None = None) -> Decide:
    """Ask on the terminal, each time (``answers``: stdin, ``prompts``: stderr); end of input means abort."""

    def decide(stall: Stall) -> OnStall:
        source = answers if answers is not None else sys.stdin
        target = prompts if prompts is not None else sys.stderr
        target.write("\n".join(stall_lines(stall.diagnosis)) + "\n\n")
        choices = _choices(stall)
        for word, meaning in choices.items():
            target.write(f"  {word.value:11}{meaning}\n")
        while True:
            target.write(f"{', '.join(word.value for word in choices)}? ")
            target.flush()
            line = source.readline()
            if not line:
                return OnStall.ABORT
            given = line.strip().lower()
            chosen = [word for word in choices if given and word.value.startswith(given)]
            if chosen:
                return chosen[0]

    return decide


def decision_for(on_stall: OnStall | None, *, answers: TextIO | None = None) -> Decide:
    """As the command line says; without a word there, ask if there is a terminal, else abort."""
    if on_stall is not None:
        return unattended(on_stall)
    source = answers if answers is not None else sys.stdin
    return asking(answers=source) if source.isatty() else unattended(OnStall.ABORT)


def stall_lines(diagnosis: Diagnosis) -> list[str]:
    """The whole diagnosis for a terminal."""
    lines = [
        f"The import stands still: {diagnosis.what}.",
        f"Why: {diagnosis.why}.",
        f"What helps: {diagnosis.remedy}.",
    ]
    if not diagnosis.certain:
        lines.append("This is a suspicion only.")
    return lines + stall_problems(diagnosis)


def stall_problems(diagnosis: Diagnosis) -> list[str]:
    """What else is to be told, a line or a block each: extent, evidence, log, JSON."""
    found = [*diagnosis.evidence]
    if diagnosis.held_back:
        found.append(f"{diagnosis.held_back} rows of midonet_tasks wait")
    if diagnosis.log:
        found.append(f"midonet-cluster.log says meanwhile: {diagnosis.log}")
    if diagnosis.task is not None:
        found.append(f"data of {diagnosis.task}: {_shortened(diagnosis.task.json)}")
    return found


def stall_error(diagnosis: Diagnosis) -> ImporterStalled:
    """The error (exit status 40) that ends the watch."""
    ways = "Then run the same command again: it goes on where this one stopped."
    if diagnosis.can_be_quarantined:
        ways += " Or take the task out, with what depends on it: --on-stall quarantine."
    return ImporterStalled(
        f"The importer makes no progress: {diagnosis.what}",
        why=f"{diagnosis.why}." + ("" if diagnosis.certain else " This is a suspicion only."),
        hint=f"{_sentence(diagnosis.remedy)} {ways}",
        problems=stall_problems(diagnosis),
        recovery=Recovery.RETRY,
    )


def _choices(stall: Stall) -> dict[OnStall, str]:
    restarted = stall.diagnosis.restart and stall.can_restart
    retry = "look again, after you have repaired it" + (" (restarts midonet-cluster)" if restarted else "")
    choices = {OnStall.RETRY: retry}
    if stall.dependants is not None:
        number = stall.dependants()
        along = f", and {number} that depend on it" if number else ""
        choices[OnStall.QUARANTINE] = f"take this task out{along}; the ledger tells what is lost"
    choices[OnStall.ABORT] = "stop here; the importer stays on, and the same command goes on later"
    return choices


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_JSON:
        return text
    return f"{text[:_LONGEST_JSON]} ... {len(text) - _LONGEST_JSON} more characters, in stall.json"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ";")) else ".")
