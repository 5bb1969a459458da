"""The command line that others see of this process."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from pathlib import Path

_PR_SET_MM, _PR_SET_MM_MAP = 35, 14
_MAP = struct.Struct("12QIi")
"""The kernel's ``struct prctl_mm_map``: eleven addresses, the auxiliary vector, its size, a descriptor."""
_NUMBERS = (26, 27, 45, 46, 47, 28)
"""Where ``/proc/self/stat`` has start and end of code and of data, start of the heap, and of the stack."""
_ENVIRONMENT = (50, 51)
_READ_WRITE, _PRIVATE_ANONYMOUS = 0x3, 0x22


def set_command_line(words: Sequence[str]) -> bool:
    """Make ``/proc/PID/cmdline`` show ``words``, as of the process that this one stands for.

    False where the kernel does not let it: then nothing has changed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    text = b"".join(word.encode() + b"\0" for word in words)
    library.mmap.restype = library.sbrk.restype = ctypes.c_void_p
    # Never given back: the kernel reads it as long as this process lives.
    address = library.mmap(
        None, ctypes.c_size_t(len(text)), _READ_WRITE, _PRIVATE_ANONYMOUS, -1, ctypes.c_long(0)
    )
    ctypes.memmove(address, text, len(text))
    stat = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    *known, stack = (int(stat[number - 3]) for number in _NUMBERS)
    environment = [int(stat[number - 3]) for number in _ENVIRONMENT]
    addresses = (*known, library.sbrk(0), stack, address, address + len(text), *environment)
    packed = _MAP.pack(*addresses, 0, 0, -1)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    size = ctypes.c_ulong(len(packed))
    return bool(library.prctl(_PR_SET_MM, _PR_SET_MM_MAP, buffer, size, ctypes.c_ulong(0)) == 0)
