"""Starting a process of a service: a child of process 1."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec

from midonet_lab.hosts.init.reply import Reply

NOT_EXECUTED = 203
"""systemd's status for a program that is not there."""


def spawn(run: Callable[[], int], log: Path) -> int:
    """Run ``run`` in a child with a session of its own, its output in ``log``; the child's id.

    What ``run`` returns, or raises, is how the child ends. It may replace itself by another program.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    pid, mask = _fork()
    if pid == 0:
        status = NOT_EXECUTED
        try:
            _prepare(log, mask)
            status = run()
        except FileNotFoundError as error:
            print(f"{error.filename}: not found", file=sys.stderr)  # noqa: T201
        except SystemExit as ending:
            status = ending.code if isinstance(ending.code, int) else 1
        except BaseException:  # whatever it is, it must not reach the parent's code
            traceback.print_exc()
            status = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return pid


def run_in_child(work: Callable[[], Reply], answer: int) -> int:
    """Do ``work`` in a child, which writes what it returns to the descriptor ``answer``; the child's id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid, mask = _fork()
    if pid == 0:
        status = 1
        try:
            _forget_handlers(mask)
            os.write(answer, msgspec.msgpack.encode(work()))
            status = 0
        except BaseException:  # whatever it is, it must not reach the parent's code
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


def _fork() -> tuple[int, set[signal.Signals | int]]:
    """As ``os.fork``; signals wait in the child until :func:`_forget_handlers`, which needs the mask.

    A signal for a child that still had the loop's handlers would reach the loop, by the pipe that they
    share: stopping a service that has just been forked would bring the host down.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid, mask


def _forget_handlers(mask: set[signal.Signals | int]) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _prepare(log: Path, mask: set[signal.Signals | int]) -> None:
    _forget_handlers(mask)
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.closerange(3, 1024)
    os.chdir("/")


def shell_in_chroot(root: Path, command: str) -> NoReturn:
    """Become ``/bin/sh -c command`` of the host. Returns only by an exception."""
    os.chroot(root)
    os.chdir("/")
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
    os.execve("/bin/sh", ["/bin/sh", "-c", f"exec {command}"], environment)  # noqa: S606
