"""Every effective setting, with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from midonet_migrate.errors import ConfigError
from midonet_migrate.settings.database_url import Database
from midonet_migrate.settings.filesystem import Problem, problems_error
from midonet_migrate.settings.redaction import MASK
from midonet_migrate.settings.values import (
    NOT_SET,
    OutputFormat,
    PluginFlavour,
    Secret,
    Setting,
    TargetVersion,
    required,
)
from midonet_migrate.settings.web_xml import is_secret
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers


class ApiCredentials(msgspec.Struct, frozen=True):
    """What the 1.9 and 5.x APIs are logged in with."""

    username: str
    password: Secret
    project: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The effective settings. A missing one is an error only for who asks for it with ``require_…``.

    Printing, ``repr`` and ``rows`` show no secret.
    """

    settings_file: Setting[str | None]
    neutron_files: Setting[tuple[str, ...]]
    database: Setting[Database | None]
    core_plugin: Setting[str | None]
    midonet_client: Setting[str | None]
    """The plug-in's ``[MIDONET] client``; the task-writing one must not stay behind (host 2.3)."""
    plugin_flavour: Setting[PluginFlavour | None]
    """None: to be detected in the database."""
    source_api: Setting[str | None]
    target_api: Setting[str | None]
    api_username: Setting[str | None]
    api_password: Setting[Secret | None]
    api_project: Setting[str | None]
    zookeeper: Setting[ZooKeeperServers | None]
    source_root: Setting[str | None]
    target_root: Setting[str]
    target_version: Setting[TargetVersion]
    data_dir: Setting[Path]
    threads: Setting[int]
    request_limit: Setting[int]
    """``jute.maxbuffer`` of the ZooKeeper servers, in bytes: the importer's requests must stay below."""
    import_patience: Setting[int]
    """Seconds for which ZooKeeper or the database may be gone while the import is watched."""
    mn_conf_command: Setting[tuple[str, ...]]
    """MidoNet 5's mn-conf, as a command with arguments (host 4)."""
    cluster_start_command: Setting[tuple[str, ...]]
    cluster_stop_command: Setting[tuple[str, ...]]
    cluster_restart_command: Setting[tuple[str, ...]]
    cluster_log_file: Setting[str]
    """midonet-cluster's log on its host, shown when it does not come up."""
    hosts_file: Setting[Path]
    """hosts.yaml, the inventory (host 6.1)."""
    ssh_config: Setting[Path | None]
    """A file instead of ssh's own configuration; None: where ssh looks by itself."""
    host_parallel: Setting[int]
    """Hosts that are spoken to at a time."""
    package_lock_seconds: Setting[int]
    """How long another process may hold the lock of a host's package manager."""
    yes: Setting[bool]
    dry_run: Setting[bool]
    format: Setting[OutputFormat]
    api_parameters: Mapping[str, Setting[str]] = msgspec.field(default_factory=dict)
    """Parameters of the 1.9 API's web.xml by name, to be carried over to mn-conf (host 2.8)."""
    cassandra: Mapping[str, Setting[str]] = msgspec.field(default_factory=dict)
    """Keys of ``[cassandra]`` in MidoNet's own files (host 2.6)."""
    given: frozenset[str] = frozenset()
    """Keys of the options that the operator gave by flag, environment or own file."""
    neutron_problems: tuple[Problem, ...] = ()
    """Neutron's files that could not be read: any of them might hold the value that wins."""
    notes: tuple[str, ...] = ()
    """Oddities that are no errors, for the operator to know."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{row['setting']}={row['value']!r}" for row in self.rows())
        return f"Settings({shown})"

    def require_database(self) -> Database:
        """The Neutron database. Raises ``ConfigError``, or ``AccessDenied`` when its file may not be read."""
        self._require_neutron_files("database")
        return required(
            self.database,
            "Neutron database",
            "Name Neutron's files with --config-file, or set 'database' in midonet-migrate.conf.",
        )

    def require_source_api(self) -> str:
        """Base URL of the 1.9 API. Raises ``ConfigError`` or ``AccessDenied``."""
        self._require_neutron_files("source_api")
        hint = "Give the 1.9 API's URL: --source-api http://HOST:8080/midonet-api"
        return required(self.source_api, "address of the MidoNet 1.9 API", hint)

    def require_target_api(self) -> str:
        """Base URL of the 5.x API. Raises ``ConfigError`` or ``AccessDenied``."""
        self._require_neutron_files("target_api")
        hint = "Give the 5.x API's URL: --target-api http://HOST:8181/midonet-api"
        return required(self.target_api, "address of the MidoNet 5 API", hint)

    def require_credentials(self) -> ApiCredentials:
        """User, password and project for both APIs. Raises ``ConfigError`` or ``AccessDenied``."""
        self._require_neutron_files("api_username", "api_password", "api_project")
        hint = (
            "Set MIDONET_MIGRATE_API_USERNAME, _PASSWORD and _PROJECT, or api_username, api_password and "
            "api_project in midonet-migrate.conf, or name the plug-in file with --config-file."
        )
        return ApiCredentials(
            required(self.api_username, "user name for the MidoNet API", hint),
            required(self.api_password, "password for the MidoNet API", hint),
            required(self.api_project, "project for the MidoNet API", hint),
        )

    def require_zookeeper(self) -> ZooKeeperServers:
        """All ZooKeeper servers; ``str()`` gives the list as clients take it. Raises ``ConfigError``."""
        hint = "Give the servers: --zookeeper HOST:2181,HOST:2181"
        return required(self.zookeeper, "list of ZooKeeper servers", hint)

    def require_roots(self) -> tuple[str, str]:
        """The 1.9 and the 5.x root. Raises ``ConfigError`` when unknown, or when both are one (host 2.6)."""
        hint = "Give 1.9's root with --source-root, or 5.x's with --target-root."
        source = required(self.source_root, "root key of MidoNet 1.9", hint)
        if source == self.target_root.value:
            raise ConfigError(
                f"{source} is the root of MidoNet 1.9 and of MidoNet 5 at the same time",
                why=f"The first is from: {self.source_root.origin}; the second: {self.target_root.origin}. "
                "MidoNet 5 would write into the data of 1.9.",
                hint=hint,
            )
        return source, self.target_root.value

    def secrets(self) -> tuple[str, ...]:
        """Every secret text known, also as it is written inside URLs; for redaction only."""
        texts = set(self.database.value.secrets()) if self.database.value is not None else set()
        if self.api_password.value is not None:
            texts.add(self.api_password.value.reveal())
        texts |= {item.value for name, item in self.api_parameters.items() if is_secret(name)}
        forms = {
            form for text in texts for form in (text, quote(text, safe=""), quote_plus(text), quote(text))
        }
        return tuple(sorted((form for form in forms if form), key=len, reverse=True))

    def rows(self) -> list[dict[str, Any]]:
        """``{setting, value, origin}`` of every setting, in a fixed order; secrets masked; unset is None."""
        named: list[tuple[str, Setting[Any]]] = []
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if isinstance(value, Setting):
                named.append((field, value))
        for name, parameter in sorted(self.api_parameters.items()):
            shown = Setting(MASK, parameter.origin) if is_secret(name) else parameter
            named.append((f"web.xml {name}", shown))
        return [{"setting": name, "value": _shown(item.value), "origin": item.origin} for name, item in named]

    def unusable(self) -> bool:
        """Whether a file, or a value found in one, cannot be used. Not to find it is no fault."""
        values = [getattr(self, field) for field in self.__struct_fields__]
        found = [item for item in values if isinstance(item, Setting) and item.origin != NOT_SET]
        return bool(self.neutron_problems) or any(item.problem for item in found)

    def remarks(self) -> list[str]:
        """Why values are missing, which files could not be read, and the notes: a line each."""
        names_by_problem: dict[str, list[str]] = {}
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if isinstance(value, Setting) and value.problem:
                names_by_problem.setdefault(value.problem, []).append(field)
        missing = [f"{', '.join(names)}: {problem}" for problem, names in names_by_problem.items()]
        return [*(problem.message for problem in self.neutron_problems), *missing, *self.notes]

    def _require_neutron_files(self, *keys: str) -> None:
        """Unless the operator gave all of ``keys``: every file of Neutron must have been readable."""
        if self.neutron_problems and not self.given.issuperset(keys):
            raise problems_error("Neutron's configuration cannot be read", list(self.neutron_problems))


def _shown(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)
