#!/usr/bin/env python3
"""Classic name of `midonet-migrate import`."""

from midonet_migrate.cli.classic_zk_import_tasks import main

main()
