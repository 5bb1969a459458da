"""Commands in their frame: exact output, exact status, and nothing of what stands around."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.hosts.fleet.framing import Frame, kill_script
from midonet_migrate.hosts.fleet.ssh_words import Ssh, version_of
from midonet_migrate.model.hosts import HostEntry, Role
from waiting import PATIENCE, eventually

_TOKEN = "0123456789abcdef"


def _run(script: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", script], input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize("text", ["", "x", "x\n", "\n", "a\r\nb", "end-\n", f"end-{_TOKEN}:\n", "ünï\n\n"])
@pytest.mark.parametrize("status", [0, 1, 127, 255])
def test_output_and_status_come_back_exactly(text: str, status: int) -> None:
    """Whatever a command writes, to either side, and however it ends."""
    frame = Frame(_TOKEN)
    done = _run(frame.script(["sh", "-c", f"cat; printf %s '{text}' >&2; exit {status}"]), text.encode())
    framed = frame.parse(done.stdout, done.stderr)
    assert (framed.status, framed.stdout, framed.stderr) == (status, text.encode(), text.encode())
    assert framed.began
    assert done.returncode == status
    assert not framed.foreign_stdout
    assert not framed.foreign_stderr


@given(before=st.binary(max_size=40), output=st.binary(max_size=200), after=st.binary(max_size=40))
def test_what_stands_around_the_frame_is_kept_apart(before: bytes, output: bytes, after: bytes) -> None:
    """Login scripts write before it, ssh after it."""
    frame = Frame(_TOKEN)
    begin, end = f"begin-{_TOKEN}".encode(), f"end-{_TOKEN}".encode()
    framed = frame.parse(
        before + begin + b":12\n" + output + end + b":3\n" + after,
        before + begin + b"\n" + output + end + b"\n" + after,
    )
    assert (framed.status, framed.stdout, framed.stderr) == (3, output, output)
    assert framed.foreign_stdout == before
    assert framed.foreign_stderr == before + after


@given(st.binary(max_size=60), st.integers(1, 7))
def test_the_end_is_seen_in_whatever_pieces_it_comes(output: bytes, size: int) -> None:
    """Chunks may cut the mark anywhere; it is seen with the chunk that completes it, not before."""
    frame = Frame(_TOKEN)
    whole = f"begin-{_TOKEN}:1\n".encode() + output + f"end-{_TOKEN}:0\n".encode()
    seen, stream = bytearray(), whole
    while stream:
        chunk, stream = stream[:size], stream[size:]
        seen += chunk
        assert frame.stdout_ended(seen, len(chunk)) == (not stream)


def test_a_command_that_never_began_is_told_from_one_that_never_ended() -> None:
    """sudo's refusal comes before the frame; a lost connection leaves it open."""
    frame = Frame(_TOKEN)
    refused = frame.parse(b"", b"sudo: a password is required\n")
    assert not refused.began
    assert refused.foreign_stderr == b"sudo: a password is required\n"
    lost = frame.parse(f"begin-{_TOKEN}:7\nhalf".encode(), f"begin-{_TOKEN}\n".encode())
    assert lost.began
    assert lost.status is None
    assert lost.stdout == b"half"


def test_killing_reaches_the_whole_process_group_even_what_ignores_term() -> None:
    """The command may have children, and those may not want to go."""
    frame = Frame(_TOKEN)
    script = frame.script(["sh", "-c", "trap '' TERM; sleep 300 & sleep 300"])
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        group = frame.group(process.stdout.readline())
        assert group == process.pid
        assert _run(kill_script(group, pause=0.05)).returncode == 0
        process.wait(PATIENCE)
    # A signal is sent, not obeyed, when kill returns: a loaded machine buries the last child a moment later.
    assert eventually(lambda: group not in _living_groups())


def _living_groups() -> set[int]:
    """Process groups with a process that is no zombie."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if fields[0] != "Z":
                found.add(int(fields[2]))
    return found


@pytest.mark.parametrize("group", [0, 1, -5])
def test_no_other_process_group_is_killed(group: int) -> None:
    """kill -- -1 would reach every process there is."""
    with pytest.raises(ValueError, match="process group"):
        kill_script(group)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19", (9, 2)),
        ("OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13, OpenSSL 1.0.1f", (6, 6)),
        ("OpenSSH_10.0p2", (10, 0)),
        ("something else", (99, 0)),
    ],
)
def test_options_fit_the_ssh_that_is_there(said: str, version: tuple[int, int]) -> None:
    """An old ssh refuses options that it does not know."""
    assert version_of(said) == version
    host = HostEntry(name="-oProxyCommand=x", roles=(Role.COMPUTE,), user="me", port=2222)
    words = Ssh(version_of(said), "/etc/config").command(host, "/tmp/s", "true")
    assert ("RemoteCommand=none" in words) == (version >= (7, 6))
    assert ("SessionType=default" in words) == (version >= (8, 7))
    assert words[:3] == ["ssh", "-F", "/etc/config"]
    assert words[-7:] == ["-l", "me", "-p", "2222", "--", "-oProxyCommand=x", "true"]
