"""The Neutron importer, with C3PO's semantics.

``ImporterMinion(zoom, ImporterSettings(...))`` is the service of a node; ``Importer`` its polling thread.
"""

from midonet_lab.midonet5.importer.database import TaskTable
from midonet_lab.midonet5.importer.importer import Importer
from midonet_lab.midonet5.importer.java import ImporterFailure, chain, lines
from midonet_lab.midonet5.importer.latch import LeaderLatch
from midonet_lab.midonet5.importer.minion import ImporterMinion
from midonet_lab.midonet5.importer.settings import BackOff, ImporterSettings

__all__ = [
    "BackOff",
    "Importer",
    "ImporterFailure",
    "ImporterMinion",
    "ImporterSettings",
    "LeaderLatch",
    "TaskTable",
    "chain",
    "lines",
]
