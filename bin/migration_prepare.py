#!/usr/bin/env python3
"""Classic name of `midonet-migrate prepare`."""

from midonet_migrate.cli.classic import migration_prepare

migration_prepare()
