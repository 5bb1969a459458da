"""``python -m midonet_migrate``: the same as the installed program."""

from midonet_migrate.cli.main import main

main()
