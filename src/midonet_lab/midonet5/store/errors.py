"""Errors of the store; ``str(error)`` is the real store's text (imp 5.2), ``java_name`` its class there."""

from __future__ import annotations

_STORAGE = "org.midonet.cluster.data.storage"


class StorageError(Exception):
    """What the store refuses."""

    java_name = f"{_STORAGE}.InternalObjectMapperException"


class NotFound(StorageError):
    """No such object: read, updated, deleted, or named by a bound field."""

    java_name = f"{_STORAGE}.NotFoundException"

    def __init__(self, class_name: str, object_id: str) -> None:
        super().__init__(f"There is no {class_name} with ID {object_id}.")
        self.class_name = class_name
        self.object_id = object_id


class ObjectExists(StorageError):
    """An object of this class has the id already."""

    java_name = f"{_STORAGE}.ObjectExistsException"

    def __init__(self, class_name: str, object_id: str) -> None:
        super().__init__(f"A(n) {class_name} with ID {object_id} already exists.")
        self.class_name = class_name
        self.object_id = object_id


class ReferenceConflict(StorageError):
    """A single-valued back reference points to another object already."""

    java_name = f"{_STORAGE}.ReferenceConflictException"

    def __init__(
        self, class_name: str, object_id: str, field: str, referenced_class: str, referenced_id: str
    ) -> None:
        super().__init__(
            f"Operation failed because the {class_name} with ID {object_id} already references the "
            f"{referenced_class} with ID {referenced_id} via the field {field}. "
            "This field can accommodate only one reference."
        )
        self.class_name = class_name
        self.object_id = object_id
        self.field = field


class ObjectReferenced(StorageError):
    """The object can't be deleted while another refers to it (a binding of kind ERROR)."""

    java_name = f"{_STORAGE}.ObjectReferencedException"

    def __init__(self, class_name: str, object_id: str, referencing_class: str, referencing_id: str) -> None:
        super().__init__(
            f"Cannot delete the {class_name} with ID {object_id} because it is still referenced by the "
            f"{referencing_class} with ID {referencing_id}."
        )
        self.class_name = class_name
        self.object_id = object_id


class StorageNodeExists(StorageError):
    """A plain node (a table entry, say) is there already."""

    java_name = f"{_STORAGE}.StorageNodeExistsException"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is already a node at {path}.")
        self.path = path


class StorageNodeNotFound(StorageError):
    """A plain node to be deleted is not there."""

    java_name = f"{_STORAGE}.StorageNodeNotFoundException"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no node at {path}.")
        self.path = path


class ConcurrentModification(StorageError):
    """Another writer changed an object or node between reading it and the commit; try again."""

    java_name = "java.util.ConcurrentModificationException"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was modified during the transaction.")
        self.what = what
