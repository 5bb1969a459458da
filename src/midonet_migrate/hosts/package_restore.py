"""What a package manager leaves behind that was not there before: put right by a rollback (host 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from midonet_migrate.errors import HostsFailed, Recovery
from midonet_migrate.hosts.actor import Would
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Kind

OVERLAPPING = ("/usr/bin/mn-conf", "/usr/bin/mm-meter", "/usr/bin/mm-stat")
"""Files of midolman 1.9 and of midonet-tools 5.x: removing the tools may take 1.9's away (host 0.3)."""
_PURGE_SECONDS = 300.0
LEFT = """\
for name; do
    state=$(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) || continue
    keeps=nothing
    [ -z "$(dpkg-query -W -f '${Conffiles}' "$name")" ] || keeps=keeps
    for script in "/var/lib/dpkg/info/$name.postrm" "/var/lib/dpkg/info/$name:"*.postrm; do
        [ ! -e "$script" ] || keeps=keeps
    done
    echo "$name ${state##* } $keeps"
done
exit 0
"""
"""dpkg remembers a removed package for its conffiles, and for what its script does in a purge."""


class Purged(msgspec.Struct, kw_only=True, frozen=True):
    """dpkg remembers nothing of packages that were not there before; nothing of theirs is left in /etc."""

    kind: ClassVar[Kind] = "host"
    by_command: ClassVar[bool] = True

    parts: HostParts
    names: Sequence[str]

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"purge {' '.join(sorted(self.names))}"

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"nothing is left of {', '.join(sorted(self.names))}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        left = self._left()
        return Would(details=tuple(f"configuration of {name} is left" for name in left)) if left else None

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        done = self.parts.runner.run(
            ["dpkg", "--purge", *self._left()],
            environment={"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
            timeout=_PURGE_SECONDS,
        )
        self.parts.forget()
        if done.status:
            raise HostsFailed(
                f"{self.parts.entry.name}: dpkg cannot purge {', '.join(self.names)}",
                why=(done.stderr or done.stdout).strip(),
                hint="Correct what it names, then run again.",
                recovery=Recovery.RETRY,
            )
        return {}

    def _left(self) -> list[str]:
        if not self.names:
            return []
        done = self.parts.runner.run(
            ["sh", "-c", LEFT, "sh", *sorted(self.names)], environment={"LC_ALL": "C"}
        )
        there = self.parts.packages.installed()
        words = [line.split() for line in done.stdout.splitlines()]
        return [
            name
            for name, state, keeps in words
            # In a rehearsal a package that would be gone is still installed.
            if state == "config-files" or (keeps == "keeps" and state == "installed" and name not in there)
        ]


class FilesOfPackage(msgspec.Struct, kw_only=True, frozen=True):
    """Files that a package brought are there; otherwise it is installed again, in the version that it has."""

    kind: ClassVar[Kind] = "host"

    parts: HostParts
    package: str
    paths: tuple[str, ...] = OVERLAPPING

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"files of {self.package}"

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"{self.package} has all its files"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        states = self.parts.files.fetch(self.paths)
        missing = [path for path in self.paths if not states[path].state.is_file]
        return Would(details=tuple(f"{path} is missing" for path in missing)) if missing else None

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        self.parts.packages.apply(PackageChange(reinstall=(self.package,)))
        return {}
