"""Media types and the two mechanisms that choose them (new 1.3, 1.4)."""

from __future__ import annotations

from collections.abc import Sequence

from midonet_lab.midonet5.api.replies import empty
from midonet_lab.rest_api.accept import wishes_of

JSON = "application/json"
_PREFIX = "application/vnd.org.midonet."


def item_type(name: str, version: int) -> str:
    """``application/vnd.org.midonet.<name>-v<version>+json``."""
    return f"{_PREFIX}{name}-v{version}+json"


def generic_accept(accept: str | None, offers: Sequence[str]) -> str:
    """What a generic GET answers with: exactly one acceptable value, or 406; ``application/*`` gives 500."""
    value = _plain(accept)
    if value in offers:
        return value
    if value == "*/*":
        return JSON if JSON in offers else offers[0]
    if value == "application/*":
        raise empty(500)
    raise empty(406)


def generic_content(content_type: str | None, accepted: Sequence[str]) -> None:
    """A JSON type that is not in the list gives 406."""
    if _plain(content_type) not in accepted:
        raise empty(406)


def is_json(content_type: str | None) -> bool:
    """Whether a JSON reader handles this type; 415 otherwise, before anything else."""
    value = _plain(content_type)
    return value == JSON or value.endswith("+json")


def annotated_accept(accept: str | None, offers: Sequence[str]) -> str:
    """JAX-RS: the best of a list; an absent header accepts all. 406 when nothing fits."""
    for wish in wishes_of(accept):
        for offer in offers:
            if wish in {"*/*", offer} or (wish.endswith("/*") and offer.startswith(wish[:-1])):
                return offer
    raise empty(406)


def annotated_content(content_type: str | None, accepted: Sequence[str]) -> None:
    """JAX-RS: a type that is not in the list gives 415."""
    if _plain(content_type) not in accepted:
        raise empty(415)


def _plain(value: str | None) -> str:
    return (value or "").partition(";")[0].strip() if value and "," not in value else (value or "")
