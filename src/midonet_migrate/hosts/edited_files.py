"""The edits that a host's files need for MidoNet 5, as changes that stages perform (host 2.2-2.6, 2.9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from midonet_migrate.hosts.file_changes import FileContent
from midonet_migrate.hosts.files.places import Places, find_places
from midonet_migrate.hosts.parts import Files, HostParts
from midonet_migrate.model.hosts import Role
from midonet_migrate.plan.edits.endpoints import (
    edit_client_rc,
    edit_dhcp_agent,
    edit_manager_script,
    edit_plugin_uri,
    writes_to_tasks,
)
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit, combined
from midonet_migrate.plan.edits.neutron_conf import edit_neutron, fits_midonet5
from midonet_migrate.plan.edits.url_port import PortRule
from midonet_migrate.plan.edits.zookeeper_files import STANDARD_ROOT, bootstrap_file, edit_bootstrap
from midonet_migrate.settings.midonet_files import MIDOLMAN_CONF, MIDONET_CONF
from midonet_migrate.settings.neutron_files import NEUTRON_CONF

_Edits = Callable[[Sequence[ConfigFile]], list[FileEdit]]


def places_of(parts: HostParts, rule: PortRule) -> Places:
    """Where the host's files name the API."""
    neutron = Role.CONTROLLER in parts.entry.roles
    return find_places(
        parts.files, parts.runner, users=parts.entry.rc_users, neutron=neutron, old_ports=rule.old
    )


def endpoint_edits(parts: HostParts, places: Places, rule: PortRule) -> list[FileContent]:
    """The API's port in every file of ``places`` but neutron.conf, which is the operator's."""

    def change(path: str, edit: Callable[[ConfigFile, PortRule], FileEdit]) -> FileContent:
        return FileContent.of(
            parts,
            path,
            lambda data: edit(ConfigFile(path, data), rule) if data is not None else _nothing(path),
            f"{path} names the API of MidoNet 5",
        )

    def uri(files: Sequence[ConfigFile]) -> list[FileEdit]:
        return edit_plugin_uri(files, rule, places.plugin_file)

    changes = [
        FileContent.of(parts, path, edit, f"{path} names the API of MidoNet 5")
        for path, edit in _among(parts.files, places.neutron, [uri])
        if path != NEUTRON_CONF
    ]
    if places.dhcp_agent:
        changes.append(change(places.dhcp_agent, edit_dhcp_agent))
    changes += [change(path, edit_client_rc) for path in places.client_files]
    changes += [change(path, edit_manager_script) for path in places.scripts]
    return changes


def neutron_edits(parts: HostParts, places: Places, rule: PortRule) -> list[FileContent]:
    """What MidoNet 5 wants of Neutron's own settings, and the API's port if it stands in neutron.conf.

    They are made only if the operator says so; otherwise they are shown.
    """

    def uri(files: Sequence[ConfigFile]) -> list[FileEdit]:
        edits = edit_plugin_uri(files, rule, places.plugin_file)
        return [edit for edit in edits if edit.path == NEUTRON_CONF]

    return [
        FileContent.of(parts, path, edit, f"{path} names the plug-in of MidoNet 5")
        for path, edit in _among(parts.files, places.neutron, [edit_neutron, uri])
    ]


def neutron_fits(parts: HostParts, places: Places, rule: PortRule) -> bool:
    """Whether neutron-server would work with MidoNet 5 as its files are now: the plug-in is the one of 5.x,
    it writes to the API, and neutron.conf names no API of 1.9."""
    files = _read(parts.files, places.neutron)
    uri = edit_plugin_uri(files, rule, places.plugin_file) if files else []
    if not fits_midonet5(files) or writes_to_tasks(files):
        return False
    return not any(edit.path == NEUTRON_CONF and edit.changed for edit in uri)


def agent_edits(parts: HostParts, servers: str, root: str = STANDARD_ROOT) -> list[FileContent]:
    """How the agent finds ZooKeeper; its heap and everything else stay as they are."""
    return [_bootstrap(parts, MIDOLMAN_CONF, servers, root)]


def cluster_edits(parts: HostParts, servers: str, root: str = STANDARD_ROOT) -> list[FileContent]:
    """How the cluster and its tools find ZooKeeper: the package's own file says 127.0.0.1."""
    return [_bootstrap(parts, MIDONET_CONF, servers, root)]


def _bootstrap(parts: HostParts, path: str, servers: str, root: str) -> FileContent:
    def edit(data: bytes | None) -> FileEdit:
        if data is None:
            return bootstrap_file(path, servers, root)
        return edit_bootstrap(ConfigFile(path, data), servers, root)

    return FileContent.of(parts, path, edit, f"{path} names ZooKeeper's servers and no root of 1.9")


def _among(
    files: Files, paths: Sequence[str], steps: Sequence[_Edits]
) -> list[tuple[str, Callable[[bytes | None], FileEdit]]]:
    """An edit for each of the files that one of ``steps`` edits or has something to say about. What is right
    for one of them depends on what the others hold at that moment."""
    present = _read(files, paths)
    if not present:
        return []

    def edit_of(path: str) -> Callable[[bytes | None], FileEdit]:
        def edit(data: bytes | None) -> FileEdit:
            if data is None:
                return _nothing(path)
            others = _read(files, [other for other in paths if other != path])
            result = FileEdit(path=path, before=data, after=data)
            for step in steps:
                now = {file.path: file for file in others} | {path: ConfigFile(path, result.after or b"")}
                found = [
                    item for item in step([now[name] for name in paths if name in now]) if item.path == path
                ]
                result = combined(result, found[0]) if found else result
            return result

        return edit

    concerned = {edit.path for step in steps for edit in step(present)}
    return [(path, edit_of(path)) for path in paths if path in concerned]


def _read(files: Files, paths: Sequence[str]) -> list[ConfigFile]:
    found = files.fetch(paths)
    return [ConfigFile(path, found[path].data) for path in paths if found[path].state.is_file]


def _nothing(path: str) -> FileEdit:
    return FileEdit(path=path, before=None, after=None)
