"""Which Java ``java`` is on a host: alternatives of Debian and of Red Hat (host 1.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.runner import NOT_FOUND, Runner
from midonet_migrate.hosts.scripts import failure
from midonet_migrate.model.hosts import Family

_ENVIRONMENT = {"LC_ALL": "C"}
_IN_PATH = re.compile(r"/(?:java|jdk|jre|zulu)-?(?:1\.)?([6-9])(?=[-._/])")
_SAYS = re.compile(r'version "(?:1\.)?(\d+)')
_STATUS = re.compile(r"(?:^Status: |status is )(auto|manual)", re.MULTILINE)
_VALUE = re.compile(r"^(?:Value:| ?link currently points to) (/\S+)", re.MULTILINE)
_CHOICE = re.compile(
    r"^(?:Alternative: (/.+)\nPriority:|(/.+?) - (?:family \S+ )?priority) (-?\d+)", re.MULTILINE
)


RUNNING = """\
for exe in /proc/[0-9]*/exe; do
    found=$(readlink "$exe" 2>/dev/null) && echo "$exe $found"
done
exit 0
"""


class Alternatives(msgspec.Struct, kw_only=True, frozen=True):
    """The group ``java``. Without one nothing can be chosen."""

    automatic: bool = True
    current: str = ""
    choices: dict[str, int] = {}
    """Path -> priority."""


def parse_alternatives(text: str) -> Alternatives:
    """From ``update-alternatives --query java``, or ``alternatives --display java``."""
    status, value = _STATUS.search(text), _VALUE.search(text)
    return Alternatives(
        automatic=status is None or status[1] == "auto",
        current=value[1] if value is not None else "",
        choices={match[1] or match[2]: int(match[3]) for match in _CHOICE.finditer(text)},
    )


def running_on(runner: Runner, major: str) -> list[str]:
    """Numbers of the processes that run on a packaged Java of this version, whoever started them. Raises what
    the runner raises."""
    lines = [line.partition(" ") for line in runner.run(["sh", "-c", RUNNING]).stdout.splitlines()]
    return [
        exe.split("/")[2]
        for exe, _, path in lines
        if path.startswith("/usr/lib/jvm/") and (found := _IN_PATH.search(path)) and found[1] == major
    ]


class JavaAlternatives:
    """See :class:`~midonet_migrate.hosts.parts.Java`. All raise ``HostsFailed``, ``NoPermission``, and what
    the runner raises."""

    def __init__(self, runner: Runner, family: Family | None) -> None:
        self._runner = runner
        self._redhat = family is Family.REDHAT

    def choice(self) -> str:
        """See :class:`Java`."""
        current = self._look().current
        return self._major(current) if current else ""

    def is_automatic(self) -> bool:
        """See :class:`Java`."""
        return self._look().automatic

    def installed(self) -> list[str]:
        """See :class:`Java`."""
        return sorted({major for path in self._look().choices if (major := self._major(path))}, key=int)

    def choose(self, major: str) -> None:
        """See :class:`Java`. Of several of one version the present one stays, else the best is taken."""
        group = self._look()
        paths = [path for path in group.choices if self._major(path) == major]
        if not paths:
            raise WrongState(
                f"There is no Java {major} among the alternatives of the host",
                hint="Install it there, or add it with update-alternatives, then run again.",
            )
        self._tell("--set", "java", max(paths, key=lambda path: (path == group.current, group.choices[path])))

    def choose_automatically(self) -> None:
        """See :class:`Java`. Without any Java there is nothing to choose."""
        if self._look().choices:
            self._tell("--auto", "java")

    def _look(self) -> Alternatives:
        words = ["--display", "java"] if self._redhat else ["--query", "java"]
        done = self._runner.run([self._command, *words], environment=_ENVIRONMENT)
        if done.status == NOT_FOUND:
            raise failure("Asking for Java's alternatives", done)
        return parse_alternatives(done.stdout) if not done.status else Alternatives()

    def _tell(self, *words: str) -> None:
        command: Sequence[str] = [self._command, *words]
        done = self._runner.run(command, environment=_ENVIRONMENT)
        if done.status:
            raise failure(" ".join(command), done)

    def _major(self, path: str) -> str:
        """By the path; where that does not tell, Java itself is asked."""
        match = _IN_PATH.search(path)
        if match is not None:
            return match[1]
        done = self._runner.run([path, "-version"])
        said = _SAYS.search(done.stderr) or _SAYS.search(done.stdout)
        return said[1] if said is not None and not done.status else ""

    @property
    def _command(self) -> str:
        return "alternatives" if self._redhat else "update-alternatives"
