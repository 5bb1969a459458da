"""The kernel's datapath ``midonet`` of a host: it outlives the agent, but no restart of the machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from midonet_migrate.run.atomic import write_atomically

FILE = "datapath.json"
NAME = "midonet"
TUNNELS = ("tngre-overlay", "tnvxlan-overlay", "tnvxlan-vtep")
_KINDS = {"tngre-overlay": "Gre", "tnvxlan-overlay": "VXLan", "tnvxlan-vtep": "VXLan", NAME: "Internal"}
_NOT_THERE = 1


def write_datapath(directory: Path, interfaces: Iterable[str]) -> None:
    """Make the datapath of the host in ``directory`` have these ports, beside its own."""
    write_atomically(directory / FILE, msgspec.json.encode([NAME, *TUNNELS, *sorted(interfaces)]))


def forget_datapath(directory: Path) -> None:
    """What a restart of the machine does."""
    (directory / FILE).unlink(missing_ok=True)


def mm_dpctl(directory: Path, arguments: list[str], *, recent: bool) -> tuple[int, str]:
    """``mm-dpctl``: exit status and output. 1.9 wants ``--show-dp NAME``, 5.x (``recent``) ``datapath --show
    NAME`` (host 3.6)."""
    try:
        ports = msgspec.json.decode((directory / FILE).read_bytes(), type=list[str])
    except FileNotFoundError:
        ports = []
    if recent and arguments[:1] == ["datapath"]:
        return _datapath(ports, arguments[1:], show="--show", listing="--list")
    if not recent:
        return _datapath(ports, arguments, show="--show-dp", listing="--list-dps")
    return _NOT_THERE, "Error: Failed to parse the trailing argument list\n"


def _datapath(ports: list[str], words: list[str], *, show: str, listing: str) -> tuple[int, str]:
    if words == [listing]:
        found = f"Found {int(bool(ports))} datapath{'' if ports else 's'}:\n"
        return 0, found + (f"\t{NAME}\n" if ports else "")
    if len(words) != 2 or words[0] != show:
        return _NOT_THERE, "Unrecognized option\n"
    if words[1] != NAME or not ports:
        return _NOT_THERE, f"Could not find datapath with name: {words[1]}\n"
    lines = [
        f"Datapath name   : {NAME}",
        "Datapath index  : 8",
        "Datapath Stats: ",
        "  Flows :0",
        "  Hits  :0",
        "  Lost  :0",
        "  Misses:0",
        *(
            f'Port #{number} "{name}" {_KINDS.get(name, "NetDev")} Stats{{rxPackets=0, txPackets=0}}'
            for number, name in enumerate(ports)
        ),
    ]
    return 0, "".join(f"{line}\n" for line in lines)
