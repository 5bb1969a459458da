"""The command itself: what each subcommand does, and its exit status (host 4.1, imp 4.5)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError

from midonet_lab.midonet5.importer.java import ImporterFailure
from midonet_lab.midonet5.importer.java_values import parse_uuid
from midonet_lab.midonet5.mn_conf.arguments import HelpWanted, UsageError, read_arguments
from midonet_lab.midonet5.mn_conf.bootstrap import HostIdUnwritable, bootstrap, host_id, java_charset
from midonet_lab.midonet5.mn_conf.hocon_parser import parse
from midonet_lab.midonet5.mn_conf.hocon_paths import render_path, split_path
from midonet_lab.midonet5.mn_conf.hocon_render import plain_text, render, render_tree
from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError
from midonet_lab.midonet5.mn_conf.hocon_values import Value, find
from midonet_lab.midonet5.mn_conf.schema import Version, without_notes
from midonet_lab.midonet5.mn_conf.store import ConfigStore, leaves

DONE, USAGE, HOST_ID, NO_ZOOKEEPER, OTHER, MISSING = 0, 1, 2, 3, 4, 11
CONNECT_SECONDS, BUSY_SECONDS = 1.0, 60.0
"""The tool gives up early (imp 4.5), but not on a server that listens and only takes its time."""
Connect = Callable[[str], AbstractContextManager[KazooClient]]


class Outcome(msgspec.Struct):
    """What a run of the command left."""

    status: int
    stdout: bytes = b""
    stderr: bytes = b""


@contextmanager
def connect(hosts: str) -> Iterator[KazooClient]:
    """A session of the command's own."""
    client = KazooClient(hosts=hosts, timeout=10.0)
    try:
        try:
            client.start(timeout=CONNECT_SECONDS)
        except KazooTimeoutError:
            if not _listens(hosts):
                raise
            client.start(timeout=BUSY_SECONDS)
        yield client
    finally:
        client.stop()
        client.close()


def _listens(hosts: str) -> bool:
    """Whether any of the servers takes connections."""
    for server in hosts.partition("/")[0].split(","):
        name, _, port = server.strip().rpartition(":")
        try:
            with socket.create_connection((name.strip("[]"), int(port)), timeout=CONNECT_SECONDS):
                return True
        except (OSError, ValueError):
            continue
    return False


def run(
    arguments: Sequence[str],
    stdin: Callable[[], bytes],
    environment: Mapping[str, str],
    *,
    host_root: Path,
    version: Version,
    connect: Connect = connect,
) -> Outcome:
    """Run the command once. ``host_root`` stands for the host's '/'; ``stdin`` is read when it is needed."""
    charset = java_charset(environment)

    def outcome(status: int, stdout: str, stderr: str = "") -> Outcome:
        return Outcome(status, stdout.encode(charset, "replace"), stderr.encode(charset, "replace"))

    try:
        name, options, trailing = read_arguments(arguments, version)
    except UsageError as error:
        return outcome(DONE if isinstance(error, HelpWanted) else USAGE, str(error))
    where = bootstrap(environment, host_root)
    warning = ""
    if where.replaced_legacy_root:
        warning = "[mn-conf] The root key of MidoNet 1.9 is not used: taking /midonet instead.\n"
    try:
        with connect(where.hosts) as client:
            command = _Command(
                ConfigStore(client, where.root, version, charset),
                options,
                trailing,
                text=lambda: stdin().decode(charset, "replace"),
                environment=environment,
                host_root=host_root,
            )
            status, stdout = command.run(name)
            return outcome(status, stdout, warning)
    except (KazooException, KazooTimeoutError):
        return outcome(
            NO_ZOOKEEPER,
            "",
            f"{warning}[mn-conf] Could not connect to zookeeper at '{where.hosts}'\n"
            "[mn-conf] See the FILES and ENVIRONMENT sections of the mn-conf(1) manual page.\n",
        )
    except HostIdUnwritable as error:
        return outcome(
            HOST_ID, "", f"{warning}[mn-conf] Could not write the host id ({error}): run it again as root.\n"
        )
    except HoconError as error:
        return outcome(OTHER, "", f"{warning}[mn-conf] Failed: {error}")


class _Command:
    def __init__(
        self,
        store: ConfigStore,
        options: Mapping[str, str],
        trailing: Sequence[str],
        *,
        text: Callable[[], str],
        environment: Mapping[str, str],
        host_root: Path,
    ) -> None:
        self._store = store
        self._options = options
        self._trailing = trailing
        self._text = text
        self._environment = environment
        self._host_root = host_root

    def run(self, name: str) -> tuple[int, str]:
        """Exit status and standard output."""
        actions: dict[str, Callable[[], tuple[int, str]]] = {
            "set": self._set,
            "unset": self._unset,
            "get": self._get,
            "dump": self._dump,
            "doc": self._doc,
            "deploy": lambda: (DONE, "".join(f"{line}\n" for line in self._store.deploy())),
            "hosts": self._hosts,
            "template-list": self._template_list,
            "template-get": self._template_get,
            "template-set": self._template_set,
            "template-clear": self._template_clear,
        }
        return actions[name]()

    @property
    def _host(self) -> str:
        given = self._options.get("h", "local")
        if given == "local":
            return host_id(self._host_root)
        try:
            return parse_uuid(given)
        except ImporterFailure as error:
            raise HoconError(str(error)) from error

    @property
    def _place(self) -> str:
        template = self._options.get("t")
        return f"templates/{template}" if template is not None else f"nodes/{self._host}"

    def _set(self) -> tuple[int, str]:
        place = self._place
        text, origin = (" ".join(self._trailing), "ARGV") if self._trailing else (self._text(), "STDIN")
        if not text.strip():
            return DONE, ""
        tree = parse(text, origin, self._environment)
        known = without_notes(self._store.schemas())
        messages = []
        for path, value in leaves(tree):
            expected = find(known, path)
            if expected is None:
                messages.append(
                    f"Installing config key that was not found in the schema: {render_path(path)}\n"
                )
            elif _type_of(value) != _type_of(expected):
                shown = render(value, as_json=True, comments=True)
                wanted = render(expected, as_json=True)
                raise HoconError(
                    f"{value.origin}: {value.line}: Value for {render_path(path)} ({shown})"
                    f" does not follow schema type ({wanted})"
                )
        self._store.change(place, tree, replace="c" in self._options)
        return DONE, "".join(messages)

    def _unset(self) -> tuple[int, str]:
        self._store.remove(self._place, split_path(self._trailing[0]))
        return DONE, ""

    def _seen(self) -> dict[str, Value]:
        """What ``get`` and ``dump`` look at, by their options."""
        if "t" in self._options:
            return self._store.template_over_default(self._options["t"])
        if "s" in self._options:
            return self._store.schemas()
        if "H" in self._options:
            return self._store.node(self._host)
        return self._store.effective(self._host)

    def _get(self) -> tuple[int, str]:
        key = self._trailing[0]
        found = find(self._seen(), split_path(key))
        if found is None:
            return MISSING, ""
        as_json = "j" in self._options
        if isinstance(found.data, dict):
            text = render(found, as_json=True) if as_json else render_tree(found.data)
        else:
            text = render(found, as_json=as_json)
        return DONE, f"{key} = {text}\n"

    def _dump(self) -> tuple[int, str]:
        tree = without_notes(self._seen())
        if "j" in self._options:
            return DONE, render(Value(tree), as_json=True) + "\n"
        comments = "c" in self._options or self._store.version == "5.0.2"
        return DONE, render_tree(tree, comments=comments) + "\n"

    def _doc(self) -> tuple[int, str]:
        """What the schemas say of a setting; nothing more than its name for one they do not have."""
        key = self._trailing[0]
        schemas = self._store.schemas()
        lines = [f"Key: {key}"]
        parts = {f"{key}_type": "Type", key: "Default value", f"{key}_description": "Documentation"}
        for name, title in parts.items():
            found = find(schemas, split_path(name))
            if found is not None:
                data = found.data
                lines.append(f"{title}: {str(data).lower() if isinstance(data, bool) else data}")
            elif name == key:
                break
        return DONE, "".join(f"{line}\n" for line in lines)

    def _hosts(self) -> tuple[int, str]:
        """Hosts with settings of their own first, then those that only have a template."""
        mappings, nodes = self._store.mappings(), self._store.nodes()
        lines = []
        for host in (*nodes, *(host for host in mappings if host not in nodes)):
            chain = ["custom"] if host in nodes else []
            template = mappings.get(host, "default")
            if template != "default" or host not in nodes:
                chain.append(f"template({template})")
            lines.append(f"{host} -> {' : '.join([*chain, 'template(default)', 'schema'])}\n")
        return DONE, "".join(lines)

    def _template_list(self) -> tuple[int, str]:
        """Every template, with its hosts below it."""
        mappings = self._store.mappings()
        lines = []
        for name in self._store.template_names():
            lines.append(f"{name}\n")
            lines += [f"    {host}\n" for host, template in mappings.items() if template == name]
        return DONE, "".join(lines)

    def _template_get(self) -> tuple[int, str]:
        mappings = self._store.mappings()
        if "a" in self._options:
            rows = sorted(mappings.items())
            return DONE, "".join(f"{plain_text(host)}  {template}\n" for host, template in rows)
        host = self._host
        return DONE, f"{host}  {mappings[host]}\n" if host in mappings else ""

    def _template_set(self) -> tuple[int, str]:
        self._store.set_mapping(self._host, self._options["t"])
        return DONE, ""

    def _template_clear(self) -> tuple[int, str]:
        self._store.set_mapping(self._host, None)
        return DONE, ""


def _type_of(value: Value) -> str:
    """Types as the library knows them: all numbers are one."""
    data = value.data
    if isinstance(data, bool):
        return "boolean"
    if isinstance(data, int | float):
        return "number"
    return type(data).__name__
