"""yum's command line."""

from __future__ import annotations

from dataclasses import dataclass, field

_FLAGS = {
    "-y": "assumeyes",
    "--assumeyes": "assumeyes",
    "--assumeno": "assumeno",
    "-q": "quiet",
    "--quiet": "quiet",
    "-C": "cacheonly",
    "--cacheonly": "cacheonly",
    "--showduplicates": "showduplicates",
    "--downloadonly": "downloadonly",
    "--nogpgcheck": "nogpgcheck",
    "-v": "verbose",
    "--verbose": "verbose",
}
_WITH_VALUE = {
    "-c": "config",
    "--config": "config",
    "--downloaddir": "downloaddir",
    "--destdir": "downloaddir",
    "-d": "debuglevel",
    "-e": "errorlevel",
}
_REPEATED = {
    "--setopt": "setopt",
    "--disablerepo": "disablerepo",
    "--enablerepo": "enablerepo",
    "-x": "exclude",
    "--exclude": "exclude",
}


class UsageError(Exception):
    """What yum says of a command line that it does not know."""


@dataclass
class Options:
    """A command line, read."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def has(self, flag: str) -> bool:
        """Whether a flag was given."""
        return flag in self.flags

    def all(self, name: str) -> list[str]:
        """The values of an option that may be given several times, or as a list with commas."""
        return [part for value in self.lists.get(name, []) for part in value.replace(",", " ").split()]


def parse(arguments: list[str]) -> Options:
    """Options may stand anywhere. Raises ``UsageError``."""
    options = Options()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            options.words.append(word)
        elif word in _FLAGS:
            options.flags.add(_FLAGS[word])
        elif name in _WITH_VALUE or name in _REPEATED:
            if not equals:
                if not rest:
                    raise UsageError(f"{name} option requires an argument")
                value = rest.pop(0)
            if name in _WITH_VALUE:
                options.values[_WITH_VALUE[name]] = value
            else:
                options.lists.setdefault(_REPEATED[name], []).append(value)
        else:
            raise UsageError(f"no such option: {word}")
    return options
