"""yum 3.4 of CentOS and RHEL 7 on one host (host 1.1, 1.4, 1.5), and rpm where yum cannot do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.calls import CHANGE_SECONDS, LOCK_SECONDS
from midonet_migrate.hosts.packages.manager import (
    PackageChange,
    PackagesFailed,
    Transaction,
    UnexpectedChange,
)
from midonet_migrate.hosts.packages.rpm_output import (
    QUERY_FORMAT,
    InstalledPackage,
    duplicates,
    newest_of_each,
    parse_packages,
)
from midonet_migrate.hosts.packages.rpm_versions import newest_first
from midonet_migrate.hosts.packages.wanted import (
    difference,
    is_empty,
    left_undone,
    still_wanted,
    targets,
    unfulfilled,
)
from midonet_migrate.hosts.packages.yum_calls import YumCalls
from midonet_migrate.hosts.packages.yum_cut_off import CutOff, Ours, not_whole
from midonet_migrate.hosts.packages.yum_files import FORCED, Fetched, PackageFiles
from midonet_migrate.hosts.packages.yum_output import (
    Listed,
    Row,
    parse_available,
    parse_locks,
    parse_rows,
    to_transaction,
)
from midonet_migrate.hosts.packages.yum_plan import YumStep, require_available, steps_of
from midonet_migrate.hosts.packages.yum_private import DIRECTORY, PrivateYum
from midonet_migrate.hosts.runner import Completed, Runner
from midonet_migrate.model.hosts import RepositoryDefinition

_NOTHING_LISTED = "No matching Packages to list"
_NO_PLUGIN = "No such command"
_DOWNLOADED = "Download Only"
_KILLED = 128
"""Above it a shell tells of a signal."""


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What yum would do for a change."""

    change: PackageChange
    installed: dict[str, str]
    steps: list[YumStep] = []
    rows: list[Row] = []
    transaction: Transaction = msgspec.field(default_factory=Transaction)


class Yum:
    """See :class:`~midonet_migrate.hosts.packages.manager.PackageManager`.

    With a ``definition`` packages come from the host's repositories (without those that it disables) and from
    that one, whether the host's own yum knows it yet or not. yum works in a corner of its own for us, below
    ``directory`` on the host; lists are those of the last :meth:`refresh`, or of the first look.

    Where midolman 1.9 and midonet-tools 5.x meet, which yum refuses, rpm installs the same set of packages
    over each other (host 1.4). Removals of the same change follow as a second transaction then; in all other
    cases one transaction does everything.
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
        self._calls = YumCalls(runner, lock_seconds=lock_seconds, sleep=sleep)
        self._private = PrivateYum(self._calls, definition, directory=directory)
        self._files = PackageFiles(self._calls, self._private)
        self._cut_off = CutOff(self._calls, self._private, self._files)

    def installed(self) -> dict[str, str]:
        """See :class:`PackageManager`; keys, which rpm keeps as packages, are none."""
        return newest_of_each(self._database())

    def held(self) -> list[str]:
        """See :class:`PackageManager`; what yum's version lock names. Without that plug-in nothing is."""
        self._private.prepare()
        command = self._private.command("versionlock", "list")
        done = self._calls.run(command)
        if done.status and _NO_PLUGIN not in f"{done.stdout}{done.stderr}":
            raise self._calls.error(command, done)
        return parse_locks(done.stdout) if not done.status else []

    def broken(self) -> list[str]:
        """See :class:`PackageManager`; what a cut off transaction left: packages there twice, and those that
        yum's notes, or ours, say were still to come or to go."""
        return sorted({*self._cut_off.names(), *duplicates(self._database())})

    def refresh(self) -> None:
        """See :class:`PackageManager`; settings and repositories of the host are read anew too."""
        self._private.refresh()

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """See :class:`PackageManager`."""
        self._private.prepare()
        versions: dict[str, list[str]] = {name: [] for name in names}
        for package in self._listed(names):
            if package.name in versions:
                versions[package.name].append(package.version)
        return {name: newest_first(found) for name, found in versions.items()}

    def simulate(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`. A reinstalled package goes from its version to the same one."""
        return self._plan(change).transaction

    def download(self, change: PackageChange) -> None:
        """See :class:`PackageManager`; signatures and collisions of files are looked at too."""
        plan = self._plan(change)
        self._conflicts(plan, self._fetch(plan))

    def apply(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`. Raises ``UnexpectedChange``, with nothing done, when a package would
        go that ``change`` does not remove. What was cut off before is not touched: see :meth:`repair`."""
        database = self._database()
        if is_empty(still_wanted(change, newest_of_each(database))):
            return Transaction()
        broken = {*self._cut_off.names(), *duplicates(database)}
        if broken:
            raise not_whole(sorted(broken))
        plan = self._plan(change)
        _require_no_other_removals(plan)
        files = self._fetch(plan)
        if self._conflicts(plan, files):
            command, done = self._install_over(plan, files)
        else:
            command = self._words(plan.steps, "-y")
            done = self._cut_off.change(command, _ours(plan, files))
        database = self._database()
        after = newest_of_each(database)
        problems = left_undone(plan.change, after)
        ended = 0 < done.status <= _KILLED
        if ended and not duplicates(database) and (not problems or after == plan.installed):
            self._cut_off.forget()
        if problems or done.status:
            error = self._calls.error(command, done)
            raise type(error)(
                error.what,
                why=error.why,
                hint=error.hint,
                problems=[*error.problems, *problems],
                recovery=Recovery.RETRY,
            )
        return difference(plan.change, plan.installed, after)

    def settle(self) -> None:
        """See :class:`PackageManager`. One that goes on counts as cut off; who finishes it waits for it."""

    def repair(self) -> None:
        """See :class:`PackageManager`; what is not of a transaction of ours is left to the operator: raises
        ``PackagesFailed``, with what cures it."""
        self._cut_off.finish()
        broken = self.broken()
        if broken:
            raise not_whole(broken)

    def owner(self, path: str) -> str:
        """See :class:`PackageManager`; of several that brought the file, the one whose it is now."""
        done = self._calls.run(["rpm", "-qf", "--qf", r"%{NAME}\n", path])
        owners = list(dict.fromkeys(done.stdout.split())) if not done.status else []
        for name in owners if len(owners) > 1 else []:
            states = self._calls.run(["rpm", "-qs", name]).stdout.splitlines()
            if any(line.split() == ["normal", path] for line in states):
                return name
        return owners[0] if owners else ""

    def _database(self) -> list[InstalledPackage]:
        command = ["rpm", "-qa", "--qf", QUERY_FORMAT]
        done = self._calls.run(command)
        if done.status:
            raise self._calls.error(command, done)
        return self._calls.read(command, done, parse_packages)

    def _listed(self, names: Sequence[str]) -> list[Listed]:
        if not names:
            return []
        command = self._private.command("-q", "list", "--showduplicates", *names)
        done = self._calls.run(command)
        if done.status and _NOTHING_LISTED not in f"{done.stdout}{done.stderr}":
            raise self._calls.error(command, done)
        return parse_available(done.stdout)

    def _plan(self, change: PackageChange) -> _Plan:
        database = self._database()
        installed = newest_of_each(database)
        wanted = still_wanted(change, installed)
        plan = _Plan(change=wanted, installed=installed)
        if is_empty(wanted):
            return plan
        self._private.prepare()
        files = targets(wanted, installed)
        listed = self._listed(sorted(files))
        require_available(files, listed, self.held)
        architectures = {package.name: package.architecture for package in database}
        machine = self._calls.demand(["uname", "-m"]).strip()
        steps = steps_of(wanted, installed, architectures, listed, machine)
        command, done = self._run_yum(steps, "--assumeno")
        rows = self._calls.read(command, done, parse_rows)
        if not rows:
            # It ends with 1 also when all is well: "Exiting on user command".
            raise self._calls.error(command, done)
        transaction = to_transaction(rows, installed)
        problems = unfulfilled(wanted, transaction)
        if problems:
            error = self._calls.error(command, done)
            raise PackagesFailed(
                "yum would not do all that is wanted",
                why=error.why,
                hint="See to exclude= and to the priorities of the host's repositories.",
                problems=problems,
                recovery=Recovery.RETRY,
            )
        return msgspec.structs.replace(plan, steps=steps, rows=rows, transaction=transaction)

    def _run_yum(
        self, steps: list[YumStep], *options: str, cached: bool = True
    ) -> tuple[list[str], Completed]:
        command = self._words(steps, *options, cached=cached)
        return command, self._calls.run(command, timeout=CHANGE_SECONDS)

    def _words(self, steps: list[YumStep], *options: str, cached: bool = True) -> list[str]:
        """One transaction: of several verbs by yum's shell, which ends with 0 whatever happens."""
        if len(steps) == 1:
            words = [steps[0].verb, *steps[0].packages]
        else:
            script = [" ".join([step.verb, *step.packages]) for step in steps]
            words = ["shell", self._private.write_script("\n".join([*script, "run", ""]))]
        return self._private.command(*options, *words, cached=cached)

    def _fetch(self, plan: _Plan) -> list[Fetched]:
        """The files of all that comes in. It is yum that says whether those that are there are the ones of
        its lists; only if they are not, the network is asked."""
        files, missing = self._files.of(plan.rows)
        if not files and not missing:
            return []
        if missing or not self._are_right(plan):
            command, done = self._run_yum(plan.steps, "-y", "--downloadonly", cached=False)
            files, missing = self._files.of(plan.rows)
            if missing or _DOWNLOADED not in done.stdout:
                raise self._calls.error(command, done)
        self._files.require_signatures(files)
        return files

    def _are_right(self, plan: _Plan) -> bool:
        """yum compares what it has fetched with its lists, and never goes on to the transaction."""
        _command, done = self._run_yum(plan.steps, "-y", "--downloadonly")
        return _DOWNLOADED in done.stdout

    def _conflicts(self, plan: _Plan, files: list[Fetched]) -> bool:
        paths = [file.path for file in files]
        return bool(self._files.conflicts(paths, leaving=plan.transaction.removed))

    def _install_over(self, plan: _Plan, files: list[Fetched]) -> tuple[list[str], Completed]:
        """rpm itself looks at dependencies and room again before it begins."""
        paths = [file.path for file in files]
        command = ["rpm", "-U", *FORCED, "--replacefiles", *paths]
        done = self._cut_off.change(command, _ours(plan, files))
        erase = [step for step in plan.steps if step.verb == "erase"]
        if done.status or not erase:
            return command, done
        command = self._words(erase, "-y")
        return command, self._cut_off.change(command, _ours(plan, []))


def _ours(plan: _Plan, files: list[Fetched]) -> Ours:
    coming = {file.path: file.row.name for file in files}
    return Ours(coming=coming, leaving=sorted(plan.transaction.removed))


def _require_no_other_removals(plan: _Plan) -> None:
    others = {
        name: version for name, version in plan.transaction.removed.items() if name not in plan.change.remove
    }
    if others:
        raise UnexpectedChange(
            "yum would remove packages that the migration does not touch",
            why="They depend on what is to be removed, or are replaced by what is to be installed.",
            hint="Correct the repositories of the host, then run again.",
            problems=[f"{name} {version} would be removed" for name, version in sorted(others.items())],
        )
