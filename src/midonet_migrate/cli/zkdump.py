"""``midonet-migrate zkdump``: the old helper's options, made safe (orig 6.4)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.errors import UsageError
from midonet_migrate.report.stream import write
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers, parse_servers
from midonet_migrate.steps.zkdump import dump


@click.command(short_help="The old zkdump's options: dump the whole tree.")
@click.option("-z", "servers", metavar="HOST:PORT", help="ZooKeeper [default: as --zookeeper].")
@click.option("-d", "dumping", is_flag=True, help="Dump every node but those below /zookeeper.")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Dump to this file.")
@click.option("-p", "pretty", is_flag=True, help="With -d: as indented text, which cannot be loaded.")
@common_options
def zkdump(context: Context, servers: str | None, dumping: bool, output: Path | None, pretty: bool) -> int:
    """Dump ZooKeeper as zkdump did. For a backup that is proven use 'backup create'.

    Ends with 0, or with 1 when nodes were written to while they were read.
    """
    if not dumping:
        raise UsageError("Nothing to do", hint="Give -d to dump: zkdump -z HOST:PORT -d -o FILE.")
    moved: tuple[str, ...] = ()
    for piece in dump(_servers(context, servers), output, pretty=pretty, progress=progress_on(sys.stderr)):
        if isinstance(piece, bytes):
            write(sys.stdout, piece.decode())
        else:
            moved = piece.moved
    for path in moved:
        context.note(f"{path} was written to while it was read.")
    return 1 if moved else 0


def _servers(context: Context, given: str | None) -> ZooKeeperServers:
    if given is None:
        return context.settings.require_zookeeper()
    try:
        return parse_servers(given)
    except ValueError as error:
        raise UsageError(
            "-z does not name ZooKeeper servers", why=str(error), hint="Write HOST:PORT."
        ) from error
