#!/usr/bin/env python3
"""Classic name of `midonet-migrate update controller`."""

from midonet_migrate.cli.classic_packages import update

update()
