"""apt 1.0 and dpkg of Ubuntu 14.04, and their successors, on one host (host 1.1, 1.4, 1.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.apt_archives import find_overlaps, gone_with_rollback, older_ones
from midonet_migrate.hosts.packages.apt_calls import AptCalls
from midonet_migrate.hosts.packages.apt_cut_off import CONFIGURE_ALL, CutOff, Ours
from midonet_migrate.hosts.packages.apt_output import (
    STATUS_FORMAT,
    DpkgEntry,
    Overlap,
    Row,
    coming,
    parse_apt_version,
    parse_madison,
    parse_owners,
    parse_simulation,
    parse_status,
    to_transaction,
    versions_of,
)
from midonet_migrate.hosts.packages.apt_plan import (
    force_of,
    options_of,
    require_available,
    require_holds_not_in_the_way,
    require_known_overlaps,
    require_no_other_removals,
    require_not_held,
    require_whole,
    words_of,
)
from midonet_migrate.hosts.packages.apt_private import DIRECTORY, PrivateApt
from midonet_migrate.hosts.packages.calls import LOCK_SECONDS
from midonet_migrate.hosts.packages.manager import PackageChange, PackagesFailed, Transaction
from midonet_migrate.hosts.packages.wanted import (
    difference,
    is_empty,
    left_undone,
    still_wanted,
    targets,
    unfulfilled,
)
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.hosts import RepositoryDefinition

_STATUS = 'set -e; dpkg --print-architecture; dpkg-query -W -f "$1"'
_PENDING = """\
cd /var/lib/dpkg/updates 2>/dev/null || exit 0
for file in [0-9]*; do if [ -e "$file" ]; then echo dpkg; fi; done
"""


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What apt would do for a change."""

    change: PackageChange
    installed: dict[str, str]
    rows: list[Row] = []
    transaction: Transaction = msgspec.field(default_factory=Transaction)


class Apt:
    """See :class:`~midonet_migrate.hosts.packages.manager.PackageManager`.

    With a ``definition`` packages come from the host's repositories (without those that it disables) and from
    that one, whether the host's own apt knows it yet or not. apt works in a corner of its own for us, below
    ``directory`` on the host; lists are those of the last :meth:`refresh`, or of the first look, as long as
    the repositories stay the same.

    Where midolman 1.9 and midonet-tools 5.x meet, dpkg installs them over each other (host 1.4); any other
    overlap is refused before anything is done.
    """

    def __init__(
        self,
        runner: Runner,
        definition: RepositoryDefinition | None = None,
        *,
        directory: str = DIRECTORY,
        lock_seconds: float = LOCK_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls = AptCalls(runner, lock_seconds=lock_seconds, sleep=sleep)
        self._private = PrivateApt(self._calls, definition, directory=directory)
        self._cut_off = CutOff(self._calls, self._private)

    def installed(self) -> dict[str, str]:
        """See :class:`PackageManager`. Packages of another architecture are called ``name:architecture``."""
        return versions_of(self._entries())

    def held(self) -> list[str]:
        """See :class:`PackageManager`."""
        return sorted(entry.name for entry in self._entries() if entry.held)

    def broken(self) -> list[str]:
        """See :class:`PackageManager`; ``dpkg`` itself when it was cut off while it wrote its database."""
        pending = self._calls.script(_PENDING).split()
        return sorted({*pending, *(entry.name for entry in self._entries() if entry.broken)})

    def refresh(self) -> None:
        """See :class:`PackageManager`; settings and repositories of the host are read anew too."""
        self._private.refresh()

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """See :class:`PackageManager`."""
        self._private.prepare()
        if not names:
            return {}
        found = parse_madison(self._calls.demand(self._private.command("apt-cache", "madison", *names)))
        return {name: found.get(name, []) for name in names}

    def simulate(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`. A reinstalled package goes from its version to the same one."""
        return self._plan(change).transaction

    def download(self, change: PackageChange) -> None:
        """See :class:`PackageManager`; signatures and collisions of files are looked at too."""
        plan = self._plan(change)
        self._fetch(plan)
        require_known_overlaps(self._overlaps(plan))

    def apply(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`. Raises ``UnexpectedChange``, with nothing done, when a package would
        go that ``change`` does not remove. What dpkg had half done before is not touched: see :meth:`repair`.
        """
        self._require_whole()
        plan = self._plan(change)
        if is_empty(plan.change):
            return Transaction()
        require_no_other_removals(plan.change, plan.transaction)
        self._fetch(plan)
        overlaps = self._overlaps(plan)
        require_known_overlaps(overlaps)
        version = parse_apt_version(self._calls.demand(["apt-get", "--version"]))
        downgrade = bool(older_ones(self._calls, plan.transaction))
        missing = gone_with_rollback(self._calls, sorted(plan.change.install))
        force = force_of(overwrite=bool(overlaps), missing=bool(missing))
        options = options_of(downgrade=downgrade, force=force, apt_version=version)
        automatic = self._automatic(plan.change)
        command = self._private.command("apt-get", *options, *words_of(plan.change, plan.installed))
        ours = Ours(
            coming={row.name: row.file_name for row in coming(plan.rows)},
            leaving=sorted(plan.transaction.removed),
            force=force,
        )
        done = self._cut_off.change(command, ours)
        after = self.installed()
        problems = left_undone(plan.change, after)
        if problems or done.status:
            error = self._calls.error(command, done)
            raise type(error)(
                error.what,
                why=error.why,
                hint=error.hint,
                problems=[*error.problems, *problems],
                recovery=Recovery.RETRY,
            )
        if automatic:
            self._calls.demand(["apt-mark", "auto", *automatic])
        return difference(plan.change, plan.installed, after)

    def settle(self) -> None:
        """See :class:`PackageManager`."""
        self._calls.run(["apt-get", "-q", "check"])  # this takes the lock, or waits for it

    def repair(self) -> None:
        """Let dpkg finish what it was cut off in, of a transaction of ours also what it has only begun to
        unpack or to remove; edited configuration files stay. Only for who asks for it.

        Raises as :meth:`apply`, when packages are half installed even so.
        """
        done = self._calls.change(CONFIGURE_ALL, self._private.log)
        for whole in (False, True):
            broken = self.broken()
            for command in self._cut_off.commands(broken, whole=whole) if broken else []:
                done = self._calls.change(command, self._private.log)
        if done.status:
            raise self._calls.error(CONFIGURE_ALL, done)
        require_whole(self.broken())
        self._cut_off.forget()

    def owner(self, path: str) -> str:
        """See :class:`PackageManager`."""
        done = self._calls.run(["dpkg-query", "--search", path])
        owners = parse_owners(done.stdout).get(path, []) if not done.status else []
        return owners[0] if owners else ""

    def _require_whole(self) -> None:
        if self.broken():
            # Another process may be in the middle of it.
            self.settle()
            require_whole(self.broken())

    def _entries(self) -> list[DpkgEntry]:
        machine, _, listed = self._calls.script(_STATUS, STATUS_FORMAT).partition("\n")
        return parse_status(listed, machine.strip())

    def _plan(self, change: PackageChange) -> _Plan:
        entries = self._entries()
        installed = versions_of(entries)
        wanted = still_wanted(change, installed)
        plan = _Plan(change=wanted, installed=installed)
        if is_empty(wanted):
            return plan
        self._private.prepare()
        files = targets(wanted, installed)
        require_available(files, self.candidates(sorted(files)))
        command = self._private.command("apt-get", "-s", "-q", *words_of(wanted, installed))
        done = self._calls.run(command)
        held = [entry.name for entry in entries if entry.held]
        if done.status:
            error = self._calls.error(command, done)
            require_holds_not_in_the_way(error.problems, held)
            raise error
        rows = parse_simulation(done.stdout)
        transaction = to_transaction(rows, installed)
        require_not_held(transaction, held)
        problems = unfulfilled(wanted, transaction)
        if problems:
            error = self._calls.error(command, done)
            raise PackagesFailed(
                "apt would not do all that is wanted",
                why=error.why,
                hint="See to pins in /etc/apt/preferences.d of the host.",
                problems=problems,
                recovery=Recovery.RETRY,
            )
        return msgspec.structs.replace(plan, rows=rows, transaction=transaction)

    def _fetch(self, plan: _Plan) -> None:
        rows = coming(plan.rows)
        there = self._private.fetched() if rows else set()
        missing = [row for row in rows if row.file_name not in there]
        if missing:
            self._private.fetch([f"{row.name}={row.version}" for row in missing])

    def _overlaps(self, plan: _Plan) -> list[Overlap]:
        files = [f"{self._private.archives}/{row.file_name}" for row in coming(plan.rows)]
        return find_overlaps(self._calls, files)

    def _automatic(self, change: PackageChange) -> list[str]:
        """Packages that are there as dependencies only: naming them would make apt think that they are
        wanted for themselves."""
        named = [*change.install, *change.reinstall]
        if not named:
            return []
        automatic = {*self._calls.demand(["apt-mark", "showauto", *named]).split()}
        return sorted(name for name in named if name in automatic)
