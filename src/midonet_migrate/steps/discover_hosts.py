"""``hosts discover``: hosts.yaml from what MidoNet 1.9 knows of its hosts (host 6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from midonet_migrate.errors import Recovery, WrongState
from midonet_migrate.hosts.discover import DiscoverOptions, Found, ThisMachine, find_hosts
from midonet_migrate.hosts.inventory import (
    exposure,
    inventory_text,
    parse_inventory,
    read_inventory_text,
    with_hosts_added,
    write_inventory,
)
from midonet_migrate.hosts.inventory_merge import HostRow, HostVerdict, Merged, merge
from midonet_migrate.hosts.this_machine import resolver, this_machine
from midonet_migrate.model.hosts import Inventory, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.source.midonet.hosts import read_midonet_hosts
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.steps.site_identity import site_identity

STEP = "hosts discover"
_COPY = "hosts.yaml"


class DiscoverReport(msgspec.Struct, kw_only=True):
    """What was found, and what hosts.yaml gets. ``remarks`` are for the operator to look at."""

    hosts_file: str
    dry_run: bool
    added: int
    rows: list[HostRow]
    remarks: list[str]

    @property
    def nothing_to_do(self) -> bool:
        """Whether hosts.yaml stays as it is."""
        return not self.added

    @property
    def exit_status(self) -> int:
        """1 when there is something to look at: hosts left out, without an address, or different."""
        return int(
            bool(self.remarks) or any(row.remarks or row.verdict is HostVerdict.DEAD for row in self.rows)
        )


Confirm = Callable[[DiscoverReport], None]


def discover_hosts(
    settings: Settings,
    options: DiscoverOptions,
    *,
    progress: Progress,
    confirm: Confirm,
    machine: ThisMachine | None = None,
    resolve: Callable[[str], Sequence[str]] | None = None,
) -> DiscoverReport:
    """Read the hosts from the 1.9 API, bring them together with hosts.yaml, ask, and write it.

    Hosts that the file has stay as they are; dead hosts are reported and left out. ``confirm`` raises
    ``Cancelled`` to stop; it is not asked in a dry run, and when there is nothing to do.
    ``machine`` and ``resolve``: this one, and its ssh's view of names, unless given.

    Raises ``ConfigError`` for settings or a hosts.yaml that cannot be used, what reading the API raises,
    ``NoPermission``, ``WrongState``.
    """
    path = settings.hosts_file.value
    before = read_inventory_text(path) if path.exists() else None
    inventory = parse_inventory(before, str(path)) if before is not None else Inventory()
    ssh_config = settings.ssh_config.value
    found = _read(
        settings,
        options,
        progress,
        machine or this_machine(),
        resolve or resolver(str(ssh_config) if ssh_config is not None else ""),
    )
    merged = merge(inventory, found)
    report = DiscoverReport(
        hosts_file=str(path),
        dry_run=settings.dry_run.value,
        added=len(merged.added),
        rows=merged.rows,
        remarks=_remarks(inventory, found, merged, path),
    )
    if report.nothing_to_do or settings.dry_run.value:
        return report
    confirm(report)
    _write(settings, path, before, merged)
    return report


def _read(
    settings: Settings,
    options: DiscoverOptions,
    progress: Progress,
    machine: ThisMachine,
    resolve: Callable[[str], Sequence[str]],
) -> Found:
    credentials = settings.require_credentials()
    account = Credentials(credentials.username, credentials.password.reveal(), credentials.project)
    site = read_midonet_hosts(
        settings.require_source_api(), account, threads=settings.threads.value, progress=progress
    )
    return find_hosts(site.hosts, site.routers, site.ports, site.bgps, options, machine, resolve)


def _remarks(inventory: Inventory, found: Found, merged: Merged, path: Path) -> list[str]:
    remarks = list(found.remarks)
    hosts = (*inventory.hosts, *merged.added)
    if not any(Role.CONTROLLER in host.roles for host in hosts):
        remarks.append("no controller is known: name every one with --controller (host 3.1)")
    exposed = exposure(path, inventory)
    return [*remarks, exposed] if exposed else remarks


def _write(settings: Settings, path: Path, before: str | None, merged: Merged) -> None:
    with RunDirectory(settings.data_dir.value, step=STEP) as run:
        run.tie_to(site_identity(settings))
        now = read_inventory_text(path) if path.exists() else None
        if now != before:
            raise WrongState(
                f"{path} was changed meanwhile",
                why="It is not what was shown before the question.",
                hint="Run the same command again.",
                recovery=Recovery.RETRY,
            )
        if before is None:
            text = inventory_text(Inventory(hosts=tuple(merged.added)))
            inverse = Inverse(action="remove-inventory", arguments={"path": str(path)})
        else:
            text = with_hosts_added(before, merged.added)
            stored, digest = run.save_copy(_COPY, before.encode())
            inverse = Inverse(
                action="restore-inventory", arguments={"path": str(path)}, copy=stored, copy_digest=digest
            )
        digest = hashlib.sha256(text.encode()).hexdigest()
        summary = f"{len(merged.added)} hosts into {path}"
        with run.journal.unit("file", summary, digest=digest, inverse=inverse):
            write_inventory(path, text)
