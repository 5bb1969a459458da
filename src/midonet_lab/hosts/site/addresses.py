"""A loopback address for a site of its own: there the well-known ports are free."""

from __future__ import annotations

import random
import socket

HTTP, OLD_API, NEW_API = 80, 8080, 8181
_PORTS = (HTTP, OLD_API, NEW_API)


def choose_address() -> str:
    """An address of 127.64.0.0/10 on which nobody uses the ports of the repositories and of both APIs.

    Raises ``OSError`` when there is none: ports below 1024 need root's rights.
    """
    chosen = random.SystemRandom()
    reason: OSError | None = None
    for _ in range(100):
        address = f"127.{chosen.randint(64, 126)}.{chosen.randint(0, 255)}.{chosen.randint(1, 254)}"
        try:
            for port in _PORTS:
                with socket.create_server((address, port)):
                    pass
        except OSError as error:
            reason = error
            continue
        return address
    raise OSError("no free address on the loopback") from reason
