"""Looking into package files on a host, and comparing versions as dpkg does."""

from __future__ import annotations

from collections.abc import Sequence

from midonet_migrate.hosts.packages.apt_calls import AptCalls
from midonet_migrate.hosts.packages.apt_output import Overlap, overlaps, parse_owners, parse_relations
from midonet_migrate.hosts.packages.manager import Transaction

_OVERLAPS = """\
for file in "$@"; do
    name=$(dpkg-deb -f "$file" Package) || exit 1
    printf '=\\t%s\\t%s\\n' "$name" "$(dpkg-deb -f "$file" Replaces | tr '\\n' ' ')"
    dpkg-deb --fsys-tarfile "$file" | tar -tf - | sed -n -e 's/^\\.//' -e '/[^/]$/p' |
        tr '\\n' '\\0' | xargs -0 -r dpkg-query --search 2>/dev/null
done
true
"""
_OLDER = """\
while [ $# -gt 2 ]; do
    if dpkg --compare-versions "$3" lt "$2"; then printf '%s\\n' "$1"; fi
    shift 3
done
"""
_FORGOTTEN = """\
dpkg-query -W -f '${Conffiles}\\n' "$@" 2>/dev/null | while read -r path digest mark; do
    if [ "$mark" = obsolete ] && [ ! -e "$path" ] && [ ! -h "$path" ]; then printf '%s\\n' "$path"; fi
done
true
"""


def find_overlaps(calls: AptCalls, files: Sequence[str]) -> list[Overlap]:
    """Which files of other packages that are there these package files would overwrite.

    Directories belong to many. Raises what a command's end means.
    """
    if not files:
        return []
    found: list[Overlap] = []
    for part in f"\n{calls.script(_OVERLAPS, *files)}".split("\n=\t")[1:]:
        head, _, owned = part.partition("\n")
        incoming, _, replaces = head.partition("\t")
        found += overlaps(incoming, parse_relations(replaces), parse_owners(owned))
    return found


def gone_with_rollback(calls: AptCalls, names: Sequence[str]) -> list[str]:
    """Configuration files of another version of these packages that are not there: a rollback took them away,
    and dpkg would take that for the operator's wish. Raises what a command's end means."""
    return calls.script(_FORGOTTEN, *names).splitlines() if names else []


def older_ones(calls: AptCalls, transaction: Transaction) -> list[str]:
    """The packages that would go back to an older version. Raises what a command's end means."""
    changed = [word for name, (old, new) in transaction.changed.items() for word in (name, old, new)]
    return calls.script(_OLDER, *changed).split() if changed else []
