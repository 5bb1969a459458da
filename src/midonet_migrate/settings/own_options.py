"""midonet-migrate's own options: flags win over the environment, it wins over midonet-migrate.conf."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from midonet_migrate.settings import oslo_files
from midonet_migrate.settings.api_url import parse_api_url
from midonet_migrate.settings.database_url import parse_database_url
from midonet_migrate.settings.filesystem import HostFiles, Problem, UnreadableFile, is_there, read_text
from midonet_migrate.settings.values import (
    NOT_SET,
    OutputFormat,
    PluginFlavour,
    Secret,
    Setting,
    TargetVersion,
)
from midonet_migrate.settings.zookeeper_servers import parse_root, parse_servers

PREFIX = "MIDONET_MIGRATE_"
FILE_NAME = "midonet-migrate.conf"
SYSTEM_FOLDER = "/etc/midonet-migrate"
SECTION = "midonet-migrate"
MAXIMUM_THREADS = 64
MAXIMUM_HOST_PARALLEL = 500

_SECRET_KEYS = frozenset({"api_password", "database"})
_OTHERS_READ = 0o044
_TRUE = frozenset({"true", "1", "on", "yes"})
SMALLEST_REQUEST_LIMIT = 65_536
_FALSE = frozenset({"false", "0", "off", "no"})


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError("it is neither true nor false")
    return lowered in _TRUE


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAXIMUM_THREADS:
        raise ValueError(f"it is not a number from 1 to {MAXIMUM_THREADS}")
    return int(text)


def _host_parallel(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAXIMUM_HOST_PARALLEL:
        raise ValueError(f"it is not a number of hosts from 1 to {MAXIMUM_HOST_PARALLEL}")
    return int(text)


def _request_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not SMALLEST_REQUEST_LIMIT <= int(text) < 2**31:
        raise ValueError(f"it is not a number of bytes from {SMALLEST_REQUEST_LIMIT}")
    return int(text)


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) < 2**31:
        raise ValueError("it is not a number of seconds from 1")
    return int(text)


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("it is not a path")
    return Path(text)


def _text(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _command(text: str) -> tuple[str, ...]:
    """A command with its arguments, quoted as for a shell; it is run without one."""
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        raise ValueError("its quotes do not match") from None
    if not words or "\0" in text:
        raise ValueError("it is not a command")
    return words


def _choice(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def convert(text: str) -> StrEnum:
        if text not in set(choices):
            raise ValueError(f"it is none of {', '.join(choices)}")
        return choices(text)

    return convert


class OwnOption(msgspec.Struct, frozen=True):
    """One option: its key in the file; ``MIDONET_MIGRATE_<KEY>`` in the environment; its flag, if it has one.

    Secrets and what belongs to them have no flag: the command line of a process can be read by everyone.
    """

    key: str
    convert: Callable[[str], Any]
    flag: str = ""
    repeatable: bool = False

    @property
    def variable(self) -> str:
        """The name of its environment variable."""
        return PREFIX + self.key.upper()


OWN_OPTIONS: tuple[OwnOption, ...] = (
    OwnOption("config_file", _path, "--config-file", repeatable=True),
    OwnOption("data_dir", _path, "--data-dir"),
    OwnOption("database", parse_database_url),
    OwnOption("zookeeper", parse_servers, "--zookeeper"),
    OwnOption("source_root", parse_root, "--source-root"),
    OwnOption("target_root", parse_root, "--target-root"),
    OwnOption("source_api", parse_api_url, "--source-api"),
    OwnOption("target_api", parse_api_url, "--target-api"),
    OwnOption("api_username", _text),
    OwnOption("api_password", Secret),
    OwnOption("api_project", _text),
    OwnOption("target_version", _choice(TargetVersion), "--target-version"),
    OwnOption("plugin_flavour", _choice(PluginFlavour), "--plugin-flavour"),
    OwnOption("threads", _threads, "--threads"),
    OwnOption("request_limit", _request_limit, "--request-limit"),
    OwnOption("import_patience", _seconds),
    OwnOption("mn_conf_command", _command),
    OwnOption("cluster_start_command", _command),
    OwnOption("cluster_stop_command", _command),
    OwnOption("cluster_restart_command", _command),
    OwnOption("cluster_log_file", _text),
    OwnOption("hosts_file", _path),
    OwnOption("ssh_config", _path),
    OwnOption("host_parallel", _host_parallel),
    OwnOption("package_lock_seconds", _seconds),
    OwnOption("yes", _boolean, "--yes"),
    OwnOption("dry_run", _boolean, "--dry-run"),
    OwnOption("format", _choice(OutputFormat), "--format"),
)
SETTINGS_FILE_VARIABLE = PREFIX + "SETTINGS_FILE"
ROOT_VARIABLE = PREFIX + "ROOT"


class OwnOptions(msgspec.Struct, frozen=True):
    """What was given, by key, converted; options not given are absent. ``file`` is the one that was read."""

    given: dict[str, Setting[Any]]
    file: Setting[str | None]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def gather(
    flags: Mapping[str, str | Sequence[str]],
    environment: Mapping[str, str],
    host: HostFiles,
    working_directory: Path,
) -> OwnOptions:
    """Collect all own options. Nothing raises: what is wrong stands in ``problems``, all of it.

    ``flags`` holds texts by key, as typed; ``settings_file`` names the file instead of the two places where
    it is searched: the working directory, then ``/etc/midonet-migrate``.
    """
    sources = _Sources(flags, environment)
    file = sources.open_file(host, working_directory)
    given: dict[str, Setting[Any]] = {}
    for option in OWN_OPTIONS:
        texts, origin = sources.texts(option)
        try:
            values = [option.convert(text) for text in texts]
        except ValueError as error:
            sources.problems.append(Problem(f"{origin}: {error}"))
            continue
        if values:
            given[option.key] = Setting(tuple(values) if option.repeatable else values[0], origin)
    return OwnOptions(given, file, tuple(sources.problems), tuple(sources.notes))


class _Sources:
    def __init__(self, flags: Mapping[str, str | Sequence[str]], environment: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._flags = flags
        self._environment = environment
        self._assignments: list[oslo_files.Assignment] = []

    def open_file(self, host: HostFiles, working_directory: Path) -> Setting[str | None]:
        flag = self._flags.get("settings_file")
        named = str(flag or self._environment.get(SETTINGS_FILE_VARIABLE, ""))
        local = working_directory / FILE_NAME
        system = f"{SYSTEM_FOLDER}/{FILE_NAME}"
        if named:
            origin = "flag --settings-file" if flag else f"environment {SETTINGS_FILE_VARIABLE}"
            path, shown = working_directory / named, named
        elif is_there(local):
            origin, path, shown = "working directory", local, str(local)
        elif host.exists(system):
            origin, path, shown = "usual place", host.locate(system), host.shown(system)
        else:
            return Setting(None, NOT_SET)
        try:
            self._take(oslo_files.parse(read_text(path, shown), shown))
            readable_by_others = bool(path.stat().st_mode & _OTHERS_READ)
        except UnreadableFile as error:
            self.problems.append(error.problem)
        else:
            if readable_by_others and any(item.key in _SECRET_KEYS for item in self._assignments):
                self.notes.append(f"{shown} holds a password and can be read by others: chmod 600 {shown}")
        return Setting(shown, origin)

    def _take(self, assignments: Sequence[oslo_files.Assignment]) -> None:
        known = {option.key for option in OWN_OPTIONS}
        for item in assignments:
            if item.section == SECTION and item.key in known:
                self._assignments.append(item)
            else:
                # A line like "api_password secret: x" has a key that is better not repeated.
                where = item.origin if item.key.isidentifier() else f"{item.file}:{item.line}"
                self.problems.append(Problem(f"{where}: there is no such option"))

    def texts(self, option: OwnOption) -> tuple[list[str], str]:
        """The texts of the strongest source that has the option, several only if it is repeatable."""
        flag = self._flags.get(option.key)
        if flag is not None and option.flag:
            return ([flag] if isinstance(flag, str) else list(flag)), f"flag {option.flag}"
        variable = self._environment.get(option.variable, "")
        if variable:
            values = variable.split(":") if option.repeatable else [variable]
            return values, f"environment {option.variable}"
        found = [item for item in self._assignments if item.key == option.key]
        if not found:
            return [], ""
        chosen = found if option.repeatable else found[-1:]
        files = oslo_files.OsloFiles([self._assignments])
        try:
            return [files.value(item) for item in chosen], chosen[-1].origin
        except oslo_files.UnresolvedReference as error:
            self.problems.append(Problem(f"{chosen[-1].origin}: refers to {error}"))
            return [], ""
