"""Configuring midonet-cluster for the import with mn-conf (host 4, imp 4): before its first start the base
settings, 1.9's own configuration and the seed of the tunnel keys; after the hosts are there, the importer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from midonet_migrate.errors import CheckFailed, ConfigError, WrongState
from midonet_migrate.hosts.mn_conf import MnConf, WrongType
from midonet_migrate.plan.mn_conf.base import BaseSettings, base_settings
from midonet_migrate.plan.mn_conf.carry_over import CarryOver, Item, Place, carry_over
from midonet_migrate.plan.mn_conf.texts import Settings as Flat
from midonet_migrate.plan.mn_conf.texts import flatten
from midonet_migrate.plan.mn_conf_settings import importer_values
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.importer_database import importer_database
from midonet_migrate.steps.mn_conf_writes import DEFAULT, MnConfWriter, Row, shown
from midonet_migrate.steps.tunnel_keys import TunnelKeySeed, seed_tunnel_keys
from midonet_migrate.zookeeper.mn_conf import overrides, read_configuration
from midonet_migrate.zookeeper.session import ZooKeeperSession

IMPORTER = "cluster.neutron_importer"
ENABLED_KEY = f"{IMPORTER}.enabled"
LOOKING = "looking at the settings there are"
"""Title of what a dry run does."""
_PASSWORD_KEY = f"{IMPORTER}.password"


class ConfigureReport(msgspec.Struct, kw_only=True):
    """What was done, or in a dry run would be. ``rows``: every setting of the new site, secrets masked.
    ``items``: every setting of 1.9 with its verdict. ``open``: the new API asks nobody for a login, as in
    1.9."""

    rows: list[Row] = []
    items: list[Item] = []
    warnings: list[str] = []
    tunnel_keys: TunnelKeySeed | None = None
    open: bool = False
    restart_needed: bool = False
    """The importer does not run, or has read its settings before they were last changed."""

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything was as it should be."""
        seeded = self.tunnel_keys is not None and self.tunnel_keys.changed
        return not seeded and not any(row.changed for row in self.rows)

    def counts(self) -> dict[str, int]:
        """How many settings were set, unset and found as they should be; how many of 1.9 per verdict."""
        counts: dict[str, int] = {}
        for verdict in [row.verdict for row in self.rows] + [item.verdict for item in self.items]:
            counts[verdict] = counts.get(verdict, 0) + 1
        return counts


def configure_base(
    settings: Settings, run: RunDirectory, session: ZooKeeperSession, mn_conf: MnConf, progress: Progress
) -> ConfigureReport:
    """Write the base settings with authentication taken over from 1.9, 1.9's own configuration, and seed the
    tunnel keys. To be done before midonet-cluster starts for the first time. Repeated it changes nothing.

    Raises ``CheckFailed`` when it is not known how the API authenticates (it would be open), and what
    :class:`MnConfWriter` and :func:`seed_tunnel_keys` raise.
    """
    source_root, target_root = settings.require_roots()
    writer = MnConfWriter(run, session, mn_conf, target_root)
    with progress.phase(LOOKING if run.dry_run else "configuring midonet-cluster") as phase:
        old = read_configuration(session, _config_path(source_root))
        carried = carry_over(old, to_5_2=not settings.target_version.value.value.startswith("5.0."))
        base = base_settings(
            str(settings.require_zookeeper()),
            {name: item.value for name, item in settings.api_parameters.items()},
            _cassandra(settings, flatten(old.templates.get("default", {}))),
            writer.present(),
        )
        _refuse_unknown_authentication(base)
        report = ConfigureReport(
            items=[_shown_item(item) for item in carried.items],
            warnings=list(base.warnings),
            open=base.open,
        )
        phase.expect(len(carried.settings) + len(carried.mappings) + 2)
        report.rows += writer.put(base.settings)
        phase.advance()
        _write_carried(report, writer, carried, base.settings, phase)
        target = read_configuration(session, _config_path(target_root))
        for host, template in carried.mappings.items():
            report.rows.append(writer.map_host(host, template, target.mappings.get(host)))
            phase.advance()
        report.tunnel_keys = seed_tunnel_keys(run, session, source_root, target_root)
        phase.advance()
    _refuse_weaker_hosts(session, target_root, base)
    return report


def switch_importer_on(
    settings: Settings, run: RunDirectory, session: ZooKeeperSession, mn_conf: MnConf, progress: Progress
) -> ConfigureReport:
    """Write the importer's settings to the template ``default`` and read them back. They count from the next
    start of midonet-cluster. Repeated it changes nothing.

    Raises ``WrongState`` when a host's own settings of the importer would win over these, also where they
    keep it off on the host that is to import, ``ConfigError`` when the importer cannot use the database's
    URL, and what :class:`MnConfWriter` raises.
    """
    _, target_root = settings.require_roots()
    address = importer_database(settings.require_database())
    require_no_overrides(session, target_root, mn_conf.command)
    wanted: Flat = {ENABLED_KEY: True, **importer_values(address)}
    writer = MnConfWriter(run, session, mn_conf, target_root)
    report = ConfigureReport()
    if not address.password.isascii() or not address.username.isascii():
        report.warnings.append(
            "the database user's name or password holds characters that are not ASCII: midonet-cluster reads"
            " them rightly only if its own locale is UTF-8 too"
        )
    with progress.phase(LOOKING if run.dry_run else "switching the importer on", 1) as phase:
        report.rows = writer.put(wanted)
        if not run.dry_run:
            _ask_mn_conf(mn_conf, wanted)
        phase.advance()
    report.restart_needed = not report.nothing_to_do or not _reads_these(session, target_root)
    return report


def _reads_these(session: ZooKeeperSession, target_root: str) -> bool:
    """Whether an importer takes part in the election, and began to after the settings were last changed."""
    base = target_root.rstrip("/")
    template = session.get(f"{base}/config/templates/{DEFAULT.name}")
    names = session.children(f"{base}/leader-latch") or []
    latches = [found[1] for name in names if (found := session.get(f"{base}/leader-latch/{name}"))]
    changed = template[1].mzxid if template is not None else 0
    return bool(latches) and all(latch.czxid > changed for latch in latches)


def require_no_overrides(session: ZooKeeperSession, target_root: str, command: str) -> None:
    """Raise ``WrongState`` naming every host whose own settings, or whose template, speak of the importer:
    they win over the template ``default`` (host 4.1). That it is switched off for a host does no harm."""
    found = {
        place: values
        for place, values in overrides(session, _config_path(target_root), f"{IMPORTER}.").items()
        if values != {ENABLED_KEY: False}
    }
    if found:
        raise WrongState(
            "Settings of the importer for single hosts win over those of the import",
            why="What a host or its template sets comes before the template 'default'.",
            hint=f"Remove them: {command} unset -h HOST {IMPORTER} (or -t TEMPLATE).",
            problems=[
                f"{place}: {', '.join(_told(key, value) for key, value in values.items())}"
                for place, values in found.items()
            ],
        )


def _told(key: str, value: Any) -> str:
    return f"{key} : {json.dumps(shown(key, value))}"


def _config_path(root: str) -> str:
    return f"{root.rstrip('/')}/config"


def _ask_mn_conf(mn_conf: MnConf, wanted: Mapping[str, Any]) -> None:
    """The two settings that decide, as mn-conf itself sees them; and that they count on its own host."""
    for key in (ENABLED_KEY, _PASSWORD_KEY):
        if mn_conf.get(key, template=DEFAULT.name) != wanted[key]:
            raise ConfigError(
                f"'{mn_conf.command} get -t {DEFAULT.name} {key}' shows another value than was set",
                why="mn-conf and this tool do not see the same settings, or its locale spoils them.",
                hint="Prefer a database password of ASCII characters; check mn_conf_command.",
            )
    if mn_conf.get(ENABLED_KEY) is not True:
        raise WrongState(
            "The importer stays off on the host that is to import",
            why=f"'{mn_conf.command} get -h local {ENABLED_KEY}' does not show true: the host's own settings,"
            " or its template, come before the template 'default'.",
            hint=f"Remove them: {mn_conf.command} unset -h local {IMPORTER} (or -t TEMPLATE).",
        )


def _cassandra(settings: Settings, old_default: Mapping[str, Any]) -> dict[str, Any]:
    """1.9's Cassandra: a host's own file comes before what is stored centrally (host 2.6)."""
    found: dict[str, Any] = {
        key: old_default[f"cassandra.{key}"]
        for key in ("servers", "replication_factor", "cluster")
        if f"cassandra.{key}" in old_default
    }
    for key in ("servers", "cluster"):
        if key in settings.cassandra:
            found[key] = settings.cassandra[key].value
    factor = settings.cassandra.get("replication_factor")
    if factor is not None and factor.value.isascii() and factor.value.isdigit():
        found["replication_factor"] = int(factor.value)
    return {f"cassandra.{key}": value for key, value in found.items()}


def _write_carried(
    report: ConfigureReport, writer: MnConfWriter, carried: CarryOver, base: Flat, phase: Any
) -> None:
    for place, own in carried.settings.items():
        wanted = {key: value for key, value in own.items() if place != DEFAULT or key not in base}
        present = writer.present(place)
        for key in [key for key in wanted if key in present and present[key] != wanted[key]]:
            _report(report, place, key, "MidoNet 5 has another value there already, which stays")
            del wanted[key]
        while True:
            try:
                report.rows += writer.put(wanted, place)
                break
            except WrongType as error:
                if error.key not in wanted:
                    raise
                _report(report, place, error.key, error.why)
                del wanted[error.key]
        phase.advance()


def _report(report: ConfigureReport, place: Place, key: str, reason: str) -> None:
    """A setting cannot be carried over after all; the others are."""
    report.items = [
        msgspec.structs.replace(item, verdict="reported", reason=reason)
        if (item.place, item.key) == (str(place), key)
        else item
        for item in report.items
    ]


def _shown_item(item: Item) -> Item:
    return msgspec.structs.replace(item, value=shown(item.key, item.value))


def _refuse_unknown_authentication(base: BaseSettings) -> None:
    if base.obstacle:
        raise CheckFailed(
            "How the MidoNet 5 API is to authenticate is not known",
            why=f"{base.obstacle} Without a setting MidoNet 5 takes everybody for an administrator.",
            hint=base.remedy,
        )


def _refuse_weaker_hosts(session: ZooKeeperSession, target_root: str, base: BaseSettings) -> None:
    """A host of its own may not be open while the others are not."""
    found = overrides(session, _config_path(target_root), "cluster.auth.")
    if found and not base.open:
        raise WrongState(
            "Settings of authentication for single hosts win over those of the site",
            why="What a host or its template sets comes before the template 'default'.",
            hint="Look whether they are meant, and move them to the template 'default':"
            " mn-conf unset -h HOST cluster.auth",
            problems=[f"{place}: {', '.join(keys)}" for place, keys in found.items()],
        )
