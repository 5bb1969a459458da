"""The 5.x objects in ZooKeeper, as far as the doctor asks for them."""

from __future__ import annotations

from midonet_migrate.zookeeper.protobuf_text import TextFormatError, parse_message
from midonet_migrate.zookeeper.session import ZooKeeperSession

_IN_FLIGHT = 100


class LiveTopology:
    """Asks ZooKeeper about single objects, every time anew.

    With ``listing`` it lists a class at the first question about it and remembers: for questions about
    thousands of objects. Methods raise ``ZooKeeperUnreachable`` and ``AccessDenied``.
    """

    def __init__(self, session: ZooKeeperSession, root: str, *, listing: bool = False) -> None:
        self._session = session
        self._base = root.rstrip("/")
        self._listed: dict[str, frozenset[str]] | None = {} if listing else None

    def has(self, class_name: str, identity: str) -> bool:
        """Whether the object exists."""
        if self._listed is None:
            return self._session.exists(self._path(class_name, identity))
        if class_name not in self._listed:
            names = self._session.children(f"{self._base}/zoom/0/models/{class_name}") or []
            self._listed[class_name] = frozenset(names)
        return identity in self._listed[class_name]

    def size(self, class_name: str, identity: str) -> int:
        """Bytes of the object's node; 0 if it does not exist."""
        answer = self._session.client.exists_async(self._path(class_name, identity))
        stat = self._session.wait_for(answer)
        return 0 if stat is None else int(stat.dataLength)

    def has_node(self, path: str) -> bool:
        """Whether there is a node at ``path`` below the root key."""
        return self._session.exists(f"{self._base}/{path}")

    def hosts(self) -> dict[str, str]:
        """Name -> id of the Hosts; of several with one name the first, as the importer takes it (imp 3.5.1).

        A Host that cannot be read has no name.
        """
        found: dict[str, str] = {}
        identities = self._session.children(f"{self._base}/zoom/0/models/Host") or []
        for start in range(0, len(identities), _IN_FLIGHT):
            some = identities[start : start + _IN_FLIGHT]
            asked = [self._session.client.get_async(self._path("Host", identity)) for identity in some]
            for identity, answer in zip(some, asked, strict=True):
                node = self._session.wait_for(answer, missing=None)
                name = _name(node[0] or b"") if node is not None else None
                if name is not None:
                    found.setdefault(name, identity)
        return found

    def _path(self, class_name: str, identity: str) -> str:
        return f"{self._base}/zoom/0/models/{class_name}/{identity}"


def _name(data: bytes) -> str | None:
    try:
        name = parse_message(data).get("name")
    except TextFormatError:
        return None
    return name if isinstance(name, str) else None
