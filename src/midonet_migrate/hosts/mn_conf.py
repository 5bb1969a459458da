"""The command ``mn-conf`` of MidoNet 5 (host 4.1, imp 4.5): always by standard input, never by argument."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from midonet_migrate.errors import (
    ConfigError,
    HostsFailed,
    IntegrityFailed,
    MigrateError,
    NoPermission,
    Recovery,
    WrongState,
    ZooKeeperUnreachable,
)
from midonet_migrate.hosts.runner import NOT_EXECUTABLE, NOT_FOUND, Completed, Runner
from midonet_migrate.plan.mn_conf.texts import parse_answer
from midonet_migrate.settings.redaction import MASK, redact

DEFAULT_TEMPLATE = "default"
_USAGE, _HOST_ID, _NO_ZOOKEEPER, _OTHER, _MISSING = 1, 2, 3, 4, 11
_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0
_WRONG_TYPE = re.compile(r"Value for (\S+) \((.*)\) does not follow schema type", re.DOTALL)
_SHOWN_CHARACTERS = 500


class WrongType(ConfigError):
    """mn-conf refuses a value: the schema wants another type. ``key`` is its setting; nothing was written."""

    code = "mn-conf-type"

    def __init__(self, key: str, message: str) -> None:
        super().__init__(
            f"mn-conf refuses the value of {key}",
            why=message,
            hint="Correct the value where it comes from, or set it in MidoNet 5 by hand.",
        )
        self.key = key


class MnConf:
    """mn-conf on a host, working on ``zookeeper`` (the list of servers) below ``root``.

    Servers and root are given to every call, whatever the host's files say; the locale too, because mn-conf
    turns what it does not know into question marks without a word (imp 4.5). A lost connection is tried
    again: mn-conf itself gives up after a second.

    Every method raises ``WrongState`` when the command is missing, ``NoPermission``, ``ZooKeeperUnreachable``
    after retries, ``ConfigError`` when mn-conf refuses the text (nothing is written then) and
    ``HostsFailed``.
    """

    def __init__(
        self,
        runner: Runner,
        command: Sequence[str],
        zookeeper: str,
        root: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._command = tuple(command)
        self._zookeeper = zookeeper
        self._environment = {
            "MIDO_ZOOKEEPER_HOSTS": zookeeper,
            "MIDO_ZOOKEEPER_ROOT_KEY": root,
            "LC_ALL": "C.UTF-8",
        }
        self._sleep = sleep

    @property
    def command(self) -> str:
        """The command as an operator would type it."""
        return shlex.join(self._command)

    def set_default(self, text: str, *, secrets: Iterable[str] = ()) -> None:
        """Merge a text into the template ``default``: all of it, or on an error nothing.

        ``secrets`` are masked in what mn-conf says.
        """
        self.set_template(DEFAULT_TEMPLATE, text, secrets=secrets)

    def set_template(self, template: str, text: str, *, secrets: Iterable[str] = ()) -> None:
        """Merge a text into a template; one that does not exist is made."""
        self._run("set", "-t", template, stdin=text, secrets=secrets)

    def set_host(self, host: str, text: str, *, secrets: Iterable[str] = ()) -> None:
        """Merge a text into a host's own settings, which come before every template."""
        self._run("set", "-h", host, stdin=text, secrets=secrets)

    def map_host(self, host: str, template: str) -> None:
        """Give a host a template."""
        self._run("template-set", "-h", host, "-t", template)

    def get(self, key: str, host: str | None = None, template: str | None = None) -> Any:
        """A value: with ``template`` that template's (or the default one's), with ``host`` what is in effect
        there; with neither what is in effect on mn-conf's own host. None when nothing sets it.

        Raises ``IntegrityFailed`` when the answer makes no sense.
        """
        where = ["-t", template] if template is not None else ["-h", host or "local"]
        done = self._run("get", *where, key)
        if done.status == _MISSING:
            return None
        try:
            return parse_answer(key, done.stdout)
        except ValueError as error:
            raise IntegrityFailed(
                f"What '{self.command} get {key}' prints cannot be read",
                why="It should be the key, ' = ' and a value.",
                hint="Check that it is the mn-conf of MidoNet 5 (package midonet-tools).",
            ) from error

    def unset_default(self, key: str) -> None:
        """Delete a setting, or a whole subtree, of the template ``default``; not to find it is no error."""
        self._run("unset", "-t", DEFAULT_TEMPLATE, key)

    def _run(self, *arguments: str, stdin: str = "", secrets: Iterable[str] = ()) -> Completed:
        hidden = tuple(secrets)
        for attempt in range(1, _ATTEMPTS + 1):
            done = self._runner.run([*self._command, *arguments], stdin=stdin, environment=self._environment)
            if done.status != _NO_ZOOKEEPER or attempt == _ATTEMPTS:
                break
            self._sleep(_PAUSE_SECONDS)
        if done.status in {0, _MISSING}:
            return done
        raise self._error(shlex.join(arguments), done, hidden)

    def _error(self, arguments: str, done: Completed, secrets: tuple[str, ...]) -> MigrateError:
        said = _masked(done.stderr.strip() or done.stdout.strip(), secrets)
        what = f"'{self.command} {arguments}' ended with status {done.status}"
        if done.status in {NOT_FOUND, NOT_EXECUTABLE}:
            return WrongState(
                f"The command {self._command[0]} cannot be run on this host",
                why=said,
                hint="Install the package midonet-tools of MidoNet 5, or set mn_conf_command.",
            )
        if done.status == _NO_ZOOKEEPER:
            return ZooKeeperUnreachable(
                f"mn-conf cannot reach ZooKeeper at {self._zookeeper}",
                why=said,
                hint="Check the list of servers (--zookeeper) from the host where mn-conf runs.",
                recovery=Recovery.RETRY,
            )
        if done.status == _HOST_ID:
            return NoPermission(what, why=said, hint="Run it as root: mn-conf writes the host's id.")
        if done.status == _OTHER:
            wrong = _WRONG_TYPE.search(said)
            if wrong is not None:
                return WrongType(wrong[1], _WRONG_TYPE.sub(rf"Value for \1 ({MASK}) does not follow", said))
            return ConfigError(what, why=said, hint="Nothing was written. Correct the settings it names.")
        hint = "Check that it is the mn-conf of MidoNet 5 (package midonet-tools)."
        return HostsFailed(what, why=said, hint=hint, recovery=Recovery.RETRY)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    """What mn-conf said, without the values that it repeats."""
    forms = {form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1])}
    return redact(text, forms)[:_SHOWN_CHARACTERS]
