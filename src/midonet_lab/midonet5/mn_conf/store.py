"""The texts in ZooKeeper: schemas, templates, nodes and the mapping of hosts to templates (imp 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError

from midonet_lab.midonet5.mn_conf import schema
from midonet_lab.midonet5.mn_conf.hocon_parser import parse
from midonet_lab.midonet5.mn_conf.hocon_render import document
from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError
from midonet_lab.midonet5.mn_conf.hocon_values import Value, find, merged
from midonet_lab.midonet5.mn_conf.schema import VERSION_KEY, Version

DEFAULT_TEMPLATE = "default"
_SCHEMAS = ("agent", "cluster", "nsdb")
Change = Callable[[dict[str, Value]], dict[str, Value]]


class ConfigStore:
    """mn-conf's data below ``<root>/config``. Texts are read and written in ``charset``: what it does not
    know becomes a question mark, without a word (imp 4.5)."""

    def __init__(self, client: KazooClient, root: str, version: Version, charset: str = "utf-8") -> None:
        self.root = root.rstrip("/")
        self.version = version
        self._client = client
        self._charset = charset

    def template(self, name: str) -> dict[str, Value]:
        """A template's settings; empty when there is none. Raises ``HoconError``, as the others do."""
        return self._read(f"templates/{name}")

    def node(self, host: str) -> dict[str, Value]:
        """A host's own settings."""
        return self._read(f"nodes/{host}")

    def mappings(self) -> dict[str, str]:
        """Host -> template."""
        return {host: str(value.data) for host, value in self._read("template-mappings").items()}

    def schemas(self) -> dict[str, Value]:
        """All schemas that are deployed, descriptions included."""
        whole: dict[str, Value] = {}
        for name in _SCHEMAS:
            whole = merged(self._read(f"schemas/{name}"), whole)
        whole.pop(VERSION_KEY, None)
        return whole

    def template_over_default(self, name: str) -> dict[str, Value]:
        """What ``get -t`` looks at."""
        return merged(self.template(name), self.template(DEFAULT_TEMPLATE))

    def effective(self, host: str) -> dict[str, Value]:
        """node > mapped template > default > schema, descriptions included."""
        templates = self.template_over_default(self.mappings().get(host, DEFAULT_TEMPLATE))
        return merged(self.node(host), merged(templates, self.schemas()))

    def template_names(self) -> list[str]:
        """All templates, in no order."""
        return self._names("templates")

    def nodes(self) -> list[str]:
        """Every host with settings of its own."""
        return sorted(self._names("nodes"))

    def change(self, place: str, tree: Mapping[str, Value], *, replace: bool = False) -> None:
        """Merge ``tree`` into ``templates/x`` or ``nodes/x``, or put it in its place.

        A text that cannot be read any more counts as empty: setting something is how it is repaired.
        """

        def make(current: dict[str, Value]) -> dict[str, Value]:
            return dict(tree) if replace else merged(tree, current)

        self._modify(place, make)

    def remove(self, place: str, path: tuple[str, ...]) -> None:
        """Delete a setting or a whole subtree; what is above it stays, even if it is empty then."""

        def make(current: dict[str, Value]) -> dict[str, Value]:
            if find(current, path[:-1]) is not None or len(path) == 1:
                level = current
                for name in path[:-1]:
                    below = level[name].data
                    if not isinstance(below, dict):
                        return current
                    level = below
                level.pop(path[-1], None)
            return current

        self._modify(place, make, create=False)

    def set_mapping(self, host: str, template: str | None) -> None:
        """Give a host a template, or take it away."""

        def make(current: dict[str, Value]) -> dict[str, Value]:
            if template is None:
                current.pop(host, None)
            else:
                current[host] = Value(template)
            return current

        self._modify("template-mappings", make)

    def deploy(self) -> list[str]:
        """Install schemas and stock templates that are missing or old; the messages to show."""
        messages = []
        texts = schema.schema_texts(self.version)
        if any(self._schema_version(name) < texts[name][VERSION_KEY] for name in _SCHEMAS):
            for name, flat in texts.items():
                self._write(f"schemas/{name}", schema.tree_of(flat, ""))
            messages.append("Deployed schema")
            for name, flat in schema.STOCK_TEMPLATES.items():
                self._write(f"templates/{name}", schema.tree_of(flat, ""))
                messages.append(f"Deployed configuration template: {name} ")
        return messages or ["Deployed schema is up to date, nothing to do"]

    def _schema_version(self, name: str) -> int:
        found = find(self._read(f"schemas/{name}"), (VERSION_KEY,))
        return found.data if found is not None and isinstance(found.data, int) else -1

    def _path(self, place: str) -> str:
        return f"{self.root}/config/{place}"

    def _names(self, place: str) -> list[str]:
        try:
            return list(self._client.get_children(self._path(place)))
        except NoNodeError:
            return []

    def _read(self, place: str) -> dict[str, Value]:
        try:
            data, _ = self._client.get(self._path(place))
        except NoNodeError:
            return {}
        return parse(data.decode(self._charset, "replace"), self._origin(place))

    def _origin(self, place: str) -> str:
        return f"zookeeper:/{self._path(place)}"

    def _write(self, place: str, tree: Mapping[str, Value]) -> None:
        self._modify(place, lambda _current: dict(tree))

    def _modify(self, place: str, make: Change, *, create: bool = True) -> None:
        path = self._path(place)
        while True:
            try:
                data, stat = self._client.get(path)
                current, version = self._readable(data, place), stat.version
            except NoNodeError:
                if not create:
                    return
                current, version = {}, -1
            text = document(make(current), as_json=self.version != "5.0.2")
            encoded = text.encode(self._charset, "replace")
            try:
                if version < 0:
                    self._client.create(path, encoded, makepath=True)
                else:
                    self._client.set(path, encoded, version=version)
            except (NodeExistsError, BadVersionError):
                continue
            return

    def _readable(self, data: bytes, place: str) -> dict[str, Value]:
        try:
            return parse(data.decode(self._charset, "replace"), self._origin(place))
        except HoconError:
            return {}


def leaves(tree: Mapping[str, Value], above: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Value]]:
    """Every setting of a tree with its path; nulls are none."""
    for key, value in tree.items():
        if isinstance(value.data, dict):
            yield from leaves(value.data, (*above, key))
        elif value.data is not None:
            yield (*above, key), value
