"""``midonet-migrate zkdump``: the old helper's options, made safe (orig 6.4)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.errors import Cancelled, UsageError
from midonet_migrate.report.stream import write
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers, parse_servers
from midonet_migrate.steps.zkdump import dump
from midonet_migrate.steps.zkdump_load import LoadPlan, load_zkdump
from midonet_migrate.zookeeper.backup_tree import Ephemerals

_FILE = click.Path(dir_okay=False, path_type=Path)
_HINT = "Give -d [-o FILE] [-p] to dump, or -l -i FILE to load; -z HOST:PORT says where."


@click.command(short_help="The old zkdump's options: dump the whole tree, or load a dump.")
@click.option("-z", "servers", metavar="HOST:PORT", help="ZooKeeper [default: as --zookeeper].")
@click.option("-d", "dumping", is_flag=True, help="Dump every node but those below /zookeeper.")
@click.option("-o", "output", type=_FILE, help="Dump to this file [default: standard output].")
@click.option("-p", "pretty", is_flag=True, help="With -d: as indented text, which cannot be loaded.")
@click.option("-l", "loading", is_flag=True, help="Load a dump; -d goes before it.")
@click.option("-i", "source", type=_FILE, help="The dump to load.")
@common_options
def zkdump(
    context: Context,
    servers: str | None,
    dumping: bool,
    output: Path | None,
    pretty: bool,
    loading: bool,
    source: Path | None,
) -> int:
    """Dump ZooKeeper as zkdump did, or load a dump. For the procedure itself use 'backup' and 'rollback'.

    A load replaces the roots that the file holds and no others. It asks on standard input, as of old:
    'restore' leaves ephemeral nodes out, 'debug' makes them persistent, anything else cancels; --yes is
    'restore'. The file is read whole before anything is deleted, and the tree that is there is copied into
    the run directory first.

    Ends with 0, or with 1 when nodes were written to while they were dumped, 3 when it was cancelled.
    """
    if dumping:
        return _dump(context, _servers(context, servers), output, pretty=pretty)
    if not loading or source is None:
        raise UsageError("Nothing to do", hint=_HINT)
    if pretty or output is not None:
        raise UsageError("-o and -p belong to -d", hint=_HINT)
    return _load(context, _servers(context, servers), source)


def _dump(context: Context, servers: ZooKeeperServers, output: Path | None, *, pretty: bool) -> int:
    moved: tuple[str, ...] = ()
    for piece in dump(servers, output, pretty=pretty, progress=progress_on(sys.stderr)):
        if isinstance(piece, bytes):
            write(sys.stdout, piece.decode())
        else:
            moved = piece.moved
    for path in moved:
        context.note(f"{path} was written to while it was read.")
    return 1 if moved else 0


def _load(context: Context, servers: ZooKeeperServers, source: Path) -> int:
    def ask(plan: LoadPlan) -> Ephemerals:
        _tell(context, plan)
        return Ephemerals.RESTORE if context.assume_yes else _answer(context)

    plan = load_zkdump(
        servers,
        source,
        copies=context.settings.data_dir.value,
        progress=progress_on(sys.stderr),
        ask=ask,
        dry_run=context.dry_run,
    )
    if context.dry_run:
        _tell(context, plan)
        return 0
    if not plan.changes.changed:
        context.note(f"ZooKeeper is as {source} says: nothing to do.")
        return 0
    for path, missing in plan.changes.left.items():
        context.note(f"the counter of {path} stays {missing} creations behind")
    context.note(f"{source} is loaded. The tree as it was before is kept in {plan.copy or 'no copy: empty'}.")
    return 1 if plan.changes.left else 0


def _tell(context: Context, plan: LoadPlan) -> None:
    changes = plan.changes
    context.note(
        f"ZooKeeper has {', '.join(plan.present) or 'nothing'}; the file has {', '.join(plan.roots)}."
    )
    context.note(
        f"To delete: {changes.deleted} nodes, {plan.sessions} of them ephemeral;"
        f" to create: {changes.created}; to rewrite: {changes.written + changes.protected};"
        f" counters to bring forward: {changes.advanced}, by {changes.creations} creations."
    )


def _answer(context: Context) -> Ephemerals:
    context.console.print(
        "Type restore to go on without ephemeral nodes, debug to make them persistent: ", end=""
    )
    answer = sys.stdin.readline().strip().lower()
    if answer not in set(Ephemerals):
        raise Cancelled(
            "Cancelled: nothing was loaded", why=f"The answer was '{answer}'.", hint="Nothing was changed."
        )
    return Ephemerals(answer)


def _servers(context: Context, given: str | None) -> ZooKeeperServers:
    if given is None:
        return context.settings.require_zookeeper()
    try:
        return parse_servers(given)
    except ValueError as error:
        raise UsageError(
            "-z does not name ZooKeeper servers", why=str(error), hint="Write HOST:PORT."
        ) from error
