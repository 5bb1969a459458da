"""From the bytes of a request to an object, and from the store's refusals to answers (new 1.5, 1.7)."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_lab.midonet5.api.beans import Bean, Values, mapping_error
from midonet_lab.midonet5.api.json_types import Unmappable
from midonet_lab.midonet5.api.replies import ApiError, empty, entity, page
from midonet_lab.midonet5.api.routing import Endpoint
from midonet_lab.midonet5.store import (
    ConcurrentModification,
    NotFound,
    ObjectExists,
    ObjectReferenced,
    ReferenceConflict,
    StorageError,
)


def decoded(body: bytes, endpoint: Endpoint) -> tuple[Bean, Values] | None:
    """None for an empty body or JSON null."""
    if not body.strip():
        return None
    try:
        data: Any = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        name = "javax.servlet.ServletException: com.fasterxml.jackson.core.JsonParseException: "
        raise page(name + str(error)) from error
    if data is None or endpoint.decode is None:
        return None
    try:
        return endpoint.decode(data)
    except Unmappable as error:
        raise mapping_error(error) from error


def storage_error(error: StorageError) -> ApiError:
    """The store's refusals with their texts; a lost race has none (new 1.5)."""
    match error:
        case NotFound():
            return entity(404, str(error))
        case ObjectReferenced():  # the text really names the other object twice
            other = str(error).rstrip(".").rpartition(" ")[2]
            return entity(409, str(error).replace(error.object_id, other))
        case ObjectExists() | ReferenceConflict():
            return entity(409, str(error))
        case ConcurrentModification():
            return empty(409)
        case _:
            return entity(500, str(error))
