"""What stages change on a host: services, packages, Java. Files are in a module of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import Would
from midonet_migrate.hosts.packages.manager import (
    PackageChange,
    PackageManager,
    Transaction,
    require_expected,
)
from midonet_migrate.hosts.parts import HostParts, Java, Services
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

    def transaction(self) -> Transaction:
        """Everything that would change. Raises as the package manager does."""
        missing = self._missing()
        return self.manager.simulate(missing) if missing is not None else Transaction()

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Names everything that is about to change."""
        del run
        transaction = msgspec.to_builtins(self.transaction())
        return Inverse(action=PACKAGES, arguments={"host": self.host, "transaction": transaction})

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


class Repaired(msgspec.Struct, kw_only=True, frozen=True):
    """No package is left half installed by a transaction of ours that was cut off."""

    kind: ClassVar[Kind] = "host"
    key: ClassVar[str] = "repair"
    summary: ClassVar[str] = "packages that an earlier run left half installed are whole"

    manager: PackageManager

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        broken = self.manager.broken()
        return Would(details=tuple(f"{name} is half installed" for name in broken)) if broken else None

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. The transaction's own inverse names all of it."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        self.manager.repair()
        return {}


def transaction_lines(transaction: Transaction) -> Iterable[str]:
    """A line for each package that changes."""
    for name, version in sorted(transaction.installed.items()):
        yield f"{name} {version} installed"
    for name, (before, after) in sorted(transaction.changed.items()):
        yield f"{name} {before} -> {after}"
    for name, version in sorted(transaction.removed.items()):
        yield f"{name} {version} removed"


class JavaChoice(msgspec.Struct, kw_only=True, frozen=True):
    """``java`` is of this major version, by choice; ``major`` empty: the newest, whatever it is."""

    kind: ClassVar[Kind] = "host"
    key: ClassVar[str] = "java"

    host: str
    java: Java
    major: str

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"java is Java {self.major}" if self.major else "java is the newest"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        automatic, choice = self.java.is_automatic(), self.java.choice()
        if automatic if not self.major else (choice == self.major and not automatic):
            return None
        return Would(details=(f"java is {choice or 'none'}{' (automatic)' if automatic else ''}",))

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run
        before = "" if self.java.is_automatic() else self.java.choice()
        return Inverse(action=JAVA, arguments={"host": self.host, "major": before})

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        if self.major:
            self.java.choose(self.major)
        else:
            self.java.choose_automatically()
        return {}
