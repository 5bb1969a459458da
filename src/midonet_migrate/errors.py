"""The tree of everything an operator can be told went wrong.

Each class fixes a stable ``code`` (for scripts and for the manual) and an ``exit_status`` (design 6).
Each instance says what happened, why, what to do next, and which way back is called for. The tree:

    MigrateError
    ├── CheckFailed               2  a readiness check failed
    ├── Cancelled                 3  the operator said no, or could not be asked
    ├── WrongState               10  the site or the run directory is not in the state this step needs
    │   ├── StalePlan                the plan no longer fits the site
    │   ├── ImporterAlive            tasks written now would be executed, not queued
    │   ├── AlreadyMigrated          the source is already a 5.x site
    │   ├── ForeignRunDirectory      the run directory belongs to another site
    │   └── NotNeutron               the database is not a Neutron (Kilo) database
    ├── Unreachable              20
    │   ├── DatabaseUnreachable
    │   ├── ApiUnreachable           no answer, or none that can be used, after retries
    │   └── ZooKeeperUnreachable
    ├── IntegrityFailed          30
    │   ├── CorruptFile              a file of the run directory is not what was written
    │   ├── LedgerMismatch           an object is not in exactly one bucket
    │   └── VerificationFailed
    ├── ImporterStalled          40
    ├── HostsFailed              50
    ├── UsageError               64
    │   └── ConfigError              a setting is missing or cannot be read
    ├── LockHeld                 75
    ├── NoPermission             77
    │   ├── AuthenticationFailed
    │   └── AccessDenied
    └── Bug                     255
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar


class Recovery(StrEnum):
    """Which way out an error calls for."""

    NONE = "nothing was changed"
    RETRY = "run the same command again"
    ABORT = "abort"
    ROLLBACK = "roll back"


class MigrateError(Exception):
    """Root of the tree. ``str(error)`` is the one-line *what happened*."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 255

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        hint: str = "",
        problems: Sequence[str] = (),
        recovery: Recovery = Recovery.NONE,
    ) -> None:
        """``problems`` lists every single finding when several were found at once."""
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.problems = tuple(problems)
        self.recovery = recovery


class CheckFailed(MigrateError):
    """A readiness check failed."""

    code = "check-failed"
    exit_status = 2


class Cancelled(MigrateError):
    """The operator declined, or there was no terminal to ask on."""

    code = "cancelled"
    exit_status = 3


class WrongState(MigrateError):
    """The site or the run directory is not in the state this step needs."""

    code = "wrong-state"
    exit_status = 10


class StalePlan(WrongState):
    """The plan no longer fits the site it was made from."""

    code = "stale-plan"


class ImporterAlive(WrongState):
    """A running importer would execute tasks that should only be queued."""

    code = "importer-alive"


class AlreadyMigrated(WrongState):
    """The source is already a MidoNet 5 site."""

    code = "already-migrated"


class ForeignRunDirectory(WrongState):
    """The run directory was made for another site."""

    code = "foreign-run-directory"


class NotNeutron(WrongState):
    """The database is not a Neutron database, or not one of Kilo."""

    code = "not-neutron"


class Unreachable(MigrateError):
    """A source or target does not answer."""

    code = "unreachable"
    exit_status = 20


class DatabaseUnreachable(Unreachable):
    """The Neutron database does not answer."""

    code = "database-unreachable"


class ApiUnreachable(Unreachable):
    """A MidoNet or Neutron API does not answer, or not with anything usable, after retries."""

    code = "api-unreachable"


class ZooKeeperUnreachable(Unreachable):
    """No ZooKeeper server of the list answers."""

    code = "zookeeper-unreachable"


class IntegrityFailed(MigrateError):
    """Something read back differs from what was written or promised."""

    code = "integrity-failed"
    exit_status = 30


class CorruptFile(IntegrityFailed):
    """A file of the run directory, or a backup, is damaged or of an unknown version."""

    code = "corrupt-file"


class LedgerMismatch(IntegrityFailed):
    """The ledger does not account for every object exactly once."""

    code = "ledger-mismatch"


class VerificationFailed(IntegrityFailed):
    """The result differs from the source or from the plan."""

    code = "verification-failed"


class ImporterStalled(MigrateError):
    """The importer makes no progress."""

    code = "importer-stalled"
    exit_status = 40


class HostsFailed(MigrateError):
    """Some hosts failed."""

    code = "hosts-failed"
    exit_status = 50


class UsageError(MigrateError):
    """The command line does not make sense."""

    code = "usage"
    exit_status = 64


class ConfigError(UsageError):
    """A setting is missing, contradictory or cannot be read."""

    code = "config"


class LockHeld(MigrateError):
    """Another run holds the lock."""

    code = "lock-held"
    exit_status = 75


class LockLost(LockHeld):
    """What held the lock was lost on the way: another run may hold it by now."""

    code = "lock-lost"


class NoPermission(MigrateError):
    """The account used may not do this."""

    code = "no-permission"
    exit_status = 77


class AuthenticationFailed(NoPermission):
    """User name or password were refused."""

    code = "authentication-failed"


class AccessDenied(NoPermission):
    """Logged in, but the operation is not allowed."""

    code = "access-denied"


class Bug(MigrateError):
    """Not the operator's fault: an assumption of this program does not hold."""

    code = "bug"
    exit_status = 255
