"""What stages change on a host: services, packages, files, Java."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import Would
from midonet_migrate.hosts.files.file_state import FileKind, NoPlaceForFile, RemoteFile, sha256
from midonet_migrate.hosts.files.remote_files import ABSENT
from midonet_migrate.hosts.packages.manager import (
    PackageChange,
    PackageManager,
    Transaction,
    require_expected,
)
from midonet_migrate.hosts.parts import Files, HostParts, Java, Services
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Kind

SERVICE, PACKAGES, FILE, JAVA = "host-service", "host-packages", "host-file", "host-java"
"""Actions of inverses: put the state of the host's record back."""


class ServiceState(msgspec.Struct, kw_only=True, frozen=True):
    """A service runs or not, starts with the host or not; None: as it is.

    A service that the host lacks is as good as stopped and disabled.
    """

    kind: ClassVar[Kind] = "host"

    host: str
    services: Services
    role: str
    running: bool | None = None
    enabled: bool | None = None

    @classmethod
    def of(
        cls, parts: HostParts, role: str, *, running: bool | None = None, enabled: bool | None = None
    ) -> ServiceState:
        """The state of a service of a host."""
        return cls(
            host=parts.entry.name, services=parts.services, role=role, running=running, enabled=enabled
        )

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"service {self.role}"

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        states = [
            name
            for value, names in (
                (self.running, ("stopped", "running")),
                (self.enabled, ("disabled", "enabled")),
            )
            if value is not None
            for name in (names[value],)
        ]
        return f"{self.role} is {' and '.join(states)}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Raises ``WrongState`` for one that is missing."""
        facts = self.services.find(self.role)
        if facts is None:
            if self.running or self.enabled:
                raise WrongState(
                    f"{self.host} has no service {self.role}",
                    hint="Install it, or take the role that needs it out of hosts.yaml.",
                )
            return None
        differing = []
        if self.running is not None and facts.running is not self.running:
            differing.append(f"{facts.name} is {'running' if facts.running else 'stopped'}")
        if self.enabled is not None and facts.enabled is not self.enabled:
            differing.append(f"{facts.name} is {'enabled' if facts.enabled else 'disabled'}")
        return Would(details=tuple(differing)) if differing else None

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run
        facts = self.services.find(self.role)
        before = {} if facts is None else {"running": facts.running, "enabled": facts.enabled}
        return Inverse(action=SERVICE, arguments={"host": self.host, "role": self.role, **before})

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        facts = self.services.find(self.role)
        # Disabled first, enabled last: a host that reboots in between does not start what is to be stopped.
        if self.enabled is False and (facts is None or facts.enabled):
            self.services.disable(self.role)
        if self.running is False and facts is not None and facts.running:
            self.services.stop(self.role)
        if self.running and (facts is None or not facts.running):
            self.services.start(self.role)
        if self.enabled and (facts is None or not facts.enabled):
            self.services.enable(self.role)
        return {}


class Packages(msgspec.Struct, kw_only=True, frozen=True):
    """Packages are there in exactly these versions, others are not.

    ``may_change``: what the package manager may change besides, as dependencies of these.
    """

    kind: ClassVar[Kind] = "host"

    host: str
    manager: PackageManager
    change: PackageChange
    summary: str
    may_change: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        named = (*self.change.install, *self.change.remove, *self.change.reinstall)
        return f"packages {' '.join(sorted(named))}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Raises ``UnexpectedChange``."""
        missing = self._missing()
        if missing is None:
            return None
        transaction = self.manager.simulate(missing)
        require_expected(transaction, missing, may_change=self.may_change)
        return Would(details=tuple(transaction_lines(transaction)))

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Names everything that is about to change."""
        del run
        missing = self._missing()
        transaction = self.manager.simulate(missing) if missing is not None else Transaction()
        return Inverse(
            action=PACKAGES,
            arguments={"host": self.host, "transaction": msgspec.to_builtins(transaction)},
        )

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        missing = self._missing()
        if missing is None:
            return {}
        return {"transaction": msgspec.to_builtins(self.manager.apply(missing))}

    def _missing(self) -> PackageChange | None:
        there = self.manager.installed()
        install = {
            name: version for name, version in self.change.install.items() if there.get(name) != version
        }
        remove = tuple(name for name in self.change.remove if name in there)
        if not install and not remove:
            return None
        return PackageChange(install=install, remove=remove)


def transaction_lines(transaction: Transaction) -> Iterable[str]:
    """A line for each package that changes."""
    for name, version in sorted(transaction.installed.items()):
        yield f"{name} {version} installed"
    for name, (before, after) in sorted(transaction.changed.items()):
        yield f"{name} {before} -> {after}"
    for name, version in sorted(transaction.removed.items()):
        yield f"{name} {version} removed"


Edit = Callable[[bytes | None], bytes | None]
"""From what a file holds (None: there is none) to what it should hold (None: there should be none)."""


class FileContent(msgspec.Struct, kw_only=True, frozen=True):
    """A file holds what ``edit`` makes of it. ``edit`` applied to its own result changes nothing.

    ``mode`` and owner are for files that are made; those of one that is there stay.
    """

    kind: ClassVar[Kind] = "file"

    host: str
    files: Files
    path: str
    edit: Edit
    summary: str
    mode: int = 0o644
    owner: str = ""
    group: str = ""

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"file {self.path}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        before, after = self._both()
        old = before.data if before.state.is_file else None
        if old == after:
            return None
        return Would(
            details=() if after is not None else (f"{self.path} is there",),
            diff=unified_diff(self.path, old, after),
        )

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`. ``written`` is the sha256 of what we write."""
        before, after = self._both()
        state = before.state
        arguments: dict[str, Any] = {"host": self.host, "path": self.path}
        arguments["written"] = sha256(after) if after is not None else ""
        if not state.is_file:
            return Inverse(action=FILE, arguments=arguments)
        arguments |= {"mode": state.mode, "owner": state.owner, "group": state.group}
        name = f"{self.host}-{self.path.strip('/').replace('/', '-')}"
        copy, digest = run.save_copy(name, before.data)
        return Inverse(action=FILE, arguments=arguments, copy=copy, copy_digest=digest)

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        before, after = self._both()
        if after is None:
            self.files.remove(self.path, expected=before.state.sha256)
        elif before.state.is_file:
            self.files.write(self.path, after, expected=before.state.sha256)
        else:
            self.files.write(
                self.path, after, expected=ABSENT, mode=self.mode, owner=self.owner, group=self.group
            )
        return {}

    def _both(self) -> tuple[RemoteFile, bytes | None]:
        before = self.files.fetch([self.path])[self.path]
        if before.state.kind not in {FileKind.FILE, FileKind.ABSENT}:
            raise NoPlaceForFile(
                f"{self.host}: {self.path} is no file that can be read ({before.state.kind})",
                hint="Look at the path on the host.",
            )
        return before, self.edit(before.data if before.state.is_file else None)


def unified_diff(path: str, before: bytes | None, after: bytes | None) -> str:
    """Before and after of a text as a unified diff with two lines around; a note for what is no text."""
    try:
        old, new = ((part or b"").decode() for part in (before, after))
    except UnicodeDecodeError:
        return f"{path}: not UTF-8, {len(before or b'')} -> {len(after or b'')} bytes\n"
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        path if before is not None else "/dev/null",
        path if after is not None else "/dev/null",
        n=2,
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


class JavaChoice(msgspec.Struct, kw_only=True, frozen=True):
    """``java`` is this one; ``path`` empty: the newest, whatever it is."""

    kind: ClassVar[Kind] = "host"
    key: ClassVar[str] = "java"

    host: str
    java: Java
    path: str

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"java is {self.path}" if self.path else "java is the newest"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        automatic, choice = self.java.is_automatic(), self.java.choice()
        if automatic if not self.path else (choice == self.path and not automatic):
            return None
        return Would(details=(f"java is {choice or 'none'}{' (automatic)' if automatic else ''}",))

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run
        before = "" if self.java.is_automatic() else self.java.choice()
        return Inverse(action=JAVA, arguments={"host": self.host, "path": before})

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        if self.path:
            self.java.choose(self.path)
        else:
            self.java.choose_automatically()
        return {}
