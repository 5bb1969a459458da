"""ZOOM: objects with bindings in a real ZooKeeper.

``Zoom`` reads, ``Zoom.transaction()`` writes; objects are plain dicts (:data:`StoredObject`).
"""

from midonet_lab.midonet5.store.errors import (
    ConcurrentModification,
    NotFound,
    ObjectExists,
    ObjectReferenced,
    ReferenceConflict,
    StorageError,
    StorageNodeExists,
    StorageNodeNotFound,
)
from midonet_lab.midonet5.store.state_tables import TableEntry
from midonet_lab.midonet5.store.transaction import Transaction
from midonet_lab.midonet5.store.zoom import Zoom
from midonet_lab.midonet5.topology.tables import Version
from midonet_lab.midonet5.topology.text_format import StoredObject

__all__ = [
    "ConcurrentModification",
    "NotFound",
    "ObjectExists",
    "ObjectReferenced",
    "ReferenceConflict",
    "StorageError",
    "StorageNodeExists",
    "StorageNodeNotFound",
    "StoredObject",
    "TableEntry",
    "Transaction",
    "Version",
    "Zoom",
]
