"""Shell scripts of ours on a host: sent on stdin, answering in sections that Python takes apart.

They need a POSIX shell alone, so they run in dash and bash of every release (host 1.3, 6.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from importlib.resources import files

import msgspec

from midonet_migrate.errors import HostsFailed, NoPermission, Recovery
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed, Runner
from midonet_migrate.settings.redaction import redact

_HEAD = """\
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022
marker=$1
shift
section() {
    printf '\\n%s %s\\n' "$marker" "$*"
}
"""
# A command in main must not read the script itself, which is what stdin holds.
_TAIL = """
main "$@" </dev/null
section end
exit 0
"""
_REFUSALS = (
    "permission denied",
    "access denied",
    "rejected send message",
    "interactive authentication required",
    "operation not permitted",
    "authorization not available",
    "must be root",
    "root privileges",
    "superuser",
    "a password is required",
    "a terminal is required",
)


class Section(msgspec.Struct, frozen=True):
    """A part of a script's answer: the words behind its marker, and what came then."""

    words: tuple[str, ...]
    body: str

    @property
    def kind(self) -> str:
        """The first word."""
        return self.words[0] if self.words else ""

    @property
    def lines(self) -> list[str]:
        """The lines of the body that are not empty."""
        return [line for line in self.body.splitlines() if line.strip()]

    def __repr__(self) -> str:
        # What a host says may hold passwords.
        return f"Section({' '.join(self.words)}, {len(self.body)} characters)"


def script_text(*names: str) -> str:
    """Scripts of this package, by their paths below it, one after the other."""
    package = files("midonet_migrate.hosts")
    return "\n".join(package.joinpath(name).read_text(encoding="utf-8") for name in names)


def run_script(
    runner: Runner,
    text: str,
    arguments: Sequence[str] = (),
    *,
    what: str,
    timeout: float = DEFAULT_TIMEOUT,
) -> list[Section]:
    """Run ``text``, whose function ``main`` gets ``arguments``, and take its answer apart.

    Inside, ``section WORD...`` begins a section. Raises ``HostsFailed`` ("``what`` failed") when the script
    does not come to its end, ``NoPermission``, and what the runner raises.
    """
    marker = f"=={secrets.token_hex(8)}=="
    command = ["/bin/sh", "-s", "--", marker, *arguments]
    done = runner.run(command, stdin=f"{_HEAD}{text}{_TAIL}", timeout=timeout)
    found = split_sections(done.stdout, marker)
    if not found or found[-1].kind != "end":
        raise failure(what, done)
    return found[:-1]


def split_sections(text: str, marker: str) -> list[Section]:
    """The sections of an answer; what stands before the first is left out."""
    sections = []
    for part in f"\n{text}".split(f"\n{marker} ")[1:]:
        head, _, body = part.partition("\n")
        # The newline before the next marker is the marker's own: bodies are exact.
        sections.append(Section(tuple(head.split()), body))
    return sections


def is_refusal(text: str) -> bool:
    """Whether a command's words mean that it lacked privileges."""
    lower = text.lower()
    return any(words in lower for words in _REFUSALS)


def failure(what: str, done: Completed, *, secrets_known: Sequence[str] = ()) -> HostsFailed | NoPermission:
    """The error for a command that failed, in its own words, secrets masked."""
    said = redact((done.stderr.strip() or done.stdout.strip())[-2000:], secrets_known)
    if is_refusal(said):
        return no_permission(what, said)
    return HostsFailed(
        f"{what} failed",
        why=f"status {done.status}: {said or 'nothing was said'}",
        hint="Run the same by hand on the host and correct what it names, then run again.",
        recovery=Recovery.RETRY,
    )


def no_permission(what: str, said: str) -> NoPermission:
    """The error for an account without root's rights."""
    return NoPermission(
        f"{what} is not allowed to this account",
        why=said,
        hint="Log in as root, or set 'sudo: true' for the host in hosts.yaml and allow the user sudo without"
        " a password.",
        recovery=Recovery.RETRY,
    )
