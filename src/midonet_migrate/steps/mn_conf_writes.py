"""Writing settings with mn-conf so that it can be told, proven, repeated and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from midonet_migrate.errors import IntegrityFailed, MigrateError, Recovery
from midonet_migrate.hosts.mn_conf import MnConf
from midonet_migrate.plan.mn_conf.carry_over import DEFAULT_TEMPLATE, Place
from midonet_migrate.plan.mn_conf.texts import settings_text
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Record
from midonet_migrate.settings.redaction import MASK
from midonet_migrate.settings.web_xml import is_secret
from midonet_migrate.zookeeper.mn_conf import read_settings
from midonet_migrate.zookeeper.session import ZooKeeperSession

DEFAULT = Place("template", DEFAULT_TEMPLATE)
PUT_BACK = "mn-conf-put-back"
"""Action of the inverse: the place's text is the saved copy again; without one the place did not exist."""
_SHOWN_KEYS = 6
Verdict = Literal["set", "unset", "unchanged"]


class Row(msgspec.Struct, kw_only=True, frozen=True):
    """What was done about one setting, or in a dry run would be. Secrets are masked."""

    place: str
    key: str
    verdict: Verdict
    value: Any = None
    before: Any = None

    @property
    def changed(self) -> bool:
        """Whether something was, or would be, written."""
        return self.verdict != "unchanged"


def shown(key: str, value: Any) -> Any:
    """A value as it may be shown."""
    return MASK if is_secret(key) and value is not None else value


class MnConfWriter:
    """Writes settings of MidoNet 5 below ``root``. Reading goes past mn-conf, to ZooKeeper itself: that works
    in a dry run on a host without MidoNet 5, and it proves what mn-conf did."""

    def __init__(self, run: RunDirectory, session: ZooKeeperSession, mn_conf: MnConf, root: str) -> None:
        self._run = run
        self._session = session
        self._mn_conf = mn_conf
        self._config_path = f"{root.rstrip('/')}/config"

    def present(self, place: Place = DEFAULT) -> dict[str, Any]:
        """What a place holds now, by key. Raises ``CorruptFile``."""
        return read_settings(self._session, self._config_path, _node(place))

    def put(self, settings: Mapping[str, Any], place: Place = DEFAULT) -> list[Row]:
        """Set what is not set like this already, all in one call, and read it back; a row per setting.

        Raises ``IntegrityFailed`` when something else is stored then, and what mn-conf raises.
        """
        present = self.present(place)
        missing = {key: value for key, value in settings.items() if not _equal(present.get(key), value)}
        rows = [
            Row(
                place=str(place),
                key=key,
                verdict="set" if key in missing else "unchanged",
                value=shown(key, value),
                before=shown(key, present.get(key)),
            )
            for key, value in settings.items()
        ]
        pending = self._pending(_digest(place))
        if missing and not self._run.dry_run:
            summary = f"mn-conf set, {place}: {_named(list(missing))}"
            secrets = [str(value) for key, value in missing.items() if is_secret(key)]
            with self._unit(place, summary) as unit:
                try:
                    self._set(place, settings_text(missing), secrets)
                except BaseException:
                    if not self._differs(place, present):
                        unit.not_done()
                    raise
                self._prove(place, missing)
                unit.done(keys=len(missing))
        self._settle(pending)
        return rows

    def remove(self, key: str, place: Place = DEFAULT) -> list[Row]:
        """Delete a setting or a whole subtree of a template, and prove that it is gone."""
        gone = {name: value for name, value in self.present(place).items() if _below(name, key)}
        rows = [
            Row(place=str(place), key=name, verdict="unset", before=shown(name, value))
            for name, value in gone.items()
        ]
        pending = self._pending(_digest(place))
        if gone and not self._run.dry_run:
            with self._unit(place, f"mn-conf unset, {place}: {key}") as unit:
                self._mn_conf.unset_default(key)
                left = [name for name in self.present(place) if _below(name, key)]
                if left:
                    raise self._elsewhere(f"{_named(left)} stands in {place} after it was unset")
                unit.done(keys=len(gone))
        self._settle(pending)
        return rows

    def map_host(self, host: str, template: str, present: str | None) -> Row:
        """Give a host a template, unless it has it."""
        digest = f"mn-conf template of {host}"
        pending = self._pending(digest)
        if present != template and not self._run.dry_run:
            inverse = Inverse(action="mn-conf-template", arguments={"host": host, "template": present})
            summary = f"mn-conf template-set, host {host}: {template}"
            with self._run.journal.unit("host", summary, digest=digest, inverse=inverse):
                self._mn_conf.map_host(host, template)
        self._settle(pending)
        verdict: Verdict = "unchanged" if present == template else "set"
        return Row(place=f"host {host}", key="template", verdict=verdict, value=template, before=present)

    def _set(self, place: Place, text: str, secrets: Sequence[str]) -> None:
        if place.kind == "template":
            self._mn_conf.set_template(place.name, text, secrets=secrets)
        else:
            self._mn_conf.set_host(place.name, text, secrets=secrets)

    def _unit(self, place: Place, summary: str) -> Any:
        found = self._session.get(f"{self._config_path}/{_node(place)}")
        copy, digest = "", ""
        if found is not None:
            copy, digest = self._run.save_copy(f"mn-conf-{place.kind}-{place.name}", found[0])
        inverse = Inverse(
            action=PUT_BACK,
            arguments={"kind": place.kind, "name": place.name},
            copy=copy,
            copy_digest=digest,
        )
        return self._run.journal.unit("host", summary, digest=_digest(place), inverse=inverse)

    def settle(self, place: Place = DEFAULT) -> None:
        """Whatever an earlier run has begun at this place, it is now as it should be."""
        self._settle(self._pending(_digest(place)))

    def _pending(self, digest: str) -> list[Record]:
        return [record for record in self._run.journal.pending() if record.digest == digest]

    def _settle(self, pending: list[Record]) -> None:
        """What an earlier run began is now as wanted, by its hand or by ours."""
        if not self._run.dry_run:
            for record in pending:
                self._run.journal.settle(record, took_effect=True)

    def _differs(self, place: Place, before: Mapping[str, Any]) -> bool:
        """Whether a call that failed has changed something after all. If that is not known: yes."""
        try:
            return self.present(place) != before
        except MigrateError:
            return True  # the first error is the one to tell

    def _prove(self, place: Place, wanted: Mapping[str, Any]) -> None:
        stored = self.present(place)
        different = [key for key, value in wanted.items() if not _equal(stored.get(key), value)]
        if not different:
            return
        if all(key not in stored for key in different):
            raise self._elsewhere(f"{_named(different)} is not in {place} after it was set")
        raise IntegrityFailed(
            f"mn-conf stored another value than was given: {_named(different)}, in {place}",
            why="A character that its locale does not know becomes a question mark; the locale given to it is"
            " C.UTF-8. A wrapper on the host may set another one.",
            hint="Prefer passwords of ASCII characters; look with"
            f" '{self._mn_conf.command} get -t {place.name} {different[0]}'.",
            recovery=Recovery.RETRY,
        )

    def _elsewhere(self, what: str) -> IntegrityFailed:
        return IntegrityFailed(
            what,
            why=f"mn-conf ended well, and nothing changed below {self._config_path}: it works on another"
            " tree.",
            hint=f"Check that '{self._mn_conf.command}' is that of MidoNet 5 (package midonet-tools), not of"
            " 1.9, and that nothing overrides MIDO_ZOOKEEPER_HOSTS and MIDO_ZOOKEEPER_ROOT_KEY.",
            recovery=Recovery.RETRY,
        )


def _digest(place: Place) -> str:
    return f"mn-conf {place}"


def _node(place: Place) -> str:
    return f"{'templates' if place.kind == 'template' else 'nodes'}/{place.name}"


def _equal(stored: Any, wanted: Any) -> bool:
    """Type and value: true is not 1."""
    return type(stored) is type(wanted) and bool(stored == wanted)


def _below(name: str, key: str) -> bool:
    return name == key or name.startswith(f"{key}.")


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _SHOWN_KEYS} more" if len(keys) > _SHOWN_KEYS else ""
    return ", ".join(keys[:_SHOWN_KEYS]) + more
