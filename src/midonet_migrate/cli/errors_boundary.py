"""Where every exception ends: one clear message on standard error, and the exit status (design 6)."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

from midonet_migrate.cli.options import Invocation
from midonet_migrate.errors import Bug, Cancelled, MigrateError, Recovery, UsageError
from midonet_migrate.report.stream import OutputClosed, write
from midonet_migrate.settings.redaction import redact

OUTPUT_CLOSED = 128 + signal.SIGPIPE
INTERRUPTED = 128 + signal.SIGINT
_TERMINAL_GONE = signal.SIGHUP


class Terminated(BaseException):
    """A signal that ends us arrived. No ``Exception``, so that nothing but clean-up runs on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_status = 128 + number


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a terminal that is closed (a login that breaks off), let clean-up run.

    A SIGHUP that is ignored when we begin stays so: that is what nohup is for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    terminals = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]

    def terminate(number: int, _frame: FrameType | None) -> NoReturn:
        for ending in before:
            signal.signal(ending, signal.SIG_IGN)  # a second one must not interrupt the clean-up
        if number == _TERMINAL_GONE:
            _let_go_of(terminals)
        raise Terminated(number)

    numbers = [signal.SIGTERM]
    if signal.getsignal(_TERMINAL_GONE) is not signal.SIG_IGN:
        numbers.append(_TERMINAL_GONE)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, terminate)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go_of(terminals: Sequence[int]) -> None:
    """What clean-up says to a terminal that has gone goes nowhere, instead of ending the clean-up."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in terminals:
            if not os.isatty(descriptor):
                os.dup2(nowhere, descriptor)
        os.close(nowhere)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """What libraries log goes nowhere: errors reach the operator once, in our words. Without a handler
    Python would print kazoo's every attempt to connect."""
    logger, handler = logging.getLogger("kazoo"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def run_command(command: click.Command, arguments: Sequence[str], program: str) -> int:
    """Run a click command and return the exit status of whatever happens; never raises.

    The command's return value is its exit status; None is 0. The message of an error is text, or a JSON
    object in one line with ``-f json``, on standard error in both cases: standard output is for data only.
    """
    invocation = Invocation(output_format=os.environ.get("MIDONET_MIGRATE_FORMAT", ""))
    try:
        with _quiet_libraries(), _signals_unwind():
            status = _run(command, arguments, program, invocation)
    except KeyboardInterrupt:
        _say("Interrupted.\n")
        status = INTERRUPTED
    except Terminated as ended:
        _say("Terminated.\n")
        status = ended.exit_status
    return _settled(status, invocation)


def _run(command: click.Command, arguments: Sequence[str], program: str, invocation: Invocation) -> int:
    try:
        with command.make_context(program, list(arguments), obj=invocation) as context:
            result = command.invoke(context)
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except OutputClosed:
        return OUTPUT_CLOSED
    except click.ClickException as error:
        return _usage(error, invocation)
    except click.Abort as error:
        return _failed(Cancelled("Cancelled by the operator"), error, invocation)
    except MigrateError as error:
        return _failed(error, error, invocation)
    except Exception as error:
        # click writes help by itself; whatever could not be written is still in the buffer.
        lost = _output_lost() if isinstance(error, OSError) else None
        if lost is None:
            return _unexpected(error, invocation)
        return OUTPUT_CLOSED if isinstance(lost, OutputClosed) else _failed(lost, error, invocation)
    return result if isinstance(result, int) else 0


def _output_lost() -> OutputClosed | MigrateError | None:
    """Why what waits to be written to standard output cannot be written; None when it could."""
    try:
        write(sys.stdout, "")
    except (OutputClosed, MigrateError) as error:
        return error
    return None


def _settled(status: int, invocation: Invocation) -> int:
    """Write what waits to be written. The interpreter would complain at its end if it cannot be."""
    lost = _output_lost()
    if lost is not None:
        _discard(sys.stdout)
        if status == 0:
            status = OUTPUT_CLOSED if isinstance(lost, OutputClosed) else _failed(lost, lost, invocation)
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _discard(sys.stderr)
    return status


def _discard(stream: TextIO) -> None:
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _usage(error: click.ClickException, invocation: Invocation) -> int:
    if invocation.output_format == "json":
        return _failed(UsageError(error.format_message()), error, invocation)
    with suppress(OSError, ValueError):
        error.show(sys.stderr)
    return UsageError.exit_status


def _unexpected(error: Exception, invocation: Invocation) -> int:
    """A bug: a short message; the traceback goes into a file of its own (0600), or to --debug."""
    text = _traceback(error, invocation)
    where = "The traceback is above."
    if not invocation.debug:
        try:
            handle, path = tempfile.mkstemp(prefix="midonet-migrate-", suffix=".traceback")
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            where = f"The traceback is in {path}."
        except OSError as disk_error:
            where = f"No traceback could be saved ({disk_error.strerror}); --debug shows it."
    bug = Bug(
        "An error that nobody expected",
        why=redact(f"{type(error).__name__}: {error}", invocation.secrets),
        hint=f"{where} Please report it.",
        recovery=Recovery.RETRY,
    )
    return _failed(bug, error, invocation)


def _traceback(error: BaseException, invocation: Invocation) -> str:
    return redact("".join(traceback.format_exception(error)), invocation.secrets)


def _failed(error: MigrateError, cause: BaseException, invocation: Invocation) -> int:
    if invocation.debug:
        _say(_traceback(cause, invocation))
    shown = as_json(error) if invocation.output_format == "json" else as_text(error)
    _say(redact(shown))
    return error.exit_status


def as_text(error: MigrateError) -> str:
    """What happened, why, every finding, what to do next, and which way out."""
    lines = [f"Error: {error.what}"]
    if error.why:
        lines.append(f"Why: {error.why}")
    lines += [f"  - {problem}" for problem in error.problems]
    if error.hint:
        lines.append(f"What to do: {error.hint}")
    if error.recovery is not Recovery.NONE:
        lines.append(f"Way out: {error.recovery}")
    return "\n".join(lines) + "\n"


def as_json(error: MigrateError) -> str:
    """The same as a line of JSON: ``{"error": {code, exit_status, what, why, problems, hint, recovery}}``."""
    members: dict[str, Any] = {
        "code": error.code,
        "exit_status": error.exit_status,
        "what": error.what,
        "why": error.why,
        "problems": list(error.problems),
        "hint": error.hint,
        "recovery": error.recovery.name.lower(),
    }
    return json.dumps({"error": members}, ensure_ascii=False) + "\n"


def _say(text: str) -> None:
    # Standard error may be closed or full; the exit status still tells.
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
