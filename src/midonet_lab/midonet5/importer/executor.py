"""One task: translate, merge, commit; its failure wrapped as the real importer wraps it (imp 1.4, 1.6)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from midonet_lab.midonet5.importer.context import TUNNEL_KEYS, Context, HostNames, TunnelKeys
from midonet_lab.midonet5.importer.data_types import CREATE, DELETE, UPDATE, data_types
from midonet_lab.midonet5.importer.deserializer import deserialize
from midonet_lab.midonet5.importer.java import (
    NOT_IMPLEMENTED,
    NULL_POINTER,
    PROCESSING,
    TRANSLATION,
    ImporterFailure,
    missing_fields,
)
from midonet_lab.midonet5.importer.retries import Retries
from midonet_lab.midonet5.importer.rows import Row
from midonet_lab.midonet5.importer.translators.balancing import NotTranslated
from midonet_lab.midonet5.importer.translators.registry import translator_of
from midonet_lab.midonet5.store import StorageError, StoredObject, Transaction, Zoom
from midonet_lab.midonet5.store.classes import STATE_CLASS, STATE_ID
from midonet_lab.midonet5.store.commit import SentCommit
from midonet_lab.midonet5.topology.tables import schema_of

LOGGER = "org.midonet.cluster.services.neutron-importer"
_MARKER = "lastProcessedTaskId"


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its object; None for a DELETE."""

    row: Row
    value: StoredObject | None


class Executor:
    """Executes tasks one after the other, each in one ZooKeeper multi with the marker."""

    def __init__(self, zoom: Zoom, retries: Retries) -> None:
        self._zoom = zoom
        self._retries = retries
        self._types = data_types(zoom.version)
        self._hosts = HostNames(zoom)
        self._log = logging.getLogger(f"{LOGGER}.importer-storage-manager")
        self._ahead: int | None = None
        """The marker's version that the last commit sent ahead will leave."""

    def marker(self) -> int:
        """The last executed task's id. Raises ``NotFound`` where the store was wiped."""
        return int(self._zoom.get(STATE_CLASS, STATE_ID)[_MARKER])

    def marker_again(self) -> int:
        """The marker, after a connection was lost. Raises :class:`Stopped`."""
        return self._retries.call(self.marker)

    def deserialize(self, row: Row) -> Task:
        """A row's task. Raises :class:`ImporterFailure`."""
        if row.operation not in {CREATE, UPDATE}:
            return Task(row, None)
        message = self._types[row.data_type].message
        return Task(row, deserialize(schema_of(self._zoom.version), message, row.data))

    def execute(self, task: Task) -> None:
        """Execute a task. Raises :class:`ImporterFailure`; a lost connection passes as kazoo's error."""
        self._ahead = None
        keys = TunnelKeys(self._zoom)
        try:
            self._attempt(task, keys, trust_cache=True)
        except _OutOfDate:
            keys.look_again()
            self._attempt(task, keys, trust_cache=False)
        self.executed(task)

    def send_ahead(self, task: Task) -> SentCommit:
        """Send a task's commit without waiting, on the state the tasks sent before it will have left.

        It demands the marker that the one before leaves, whatever others of this process have read of it
        meanwhile: if one fails, so do all behind it. Raises :class:`ImporterFailure` or an error of the
        store or of kazoo: no verdict on the task yet.
        """
        transaction = self._zoom.transaction(trust_cache=True)
        version = self._merge(task, transaction, TunnelKeys(self._zoom), marker=self._ahead)
        sent = transaction.send_ahead()
        self._ahead = version + 1
        return sent

    def executed(self, task: Task) -> None:
        """Log that a task is done."""
        self._log.info("Executed a C3PO task with ID: %s.", task.row.task_id)

    def forget(self) -> None:
        """Forget everything that was expected of commits sent ahead."""
        self._ahead = None
        self._zoom.cache.clear()
        self._zoom.sequences.forget(TUNNEL_KEYS)

    def _merge(
        self, task: Task, transaction: Transaction, keys: TunnelKeys, marker: int | None = None
    ) -> int:
        context = Context(self._zoom, transaction, keys, self._hosts)
        self._translate(task, context)
        try:
            for apply in context.operations:
                apply(transaction)
            state = {"id": STATE_ID, _MARKER: task.row.task_id}
            return transaction.set_json(STATE_CLASS, STATE_ID, state, version=marker)
        except (StorageError, ImporterFailure) as error:
            raise _processing("persist", task, error) from error

    def _attempt(self, task: Task, keys: TunnelKeys, *, trust_cache: bool) -> None:
        transaction = self._zoom.transaction(trust_cache=trust_cache)
        try:
            self._merge(task, transaction, keys)
            try:
                transaction.commit(self._retries.call)
            except StorageError as error:
                raise _processing("persist", task, error) from error
        except ImporterFailure as failure:
            transaction.forget()
            if transaction.used_cache:
                # Perhaps another process changed what the cache still has: only a fresh look decides.
                raise _OutOfDate from failure
            raise

    def _translate(self, task: Task, context: Context) -> None:
        try:
            self._retain(task, context)
            kind = self._types.get(task.row.data_type)
            if kind is None:
                raise NotTranslated(ImporterFailure(NOT_IMPLEMENTED, "Flush is not implemented"))
            translator = translator_of(kind.name, kind.message)
            if task.value is None:
                translator.delete(context, task.row.resource_id or "")
            elif task.row.operation == CREATE:
                translator.create(context, task.value)
            else:
                translator.update(context, task.value)
        except NotTranslated as other:
            raise _processing("execute", task, other.failure) from other
        except (StorageError, ImporterFailure) as error:
            text = f"Failed to {self._operation_text(task)}; {error}"
            failure = ImporterFailure(TRANSLATION, text, error)
            raise _processing("translate", task, failure) from error

    def _retain(self, task: Task, context: Context) -> None:
        """The Neutron object itself, kept under its own class (imp 3.1)."""
        row, value = task.row, task.value
        if row.operation == DELETE and row.resource_id is None:
            raise ImporterFailure(NULL_POINTER, None)
        kind = self._types.get(row.data_type)
        if kind is None or not kind.retained:
            return
        if row.operation == DELETE:
            context.delete(kind.message, row.resource_id or "")
            return
        if value is None or "id" not in value:
            raise missing_fields("id.msb", "id.lsb")
        if row.operation == CREATE:
            context.create(kind.message, **value)
        elif row.data_type == "SECURITYGROUP":
            old = context.get(kind.message, value["id"])
            names = {name: value.get(name, "") for name in ("name", "description")}
            context.update(kind.message, old, **names)
        elif row.data_type == "PORT":
            old = context.find(kind.message, value["id"]) or {}
            context.update(kind.message, {}, **{**value, "floating_ip_ids": old.get("floating_ip_ids")})
        elif row.data_type != "FIREWALL":
            context.update(kind.message, {}, **value)

    def _operation_text(self, task: Task) -> str:
        if task.value is None:
            return f"Delete({task.row.data_type},{task.row.resource_id})"
        message = self._types[task.row.data_type].message
        text = self._zoom.text_format.print(message, task.value).decode("ascii")
        return f"{task.row.operation.capitalize()}({text})"


class _OutOfDate(Exception):
    """A failure of an attempt that trusted the cache."""


def _processing(what: str, task: Task, cause: Any) -> ImporterFailure:
    return ImporterFailure(
        PROCESSING,
        f"Failed to interpret/execute operation: Failed to {what} task {task.row.task_id} "
        f"in transaction {task.row.transaction_id}.",
        cause,
    )
