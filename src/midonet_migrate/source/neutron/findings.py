"""What is odd about the rows: noted, never repaired, never a reason to stop."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from midonet_migrate.model.keys import JsonObject


def unified(value: object) -> str:
    """``value`` as the default collations compare it: without case and trailing blanks (db 4 Text)."""
    return str(value).rstrip(" ").upper()


class Findings:
    """Collects ``{rule, level, kind, id, message}``."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str, str, str], JsonObject] = {}
        self._unified: dict[int, tuple[Collection[str], dict[str, str]]] = {}

    def add(self, rule: str, kind: str, key: object, message: str) -> None:
        """Note one oddity of the resource ``key`` of ``kind``; the same again counts once."""
        self._items.setdefault(
            (rule, kind, str(key), message),
            {"rule": f"source.{rule}", "level": "warning", "kind": kind, "id": str(key), "message": message},
        )

    def dangling(self, what: str, kind: str, key: object, target: object, there: Collection[str]) -> None:
        """Note that ``key`` refers to a ``what`` that is not among those that are ``there``; NULL is fine."""
        if target is not None and target not in there:
            message = f"refers to {what} {target}, which does not exist{self._alike(target, there)}"
            self.add(f"dangling-{what.replace(' ', '-').lower()}", kind, key, message)

    def orphans(self, kind: str, what: str, owners: Iterable[str], there: Collection[str]) -> None:
        """Note ``what`` rows whose owners are not among those that are ``there``."""
        for owner in owners:
            message = f"{what} belongs to it, but it does not exist{self._alike(owner, there)}"
            self.add("orphan", kind, owner, message)

    def sorted(self) -> list[JsonObject]:
        """All of them, in a stable order."""
        return [self._items[key] for key in sorted(self._items)]

    def _alike(self, target: object, there: Collection[str]) -> str:
        """The database's own comparison may find what an exact one does not."""
        if id(there) not in self._unified:
            self._unified[id(there)] = there, {unified(each): each for each in there}
        found = self._unified[id(there)][1].get(unified(target))
        return "" if found is None else f" ({found!r} differs in case or trailing blanks only)"
