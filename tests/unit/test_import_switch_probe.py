"""A VTEP's switch is asked before the server is told to connect to it (new 1.11)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from midonet_migrate.target.midonet_api.switch_probe import probe_switch
from unused_ports import refusing_port

Talk = Callable[[socket.socket], None]


@contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """A server on loopback that does this with the one connection it accepts."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def ovsdb(connection: socket.socket) -> None:
    """Answers the echo, in two parts."""
    assert b'"method":"echo"' in connection.recv(4096)
    connection.sendall(b'{"id":"midonet-migrate","result":["midonet-mig')
    connection.sendall(b'rate"],"error":null}')


def silent(connection: socket.socket) -> None:
    """Accepts, and says nothing until the other side hangs up."""
    while connection.recv(4096):
        pass


def closing(connection: socket.socket) -> None:
    """Reads, and hangs up."""
    connection.recv(4096)


def test_an_ovsdb_server_that_answers_is_fine() -> None:
    """Whatever the pieces its answer comes in."""
    with listening(ovsdb) as port:
        assert probe_switch("127.0.0.1", port, timeout=30) == ""


@pytest.mark.parametrize(
    ("talk", "seconds", "word"), [(silent, 0.3, "does not answer"), (closing, 120, "closes the connection")]
)
def test_a_switch_that_does_not_speak_is_told(talk: Talk, seconds: float, word: str) -> None:
    """The one would hold the server's lock for 30 seconds, the other fail at once."""
    with listening(talk) as port:
        assert word in probe_switch("127.0.0.1", port, timeout=seconds)


def test_a_switch_that_is_not_there_is_told() -> None:
    """Nothing listens."""
    with refusing_port() as port:
        assert "cannot be reached" in probe_switch("127.0.0.1", port, timeout=30)
