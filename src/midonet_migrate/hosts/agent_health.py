"""Looking at the agent of a host from inside it: its log since its start, its datapath (host 3.6)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from midonet_migrate.hosts.host_facts.system import read_datapath
from midonet_migrate.hosts.runner import CommandTimeout, Completed, Runner
from midonet_migrate.hosts.scripts import run_script, script_text
from midonet_migrate.hosts.service_names import MIDOLMAN, log_files
from midonet_migrate.settings.redaction import redact

LOG_FILE = log_files(MIDOLMAN, MIDOLMAN)[0]
_DATAPATH = "main() {\n    datapath\n}\n"
_RECENT = """\
main() {
    section lines
    tail -n 300 "$1" 2>/dev/null | grep -E 'ERROR|already taken|Could not acquire ownership' | tail -n 5
}
"""
COMMAND_SECONDS = 300.0
_KILLED = 124


class LogLook(msgspec.Struct, kw_only=True, frozen=True):
    """Suspicious lines of the log since the start of a process; None: it could not be read, and why.

    ``whole``: the log was not rotated since.
    """

    lines: tuple[str, ...] | None = None
    why_not: str = ""
    whole: bool = False


def agent_log(runner: Runner, pid: int, *, secrets: Iterable[str] = (), file: str = LOG_FILE) -> LogLook:
    """What the agent's log says of trouble since its process ``pid`` was started, secrets masked."""
    sections = run_script(
        runner, script_text("host_facts/agent_log.sh"), [str(pid), file], what=f"Reading {file}"
    )
    found = {part.kind: part for part in sections}
    if "missing" in found:
        return LogLook(why_not=f"{file} is not there or cannot be read")
    if "gone" in found:
        return LogLook(why_not=f"process {pid} is gone")
    known = tuple(secrets)
    return LogLook(
        lines=tuple(redact(line, known) for line in found["lines"].lines), whole=not found["rotated"].lines
    )


def recent_trouble(runner: Runner, *, secrets: Iterable[str] = (), file: str = LOG_FILE) -> list[str]:
    """The last suspicious lines of the agent's log, whichever process wrote them, secrets masked: why a dead
    agent may have died. Empty when the log cannot be read."""
    known = tuple(secrets)
    for part in run_script(runner, _RECENT, [file], what=f"Reading {file}"):
        return [redact(line, known) for line in part.lines]
    return []


def datapath_ports(runner: Runner) -> tuple[str, ...] | None:
    """Interfaces of the datapath ``midonet``; None when mm-dpctl is missing or tells of none."""
    text = script_text("host_facts/datapath.sh") + _DATAPATH
    for part in run_script(runner, text, what="Asking for the datapath"):
        if part.kind == "datapath" and part.words[1] == "0":
            return read_datapath(part.body)
    return None


def site_command(runner: Runner, command: str, *, seconds: float = COMMAND_SECONDS) -> Completed:
    """Run a command line of the operator on a host, as a shell reads it. One that takes too long ends with
    124, as with ``timeout``."""
    try:
        return runner.run(["/bin/sh", "-c", command], timeout=seconds)
    except CommandTimeout as error:
        return Completed(_KILLED, stderr=error.what)
