"""One host back to what its record says (host 1.4, 3.7): what we touched, and nothing else.

What is wanted is always worked out anew from the record, from what we have touched, and from what is there:
interrupted anywhere, the same call goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import JavaChoice, Packages, ServiceState
from midonet_migrate.hosts.file_restore import PackageFiles, RestoredFile
from midonet_migrate.hosts.files.places import DHCP_AGENT
from midonet_migrate.hosts.history import HostStage, Touched, stage_of, touched
from midonet_migrate.hosts.package_restore import FilesOfPackage, Purged
from midonet_migrate.hosts.packages.manager import PackageChange, UnexpectedChange
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import (
    CONFIGURATION,
    HOST_ID_FILE,
    MADE_DIRECTORIES,
    HostRecord,
    load_record,
)
from midonet_migrate.hosts.restart import Restart
from midonet_migrate.hosts.service_names import (
    MIDOLMAN,
    NEUTRON_DHCP_AGENT,
    NEUTRON_METADATA_AGENT,
    NEUTRON_SERVER,
    NOVA_COMPUTE,
)
from midonet_migrate.model.hosts import Family
from midonet_migrate.steps.hosts.guards import repair_own, require_same_machine, settle_own
from midonet_migrate.steps.hosts.versions import AGENT, NEW_JAVA, OLD_JAVA, OURS, PLUGIN

REPOSITORIES = ("/etc/apt/", "/etc/yum.repos.d/", "/etc/yum.conf", "/etc/pki/rpm-gpg/")
FROZEN = frozenset({NEUTRON_SERVER, NEUTRON_DHCP_AGENT, NEUTRON_METADATA_AGENT, NOVA_COMPUTE})
_LEFTOVERS = (".rpmsave", ".rpmnew", ".rpmorig", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-bak")


class WayBack(msgspec.Struct, kw_only=True, frozen=True):
    """One host on its way back: how it was, and what of it is ours to put back."""

    parts: HostParts
    actor: HostActor
    record: HostRecord
    touched: Touched

    @classmethod
    def of(cls, parts: HostParts, actor: HostActor) -> WayBack:
        """The way back of a host. Raises as :func:`load_record`, and ``WrongState`` once it is finalised, or
        for another machine."""
        if stage_of(actor.run.journal.records, actor.host) is HostStage.FINALISED:
            raise WrongState(
                f"{actor.host} is finalised",
                why="What a rollback needs was taken away with 'hosts finalise'.",
                hint="Bring it back by hand, from a backup of the host.",
            )
        found, record = touched(actor.run.journal.records, actor.host), load_record(actor.run, actor.host)
        require_same_machine(parts, record.facts)
        return cls(parts=parts, actor=actor, record=record, touched=found)

    @property
    def runs_agent(self) -> bool:
        """Whether there was an agent that is to be healthy again."""
        before = self.record.services.get(MIDOLMAN)
        return before is not None and before.running and MIDOLMAN in self.touched.services

    def stop_new(self, *roles: str) -> None:
        """Stop services while packages of 5.x are there; once those are gone, what runs is 1.9's."""
        settle_own(self.parts, self.actor)
        there = self.parts.packages.installed()
        old = {name: self.record.packages.get(name) for name in self.touched.packages}
        if any(there.get(name) != version for name, version in old.items()):
            for role in roles:
                self.actor.perform(ServiceState.of(self.parts, role, running=False))

    def restore_repositories(self) -> None:
        """Repositories first: the old versions come from there."""
        self._restore(path for path in self.touched.files if path.startswith(REPOSITORIES))

    def restore_packages(self) -> bool:
        """Old versions first, then what was not there goes; otherwise 1.9 loses files (host 1.4). Whether
        anything had to be changed."""
        repair_own(self.parts, self.actor)
        there = self.parts.packages.installed()
        old = {
            name: self.record.packages[name]
            for name in self.touched.packages
            if name in self.record.packages and there.get(name) != self.record.packages[name]
        }
        changed = self._packages(PackageChange(install=old), "packages of MidoNet 1.9 are back")
        self._require_plugin()
        new = tuple(name for name in self.touched.packages if name not in self.record.packages)
        changed |= self._remove(new)
        if AGENT in self.record.packages and AGENT in self.touched.packages:
            self.actor.perform(FilesOfPackage(parts=self.parts, package=AGENT))
        if new and self.parts.facts.family is Family.DEBIAN:
            self.actor.perform(Purged(parts=self.parts, names=new))
        return changed

    def restore_files(self, *, packages_changed: bool) -> None:
        """Files that we edited, those that went with a package, and what package managers put beside them."""
        self._restore(path for path in self.touched.files if not path.startswith(REPOSITORIES))
        paths = [*self._gone_with_packages(), *self._leftovers()]
        restored = [self._restored(path, always=True) for path in paths]
        if restored or packages_changed:
            self.actor.perform(PackageFiles(restored=restored, packages_changed=packages_changed))
        self._remove_made()
        if not self.actor.run.dry_run:  # a rehearsal sees the files of 5.x
            self._tell_changed()

    def _remove_made(self) -> None:
        """What packages and tools of 5.x have made and left behind, and was not there before."""
        if HOST_ID_FILE in self.record.absent and not self.parts.entry.has_agent:
            self.actor.perform(self._restored(HOST_ID_FILE, always=True))
        if not self.actor.run.dry_run:
            for path in MADE_DIRECTORIES:
                if path in self.record.absent:
                    self.parts.files.remove_directory(path)

    def restore_java(self) -> None:
        """``java`` is what it was."""
        if self.touched.java:
            java, major = self.parts.java, self.record.java
            if not major and NEW_JAVA in java.installed() and OLD_JAVA in java.installed():
                major = OLD_JAVA  # 1.9's tools run on whatever `java` is, and Java 8 had to stay (host 1.7)
            self.actor.perform(JavaChoice(host=self.actor.host, java=java, major=major))

    def restore_services(self, *roles: str) -> None:
        """Services that we touched run, and start with the host, as they did. Those of OpenStack run too
        when they start with the host: when the record was made, the freeze may have stopped them."""
        for role in roles:
            before = self.record.services.get(role)
            if role in self.touched.services and before is not None:
                running = before.running or (role in FROZEN and before.enabled)
                self.actor.perform(ServiceState.of(self.parts, role, running=running, enabled=before.enabled))

    def restart_dhcp_agent(self) -> None:
        """It runs with the old address again."""
        actor = self.actor
        actor.perform(
            Restart.of(self.parts, NEUTRON_DHCP_AGENT, actor.run.journal, paths=(DHCP_AGENT,)),
        )

    def _packages(self, change: PackageChange, summary: str) -> bool:
        return self.actor.perform(
            Packages(
                host=self.actor.host,
                manager=self.parts.packages,
                change=change,
                summary=summary,
                may_change=tuple(self.touched.packages),
            )
        )

    def _remove(self, new: tuple[str, ...]) -> bool:
        """What was not there goes. What others rest on by now stays, or the host would stay without agent."""
        summary = "packages of MidoNet 5 are gone"
        try:
            return self._packages(PackageChange(remove=new), summary)
        except UnexpectedChange as error:
            if not set(new) - OURS:
                raise
            changed = self._packages(
                PackageChange(remove=tuple(name for name in new if name in OURS)), summary
            )
            self.actor.warn(
                f"these stay, since other packages need some of them: {', '.join(sorted(set(new) - OURS))}"
                f" ({'; '.join(error.problems)})"
            )
            return changed

    def _require_plugin(self) -> None:
        if PLUGIN in self.record.packages and PLUGIN not in self.parts.packages.installed():
            self._packages(
                PackageChange(install={PLUGIN: self.record.packages[PLUGIN]}),
                "Neutron's plug-in is there",
            )

    def _restore(self, paths: Iterator[str]) -> None:
        for path in list(paths):
            change = self._restored(path)
            for text in change.look().left:
                self.actor.warn(f"{path}: {text}")
            self.actor.perform(change)

    def _restored(self, path: str, *, always: bool = False) -> RestoredFile:
        return RestoredFile(
            host=self.actor.host,
            files=self.parts.files,
            run=self.actor.run,
            path=path,
            edits=[edit for edit in self.touched.files.get(path, []) if "restored" not in edit.arguments],
            saved=self.record.files.get(path),
            always=always,
        )

    def _gone_with_packages(self) -> Iterator[str]:
        """Recorded files that are not as they were since we removed their package."""
        owned = _paths_of(self.touched.removed)
        return (path for path in self._differing() if path.startswith(owned))

    def _tell_changed(self) -> None:
        """Recorded files that we never edited, and that somebody else changed meanwhile."""
        for path in self._differing():
            self.actor.warn(f"{path}: it was changed by somebody else since; it is left as it is")

    def _differing(self) -> list[str]:
        """Recorded files that are not as they were; but for those that we edited, by any of their names."""
        edited = {
            self.record.files[path].state.target for path in self.touched.files if path in self.record.files
        }
        others = [
            path
            for path, saved in self.record.files.items()
            if saved.state.is_file and path not in self.touched.files and saved.state.target not in edited
        ]
        now = self.parts.files.fetch(others)
        return [path for path in others if now[path].state.sha256 != self.record.files[path].state.sha256]

    def _leftovers(self) -> Iterator[str]:
        """What package managers put beside files, and configuration of 5.x alone that dpkg keeps in a
        downgrade: it still says whose it is."""
        owned = _paths_of(self.touched.packages)
        for path in self.parts.files.find(CONFIGURATION):
            if path in self.record.files or path in self.touched.files:
                continue
            if path.endswith(_LEFTOVERS) or (path.startswith(owned) and self.parts.packages.owner(path)):
                yield path


_PATHS: Mapping[str, tuple[str, ...]] = {
    "midolman": ("/etc/midolman/",),
    "midonet-api": ("/usr/share/midonet-api/",),
    "midonet-cluster": ("/etc/midonet/", "/etc/midonet-cluster/"),
}
"""Where the configuration of our packages is (host 1.2)."""


def _paths_of(packages: Sequence[str]) -> tuple[str, ...]:
    return tuple(path for name in packages for path in _PATHS.get(name, ()))
