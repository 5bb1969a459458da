"""Failures as the real importer has them: a Java class, a text, a cause; logged root cause first."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_lab.midonet5.store import StorageError

_C3PO = "org.midonet.cluster.services.c3po"

ILLEGAL_ARGUMENT = "java.lang.IllegalArgumentException"
ILLEGAL_STATE = "java.lang.IllegalStateException"
INDEX = "java.lang.IndexOutOfBoundsException"
INVALID_MAC = "org.midonet.packets.MAC$InvalidMacException"
NO_SUCH_ELEMENT = "java.util.NoSuchElementException"
NOT_IMPLEMENTED = "scala.NotImplementedError"
NULL_POINTER = "java.lang.NullPointerException"
NUMBER_FORMAT = "java.lang.NumberFormatException"
ASSERTION = "java.lang.AssertionError"
UNINITIALIZED = "com.google.protobuf.UninitializedMessageException"
UNSUPPORTED = "java.lang.UnsupportedOperationException"
JSON_PARSE = "com.fasterxml.jackson.core.JsonParseException"
DESERIALIZATION = f"{_C3PO}.NeutronDeserializationException"
TRANSLATION = f"{_C3PO}.translators.TranslationException"
PROCESSING = f"{_C3PO}.C3POStorageManager$ProcessingException"
SQL = "java.sql.SQLException"


class ImporterFailure(Exception):
    """An exception of the real importer. ``cause``: another one, or an error of the store."""

    def __init__(
        self, java_name: str, message: str | None, cause: ImporterFailure | StorageError | None = None
    ) -> None:
        super().__init__(message if message is not None else "null")
        self.java_name = java_name
        self.message = message
        self.cause = cause


Failure = ImporterFailure | StorageError


def chain(failure: Failure) -> list[Failure]:
    """The failure and its causes, the root cause first."""
    found = [failure]
    while isinstance(failure, ImporterFailure) and failure.cause is not None:
        failure = failure.cause
        found.append(failure)
    return found[::-1]


def lines(failure: Failure) -> Iterator[str]:
    """How the log of the real importer shows it (imp 1.6): root cause, then what wraps it."""
    for position, error in enumerate(chain(failure)):
        yield f"{'Wrapped by: ' if position else ''}{error.java_name}: {error}"


def missing_fields(*names: str) -> ImporterFailure:
    """A message that can't be built."""
    return ImporterFailure(UNINITIALIZED, f"Message missing required fields: {', '.join(names)}")


def illegal_argument(message: str) -> ImporterFailure:
    """An ``IllegalArgumentException``."""
    return ImporterFailure(ILLEGAL_ARGUMENT, message)


def illegal_state(message: str) -> ImporterFailure:
    """An ``IllegalStateException``."""
    return ImporterFailure(ILLEGAL_STATE, message)
