"""A program over a fleet, for tests that interrupt or kill it: ``fleet_child.py SSH_CONFIG FOLDER HOST...``.

On every host, and on this machine, it runs a command that waits for FOLDER/go.
"""

from __future__ import annotations

import os
import sys

import click

from midonet_migrate.cli.errors_boundary import run_command
from midonet_migrate.hosts.fleet.each import each, failures_error
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetOptions, FleetRunner
from midonet_migrate.model.hosts import Connection, HostEntry, Role


@click.command()
@click.argument("ssh_config")
@click.argument("folder")
@click.argument("names", nargs=-1)
def program(ssh_config: str, folder: str, names: tuple[str, ...]) -> int:
    """Touches FOLDER/HOST when a command runs there, FOLDER/HOST.ended when it ended by itself."""
    hosts = [HostEntry(name=name, roles=(Role.COMPUTE,)) for name in names]
    hosts.append(HostEntry(name="here", roles=(Role.CONTROLLER,), connection=Connection.LOCAL))

    def work(host: HostEntry, runner: FleetRunner) -> None:
        at = f"{folder}/{host.name}"
        waits = f"until [ -e {folder}/go ]; do sleep 0.1; done"
        runner.run(["sh", "-c", f"touch {at}; {waits}; touch {at}.ended"], timeout=900)
        runner.run(["touch", f"{at}.second"])

    with Fleet(hosts, FleetOptions(ssh_config=ssh_config)) as fleet:
        print(fleet.child, fleet.socket_directory, flush=True)
        results = each(fleet, hosts, work, tell=lambda text: print(text, file=sys.stderr, flush=True))
    error = failures_error(results, "Some hosts failed")
    if error is not None:
        raise error
    return 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    sys.exit(run_command(program, sys.argv[1:], "fleet"))
