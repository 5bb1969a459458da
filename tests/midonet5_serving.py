"""A started stand-in for the 5.x API on the test's own ZooKeeper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any

import msgspec
from kazoo.client import KazooClient

from midonet5_replay import Answer, Client
from midonet_lab.midonet5.api.options import Faults, Options
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper


class Asking(Client):
    """A client that names kinds, not media types."""

    api: Midonet5Api

    def make(self, path: str, kind: str, body: dict[str, Any]) -> Answer:
        """A POST that has to succeed."""
        answer = self.json("POST", path, kind, body)
        assert answer.status == 201, answer
        return answer

    def read(self, path: str, kind: str) -> Any:
        """A GET that has to succeed."""
        answer = self.json("GET", path, kind)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def control(self, method: str, name: str, body: bytes = b"") -> Answer:
        """A request to the lab's own paths."""
        connection = HTTPConnection(self.api.host, self.api.port, timeout=30)
        with closing(connection):
            connection.request(method, f"/_lab/{name}", body)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def set_faults(self, faults: Faults) -> None:
        """Switch to other faults."""
        assert self.control("PUT", "faults", msgspec.json.encode(faults)).status == 204


@contextmanager
def serving(
    zookeeper: ZooKeeper,
    version: Version = "5.2.1",
    *,
    options: Options | None = None,
    faults: Faults | None = None,
) -> Iterator[Asking]:
    """The stand-in with a client; ``client.api`` is the server."""
    connection = KazooClient(hosts=zookeeper.hosts)
    connection.start(timeout=60)
    try:
        zoom = Zoom(connection, "/midonet", version)
        zoom.prepare()
        with Midonet5Api(zoom, options, faults).start() as api, closing(Asking(api.url)) as client:
            client.api = api
            yield client
    finally:
        connection.stop()
        connection.close()
