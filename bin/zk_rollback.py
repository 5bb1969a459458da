#!/usr/bin/env python3
"""Classic name of `midonet-migrate rollback zookeeper`."""

from midonet_migrate.cli.classic_zk_rollback import main

main()
