#!/usr/bin/env python3
"""Classic name of `midonet-migrate backup`."""

from midonet_migrate.cli.classic_zk_backup import main

main()
