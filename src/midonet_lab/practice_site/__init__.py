"""A whole practice site in one directory: database, ZooKeeper, 1.9 API, agents, configuration files, and
midonet-cluster installed for the import, but not started; with or without hosts."""

from midonet_lab.practice_site.building import DATABASE, DATABASE_USER
from midonet_lab.practice_site.site import PracticeSite
from midonet_lab.practice_site.state import STATE_FILE

__all__ = ["DATABASE", "DATABASE_USER", "STATE_FILE", "PracticeSite"]
