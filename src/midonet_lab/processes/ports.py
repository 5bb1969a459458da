"""Free loopback ports."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
_FIRST, _LAST = 20000, 32000
"""Below the ports that the kernel gives to outgoing connections, so that none of those takes ours."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port nobody listens on. Another process may take it before it is used: try again then."""
    chosen = random.SystemRandom()
    for _attempt in range(1000):
        port = chosen.randint(_FIRST, _LAST)
        if is_free(port):
            return port
    raise OSError(f"no free port between {_FIRST} and {_LAST} on {LOOPBACK}")
