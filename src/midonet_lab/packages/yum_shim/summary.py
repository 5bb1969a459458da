"""The table of a transaction, as yum shows it before it asks."""

from __future__ import annotations

from typing import Any

import libdnf.transaction as actions

from .layout import WIDTH, line, number, table
from .names import version_text

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
