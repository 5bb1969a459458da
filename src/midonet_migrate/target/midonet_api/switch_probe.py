"""Asking a VTEP's switch whether it is there, before 5.x does so with its storage locked (new 1.11)."""

from __future__ import annotations

import socket

import msgspec

_TIMEOUT_SECONDS = 5.0
_ECHO = b'{"method":"echo","params":["midonet-migrate"],"id":"midonet-migrate"}'
_READ_BYTES = 65536


def probe_switch(address: str, port: int, *, timeout: float = _TIMEOUT_SECONDS) -> str:
    """Why the OVSDB server at ``address`` cannot be used; empty if it answers an ``echo`` (RFC 7047, 4.1.11).

    ``timeout`` in seconds, for connecting and for each part of the answer.
    """
    try:
        with socket.create_connection((address, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(_ECHO)
            received = b""
            while len(received) < _READ_BYTES:
                part = connection.recv(_READ_BYTES)
                if not part:
                    return f"its switch at {address}:{port} closes the connection"
                received += part
                if _is_json(received):
                    return ""
    except TimeoutError:
        return f"its switch at {address}:{port} does not answer: it would block all writes for 30 seconds"
    except OSError as error:
        return f"its switch at {address}:{port} cannot be reached ({error.strerror or error})"
    return f"what listens at {address}:{port} is no OVSDB server"


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(data), dict)
    except msgspec.DecodeError:
        return False
