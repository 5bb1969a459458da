"""Bringing all sources together: flags, environment, own file, the site's own files, defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from midonet_migrate.settings import api_url
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.filesystem import HostFiles, problems_error
from midonet_migrate.settings.neutron_settings import NeutronSettings, read_neutron
from midonet_migrate.settings.own_options import ROOT_VARIABLE, OwnOptions, gather
from midonet_migrate.settings.values import NOT_SET, OutputFormat, Setting, TargetVersion
from midonet_migrate.settings.zookeeper_servers import TARGET_ROOT
from midonet_migrate.settings.zookeeper_settings import read_api_parameters, read_zookeeper

T = TypeVar("T")

DEFAULT_DATA_DIR = Path("migration_data")
DEFAULT_THREADS = 8
DEFAULT_HOSTS_FILE = "hosts.yaml"
DEFAULT_HOST_PARALLEL = 50
DEFAULT_PACKAGE_LOCK_SECONDS = 300
DEFAULT_IMPORT_PATIENCE = 600
DEFAULT_CLUSTER_LOG = "/var/log/midonet-cluster/midonet-cluster.log"
DEFAULT_REQUEST_LIMIT = 1_048_575  # ZooKeeper's own default of jute.maxbuffer


def load_settings(
    flags: Mapping[str, str | Sequence[str]] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    root: Path | None = None,
    working_directory: Path | None = None,
) -> Settings:
    """Find and read all settings. Of each one the strongest source wins, in the order of this module's title.

    ``flags``: texts by option key, as typed. ``root`` stands for the host's '/' (a copy or image of its
    tree); when left out, ``MIDONET_MIGRATE_ROOT``, else '/'. Nothing is written and nothing connected to.

    Raises ``ConfigError``, or ``AccessDenied`` when permission is all that is missing, for what the operator
    gave: an own option that makes no sense, a file named explicitly that is missing, unreadable or malformed;
    all of it at once. Values that are merely not found raise when they are asked for (:class:`Settings`).
    """
    environment = os.environ if environment is None else environment
    working_directory = Path.cwd() if working_directory is None else working_directory
    if root is None:
        root = Path(environment.get(ROOT_VARIABLE) or "/")
    host = HostFiles(root)
    own = gather(flags or {}, environment, host, working_directory)
    neutron = read_neutron(host, own.given.get("config_file"), working_directory)
    explicit = list(own.problems)
    if "config_file" in own.given:
        explicit += neutron.problems
    if explicit:
        raise problems_error("The settings cannot be read", explicit)
    api_parameters, api_notes = read_api_parameters(host)
    zookeeper = read_zookeeper(host, environment, api_parameters)

    source_api = _chosen(own, "source_api", _source_api(neutron))
    return Settings(
        settings_file=own.file,
        neutron_files=neutron.files,
        database=_chosen(own, "database", neutron.database),
        core_plugin=neutron.core_plugin,
        midonet_client=neutron.client,
        plugin_flavour=_chosen(own, "plugin_flavour", neutron.flavour),
        source_api=source_api,
        target_api=_chosen(own, "target_api", _target_api(neutron, source_api)),
        api_username=_chosen(own, "api_username", neutron.username),
        api_password=_chosen(own, "api_password", neutron.password),
        api_project=_chosen(own, "api_project", neutron.project),
        zookeeper=_chosen(own, "zookeeper", zookeeper.servers),
        source_root=_chosen(own, "source_root", zookeeper.root),
        target_root=_chosen(own, "target_root", Setting(TARGET_ROOT, "default")),
        target_version=_chosen(own, "target_version", Setting(TargetVersion.V5_2_1, "default")),
        data_dir=_chosen(own, "data_dir", Setting(DEFAULT_DATA_DIR, "default")),
        threads=_chosen(own, "threads", Setting(DEFAULT_THREADS, "default")),
        request_limit=_chosen(own, "request_limit", Setting(DEFAULT_REQUEST_LIMIT, "default")),
        import_patience=_chosen(own, "import_patience", Setting(DEFAULT_IMPORT_PATIENCE, "default")),
        mn_conf_command=_chosen(own, "mn_conf_command", Setting(("mn-conf",), "default")),
        cluster_start_command=_cluster_command(own, "start"),
        cluster_stop_command=_cluster_command(own, "stop"),
        cluster_restart_command=_cluster_command(own, "restart"),
        cluster_log_file=_chosen(own, "cluster_log_file", Setting(DEFAULT_CLUSTER_LOG, "default")),
        hosts_file=_chosen(own, "hosts_file", _default_hosts_file(own)),
        ssh_config=_chosen(own, "ssh_config", Setting(None, "default")),
        host_parallel=_chosen(own, "host_parallel", Setting(DEFAULT_HOST_PARALLEL, "default")),
        package_lock_seconds=_chosen(
            own, "package_lock_seconds", Setting(DEFAULT_PACKAGE_LOCK_SECONDS, "default")
        ),
        yes=_chosen(own, "yes", Setting(False, "default")),
        dry_run=_chosen(own, "dry_run", Setting(False, "default")),
        format=_chosen(own, "format", Setting(OutputFormat.TABLE, "default")),
        api_parameters=api_parameters,
        cassandra=zookeeper.cassandra,
        given=frozenset(own.given),
        neutron_problems=neutron.problems,
        notes=(*own.notes, *neutron.notes, *api_notes, *zookeeper.notes),
    )


def _chosen(own: OwnOptions, key: str, otherwise: Setting[T]) -> Setting[T]:
    given: Setting[Any] | None = own.given.get(key)
    return otherwise if given is None else given


def _default_hosts_file(own: OwnOptions) -> Setting[Path]:
    data_dir = _chosen(own, "data_dir", Setting(DEFAULT_DATA_DIR, "default"))
    return Setting(data_dir.value / DEFAULT_HOSTS_FILE, "default")


def _cluster_command(own: OwnOptions, verb: str) -> Setting[tuple[str, ...]]:
    return _chosen(own, f"cluster_{verb}_command", Setting(("service", "midonet-cluster", verb), "default"))


def _source_api(neutron: NeutronSettings) -> Setting[str | None]:
    """The plug-in's API, if it is 1.9's: plain HTTP on 8080. Anything else is for the operator to say."""
    uri = neutron.midonet_uri
    if uri.value is None or api_url.is_plain_http_on(uri.value, api_url.SOURCE_PORT):
        return uri
    found = f"{uri.origin} is {uri.value}"
    if api_url.is_plain_http_on(uri.value, api_url.TARGET_PORT):
        return Setting(None, NOT_SET, f"{found}: that is MidoNet 5's port; where 1.9 answers is not known")
    return Setting(None, NOT_SET, f"{found}: not 1.9's usual http on port {api_url.SOURCE_PORT}")


def _target_api(neutron: NeutronSettings, source: Setting[str | None]) -> Setting[str | None]:
    """The plug-in's API once it names 5.x's port; else port 8181 on the host of the 1.9 API."""
    uri = neutron.midonet_uri
    if uri.value is not None and api_url.is_plain_http_on(uri.value, api_url.TARGET_PORT):
        return uri
    if source.value is None:
        return Setting(None, NOT_SET, "it is derived from the address of the 1.9 API, which is not known")
    return Setting(api_url.on_target_port(source.value), "derived from source_api")
