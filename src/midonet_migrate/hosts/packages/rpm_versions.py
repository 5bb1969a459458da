"""Versions of rpm: how they are written, and which of two is newer (host 1.1)."""

from __future__ import annotations

import re

import msgspec

_NO_EPOCH = frozenset({"", "0", "(none)"})
_SEGMENT = re.compile(r"~|[0-9]+|[A-Za-z]+")


class RpmVersion(msgspec.Struct, frozen=True, order=False):
    """Epoch, version, release. ``<`` is what rpm says: the epoch first, then the others segment by segment.

    Equal means the same text but for an epoch of 0; of two texts that rpm ranks alike (``1.0`` and ``1.00``)
    none is less, and yet they are not equal.
    """

    epoch: int
    version: str
    release: str

    @classmethod
    def parse(cls, text: str) -> RpmVersion:
        """``2:5.2.1-1.0.el7`` or ``1.9.8-1.0.el7``. Raises ``ValueError`` for anything else."""
        epoch, colon, rest = text.rpartition(":")
        version, dash, release = rest.rpartition("-")
        if not dash or not version or not release or (colon and not epoch.isdecimal()):
            raise ValueError(f"not a version of rpm: {text!r}")
        return cls(int(epoch or "0"), version, release)

    def __str__(self) -> str:
        """As yum shows it: an epoch of 0 is left out."""
        return (
            f"{self.epoch}:{self.version}-{self.release}" if self.epoch else f"{self.version}-{self.release}"
        )

    def __lt__(self, other: RpmVersion) -> bool:
        return _compare(self, other) < 0


def written(epoch: str, version: str, release: str) -> str:
    """A version from the fields of the database; ``(none)`` is no epoch."""
    return f"{version}-{release}" if epoch in _NO_EPOCH else f"{epoch}:{version}-{release}"


def newest_first(versions: list[str]) -> list[str]:
    """Sorted, each once. Raises ``ValueError`` as :meth:`RpmVersion.parse` does."""
    return [str(version) for version in sorted({RpmVersion.parse(text) for text in versions}, reverse=True)]


def is_older(version: str, than: str) -> bool:
    """Whether rpm takes ``version`` for older. Raises ``ValueError`` as :meth:`RpmVersion.parse` does."""
    return RpmVersion.parse(version) < RpmVersion.parse(than)


def _compare(one: RpmVersion, other: RpmVersion) -> int:
    if one.epoch != other.epoch:
        return -1 if one.epoch < other.epoch else 1
    return _compare_texts(one.version, other.version) or _compare_texts(one.release, other.release)


def _compare_texts(one: str, other: str) -> int:
    """Digits are worth more than letters, ``~`` is less than the end of the text, all else only separates."""
    ours, theirs = _SEGMENT.findall(one), _SEGMENT.findall(other)
    for mine, yours in zip(ours, theirs, strict=False):
        rank = _rank(mine), _rank(yours)
        if rank[0] != rank[1]:
            return -1 if rank[0] < rank[1] else 1
    if len(ours) == len(theirs):
        return 0
    longer, sign = (ours, 1) if len(ours) > len(theirs) else (theirs, -1)
    return -sign if longer[min(len(ours), len(theirs))] == "~" else sign


def _rank(segment: str) -> tuple[int, int, str]:
    if segment == "~":
        return (0, 0, "")
    return (2, int(segment), "") if segment.isdecimal() else (1, 0, segment)
