"""The hosts of a site as stages see them, and how a stage is run over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.prediction import predicting
from midonet_migrate.hosts.report import HostReport, host_record
from midonet_migrate.model.hosts import HostEntry, Inventory, Role
from midonet_migrate.run.directory import IDENTITY_FILE, Identity, RunDirectory
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.fan_out import SideBySide
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.session import open_session


class HostSite(Protocol):
    """An inventory whose hosts can be worked on."""

    inventory: Inventory

    def parts(self, entry: HostEntry, *, old_packages: bool = False) -> HostParts:
        """A host as it is now: looked at each time. ``old_packages``: packages come from the repositories
        that the host itself names, without those of MidoNet 5.

        Raises what the runner raises: the host may not be reachable.
        """

    def old_packages(self, parts: HostParts) -> PackageManager:
        """The package manager of a host with the repositories that the host itself names alone."""

    @property
    def side_by_side(self) -> SideBySide:
        """How several hosts are worked on at a time."""


NO_AGENT = "MidoNet knows no agent there (midonet_host_id)"

Stage = Callable[[RunDirectory], HostReport]
Confirm = Callable[[HostReport], None]
Guard = Callable[[], None]
"""Raises ``MigrateError`` once other runs are not kept away any more."""
Lock = Callable[[Settings], AbstractContextManager[Guard | None]]
"""What keeps other runs away while hosts are changed; gives what knows whether it still does."""


def run_stage(
    settings: Settings,
    step: str,
    stage: Stage,
    *,
    confirm: Confirm,
    max_failures: int = 0,
    before: Callable[[], None] = lambda: None,
    lock: Callable[[], AbstractContextManager[Guard | None]] = nullcontext,
) -> HostReport:
    """Rehearse a stage on all its hosts, ask, and do it; its report is kept in the run directory.

    ``before`` is called between; ``lock`` is held while it is done, and asked before each host.

    A host that fails in the rehearsal would fail in earnest: when there are more than ``max_failures`` of
    them nothing is asked and nothing is done. ``confirm`` raises ``Cancelled`` to stop; it is not asked when
    there is nothing to do.
    """
    with RunDirectory(settings.data_dir.value, step=step, dry_run=True) as rehearsal:
        tie(rehearsal, settings)
        report = stage(rehearsal)
    if settings.dry_run.value:
        return report
    if len(report.failed) > max_failures:
        report.warnings.append(
            f"nothing was changed on any host: {len(report.failed)} would fail, at most {max_failures} may"
        )
        return report
    if not report.nothing_to_do:
        confirm(report)
        before()
    with lock() as guard, RunDirectory(settings.data_dir.value, step=step) as run:
        run.guard = guard or run.guard
        tie(run, settings)
        report = stage(run)
        run.write_json(f"{step.replace(' ', '_')}_report.json", host_record(report))
    return report


@contextmanager
def zookeeper_lock(settings: Settings) -> Iterator[Guard]:
    """The lock that keeps a second run away, also one on another machine (I10). Raises ``LockHeld``."""
    with open_session(str(settings.require_zookeeper())) as session, ZooKeeperLock(session) as lock:
        yield lock.ensure_held


def tie(run: RunDirectory, settings: Settings) -> None:
    """Check that the run directory is this site's, by what stages of hosts use: once the controller's files
    are edited the address of the 1.9 API is not found any more, and does not matter here."""
    here = {name: value for name, value in site_identity(settings).items() if name != "source_api"}
    known = run.read_json(IDENTITY_FILE, Identity).site if run.exists(IDENTITY_FILE) else {}
    run.tie_to({**known, **here})


def parts_for(
    site: HostSite, run: RunDirectory, entry: HostEntry, *, old_packages: bool = False
) -> HostParts:
    """A host to work on; one on which nothing is really changed in a dry run.

    With ``old_packages`` a dry run does not ask the package manager: the host's own repositories are put back
    by what is rehearsed.
    """
    parts = site.parts(entry, old_packages=old_packages)
    return predicting(parts, simulate=not old_packages) if run.dry_run else parts


def controllers(inventory: Inventory) -> list[HostEntry]:
    """The hosts where Neutron and MidoNet's API run. Raises ``WrongState`` without any."""
    found = inventory.with_role(Role.CONTROLLER)
    if not found:
        raise WrongState(
            "hosts.yaml names no controller",
            why="Neutron, the 1.9 API and midonet-cluster run there.",
            hint="Give the host the role 'controller'.",
        )
    return found


def agent_hosts(inventory: Inventory, role: Role) -> list[HostEntry]:
    """The hosts of this role that are dealt with under it: a controller's agent is switched with the
    controller, a gateway that is a compute host too with the gateways."""
    earlier = {Role.GATEWAY: {Role.CONTROLLER}, Role.COMPUTE: {Role.CONTROLLER, Role.GATEWAY}}[role]
    return [host for host in inventory.with_role(role) if not earlier & set(host.roles)]
