"""What most resources have in common: list, read, create, replace, delete (new 1.8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.replies import ApiError, Reply, entity, violations
from midonet_lab.midonet5.api.routing import Call, Created, Handler
from midonet_lab.midonet5.api.store_values import Inconvertible
from midonet_lab.midonet5.store import NotFound, StoredObject, Transaction

ZERO_ID = "00000000-0000-0000-0000-000000000000"
View = Callable[[Call, StoredObject], Values]
"""A stored object -> a shown one."""
Effect = Callable[[Call, Transaction, StoredObject], None]


def validate(bean: Bean, values: Values) -> None:
    """Raise 400 with the violated constraints."""
    found = bean.violations(values)
    if found:
        raise violations(found)


def get(call: Call, class_name: str, object_id: str) -> StoredObject:
    """An object, not to be changed, or 404. Ids are compared as they stand in the path (new 1.6)."""
    found = call.site.find(class_name, object_id) if is_id(object_id) else None
    if found is None:
        raise NotFound(class_name, object_id)
    return found


def is_id(text: str) -> bool:
    """Whether a text from a path can name a node at all."""
    return bool(text) and "/" not in text and text not in {".", ".."}


def convert(call: Call, bean: Bean, values: Values) -> StoredObject:
    """``values`` as the store keeps them; a text that does not convert gives 500 (new 1.5)."""
    try:
        return bean.to_store(values)
    except Inconvertible as error:
        raise inconvertible(call, bean, values, error) from error


def inconvertible(call: Call, bean: Bean, values: Values, error: Inconvertible) -> ApiError:
    """500 that shows the object as Java prints it; 400 when the stand-in is not to be careless."""
    if not call.site.options.quirks.careless:
        return entity(400, str(error))
    shown = ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)
    return entity(500, f"Can't handle resource {bean.name}{{{shown}}}")


def settable(bean: Bean, stored: StoredObject) -> StoredObject:
    """Without the fields that only the server sets."""
    own = {prop.stored for prop in bean.properties.values() if not prop.settable}
    return {field: value for field, value in stored.items() if field not in own}


def rewritten(
    call: Call, old: StoredObject, new: StoredObject, mapped: Iterable[str], lost: Iterable[str]
) -> Any:
    """``old`` with the ``mapped`` fields of the DTO replaced by ``new``, and without those that the DTO lacks
    (new 1.8.1)."""
    gone = set(mapped)
    if call.site.options.quirks.lossy_updates:
        gone |= set(lost)
    return {field: value for field, value in old.items() if field not in gone} | new


def with_id(values: Values) -> Values:
    """With a random id if there is none."""
    if values["id"] is None:
        values["id"] = str(uuid.uuid4())
    return values


def with_id_of_path(call: Call, class_name: str) -> Values:
    """The body of a PUT that needs its id in it: without one the real server asks for zeros (new 1.8)."""
    values = call.body
    if values["id"] is None:
        if call.site.options.quirks.zero_id_updates:
            raise NotFound(class_name, ZERO_ID)
        values["id"] = call.values[0]
    return values


def plain_view(bean: Bean) -> View:
    """Shows the object as it is."""
    return lambda call, stored: call.show(bean, bean.from_store(stored))


def lister(class_name: str, view: View, *filters: tuple[str, str]) -> Handler:
    """All objects of a class; ``filters``: query parameter and the field it compares."""

    def handle(call: Call) -> list[Values]:
        found = call.site.several(class_name, call.zoom.ids(class_name))
        for parameter, field in filters:
            wanted = call.query.get(parameter)
            if wanted is not None:
                found = [item for item in found if item.get(field) == wanted]
        return [view(call, item) for item in found]

    return handle


def children(parent: str, field: str, class_name: str, view: View, *, checked: bool = True) -> Handler:
    """The objects that ``field`` of the parent named in the path lists."""

    def handle(call: Call) -> list[Values]:
        owner = get(call, parent, call.values[0]) if checked else call.site.find(parent, call.values[0]) or {}
        return [view(call, item) for item in call.site.several(class_name, owner.get(field, []))]

    return handle


def reader(class_name: str, view: View) -> Handler:
    """One object."""
    return lambda call: view(call, get(call, class_name, call.values[0]))


def creator(path: str, *, owner: str = "", fix: Callable[[Call, Values], None] | None = None) -> Handler:
    """Create an object; ``owner``: the field that gets the id in the path. ``fix`` runs after validation."""

    def handle(call: Call) -> Created:
        bean = bean_of(call)
        values = with_id(call.body)
        validate(bean, values)
        if fix is not None:
            fix(call, values)
        stored = settable(bean, convert(call, bean, values))
        if owner:
            stored[owner] = call.values[0]
        transaction = call.zoom.transaction()
        transaction.create(bean.stored_class, stored)
        transaction.commit()
        return Created(f"{path}/{values['id']}")

    return handle


def updater(
    bean: Bean, *, lost: Iterable[str] = (), fix: Callable[[Call, Values, StoredObject], None] | None = None
) -> Handler:
    """Replace an object; the server's own fields are carried over. ``fix`` runs after validation."""
    own = {prop.stored for prop in bean.properties.values() if not prop.settable}

    def handle(call: Call) -> None:
        old = get(call, bean.stored_class, call.values[0])
        values = {**call.body, "id": call.values[0]}
        validate(bean, values)
        if fix is not None:
            fix(call, values, old)
        new = settable(bean, convert(call, bean, values))
        transaction = call.zoom.transaction()
        transaction.update(bean.stored_class, rewritten(call, old, new, bean.fields - own, lost))
        transaction.commit()

    return handle


def deleter(
    class_name: str, *, unknown: int = 204, before: Effect | None = None, answer: int = 204
) -> Handler:
    """Delete an object; an unknown one is answered with ``unknown`` (new 1.5)."""

    def handle(call: Call) -> Reply:
        object_id = call.values[0]
        stored = call.site.find(class_name, object_id) if is_id(object_id) else None
        if stored is None:
            if unknown == 204 and call.site.options.quirks.forgiving_deletes:
                return Reply(status=204)
            raise NotFound(class_name, object_id)
        transaction = call.zoom.transaction()
        if before is not None:
            before(call, transaction, stored)
        transaction.delete(class_name, object_id)
        transaction.commit()
        return Reply(status=answer)

    return handle


def bean_of(call: Call) -> Bean:
    """The class of the body."""
    assert call.bean is not None
    return call.bean
