"""Asking the operator before something that cannot be undone easily."""

from __future__ import annotations

import sys
from typing import TextIO

from midonet_migrate.errors import Cancelled


def confirm(
    question: str,
    typed_word: str,
    *,
    assume_yes: bool = False,
    answers: TextIO | None = None,
    prompts: TextIO | None = None,
) -> None:
    """Return when the operator types ``typed_word``, or gave --yes (``answers``: stdin, ``prompts``: stderr).

    Raises ``Cancelled`` (3) for any other answer, at end of input, and at once, without reading anything,
    when ``answers`` is no terminal.
    """
    if assume_yes:
        return
    answers = answers if answers is not None else sys.stdin
    prompts = prompts if prompts is not None else sys.stderr
    if not answers.isatty():
        raise Cancelled(
            "Confirmation is needed, and there is no terminal to ask on",
            why=question,
            hint="Run it in a terminal, or give --yes.",
        )
    prompts.write(f"{question}\nType {typed_word} to go on: ")
    prompts.flush()
    if answers.readline().strip() != typed_word:
        raise Cancelled("Cancelled by the operator", why=f"The answer was not '{typed_word}'.")
