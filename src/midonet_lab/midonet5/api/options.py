"""How the stand-in behaves: fixed options, and faults that can be switched while it runs."""

from __future__ import annotations

from typing import Literal

import msgspec

from midonet_lab.rest_api.faults import RequestFault

MOCK_TOKEN = "00000000"  # noqa: S105 - what a server with mock authentication hands out, not a secret


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A Keystone user: in which projects (names), and whether he is an admin there."""

    password: str = "lab"  # noqa: S105 - the practice site's, on loopback only
    projects: tuple[str, ...] = ("admin", "service")
    admin: bool = True


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A Keystone project, as ``GET /tenants`` shows it (new 2.22)."""

    id: str
    name: str
    description: str | None = None
    enabled: bool = True


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """A VTEP switch at a management address. One that is not configured refuses connections (new 2.17).

    ``silent``: it accepts the connection and never answers. ``no_physical_switch``: it answers, without a
    physical switch in its database.
    """

    state: Literal["ready", "silent", "refuses", "no_physical_switch"] = "ready"
    name: str = "switch"
    description: str | None = None
    tunnel_addresses: tuple[str, ...] = ()
    ports: dict[str, str | None] = msgspec.field(default_factory=dict)
    """Name -> description of the physical ports."""


class Quirks(msgspec.Struct, kw_only=True):
    """Faults of the real servers that a test may want to be without (new 7, check list)."""

    lossy_updates: bool = True
    """A write through the DTO clears the fields of new 1.8.1."""
    unsafe_groups: bool = True
    """Address groups are read and written back without lock; parallel writers lose addresses (new 1.8)."""
    poison: bool = True
    """Accepts a host without id, a reversed port range, any text as a port's MAC (new 1.11). Off: 400."""
    careless: bool = True
    """Bad input that gives 500 (new 1.5). Off: 400, and 409 for table entries that exist."""
    forgiving_deletes: bool = True
    """DELETE of an unknown id is 204 for most kinds (new 1.5). Off: always 404."""
    snapshot_locks: bool = True
    """5.2.1 leaves an ephemeral node per locked write until its process ends (new 1.11)."""
    zero_id_updates: bool = True
    """PUT without id answers 404 for three kinds (new 1.8). Off: the id of the path is taken."""


class Options(msgspec.Struct, kw_only=True):
    """Fixed when the server starts."""

    path: str = "/midonet-api"
    base_uri: str | None = None
    """What links begin with; None: from ``Host`` and ``X-Forwarded-*`` of the request (new 1.2)."""
    auth: Literal["keystone", "mock"] = "mock"
    accounts: dict[str, Account] = msgspec.field(default_factory=lambda: {"admin": Account()})
    default_project: str = "admin"
    token_seconds: float = 3600.0
    tenants: list[Tenant] = msgspec.field(default_factory=list)
    switches: dict[str, Switch] = msgspec.field(default_factory=dict)
    """``address:port`` -> VTEP switch."""
    quirks: Quirks = msgspec.field(default_factory=Quirks)
    idle_seconds: float = 30.0
    """After so long without a request a connection is closed (new 1.11); 0 = never."""
    lock_seconds: float = 30.0
    """How long a write waits for the storage lock before 503."""
    read_seconds: float = 30.0
    """After how long a silent VTEP switch, or ZooKeeper, is given up, with 503 (new 1.1, 1.11)."""
    seed: int = 0
    """Of random tokens and the order of lists."""
    shuffle: bool = True
    """Lists have no order on the real server; here they come in a random one, except rules of a chain."""


class Fault(RequestFault, kw_only=True):
    """Something that goes wrong with requests whose ``METHOD path`` matches ``request`` (a regex).

    ``status``: an error of that status; the request is not processed. ``lost``: the request is processed,
    then the connection is torn down without an answer. ``reset``: torn down before it is processed.
    ``truncate``: the connection ends in the middle of the body. ``cut``: half of the JSON, correctly framed.
    ``html``: 200 with a web page. ``hang``: an answer only after ``seconds``. ``slow_lock``: as ``hang``,
    with the storage lock held.
    """

    request: str = ".*"
    kind: Literal["status", "lost", "reset", "truncate", "cut", "html", "hang", "slow_lock"] = "status"


class Faults(msgspec.Struct, kw_only=True):
    """Can be replaced at any time (``PUT /_lab/faults``)."""

    delay: float = 0.0
    """Seconds that every request takes; requests wait side by side."""
    group_window: float = 0.0
    """Seconds between reading and writing an address group: makes lost updates certain (new 1.8)."""
    keystone_down: bool = False
    expire_after: int = 0
    """A token is no longer valid after so many requests; 0 = only after its time."""
    requests_per_connection: int = 0
    """After so many the server closes a connection without saying so; 0 = never."""
    faults: list[Fault] = msgspec.field(default_factory=list)
