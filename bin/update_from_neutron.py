#!/usr/bin/env python3
"""Classic name of `midonet-migrate prepare`."""

from midonet_migrate.cli.classic import update_from_neutron

update_from_neutron()
