"""What a host's config files say that the migration must know: roots, overrides, Neutron's plug-in; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from midonet_migrate.settings import midonet_files, oslo_files, web_xml
from midonet_migrate.settings.filesystem import UnreadableFile

HOST_ID_FILES = ("/etc/midonet_host_id.properties", "/etc/midolman/host_uuid.properties")
NEUTRON_CONF = "/etc/neutron/neutron.conf"
_PLUGIN_MODULE = re.compile(r"^plugin_v2\.py[co]?$", re.MULTILINE)
_HOST_ID = re.compile(r"^\s*host_uuid\s*[=:\s]\s*(\S+)\s*$", re.MULTILINE)
_ENVIRONMENT = re.compile(r"^\s*(?:export\s+)?(MIDO_ZOOKEEPER_ROOT_KEY)=[\"']?([^\"'\s]*)", re.MULTILINE)
_WEB_ROOT, _WEB_PROVIDER = "zookeeper-midolman_root_key", "auth-auth_provider"
# These sections are read as they are; any other is agent.SECTION of the central configuration (host 2.6).
_BOOTSTRAP = frozenset({("zookeeper", "zookeeper_hosts"), ("zookeeper", "root_key")})
# In every midolman.conf of 1.9, read by 5.x as it is too; centrally the import sets the same (host 4.2, 4.3).
_CASSANDRA = frozenset(("cassandra", key) for key in ("servers", "replication_factor", "cluster"))


class Found(msgspec.Struct, kw_only=True, frozen=True):
    """See :class:`~midonet_migrate.model.hosts.HostFacts`."""

    host_id: str = ""
    root_keys: dict[str, str] = {}
    overrides: tuple[str, ...] = ()
    core_plugin: str = ""
    plugin_client: str = ""
    api_provider: str = ""
    problems: tuple[str, ...] = ()


def read_settings(files: Mapping[str, str]) -> Found:
    """Out of the texts of files by their paths; some of them hold only the lines that matter."""
    problems: list[str] = []
    roots: dict[str, str] = {}
    overrides: tuple[str, ...] = ()
    plugin: dict[str, str] = {}
    provider = ""
    for path, text in files.items():
        try:
            if path == web_xml.WEB_XML:
                parameters = web_xml.parse(text, path)
                provider = parameters[_WEB_PROVIDER].value if _WEB_PROVIDER in parameters else ""
                if _WEB_ROOT in parameters:
                    roots[path] = parameters[_WEB_ROOT].value
            elif path.startswith("/etc/neutron/"):
                plugin |= _neutron(text, path, main=path == NEUTRON_CONF)
            elif path in HOST_ID_FILES:
                continue
            elif path.endswith((".sh", "/midolman", "/environment")):
                roots |= {f"{path} {name}": value for name, value in _ENVIRONMENT.findall(text)}
            else:
                values = midonet_files.parse(text)
                root = values.get(("zookeeper", "root_key"))
                if root is not None:
                    roots[path] = root.value
                if path == midonet_files.MIDOLMAN_CONF:
                    overrides = _overrides(values)
        except UnreadableFile as error:
            problems.append(str(error.problem))
    return Found(
        host_id=_host_id(files),
        root_keys=roots,
        overrides=overrides,
        core_plugin=plugin.get("core_plugin", ""),
        plugin_client=plugin.get("client", ""),
        api_provider=provider,
        problems=tuple(problems),
    )


def has_plugin_v2(listing: str) -> bool:
    """Whether a listing of the package ``midonet.neutron`` has the plug-in that 5.x needs (host 1.1)."""
    return _PLUGIN_MODULE.search(listing) is not None


def _host_id(files: Mapping[str, str]) -> str:
    for path in HOST_ID_FILES:
        found = _HOST_ID.search(files.get(path, ""))
        if found is not None:
            return found[1].lower()
    return ""


def _overrides(values: Mapping[tuple[str, str], midonet_files.IniValue]) -> tuple[str, ...]:
    expected = _BOOTSTRAP | _CASSANDRA
    return tuple(sorted(f"{section}.{key}" for section, key in values if (section, key) not in expected))


def _neutron(text: str, path: str, *, main: bool) -> dict[str, str]:
    """``core_plugin`` of neutron.conf, ``client`` of a plug-in file. A later file wins (host 2.1)."""
    files = oslo_files.OsloFiles([oslo_files.parse(text, path)])
    name = ("DEFAULT", "core_plugin") if main else ("MIDONET", "client")
    found = files.find(name)
    if found is None:
        return {}
    try:
        return {name[1]: files.value(found)}
    except oslo_files.UnresolvedReference:
        return {name[1]: found.raw}
