"""What midonet-cluster.log says of a row that the importer refuses (imp 1.5, D)."""

from __future__ import annotations

import re

from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.validate import TaskRow

BAD_MEMBER = re.compile(r"((?:\w+: )+)(.*)", re.DOTALL)
"""The refusal of a value: where it is, and what is wrong with it. The log has the second part alone."""

_LOGS = {
    "row-type": "java.util.NoSuchElementException: {message}",
    "row-data-type": "java.util.NoSuchElementException: {message}",
    "row-resource-id": "java.lang.IllegalArgumentException: {message}",
    "row-flush": "Flush is not implemented",
    "data-missing": "java.lang.NullPointerException",
    "data-malformed": "NeutronDeserializationException: Could not parse JSON.",
    "required-field": "UninitializedMessageException: {message}",
    "not-found": "NotFoundException: {message}",
    "binding-host": "NotFoundException: {message}",
    "exists": "ObjectExistsException: {message}",
    "dhcp-port-order": "ObjectExistsException: A(n) Route with ID ... already exists.",
    "duplicate-address": "StorageNodeExistsException: There is already a node at ...",
    "mac-address": "InvalidMacException: MAC address string must be 6 words of 1 or 2 hex digits",
}


def log_text(refused: Refused, row: TaskRow) -> str:
    """The text to look for in the log, as far as the simulation knows it."""
    if row.data_type == "NULL" or (refused.rule == "row-flush" and row.id != 1):
        return "java.lang.AssertionError: assertion failed"
    message = refused.message.replace("key not found: None", "key not found: null")
    if refused.rule == "invalid-value" and (member := BAD_MEMBER.fullmatch(message)) is not None:
        message = member[2]
    return _LOGS.get(refused.rule, "{message}").format(message=message)
