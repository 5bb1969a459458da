"""The classic script names: their options, the same files, the same steps as the verbs (orig 1.4)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from midonet_migrate.cli.main import run

_FLAGS = {"-n": "--dry-run", "--dryrun": "--dry-run", "-d": "--debug"}
_SEVERAL = re.compile(r"-[nd]{2,}")
_PREPARE = {"-z": "--zookeeper", "-p": "", "--params": ""}
_OLD_VERSION = re.compile(r"v?1\.9(\.\d+)?")


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
    sys.exit(run(translated(sys.argv[1:], ["prepare"], _PREPARE), program="migration_prepare.py"))


def update_from_neutron() -> None:
    """``update_from_neutron.py``: the earlier name of step 1, whose ``-f/--from`` knew 1.9 alone."""
    arguments = list(_without_version(sys.argv[1:]))
    sys.exit(run(translated(arguments, ["prepare"], _PREPARE), program="update_from_neutron.py"))


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
