"""Whether the import of a run directory has begun, as its journal tells."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import Record

STEP = "import"
_BEGUN = "import: begun"
_UNDONE_BY = "rollback zookeeper"
_UNDOING = frozenset({"sql", "zookeeper"})
"""What a rollback that only stopped services, and was given up then, has not done."""


def note_begun(journal: Journal) -> None:
    """To be noted before the import changes anything."""
    journal.note(_BEGUN)


def import_has_begun(records: Iterable[Record]) -> bool:
    """Whether the import has begun, and nothing of it was rolled back since."""
    begun = False
    for record in records:
        if record.event == "note" and record.step == STEP and record.summary == _BEGUN:
            begun = True
        elif record.event == "intent" and record.step == _UNDONE_BY and record.kind in _UNDOING:
            begun = False
    return begun
