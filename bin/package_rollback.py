#!/usr/bin/env python3
"""Classic name of `midonet-migrate rollback packages`."""

from midonet_migrate.cli.classic_packages import rollback

rollback()
