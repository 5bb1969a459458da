"""What all translators have in common."""

from __future__ import annotations

from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import illegal_argument
from midonet_lab.midonet5.topology.text_format import StoredObject


class Translator:
    """Adds the operations of a task to a context; what a subclass leaves out throws.

    Raises :class:`ImporterFailure` or an error of the store.
    """

    message: str
    """The message of the data type."""

    def create(self, _context: Context, _value: StoredObject, /) -> None:
        """For a CREATE."""
        raise illegal_argument(f"{self.message} create not supported.")

    def update(self, _context: Context, _value: StoredObject, /) -> None:
        """For an UPDATE; the value is the whole new object."""
        raise illegal_argument(f"{self.message} update not supported.")

    def delete(self, _context: Context, _object_id: str, /) -> None:
        """For a DELETE."""
        raise illegal_argument(f"{self.message} delete not supported.")


class RetainingTranslator(Translator):
    """For data types of 5.1 and later that the lab only keeps as Neutron objects (imp 3.13)."""

    def __init__(self, message: str, throwing: frozenset[str]) -> None:
        self.message = message
        self._throwing = throwing

    def create(self, context: Context, value: StoredObject) -> None:
        """Nothing besides what is kept."""
        if "create" in self._throwing:
            super().create(context, value)

    def update(self, context: Context, value: StoredObject) -> None:
        """Nothing besides what is kept."""
        if "update" in self._throwing:
            super().update(context, value)

    def delete(self, context: Context, object_id: str) -> None:
        """Nothing besides what is kept."""
        if "delete" in self._throwing:
            super().delete(context, object_id)
