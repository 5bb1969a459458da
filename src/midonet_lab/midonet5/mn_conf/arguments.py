"""The words of the command line: subcommands, their options, what follows them (host 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_lab.midonet5.mn_conf.schema import Version

_USAGE = "      --help   Show help message\n\nSubcommands: {names}\n"


class UsageError(Exception):
    """Words that make no command; ``str()`` is what is printed to standard output."""


class HelpWanted(UsageError):
    """The help was asked for, which is no error."""


class _Subcommand(msgspec.Struct, frozen=True):
    values: str = ""
    """Letters of the options that take a value."""
    flags: str = ""
    trailing: bool = False
    exclusive: tuple[str, ...] = ()
    """Pairs of options that do not go together."""
    required: str = ""


_LETTERS = {
    "host": "h", "template": "t", "clear": "c", "comments": "c", "host-only": "H",
    "schema": "s", "json": "j", "all": "a", "file": "f",
}  # fmt: skip
_SUBCOMMANDS = {
    "set": _Subcommand("th", "c", trailing=True, exclusive=("ht",)),
    "unset": _Subcommand("th", trailing=True, exclusive=("ht",)),
    "get": _Subcommand("th", "Hsj", trailing=True, exclusive=("tH", "ts", "Hs")),
    "dump": _Subcommand("th", "cHsj", exclusive=("tH", "ts", "Hs")),
    "doc": _Subcommand(trailing=True),
    "deploy": _Subcommand(),
    "hosts": _Subcommand(),
    "template-list": _Subcommand(),
    "template-get": _Subcommand("h", "a", exclusive=("ah",)),
    "template-set": _Subcommand("ht", required="t"),
    "template-clear": _Subcommand("h"),
}


def read_arguments(arguments: Sequence[str], version: Version) -> tuple[str, dict[str, str], list[str]]:
    """The subcommand, its options by letter, and what follows them. Raises ``UsageError``."""
    usage = _USAGE.format(names=", ".join(sorted(_SUBCOMMANDS)))
    if not arguments:
        raise UsageError(usage)
    name, *rest = arguments
    if name == "--help":
        raise HelpWanted(usage)
    spec = _SUBCOMMANDS.get(name)
    if spec is None:
        message = f"[mn-conf] Error: Failed to parse the trailing argument list: '{name}'\n"
        raise UsageError(message)
    flags = spec.flags.replace("j", "") if version == "5.0.2" else spec.flags
    options: dict[str, str] = {}
    trailing: list[str] = []
    words = iter(rest)
    for word in words:
        if word == "--help":
            raise HelpWanted(usage)
        if word.startswith("--") and len(word) > 2:
            letter = _LETTERS.get(word[2:], word[2:])
        elif word.startswith("-") and len(word) > 1 and not trailing:
            letter = word[1:]
        elif spec.trailing:
            trailing.append(word)
            continue
        else:
            message = f"[mn-conf] Error: Failed to parse the trailing argument list: '{word}'\n"
            raise UsageError(message)
        if letter in spec.values and letter:
            value = next(words, None)
            if value is None:
                raise UsageError(f"[mn-conf] Error: Wrong format for option '{letter}'\n")
            options[letter] = value
        elif letter and all(flag in flags for flag in letter):  # also several in one word
            options.update(dict.fromkeys(letter, ""))
        else:
            raise UsageError(f"[mn-conf] Error: Unknown option '{letter}'\n")
    if name in {"get", "unset", "doc"} and len(trailing) != 1:
        raise UsageError("[mn-conf] Error: Failed to parse the trailing argument list\n")
    _check_together(spec, options)
    return name, options, trailing


def _check_together(spec: _Subcommand, options: dict[str, str]) -> None:
    long_names = {letter: name for name, letter in _LETTERS.items()}
    for letter in spec.required:
        if letter not in options:
            raise UsageError(f"[mn-conf] Error: Required option '{long_names[letter]}' not found\n")
    for pair in spec.exclusive:
        if all(letter in options for letter in pair):
            names = ", ".join(long_names[letter] for letter in pair)
            message = f"There should be only one or zero of the following options: {names}"
            raise UsageError(f"[mn-conf] Error: {message}\n")
