"""What stops the importer: one exception for all layers of the simulation, one record for the outside."""

from __future__ import annotations

from typing import Literal

import msgspec

Scope = Literal["poll", "transaction", "task"]
"""What is held back: every pending row, the whole transaction, or this row and all behind it (imp 1.5)."""


class Refused(Exception):
    """The importer would stop at this row. ``rule`` is the stable rule id of ``docs/rules.md``."""

    def __init__(self, rule: str, message: str, scope: Scope = "task") -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.scope = scope


class RowProblem(msgspec.Struct, kw_only=True, frozen=True):
    """One row at which the importer would stop for good.

    ``row`` counts from 0 in the rows given, ``id`` is the task id (0 = none).
    """

    row: int
    id: int
    type: str
    data_type: str
    resource_id: str
    rule: str
    message: str
    scope: Scope
    remedy: str


_REMEDIES = {
    "row-type": "write only CREATE, UPDATE and DELETE, in upper case",
    "row-flush": "delete the row: the importer cannot execute FLUSH and waits at it for ever",
    "row-data-type": "write only data types that the target version knows, in upper case",
    "row-resource-id": "write the id of the resource as dashed UUID, or NULL",
    "row-order": "write ids that rise and lie above the importer's marker; lower ones are never read",
    "row-transaction": "write a transaction id of at most 40 characters",
    "data-missing": "write the JSON object of the resource",
    "data-malformed": "repair the row: its data must be one JSON object",
    "invalid-value": "repair the value in the row, or leave the key out",
    "required-field": "repair the row: add the missing key",
    "operation": "use an operation that the importer implements for this data type",
    "exists": "delete the row: the object is there already, or another row creates it",
    "not-found": "create what the row refers to first, or delete the row",
    "conflict": "delete the row: what it refers to is in use by another object",
    "binding-host": "create the host in MidoNet 5 under this very name, or take the binding out of the row",
    "duplicate-address": "delete one of the two rows: address and MAC may be seeded only once per network",
    "mac-address": "write the MAC as six hexadecimal words joined with ':'",
    "ipv6": "take the IPv6 resource or address out: the target version does not import it",
    "route": "take the route out of the row, or create the interface that reaches its next hop first",
    "floating-ip-address": "write the floating IP without port_id, or repair the router's gateway first",
    "update": "send the attribute unchanged",
    "dhcp-port-order": "create the DHCP ports of a subnet before its router interface",
}


def remedy_for(rule: str) -> str:
    """What an operator can do about a row that breaks ``rule``."""
    return _REMEDIES[rule]


def problem_of(row: int, task: tuple[int, str, str, str], refused: Refused) -> RowProblem:
    """The public record of ``refused``; ``task`` is id, type, data type and resource id of the row."""
    return RowProblem(
        row=row,
        id=task[0],
        type=task[1],
        data_type=task[2],
        resource_id=task[3],
        rule=refused.rule,
        message=refused.message,
        scope=refused.scope,
        remedy=remedy_for(refused.rule),
    )
