"""From the wishes to the transaction: solved, shown, fetched, checked, done."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import dnf.exceptions
import libdnf.transaction as actions

from .display import Display
from .failures import Failed, download_error, key_not_retrieved, refused_by_rpm, unsolved
from .layout import number
from .names import always_with_epoch, full_name
from .options import Options
from .summary import show

NOTES = Path("/var/lib/yum")


def solve(base: Any, erasing: bool) -> bool:
    """Find the transaction; False when there is nothing to do. Raises ``Failed`` in yum's words."""
    print("Resolving Dependencies\n--> Running transaction check")
    try:
        base.resolve(allow_erasing=erasing)
    except dnf.exceptions.DepsolveError as error:
        raise Failed(unsolved(str(error), base)) from error
    for item in base.transaction:
        package = item.pkg
        version = f"{package.epoch}:{package.version}-{package.release}"
        print(f"---> Package {package.name}.{package.arch} {version}{_FATES.get(item.action, '')}")
    print("--> Finished Dependency Resolution")
    return len(base.transaction) > 0


def run(base: Any, options: Options, wanted: set[str]) -> int:
    """Show, ask, fetch, check, do: the status. Raises ``Failed``."""
    show(base, wanted)
    incoming = [item.pkg for item in base.transaction if item.action in _INCOMING]
    print(f"Total download size: {number(sum(package.downloadsize for package in incoming))}")
    if options.has("assumeno") or not (options.has("assumeyes") or options.has("downloadonly")):
        print("Exiting on user command")
        print("Your transaction was saved, rerun it with:")
        print(f" yum load-transaction /tmp/yum_save_tx.{time.strftime('%Y-%m-%d.%H-%M')}.abcdef.yumtx")
        return 1
    print(
        "Background downloading packages, then exiting:"
        if options.has("downloadonly")
        else "Downloading packages:"
    )
    _fetch(base, incoming)
    if options.has("downloadonly"):
        _copy(incoming, options.values.get("downloaddir"))
        print('exiting because "Download Only" specified')
        return 0
    _check_signatures(base, incoming)
    return _do(base)


def _fetch(base: Any, incoming: list[Any]) -> None:
    try:
        base.download_packages(incoming)
    except dnf.exceptions.DownloadError as error:
        text = "".join(f"  {download_error(reason)}\n" for reason in str(error).splitlines())
        raise Failed(f"\n\nError downloading packages:\n{text}") from error
    except dnf.exceptions.Error as error:
        missing = [package for package in incoming if not Path(package.localPkg()).exists()]
        names = "".join(
            f"  {full_name(package)}: Caching enabled but no local cache of {package.localPkg()}"
            f" from {package.reponame}\n"
            for package in missing
        )
        raise Failed(f"\n\nError downloading packages:\n{names or error}") from error
    except OSError as error:
        raise Failed(f"\n\nError downloading packages:\n  {error.strerror}") from error


def _copy(incoming: list[Any], directory: str | None) -> None:
    if directory is None:
        return
    Path(directory).mkdir(parents=True, exist_ok=True)
    for package in incoming:
        shutil.copy(package.localPkg(), directory)


def _check_signatures(base: Any, incoming: list[Any]) -> None:
    for package in incoming:
        result, message = base.package_signature_check(package)
        if result == 1:
            try:
                base.package_import_key(package)
            except (dnf.exceptions.Error, OSError, ValueError) as error:
                raise Failed(key_not_retrieved(str(error), package, base)) from error
        elif result != 0:
            raise Failed(f"\n\n{message}")


def _do(base: Any) -> int:
    stamp = time.strftime("%Y-%m-%d.%H:%M.%S")
    everything, done = NOTES / f"transaction-all.{stamp}", NOTES / f"transaction-done.{stamp}"
    NOTES.mkdir(parents=True, exist_ok=True)
    everything.write_text("".join(f"{note}\n" for note in _notes(base)), encoding="utf-8")
    done.touch()
    display = Display(done)
    print("Running transaction check\nRunning transaction test")
    try:
        base.do_transaction(display=[display])
    except dnf.exceptions.TransactionCheckError as error:
        raise Failed(f"ERROR with transaction check vs depsolve:\n{error}") from error
    except dnf.exceptions.Error as error:
        # Nothing has been done yet: that was the test.
        for note in (everything, done):
            note.unlink(missing_ok=True)
        raise Failed(refused_by_rpm(str(error))) from error
    for note in (everything, done):
        note.unlink(missing_ok=True)
    print("\nComplete!")
    return 1 if display.errors else 0


def _notes(base: Any) -> list[str]:
    notes = []
    for item in base.transaction:
        leaving = item.action in _LEAVING
        notes.append(f"{'erase' if leaving else 'install'} {always_with_epoch(item.pkg)}")
    return sorted(notes, reverse=True)


_FATES = {
    actions.TransactionItemAction_INSTALL: " will be installed",
    actions.TransactionItemAction_UPGRADE: " will be an update",
    actions.TransactionItemAction_UPGRADED: " will be updated",
    actions.TransactionItemAction_DOWNGRADE: " will be a downgrade",
    actions.TransactionItemAction_REMOVE: " will be erased",
    actions.TransactionItemAction_DOWNGRADED: " will be erased",
    actions.TransactionItemAction_REINSTALL: " will be reinstalled",
    actions.TransactionItemAction_OBSOLETED: " will be obsoleted",
    actions.TransactionItemAction_OBSOLETE: " will be obsoleting",
}
_INCOMING = frozenset(
    {
        actions.TransactionItemAction_INSTALL,
        actions.TransactionItemAction_OBSOLETE,
        actions.TransactionItemAction_UPGRADE,
        actions.TransactionItemAction_DOWNGRADE,
        actions.TransactionItemAction_REINSTALL,
    }
)
_LEAVING = frozenset(
    {
        actions.TransactionItemAction_REMOVE,
        actions.TransactionItemAction_OBSOLETED,
        actions.TransactionItemAction_UPGRADED,
        actions.TransactionItemAction_DOWNGRADED,
        actions.TransactionItemAction_REINSTALLED,
    }
)
