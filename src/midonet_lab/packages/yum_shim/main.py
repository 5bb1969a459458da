"""The command ``yum``."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import dnf.exceptions

from . import commands, lock, repository_errors, transaction, versionlock
from .failures import Failed
from .layout import listing
from .machine import Settings, is_unfinished, load, open_base, require_database
from .names import version_text
from .options import Options, UsageError, parse
from .summary import origin

_UNFINISHED = (
    "There are unfinished transactions remaining. You might consider running yum-complete-transaction, or"
    ' "yum-complete-transaction --cleanup-only" and "yum history redo last", first to finish them. If those'
    " don't work you'll have to try removing/installing packages by hand (maybe package-cleanup can help)."
)
_CHANGING = frozenset({"shell", "makecache", "clean"})


def main(arguments: list[str]) -> int:
    """Run it; the exit status."""
    try:
        options = parse(arguments)
    except UsageError as error:
        print(f"Command line error: {error}", file=sys.stderr)
        return 1
    if not options.words:
        print("You need to give some command", file=sys.stderr)
        return 1
    verb, words = options.words[0], options.words[1:]
    if not options.has("quiet"):
        print(f"Loaded plugins: fastestmirror{', versionlock' if versionlock.is_installed() else ''}")
    is_change = commands.known(verb) or verb in _CHANGING
    if is_change and os.geteuid() != 0:
        print("You need to be root to perform this command.", file=sys.stderr)
        return 1
    if verb == "versionlock" and versionlock.is_installed():
        return _versionlock(options, words)
    if not is_change and verb != "list":
        print(f"No such command: {verb}. Please use /bin/yum --help", file=sys.stderr)
        return 1
    settings = Settings(options)
    try:
        with lock.held(settings.is_on("exit_on_lock")):
            return _run(options, settings, verb, words)
    except lock.Locked:
        return 1
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n\n[Errno {error.errno}] {error.strerror}: {error.filename!r}", file=sys.stderr)
        return 1


def _run(options: Options, settings: Settings, verb: str, words: list[str]) -> int:
    require_database()
    base = open_base(options, settings)
    try:
        if verb == "clean":
            return _clean(base, words)
        if verb == "makecache":
            return _make_cache(base)
        if is_unfinished() and verb != "list":
            print(_UNFINISHED, file=sys.stderr)
        try:
            hidden = load(base, options, settings)
        except dnf.exceptions.RepoError:
            repository_errors.report(base, options.has("cacheonly"))
            return 1
        if hidden and not options.has("quiet"):
            print(
                f"Excluding {hidden} update{'s' if hidden != 1 else ''} due to versionlock"
                ' (use "yum versionlock status" to show it)'
            )
        if verb == "list":
            return _list(base, options, words)
        if verb == "shell":
            return _shell(base, options, words)
        wanted, found = commands.add(base, verb, words)
        if not wanted:
            if not found and verb not in commands.ERASING:
                print("Error: Nothing to do", file=sys.stderr)
                return 1
            print("No Packages marked for removal" if verb in commands.ERASING else "Nothing to do")
            return 0
        return _transact(base, options, wanted, verb in commands.ERASING)
    finally:
        base.close()


def _transact(base: Any, options: Options, wanted: set[str], erasing: bool) -> int:
    if not transaction.solve(base, erasing):
        print("Nothing to do")
        return 0
    return transaction.run(base, options, wanted)


def _shell(base: Any, options: Options, words: list[str]) -> int:
    """A script of commands; whatever becomes of them, the status is 0."""
    wanted: set[str] = set()
    erasing = False
    try:
        lines = Path(words[0]).read_text(encoding="utf-8").splitlines()
    except (IndexError, OSError):
        print(f"Error: Cannot open {' '.join(words)} for reading", file=sys.stderr)
        return 1
    for text in lines:
        line = shlex.split(text, comments=True)
        if not line:
            continue
        if commands.known(line[0]):
            names, _found = commands.add(base, line[0], line[1:])
            wanted |= names
            erasing = erasing or line[0] in commands.ERASING
        elif line[0] == "run" or line in (["ts", "run"], ["transaction", "run"]):
            if not wanted:
                continue
            try:
                status = _transact(base, options, wanted, erasing)
                print(
                    "Finished Transaction"
                    if status == 0
                    else "Transaction didn't start\nFinished Transaction"
                )
            except Failed as failed:
                print(f"Error: {str(failed).lstrip()}", file=sys.stderr)
    print("Leaving Shell")
    return 0


def _list(base: Any, options: Options, words: list[str]) -> int:
    narrow = words.pop(0) if words and words[0] in {"all", "available", "installed"} else "all"
    installed, available = commands.listed(base, options, words, narrow)
    if not installed and not available:
        print("Error: No matching Packages to list", file=sys.stderr)
        return 1
    for title, packages in (("Installed Packages", installed), ("Available Packages", available)):
        if packages:
            rows = [
                [f"{package.name}.{package.arch}", version_text(package), origin(base, package)]
                for package in packages
            ]
            print(f"{title}\n{listing(rows)}", end="")
    return 0


def _make_cache(base: Any) -> int:
    for repository in base.repos.iter_enabled():
        repository._repo.expire()
    try:
        for repository in base.repos.iter_enabled():
            repository.load_metadata_other = False
            repository.load()
    except dnf.exceptions.RepoError:
        repository_errors.report(base, cached=False)
        return 1
    print("Metadata Cache Created")
    return 0


def _clean(base: Any, words: list[str]) -> int:
    print(f"Cleaning repos: {' '.join(repository.id for repository in base.repos.iter_enabled())}")
    for repository in base.repos.iter_enabled():
        directory = Path(repository._repo.getCachedir())
        if not directory.exists():
            continue
        if "expire-cache" in words:
            repository._repo.expire()
        if {"packages", "all"} & set(words):
            shutil.rmtree(directory / "packages", ignore_errors=True)
        if {"metadata", "all"} & set(words):
            shutil.rmtree(directory / "repodata", ignore_errors=True)
    return 0


def _versionlock(options: Options, words: list[str]) -> int:
    verb = words[0] if words else "list"
    if verb == "list":
        for entry in versionlock.entries():
            print(entry)
        print("versionlock list done")
        return 0
    if verb == "delete":
        count = versionlock.delete(words[1:])
        if not count:
            print("Error: Error: versionlock delete: no matches", file=sys.stderr)
            return 1
        print(f"versionlock deleted: {count}")
        return 0
    patterns = words[1:] if verb == "add" else words
    base = open_base(options, Settings(options))
    base.fill_sack(load_system_repo=True, load_available_repos=False)
    installed = [
        package for pattern in patterns for package in base.sack.query().installed().filter(name=pattern)
    ]
    added = versionlock.add(installed)
    for entry in added:
        print(f"Adding versionlock on: {entry.removesuffix('.*')}")
    print(f"versionlock added: {len(added)}")
    return 0 if added else 1
