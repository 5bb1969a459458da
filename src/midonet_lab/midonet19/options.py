"""How the stand-in behaves: fixed options, and faults that can be switched while it runs."""

from __future__ import annotations

from typing import Literal

import msgspec

from midonet_lab.rest_api.faults import RequestFault
from midonet_lab.sites.site import DEFAULT_BASE_URI

MOCK_TOKEN = "999888777666"  # noqa: S105 - what a server with mock authentication hands out, not a secret


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A Keystone user: in which projects (names), and which MidoNet role."""

    password: str = "lab"  # noqa: S105 - the practice site's, on loopback only
    projects: tuple[str, ...] = ("admin", "service")
    role: Literal["admin", "tenant_admin", "tenant_user"] = "admin"


class Options(msgspec.Struct, kw_only=True):
    """Fixed when the server starts."""

    path: str = "/midonet-api"
    """Where the API is; the lab's own control paths are below ``/_lab``."""
    base_uri: str | None = DEFAULT_BASE_URI
    """``rest_api-base_uri``: what links begin with. None: scheme and ``Host`` of the request (old 0.3)."""
    auth: Literal["keystone", "mock"] = "keystone"
    accounts: dict[str, Account] = msgspec.field(default_factory=lambda: {"admin": Account()})
    default_project: str = "admin"
    token_seconds: float = 3600.0
    token_uses: int = 0
    """How many requests a token is good for, whatever the time; 0: any number."""
    seed: int = 0
    """Of the order in which lists are shuffled."""
    zookeeper: str = ""
    """Servers that say which hosts are alive and which ports active; empty: as the site has it."""
    zookeeper_root: str = "/midonet/v1"


class Fault(RequestFault, kw_only=True):
    """Something that goes wrong with requests whose API path matches ``path`` (a regular expression).

    ``status``: an error of that status, with the generic text. ``reset``: the connection is torn down.
    ``truncate``: the connection ends in the middle of the body. ``cut``: half of the JSON, correctly framed.
    ``html``: 200 with a web page. ``hang``: no answer for ``seconds``.
    """

    path: str = ".*"
    kind: Literal["status", "reset", "truncate", "cut", "html", "hang"] = "status"


class Faults(msgspec.Struct, kw_only=True):
    """Can be replaced at any time (``PUT /_lab/faults``)."""

    delay: float = 0.0
    """Seconds that every request takes; requests wait side by side."""
    delay_per_object: float = 0.0
    """Seconds more for each object in the reply (old 6.3)."""
    keystone_down: bool = False
    zookeeper_down: bool = False
    vanish: list[str] = msgspec.field(default_factory=list)
    """Keys of objects that lists show and that are gone as soon as somebody asks further."""
    broken_chains: list[str] = msgspec.field(default_factory=list)
    """Chains whose list of rules always fails with 500 (old 1.6)."""
    requests_per_connection: int = 100
    """After so many the server closes a kept-alive connection, as Tomcat does; 0 = never (old 6.3)."""
    announce_close: bool = True
    """Whether the last reply on a connection says that it is the last."""
    faults: list[Fault] = msgspec.field(default_factory=list)
