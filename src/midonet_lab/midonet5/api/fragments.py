"""Fragment policies of rules: defaults and what is allowed (new 2.13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from midonet_lab.midonet5.api.replies import ApiError, entity

POLICIES = frozenset({"any", "header", "nonheader", "unfragmented"})
_PORT_MATCH = (
    "For a rule with tpDst or tpSrc constraints, the fragmentPolicy must be 'header' or 'unfragmented'."
)
_NAT = "For a NAT rule with port constraints or multiple targets, the fragmentPolicy must be 'unfragmented'."


def unknown_policy(values: dict[str, Any]) -> ApiError | None:
    """400 for a text that is no policy."""
    policy = values["fragmentPolicy"]
    if policy is None or policy in POLICIES:
        return None
    return entity(
        400, "The valid options for fragmentPolicy are: 'any', 'header', 'nonheader', and 'unfragmented'."
    )


def default_policy(values: dict[str, Any]) -> str:
    """What null becomes."""
    if _restricted_nat(values):
        return "unfragmented"
    return "header" if _matches_ports(values) and not _forward_nat(values) else "any"


def policy_violation(values: dict[str, Any]) -> Iterator[str]:
    """The text of the violated rule, if any; its property is empty."""
    policy = values["fragmentPolicy"]
    if policy is None:
        return
    if _restricted_nat(values):
        if policy != "unfragmented":
            yield _NAT
    elif _matches_ports(values) and policy not in {"header", "unfragmented"}:
        yield _PORT_MATCH


def _matches_ports(values: dict[str, Any]) -> bool:
    """An empty range object counts."""
    return values["tpSrc"] is not None or values["tpDst"] is not None


def _forward_nat(values: dict[str, Any]) -> bool:
    return "natTargets" in values


def _restricted_nat(values: dict[str, Any]) -> bool:
    """Forward NAT that is not of the floating-IP form."""
    if not _forward_nat(values):
        return False
    targets = values["natTargets"] or []
    if _matches_ports(values) or len(targets) != 1:
        return True
    target = targets[0]
    one_address = target["addressFrom"] == target["addressTo"]
    return not (one_address and target["portFrom"] == 0 and target["portTo"] == 0)
