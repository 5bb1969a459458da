"""Namespaces and mounts of one host, by the kernel's own calls."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWPID = 0x00020000, 0x04000000, 0x20000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def enter_new_namespaces() -> None:
    """New mount, host-name and process namespaces; the next child is process 1 of the last. Mounts made from
    here on are seen by nobody else. Raises ``OSError``."""
    _call("unshare", ctypes.c_int(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWPID))
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)


def mount_host(root: Path, work: Path) -> None:
    """Mount what the host of ``root`` needs: ``/usr`` of the machine below its own, processes and devices.

    What the host changes in ``/usr`` lies in ``root/usr`` itself, so that it is seen from outside too.
    Raises ``OSError``: the file system of ``root`` must be able to hold an overlay's upper layer.
    """
    usr = root / "usr"
    work.mkdir(exist_ok=True)
    options = f"lowerdir=/usr,upperdir={_escaped(usr)},workdir={_escaped(work)}"
    _mount("overlay", str(usr), "overlay", 0, options)
    _mount("proc", str(root / "proc"), "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _mount("/dev", str(root / "dev"), None, _MS_BIND | _MS_REC)


def die_with_parent() -> None:
    """The kernel kills this process when its parent is gone."""
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def set_process_name(name: str) -> None:
    """The short name that ``ps -e`` shows; 15 characters at most."""
    _call("prctl", _PR_SET_NAME, ctypes.c_char_p(name.encode()[:15]), 0, 0, 0)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    encoded = [text.encode() if text is not None else None for text in (source, target, kind)]
    _call("mount", *encoded, ctypes.c_ulong(flags), options.encode() if options else None)


def _escaped(path: Path) -> str:
    """A path as a mount option: commas and colons part options and layers."""
    return "".join(f"\\{letter}" if letter in ",:\\" else letter for letter in str(path))


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
