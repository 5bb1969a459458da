"""A transaction of apt that was cut off: what it was about is kept on the host, so that it can be finished.

``dpkg --configure -a`` alone finishes what is unpacked whole. Killed while it unpacked a package, dpkg wants
that package's file again; killed in a removal, to be told again to remove.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from midonet_migrate.hosts.packages.apt_calls import AptCalls
from midonet_migrate.hosts.packages.apt_private import PrivateApt
from midonet_migrate.hosts.runner import Completed

_COMING, _LEAVING, _FORCE = "coming", "leaving", "force"
_KEEP = ("--force-confdef", "--force-confold")
CONFIGURE_ALL = ("dpkg", *_KEEP, "--configure", "-a")
# As apt itself calls it: who depends on them leaves, too, or gets another version.
_REMOVE = ("dpkg", "--force-remove-reinstreq", "--force-depends", "--remove")
_READ = 'if [ -f "$1" ]; then cat "$1"; fi'
_FORGET = 'rm -f -- "$1"'


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of ours. ``coming``: name -> file in the archives; ``force``: options of dpkg that were
    found to be needed."""

    coming: dict[str, str] = {}
    leaving: Sequence[str] = ()
    force: Sequence[str] = ()

    @property
    def note(self) -> str:
        """As it is kept on the host; see :func:`parse_note`."""
        lines = [f"{_COMING}\t{name}\t{file}" for name, file in self.coming.items()]
        lines += [f"{_LEAVING}\t{name}" for name in self.leaving]
        lines += [f"{_FORCE}\t{option}" for option in self.force]
        return "".join(f"{line}\n" for line in lines)


def parse_note(text: str) -> Ours:
    """A note of :attr:`Ours.note`; what makes no sense in it is passed over."""
    rows = [line.split("\t") for line in text.splitlines()]
    return Ours(
        coming={row[1]: row[2] for row in rows if row[0] == _COMING and len(row) == 3},
        leaving=[row[1] for row in rows if row[0] == _LEAVING and len(row) == 2],
        force=[row[1] for row in rows if row[0] == _FORCE and len(row) == 2],
    )


class CutOff:
    """What was cut off on one host."""

    def __init__(self, calls: AptCalls, private: PrivateApt) -> None:
        self._calls = calls
        self._private = private

    def change(self, command: Sequence[str], ours: Ours) -> Completed:
        """Run what changes packages; unless it ends with 0 a note of it stays. Raises as the calls do."""
        return self._calls.change(command, self._private.log, note=self._private.note, stdin=ours.note)

    def commands(self, broken: Collection[str], *, whole: bool) -> list[Sequence[str]]:
        """What finishes our transaction for the packages that are ``broken``; ``whole``: with everything else
        that it was to unpack, since they may need that. None: it was not ours, or its files are gone."""
        ours = parse_note(self._calls.script(_READ, self._private.note))
        leaving = [name for name in ours.leaving if name in broken]
        coming = {name: file for name, file in ours.coming.items() if name in broken}
        if whole and coming:
            coming = ours.coming
        there = self._private.fetched() if coming else set()
        files = [f"{self._private.archives}/{file}" for file in coming.values() if file in there]
        found: list[Sequence[str]] = []
        if leaving:
            found.append([*_REMOVE, *leaving])
        if files:
            found.append(["dpkg", *_KEEP, *ours.force, "--unpack", *files])
        return [*found, CONFIGURE_ALL] if found else []

    def forget(self) -> None:
        """All is whole."""
        self._calls.script(_FORGET, self._private.note)
