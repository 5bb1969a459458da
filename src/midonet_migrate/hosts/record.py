"""What a host was before the migration's first change to it: what a rollback goes by (host 3.5, 3.7).

A record is made once. It is made anew only while nothing of the host has been changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec

from midonet_migrate.errors import CorruptFile, WrongState
from midonet_migrate.hosts.files.file_state import FileKind, FileState
from midonet_migrate.hosts.history import touched
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.model.hosts import HostFacts, ServiceFacts
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse

RECORD_VERSION = 1

CONFIGURATION = (
    *("/etc/midolman/*", "/etc/midonet/*", "/etc/midonet-cluster/*", "/etc/midonet_host_id.properties"),
    *("/etc/neutron/*.conf", "/etc/neutron/*.ini", "/etc/neutron/plugins/midonet/*"),
    *("/etc/default/neutron-server", "/etc/default/tomcat*", "/etc/sysconfig/tomcat*"),
    *("/usr/share/midonet-api/WEB-INF/web.xml*", "/usr/share/midonet-api/WEB-INF/classes/logback.xml*"),
    *("/etc/tomcat*/server.xml", "/etc/tomcat*/Catalina/localhost/*.xml"),
    *("/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/apt/preferences.d/*"),
    *("/etc/yum.conf", "/etc/yum.repos.d/*", "/etc/init/*.override"),
    "/var/www/html/midonet-manager/config/client.js",
)
"""Shell patterns of the files whose contents are kept (host 2)."""


HOST_ID_FILE = "/etc/midonet_host_id.properties"
"""mn-conf makes it where there is none (host 2.7)."""
MADE_DIRECTORIES = ("/etc/init", "/etc/midonet", "/etc/midonet-cluster", "/etc/midolman")
"""A package manager may leave them behind, empty."""


class SavedFile(msgspec.Struct, kw_only=True, frozen=True):
    """A file as it was; ``copy`` is below the run directory, empty for what is no regular file."""

    state: FileState
    copy: str = ""
    copy_digest: str = ""

    def content(self, run: RunDirectory) -> bytes:
        """What it held. Raises ``CorruptFile`` when the copy is not what was saved."""
        return run.saved_copy(Inverse(action="", copy=self.copy, copy_digest=self.copy_digest))


class HostRecord(msgspec.Struct, kw_only=True, frozen=True):
    """A host before the migration. ``packages``: every single one with its exact version."""

    version: int
    host: str
    facts: HostFacts
    packages: dict[str, str]
    services: dict[str, ServiceFacts]
    java: str
    """Major version that was chosen; empty: the newest was taken by itself."""
    files: dict[str, SavedFile]
    baseline: Baseline = Baseline()
    """What its agent was like."""
    absent: tuple[str, ...] = ()
    """Of the directories and files that packages or tools of 5.x make: those that were not there."""


def record_file(host: str) -> str:
    """The name of a host's record in the run directory, whatever the host is called."""
    safe = "".join(character if character.isalnum() or character in "-_" else "_" for character in host)
    return f"host-{safe}-{hashlib.sha256(host.encode()).hexdigest()[:8]}.json"


def record_host(
    run: RunDirectory,
    parts: HostParts,
    *,
    baseline: Callable[[HostParts], Baseline],
    more_files: Iterable[str] = (),
) -> HostRecord:
    """Make the record of a host, or return the one that must stay: something was changed since it was made.

    ``baseline`` is asked while the agent still runs; what it does not know now, and an earlier record knew
    (BGP, which 1.9's API alone tells), is kept. ``more_files``: further paths, such as ~/.midonetrc of users.
    Nothing of the host is changed. Raises as :func:`load_record` when the one that must stay is gone: what is
    there now is not what was there before.
    """
    name = record_file(parts.entry.name)
    changed = not touched(run.journal.records, parts.entry.name).nothing
    earlier = load_record(run, parts.entry.name) if changed or run.exists(name) else None
    if changed and earlier is not None:
        return earlier
    before = baseline(parts)
    if before.bgp_ports is None and earlier is not None:
        before = msgspec.structs.replace(before, bgp_ports=earlier.baseline.bgp_ports)
    paths = list(dict.fromkeys([*parts.files.find(CONFIGURATION), *more_files]))
    files = {}
    for path, file in parts.files.fetch(paths).items():
        if file.state.is_file:
            flat = path.strip("/").replace("/", "-")
            copy, digest = run.save_copy(f"{parts.entry.name}-{flat}", file.data)
            files[path] = SavedFile(state=file.state, copy=copy, copy_digest=digest)
        elif file.state.kind is not FileKind.ABSENT or file.state.link:
            files[path] = SavedFile(state=file.state)
    made = parts.files.fetch([*MADE_DIRECTORIES, HOST_ID_FILE])
    record = HostRecord(
        version=RECORD_VERSION,
        host=parts.entry.name,
        facts=parts.facts,
        packages=parts.packages.installed(),
        services=parts.facts.services,
        java="" if parts.java.is_automatic() else parts.java.choice(),
        files=files,
        baseline=before,
        absent=tuple(path for path, file in made.items() if file.state.kind is FileKind.ABSENT),
    )
    run.write_json(name, record)
    return record


def load_record(run: RunDirectory, host: str) -> HostRecord:
    """The record of a host. Raises ``WrongState`` without one, ``CorruptFile`` when it is damaged."""
    name = record_file(host)
    if not run.exists(name):
        raise WrongState(
            f"There is no record of {host}",
            why="What was there before the migration is not known.",
            hint="Restore the run directory from a copy, or bring the host back by hand.",
        )
    record = run.read_json(name, HostRecord)
    if record.version != RECORD_VERSION or record.host != host:
        raise CorruptFile(
            f"{run.path_of(name)} is of an unknown version, or of another host",
            hint="Restore the run directory from a copy.",
        )
    return record
