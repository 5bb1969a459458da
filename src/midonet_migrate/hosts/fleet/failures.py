"""What it means when a host, its ssh or its sudo says no: the errors, and how they are told apart."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from midonet_migrate.errors import Bug, HostsFailed, MigrateError, NoPermission, Recovery, Unreachable
from midonet_migrate.hosts.fleet.messages import Failed, Reason
from midonet_migrate.hosts.runner import CommandTimeout
from midonet_migrate.model.hosts import Connection, HostEntry

_LONGEST = 600


class HostUnreachable(Unreachable):
    """A host does not answer, or does not let anybody in."""

    code = "host-unreachable"


class HostKeyUnknown(HostUnreachable):
    """A host's key is in no known_hosts file."""

    code = "host-key-unknown"


class HostKeyChanged(HostUnreachable):
    """A host has another key than known_hosts says: another machine may have taken its address."""

    code = "host-key-changed"


class ConnectionLost(HostUnreachable):
    """The connection to a host broke while a command ran there."""

    code = "connection-lost"


class LoginRefused(NoPermission):
    """A host accepts none of the operator's keys."""

    code = "login-refused"


class SudoRefused(NoPermission):
    """sudo asks for a password, or does not allow the command."""

    code = "sudo-refused"


class NoShell(NoPermission):
    """A host lets us in and runs no command."""

    code = "no-shell"


class FleetBroken(HostsFailed):
    """The process that drives the hosts died."""

    code = "fleet-broken"


def error_of(
    failed: Failed, host: HostEntry, command: Sequence[str], timeout: float, ssh_config: str = ""
) -> MigrateError:
    """The error for a command without result."""
    by_hand = _by_hand(host, ssh_config)
    shown, said = shlex.join(command)[:_LONGEST], _shortened(failed.detail)
    match failed.reason:
        case Reason.NOT_CONNECTED:
            return _ssh_error(host, failed.detail, by_hand)
        case Reason.LOGIN_TIMEOUT:
            return HostUnreachable(
                f"{host.name} did not let us in in time",
                why=said or "It answers neither yes nor no; it may be down, or a firewall drops packets.",
                hint=f"Try it by hand: {by_hand}",
                recovery=Recovery.RETRY,
            )
        case Reason.CONNECTION_LOST:
            return ConnectionLost(
                f"The connection to {host.name} was lost",
                why=f"While it ran: {shown}. What that did is not known. {said}".rstrip(),
                hint="Look that the host is up, then run the same command again.",
                recovery=Recovery.RETRY,
            )
        case Reason.SUDO:
            return _sudo_error(host, said)
        case Reason.NO_SHELL:
            return NoShell(
                f"{host.name} runs no commands",
                why=said or "The login shell ended without a word.",
                hint=f"Commands must be possible without a terminal: {by_hand} true",
                recovery=Recovery.RETRY,
            )
        case Reason.TIMEOUT:
            return CommandTimeout(
                f"{shown} did not end within {timeout:g} seconds on {host.name}",
                why=f"It was killed; what it did until then is not known. {said}".rstrip(),
                hint="Find out why it hangs (run it by hand), then run the same command again.",
                recovery=Recovery.RETRY,
            )
        case Reason.STOPPED:
            return HostsFailed(
                f"{shown} was stopped on {host.name}",
                why="The run was interrupted; what the command did until then is not known.",
                hint="Run the same command again.",
                recovery=Recovery.RETRY,
            )
        case Reason.NO_SSH:
            return HostUnreachable(
                "This machine has no ssh",
                why="Hosts are reached by the system's own ssh.",
                hint="Install OpenSSH's client (package openssh-client or openssh-clients).",
                recovery=Recovery.RETRY,
            )
        case Reason.BUG:
            return Bug(
                f"An error that nobody expected while a command ran on {host.name}",
                why=failed.detail.strip().splitlines()[-1] if failed.detail.strip() else "",
                hint="Please report it.",
                recovery=Recovery.RETRY,
            )


def broken(said: str, status: int | None) -> FleetBroken:
    """The child is gone. ``said``: what it wrote to standard error."""
    how = "" if status is None else f" ({_ending(status)})"
    return FleetBroken(
        f"The process that drives the hosts died{how}",
        why=_shortened(said.strip().splitlines()[-1]) if said.strip() else "It left no message.",
        hint="What ran on hosts at that moment may still run there. Look, then run the same command again.",
        recovery=Recovery.RETRY,
    )


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _ssh_error(host: HostEntry, said: str, by_hand: str) -> MigrateError:
    """From the words of OpenSSH's client; they are the same in every language."""
    words = _shortened(said) or "ssh gave no reason."
    again = f"Try it by hand: {by_hand}"
    if "HOST IDENTIFICATION HAS CHANGED" in said or "REVOKED HOST KEY" in said:
        place = re.search(r"Offending .*? in (\S+:\d+)", said)
        return HostKeyChanged(
            f"{host.name} has another host key than before",
            why="Another machine may answer at its address"
            + (f"; the key that was known stands in {place[1]}." if place else "."),
            hint=f"If the host was reinstalled, take the old key out (ssh-keygen -R {host.destination}) and "
            "accept the new one by hand after comparing it on the host.",
            recovery=Recovery.RETRY,
        )
    if "Host key verification failed" in said or "host key is known for" in said:
        return HostKeyUnknown(
            f"The host key of {host.name} is not known",
            why="It stands in no known_hosts file, and a program must not accept it unseen.",
            hint=f"Log in once by hand and compare it: {by_hand}; or fill known_hosts by ssh-keyscan "
            "from a network that you trust.",
            recovery=Recovery.RETRY,
        )
    if "Unable to negotiate" in said or "no matching" in said:
        return HostUnreachable(
            f"{host.name} and this machine's ssh have no algorithm in common",
            why=words,
            hint="Old hosts know SHA-1 signatures alone. Allow them for this host in ssh_config: "
            "HostKeyAlgorithms +ssh-rsa, PubkeyAcceptedAlgorithms +ssh-rsa (or use an ed25519 key).",
            recovery=Recovery.RETRY,
        )
    if "Permission denied" in said or "Too many authentication failures" in said:
        return LoginRefused(
            f"{host.name} does not let us in",
            why=words,
            hint="Put a key that needs no password into the agent or ssh_config, and its public half on the "
            f"host. {again}",
            recovery=Recovery.RETRY,
        )
    if "Bad configuration option" in said or "Bad owner or permissions" in said or "terminating," in said:
        return HostUnreachable(
            f"ssh cannot use its configuration, so that {host.name} is not reached",
            why=words,
            hint=f"Correct ssh_config. {again}",
            recovery=Recovery.RETRY,
        )
    return HostUnreachable(
        f"{host.name} cannot be reached", why=words, hint=f"{again}", recovery=Recovery.RETRY
    )


def _sudo_error(host: HostEntry, said: str) -> SudoRefused:
    if "tty" in said:
        hint = "Take requiretty out of its sudoers for this user."
    elif "not found" in said:
        hint = "Install sudo there, or log in as root (user: root, sudo: false in hosts.yaml)."
    else:
        hint = "Allow it without a question (NOPASSWD) in its sudoers, or log in as root."
    return SudoRefused(f"sudo runs no commands on {host.name}", why=said, hint=hint, recovery=Recovery.RETRY)


def _by_hand(host: HostEntry, ssh_config: str) -> str:
    if host.connection is Connection.LOCAL:
        return "sh -c"
    config = ["-F", ssh_config] if ssh_config else []
    user = ["-l", host.user] if host.user else []
    port = ["-p", str(host.port)] if host.port is not None else []
    return shlex.join(["ssh", *config, *user, *port, host.destination])


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"...{words[-_LONGEST:]}"
