#!/usr/bin/env python3
"""Classic name of `midonet-migrate update computes`."""

from midonet_migrate.cli.classic_packages import update_compute

update_compute()
