"""From the wishes to the transaction: solved, shown, fetched, checked, done."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import dnf
import dnf.exceptions
import dnf.transaction
import dnf.yum.rpmtrans
import libdnf.transaction as actions

from .layout import WIDTH, line, number, table
from .names import always_with_epoch, full_name, version_text
from .options import Options

NOTES = Path("/var/lib/yum")
_NOTHING_PROVIDES = re.compile(r"nothing provides (.+?) needed by (\S+)(?: from (\S+))?")
_REQUIRES = re.compile(
    r"package (\S+?)(?: from (\S+))? requires (.+?), but none of the providers can be installed"
)


_SCRIPT_ERROR = re.compile(r"Error in (\S+) scriptlet in rpm package (\S+)")


class Failed(Exception):
    """What yum prints to its error output, as it is; the status is 1."""


class Display(dnf.yum.rpmtrans.TransactionDisplay):  # type: ignore[misc]
    """Says what happens, and keeps yum's notes of what is done."""

    _WORDS: ClassVar[dict[int, str]] = {
        dnf.transaction.PKG_INSTALL: "Installing",
        dnf.transaction.PKG_UPGRADE: "Updating",
        dnf.transaction.PKG_DOWNGRADE: "Installing",
        dnf.transaction.PKG_REINSTALL: "Installing",
        dnf.transaction.PKG_CLEANUP: "Cleanup",
        dnf.transaction.PKG_REMOVE: "Erasing",
        dnf.transaction.PKG_OBSOLETE: "Erasing",
    }

    def __init__(self, done: Path) -> None:
        super().__init__()
        self._done = done
        self._last: tuple[str, int] | None = None
        self.errors: list[str] = []

    def progress(
        self, package: Any, action: int, ti_done: int, ti_total: int, ts_done: int, ts_total: int
    ) -> None:
        """A step of rpm, told several times while it goes on."""
        del ti_done, ti_total
        word = self._WORDS.get(action)
        if word is None or self._last == (str(package), action):
            return
        self._last = (str(package), action)
        print(f"  {word:<11}: {full_name(package):<58} {ts_done:>2}/{ts_total} ")
        removing = action in {
            dnf.transaction.PKG_CLEANUP,
            dnf.transaction.PKG_REMOVE,
            dnf.transaction.PKG_OBSOLETE,
        }
        with self._done.open("a", encoding="utf-8") as file:
            file.write(f"{'erase' if removing else 'install'} {always_with_epoch(package)}\n")

    def error(self, message: str) -> None:
        """Something went wrong that does not end the transaction; dnf says it twice."""
        if message in self.errors:
            return
        self.errors.append(message)
        print(
            _SCRIPT_ERROR.sub(r"Non-fatal \1 scriptlet failure in rpm package \2", message), file=sys.stderr
        )

    def scriptout(self, msgs: bytes | str | None) -> None:
        """What a script of a package said."""
        if msgs:
            text = msgs.decode("utf-8", "replace") if isinstance(msgs, bytes) else msgs
            print(text.rstrip("\n"))


def solve(base: Any, erasing: bool) -> bool:
    """Find the transaction; False when there is nothing to do. Raises ``Failed`` in yum's words."""
    print("Resolving Dependencies\n--> Running transaction check")
    try:
        base.resolve(allow_erasing=erasing)
    except dnf.exceptions.DepsolveError as error:
        raise Failed(_unsolved(str(error), base)) from error
    for item in base.transaction:
        package = item.pkg
        evr = f"{package.epoch}:{package.version}-{package.release}"
        print(f"---> Package {package.name}.{package.arch} {evr}{_FATES.get(item.action, '')}")
    print("--> Finished Dependency Resolution")
    return len(base.transaction) > 0


def show(base: Any, wanted: set[str]) -> None:
    """Print the table of the transaction. ``wanted``: names asked for; all others are dependencies."""
    sections: dict[str, list[Any]] = {}
    obsoleted = []
    for item in base.transaction:
        package = item.pkg
        heading = _HEADINGS.get(item.action)
        if item.action == actions.TransactionItemAction_OBSOLETED:
            obsoleted.append(package)
        elif heading is not None:
            suffix = (
                ""
                if package.name in wanted or heading in {"Reinstalling", "Downgrading"}
                else " for dependencies"
            )
            sections.setdefault(heading + suffix, []).append(package)
    rows = {
        heading: [_row(base, package) for package in sorted(packages)]
        for heading, packages in sections.items()
    }
    widths, head = table([row for some in rows.values() for row in some])
    print(f"\nDependencies Resolved\n{head}", end="")
    for heading in _ORDER:
        if heading not in rows:
            continue
        print(f"{heading}:")
        for row, package in zip(rows[heading], sorted(sections[heading]), strict=True):
            print(line(row, widths, " "))
            for old in obsoleted:
                if any(str(what).split()[0] == old.name for what in package.obsoletes):
                    print(f"     replacing  {old.name}.{old.arch} {version_text(old)}")
    print(f"\nTransaction Summary\n{'=' * WIDTH}")
    for verb, heading in (("Install", "Installing"), ("Upgrade", "Updating"), ("Remove", "Removing")):
        _count(verb, len(rows.get(heading, [])), len(rows.get(f"{heading} for dependencies", [])))
    _count("Reinstall", len(rows.get("Reinstalling", [])), 0)
    _count("Downgrade", len(rows.get("Downgrading", [])), 0)
    print()


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
    _fetch(base, options, incoming)
    if options.has("downloadonly"):
        _copy(incoming, options.values.get("downloaddir"))
        print('exiting because "Download Only" specified')
        return 0
    _check_signatures(base, incoming)
    return _do(base)


def _fetch(base: Any, options: Options, incoming: list[Any]) -> None:
    # Lists may come from the cache while packages are fetched, but for -C.
    try:
        base.download_packages(incoming)
    except dnf.exceptions.DownloadError as error:
        text = "".join(f"  {_told(reason)}\n" for reason in str(error).splitlines())
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
    del options


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
                raise Failed(_key_words(str(error), package, base)) from error
        elif result != 0:
            raise Failed(f"\n\n{message}")


def _key_words(text: str, package: Any, base: Any) -> str:
    if "already installed but they are not correct" in text or "is not installed" in text:
        return f"\n\n{text}"
    keys = " ".join(base.repos[package.reponame].gpgkey)
    return f"\n\nGPG key retrieval failed: [Errno 14] {text} {keys}"


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
        raise Failed(_refused(str(error))) from error
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


def _refused(text: str) -> str:
    body = text.replace("Transaction test error:", "Transaction check error:")
    if body.startswith("Transaction check error:") and "Error Summary" not in body:
        body = f"{body.rstrip()}\n\nError Summary\n-------------\n"
    return f"\n\n{body}"


def _unsolved(text: str, base: Any) -> str:
    found = [(match[2], match[3], match[1]) for match in _NOTHING_PROVIDES.finditer(text)]
    found += [(match[1], match[2], match[3]) for match in _REQUIRES.finditer(text)]
    if not found:
        return f"Error: {text.strip()}"
    shown = []
    for package, repository, requirement in dict.fromkeys(found):
        where = repository or _where(base, package)
        shown.append(
            f"Error: Package: {_epoch_in_front(package)} ({where})\n           Requires: {requirement}"
        )
    shown.append(" You could try using --skip-broken to work around the problem")
    shown.append(" You could try running: rpm -Va --nofiles --nodigest")
    return "\n".join(shown)


def _where(base: Any, package: str) -> str:
    found = base.sack.query().filter(nevra=package).run()
    return next((str(one.reponame) for one in found if one.reponame != "@System"), "installed")


def _epoch_in_front(package: str) -> str:
    match = re.fullmatch(r"(.+)-(\d+):([^-]+-[^-]+)", package)
    return f"{match[2]}:{match[1]}-{match[3]}" if match else package


def _told(reason: str) -> str:
    return reason.replace("Curl error (", "[Errno 14] curl#").replace("): ", " - ", 1)


def _row(base: Any, package: Any) -> list[str]:
    return [
        package.name,
        package.arch,
        version_text(package),
        origin(base, package),
        number(package.installsize),
    ]


def origin(base: Any, package: Any) -> str:
    """Where a package comes from; with ``@`` where an installed one came from."""
    if package.reponame != "@System":
        return str(package.reponame)
    known = base.history.repo(package)
    return f"@{known}" if known and known != "@System" else "installed"


def _count(verb: str, count: int, dependent: int) -> None:
    if not count and not dependent:
        return
    text = f"{count} Package{'s' if count != 1 else ''}" if count else " " * 10
    if dependent:
        text += f" (+{dependent} Dependent package{'s' if dependent != 1 else ''})"
    print(f"{verb:<9}  {text}")


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
_HEADINGS = {
    actions.TransactionItemAction_INSTALL: "Installing",
    actions.TransactionItemAction_OBSOLETE: "Installing",
    actions.TransactionItemAction_UPGRADE: "Updating",
    actions.TransactionItemAction_DOWNGRADE: "Downgrading",
    actions.TransactionItemAction_REINSTALL: "Reinstalling",
    actions.TransactionItemAction_REMOVE: "Removing",
}
_ORDER = (
    *("Installing", "Updating", "Removing", "Reinstalling", "Downgrading"),
    *("Installing for dependencies", "Updating for dependencies", "Removing for dependencies"),
)
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
