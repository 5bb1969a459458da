"""The classic script names: their options, the same files, the same steps as the verbs (orig 1.4)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, takewhile
from typing import NoReturn

from midonet_migrate.cli.main import run
from midonet_migrate.errors import MigrateError
from midonet_migrate.report.stream import OutputClosed, write

_FLAGS = {"-n": "--dry-run", "--dryrun": "--dry-run", "-d": "--debug"}
_SEVERAL = re.compile(r"-[nd]{2,}")
_PREPARE = {"-z": "--zookeeper", "-p": "", "--params": ""}
_HELP = frozenset({"-h", "--help"})
_OLD_VERSION = re.compile(r"v?1\.9(\.\d+)?")


def run_classic(
    program: str,
    verb: Sequence[str],
    options: Mapping[str, str] | None = None,
    *,
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Run ``verb`` under a classic name, with the arguments of this process or those given, and end with its
    exit status. Help tells the options of old, too."""
    given = sys.argv[1:] if arguments is None else arguments
    status = run(translated(given, verb, options), program=program)
    if not _HELP.isdisjoint(given):
        with suppress(OutputClosed, MigrateError):
            write(sys.stdout, _options_of_old(verb, options or {}))
    sys.exit(status)


def _options_of_old(verb: Sequence[str], options: Mapping[str, str]) -> str:
    rows = [("-n, --dryrun", "--dry-run"), ("-d", "--debug")]
    for meaning in dict.fromkeys(options.values()):
        names = ", ".join(name for name, stands_for in options.items() if stands_for == meaning)
        rows.append((names, meaning or "no effect, as of old"))
    text = "".join(f"  {names:22}  {meaning}\n" for names, meaning in rows)
    words = list(takewhile(lambda word: not word.startswith("-"), verb))
    always = " ".join(["--yes", *verb[len(words) :]])
    return f"\nUnder this name, without '{' '.join(words)}', with {always}, also:\n{text}"


def translated(
    arguments: Sequence[str], verb: Sequence[str], options: Mapping[str, str] | None = None
) -> list[str]:
    """The verb's command line for a classic one: ``-n/--dryrun``, ``-d/--debug``, also as ``-nd``, and
    ``options`` that take a value, with the name they have now; the rest is passed on.

    An option whose name is empty now had no effect of old either: it is left out with its value. The classic
    scripts never asked, so ``--yes`` is added.
    """
    return [*verb, "--yes", *_options(iter(arguments), options or {})]


def _options(arguments: Iterator[str], options: Mapping[str, str]) -> Iterator[str]:
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if argument[:2] in options and argument[:2] != "--" and argument != argument[:2]:
            # A short option with its value: -zHOST:PORT, and -z=HOST:PORT.
            name, value = argument[:2], argument[2:].removeprefix("=")
        elif name in options and not equals:
            value = next(arguments, "")
        if name in options:
            if options[name] and value:
                yield f"{options[name]}={value}"
            elif not value:
                yield argument  # without its value it is wrong usage, and told so
        elif _SEVERAL.fullmatch(argument):
            yield from (_FLAGS[f"-{letter}"] for letter in argument[1:])
        else:
            yield _FLAGS.get(argument, argument)


def migration_prepare() -> None:
    """``migration_prepare.py``: step 1, prepare. ``-z HOSTS``; ``-p`` is accepted and has no effect."""
    run_classic("migration_prepare.py", ["prepare"], _PREPARE)


def update_from_neutron() -> None:
    """``update_from_neutron.py``: the earlier name of step 1, whose ``-f/--from`` knew 1.9 alone."""
    arguments = list(_without_version(sys.argv[1:]))
    run_classic("update_from_neutron.py", ["prepare"], _PREPARE, arguments=arguments)


def _without_version(arguments: Sequence[str]) -> Iterator[str]:
    left = iter(arguments)
    for argument in left:
        name, _, value = argument.partition("=")
        if name not in {"-f", "--from"}:
            yield argument
            continue
        words = [argument] if value else [argument, *islice(left, 1)]
        if not _OLD_VERSION.fullmatch(value or words[-1]):
            yield from words
