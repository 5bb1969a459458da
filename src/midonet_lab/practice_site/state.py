"""The state file of a practice site: what was asked for, how far it came, its secrets."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import msgspec

from midonet_lab.hosts.site.layout import FamilyChoice
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.recipe import Recipe
from midonet_migrate.errors import CorruptFile
from midonet_migrate.run.atomic import write_atomically

STATE_FILE = "practice-site.json"
_AWKWARD_DATABASE = "p@ss/w%rd:#?"
_AWKWARD_API = 'Mid0%Net"{$x}&/|\\!'
_AWKWARD_TOKEN = "t0ken&with<entities"  # noqa: S105 - only the beginning; the rest is random


class State(msgspec.Struct, kw_only=True):
    """What the state file says. ``building`` also after a crash: such a site is made anew."""

    recipe: Recipe
    status: Literal["building", "ready"] = "building"
    database_password: str = ""
    api_password: str = ""
    admin_token: str = ""
    target_version: Version = "5.2.1"
    hosts: FamilyChoice | None = None
    """None: it has no hosts, and its services are processes of this machine."""

    def __repr__(self) -> str:
        return f"State(status={self.status!r}, recipe={self.recipe!r})"


def new_state(recipe: Recipe, target_version: Version, hosts: FamilyChoice | None) -> State:
    """The state of a site that is about to be built, with random secrets that are hard to quote."""
    return State(
        recipe=recipe,
        hosts=hosts,
        target_version=target_version,
        database_password=_AWKWARD_DATABASE + secrets.token_hex(6),
        api_password=_AWKWARD_API + secrets.token_hex(6),
        admin_token=_AWKWARD_TOKEN + secrets.token_hex(6),
    )


def read_state(directory: Path) -> State | None:
    """What the directory holds; None when there is no practice site. Raises ``CorruptFile``."""
    path = directory / STATE_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CorruptFile(
            f"{path} is damaged",
            why="It is not what this program wrote.",
            hint=f"End the processes named in {directory}/*/server.pid, and delete the directory.",
        ) from error


def write_state(directory: Path, state: State) -> None:
    """Replace the state file as a whole."""
    write_atomically(directory / STATE_FILE, msgspec.json.encode(state))
