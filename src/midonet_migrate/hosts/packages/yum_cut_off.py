"""Transactions of yum and rpm that were cut off: which packages they leave, and how one of ours is finished.

rpm has no word for "half installed": an update that was killed leaves both versions in the database, or the
old one with files of the new one. yum keeps notes of what it does, rpm none, so we keep our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.packages.manager import PackagesFailed
from midonet_migrate.hosts.packages.rpm_output import name_of
from midonet_migrate.hosts.packages.yum_calls import YumCalls
from midonet_migrate.hosts.packages.yum_files import FORCED, PackageFiles
from midonet_migrate.hosts.packages.yum_private import DIRECTORY, NOTE, PrivateYum
from midonet_migrate.hosts.runner import Completed

CURE = (
    "yum-complete-transaction and package-cleanup --cleandupes, both of yum-utils, then rm -f"
    f" {DIRECTORY}/{NOTE}"
)
"""What an operator does about it; without our note nothing is left to be told of."""
_INSTALL, _ERASE = "install", "erase"
_SEPARATOR = "="
_NOTES = """\
for all in /var/lib/yum/transaction-all.*; do
    case $all in *.disabled) continue ;; esac
    [ -f "$all" ] || continue
    done=/var/lib/yum/transaction-done.${all#*/transaction-all.}
    if [ -f "$done" ]; then grep -vxFf "$done" "$all"; else cat "$all"; fi
done
echo =
if [ -f "$1" ]; then cat "$1"; fi
"""
_MISSING = 'for file in "$@"; do [ -f "$file" ] || printf "%s\\n" "$file"; done'
_FORGET = """\
note=$1 yum=$2
if [ "$yum" = ours ]; then
    for file in /var/lib/yum/transaction-all.* /var/lib/yum/transaction-done.*; do
        case $file in *.disabled) continue ;; esac
        rm -f "$file" || exit 1
    done
fi
rm -f "$note"
"""


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of ours. ``coming``: package file on the host -> name, which several architectures
    may share; ``leaving``: names."""

    coming: Mapping[str, str] = {}
    leaving: Sequence[str] = ()

    @property
    def names(self) -> set[str]:
        """Every package that it is about."""
        return {*self.coming.values(), *self.leaving}

    @property
    def note(self) -> str:
        """As it is kept on the host; see :func:`parse_note`."""
        lines = [f"{_INSTALL}\t{name}\t{path}" for path, name in self.coming.items()]
        lines += [f"{_ERASE}\t{name}" for name in self.leaving]
        return "".join(f"{line}\n" for line in lines)


def parse_note(text: str) -> Ours | None:
    """A note of :attr:`Ours.note`; None: there is none, or none that makes sense."""
    coming: dict[str, str] = {}
    leaving: list[str] = []
    for line in text.splitlines():
        fields = line.split("\t", 2)
        if fields[0] == _INSTALL and len(fields) == 3:
            coming[fields[2]] = fields[1]
        elif fields[0] == _ERASE and len(fields) == 2:
            leaving.append(fields[1])
        else:
            return None
    return Ours(coming=coming, leaving=leaving) if coming or leaving else None


class CutOff:
    """What was cut off on one host."""

    def __init__(self, calls: YumCalls, private: PrivateYum, files: PackageFiles) -> None:
        self._calls = calls
        self._private = private
        self._files = files

    def names(self) -> set[str]:
        """Packages of transactions that came to no end. Raises as the calls do."""
        left, ours = self._look()
        return left | (ours.names if ours is not None else set())

    def change(self, command: Sequence[str], ours: Ours) -> Completed:
        """Run what changes packages; it goes on to its end whatever becomes of the connection. Unless it ends
        with 0 a note of it stays; see :meth:`forget`."""
        return self._calls.change(command, self._private.log, note=self._private.note, stdin=ours.note)

    def forget(self) -> None:
        """The transaction of the note did all, or nothing, though it ended with an error."""
        self._calls.script(_FORGET, self._private.note, "others")

    def finish(self) -> None:
        """Do again the whole of our transaction that was cut off: package files over what is there, which
        takes other versions of theirs away, then removals. Done twice it does no harm. Nothing to finish is
        no error.

        Raises ``PackagesFailed`` when its files are gone, and what rpm's refusal means.
        """
        left, ours = self._look()
        if ours is None:
            return
        paths = list(ours.coming)
        missing = self._calls.script(_MISSING, *paths).splitlines()
        if missing:
            raise not_whole(sorted(ours.names), [f"{path} is gone" for path in missing])
        if paths:
            # Who leaves, or is known to overlap, is no obstacle; anybody else still is.
            self._files.conflicts(paths, leaving=ours.leaving)
            self._demand(["rpm", "-U", *FORCED, "--replacefiles", *paths])
        there = self._calls.demand(["rpm", "-qa", "--qf", r"%{NAME}\n"]).split() if ours.leaving else []
        leaving = [name for name in ours.leaving if name in there]
        if leaving:
            self._demand(["rpm", "-e", *leaving])
        self._calls.script(_FORGET, self._private.note, "ours" if left <= ours.names else "others")

    def _demand(self, command: list[str]) -> None:
        done = self._calls.change(command, self._private.log)
        if done.status:
            raise self._calls.error(command, done)

    def _look(self) -> tuple[set[str], Ours | None]:
        """What is left to do by yum's own notes, and our note."""
        lines = self._calls.script(_NOTES, self._private.note).splitlines()
        split = lines.index(_SEPARATOR)
        left = {name_of(line.split()[-1]) for line in lines[:split] if line.strip()}
        return left, parse_note("\n".join(lines[split + 1 :]))


def not_whole(broken: Sequence[str], why: Sequence[str] = ()) -> PackagesFailed:
    """The error for packages that a cut-off transaction left, and that are not ours to finish."""
    return PackagesFailed(
        "A transaction of yum or rpm was cut off on this host",
        why="; ".join(why) or "Packages are there twice, or were still to come or to go.",
        hint=f"Run there: {CURE}. Look that they end well, then run the same command again.",
        problems=broken,
        recovery=Recovery.RETRY,
    )
