"""The flags that every command understands, before and after the verb. Imports click alone: help is fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click
from click.core import ParameterSource

Function = TypeVar("Function", bound=Callable[..., Any])

TARGET_VERSIONS = ("5.0.2", "5.2.1", "5.4.6")
PLUGIN_FLAVOURS = ("v1", "v2", "legacy")
FORMATS = ("table", "json", "yaml", "value")


@dataclass
class Invocation:
    """What one run of the program was called with. Shared by all its click contexts."""

    flags: dict[str, str | list[str]] = field(default_factory=dict)
    """Texts as typed, by option key; only flags that were given."""
    debug: bool = False
    output_format: str = ""
    """How errors are told; set from the flag at once, and from the settings once they are loaded."""
    secrets: tuple[str, ...] = ()
    """Texts that no traceback may show; known once the settings are loaded."""


def invocation_of(context: click.Context) -> Invocation:
    """The run that ``context`` belongs to."""
    return context.find_root().ensure_object(Invocation)


def _record(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Keep what was typed. A later flag (after the verb) overrides; repeatable ones add up in order."""
    name = parameter.name or ""
    if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        return value
    invocation = invocation_of(context)
    if name == "debug":
        invocation.debug = True
    elif parameter.multiple:
        earlier = invocation.flags.get(name, [])
        invocation.flags[name] = [*earlier, *value]
    else:
        invocation.flags[name] = str(value).lower() if isinstance(value, bool) else str(value)
    if name == "format":
        invocation.output_format = str(value)
    return value


def _flag(*names: str, **attributes: Any) -> Callable[[Function], Function]:
    return click.option(*names, expose_value=False, callback=_record, default=None, **attributes)


_FLAGS = (
    _flag(
        "--config-file",
        "config_file",
        multiple=True,
        metavar="FILE",
        help="A configuration file of Neutron or its plug-in; may be repeated, the last one wins. "
        "Replaces the search for them.",
    ),
    _flag(
        "--settings-file",
        "settings_file",
        metavar="FILE",
        help="Options of this program [default: ./midonet-migrate.conf, then /etc/midonet-migrate/].",
    ),
    _flag(
        "--data-dir",
        "data_dir",
        metavar="DIRECTORY",
        help="Where everything is kept [default: ./migration_data].",
    ),
    _flag("--zookeeper", "zookeeper", metavar="HOSTS", help="ZooKeeper servers: HOST[:PORT],..."),
    _flag("--source-api", "source_api", metavar="URL", help="The MidoNet 1.9 API."),
    _flag("--target-api", "target_api", metavar="URL", help="The MidoNet 5 API."),
    _flag("--source-root", "source_root", metavar="PATH", help="1.9's root znode [default: /midonet/v1]."),
    _flag("--target-root", "target_root", metavar="PATH", help="5.x's root znode [default: /midonet]."),
    _flag(
        "--target-version",
        "target_version",
        type=click.Choice(TARGET_VERSIONS),
        help="The MidoNet release that is migrated to [default: 5.2.1].",
    ),
    _flag(
        "--plugin-flavour",
        "plugin_flavour",
        type=click.Choice(PLUGIN_FLAVOURS),
        help="The old site's Neutron plug-in [default: detected].",
    ),
    _flag(
        "--request-limit",
        "request_limit",
        metavar="BYTES",
        help="jute.maxbuffer of the ZooKeeper servers, if it was raised [default: 1048575].",
    ),
    _flag("--threads", "threads", metavar="NUMBER", help="Requests to an API at a time [default: 8]."),
    _flag("--yes/--ask", "yes", help="Take every question as answered with yes, or ask [default: ask]."),
    _flag("--dry-run/--no-dry-run", "dry_run", help="Show what would be done; change nothing."),
    _flag(
        "-f",
        "--format",
        "format",
        type=click.Choice(FORMATS),
        help="How data is written to standard output [default: table].",
    ),
    _flag("--debug", "debug", is_flag=True, help="Show the traceback of an error, secrets taken out."),
)


def flags(function: Function) -> Function:
    """Decorator: add the common flags to a click command or group. They are recorded, not passed on."""
    for flag in reversed(_FLAGS):
        function = flag(function)
    return function
