"""The port of an API's URL, and when it may be changed (host 2.5)."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from enum import StrEnum
from ipaddress import ip_address

import msgspec

from midonet_migrate.plan.edits.ini import BLANKS

OLD_PORT, NEW_PORT = 8080, 8181
API_PATH = "/midonet-api"
_IMPLIED = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/?#\s]*@)?(?P<host>\[[^\]/?#\s]*\]|[^\[\]:/?#@,\s]+)"
    r"(?P<port>:[0-9]*)?(?P<path>/[^?#,\s]*)?"
)


class PortRule(msgspec.Struct, kw_only=True, frozen=True):
    """Which ports are the old API's, which one is the new one's, and which hosts are API nodes."""

    old: tuple[int, ...] = (OLD_PORT,)
    new: int = NEW_PORT
    hosts: frozenset[str] = frozenset()
    """Names and addresses of the API nodes, in lower case; empty: not known, and nothing is said about it."""


class Outcome(StrEnum):
    """What becomes of a URL."""

    CHANGE = "change"
    DONE = "done"
    """The port is the new one."""
    LEFT = "left"
    """The operator must see to it."""
    REFUSED = "refused"
    """Nobody can tell what is meant."""


class Verdict(msgspec.Struct, kw_only=True, frozen=True):
    """What becomes of a URL, why, and for a change: where in the text the port stands, colon included."""

    outcome: Outcome
    text: str = ""
    start: int = 0
    end: int = 0
    warning: str = ""


class Url(msgspec.Struct, kw_only=True, frozen=True):
    """A single URL in a text. ``start`` and ``end`` are the place of its ``:port``."""

    scheme: str
    host: str
    """Without brackets, in lower case."""
    port: int
    path: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        """The URL without what could be a password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def find_url(value: str) -> Url:
    """The one URL that a value consists of, blanks and a pair of quotes around it aside.

    Raises ``ValueError`` saying what is wrong, without the value.
    """
    start = len(value) - len(value.lstrip(BLANKS))
    stop = len(value.rstrip(BLANKS))
    if stop - start >= 2 and value[start] == value[stop - 1] and value[start] in "\"'":
        inner = value[start + 1 : stop - 1]
        start += 1 + len(inner) - len(inner.lstrip(BLANKS))
        stop = start + len(inner.strip(BLANKS))
    found = _URL.fullmatch(value, start, stop) if stop > start else None
    if found is None:
        raise ValueError(_what_is_wrong(value[start:stop]))
    port = found["port"] or ""
    number = int(port[1:]) if port[1:] else _IMPLIED.get(found["scheme"].lower(), 0)
    if number > _HIGHEST_PORT:
        raise ValueError(f"the port of the URL is not a number up to {_HIGHEST_PORT}")
    return Url(
        scheme=found["scheme"].lower(),
        host=found["host"].strip("[]").lower(),
        port=number,
        path=found["path"] or "",
        start=found.end("host"),
        end=found.end("host") + len(port),
    )


def _what_is_wrong(text: str) -> str:
    if not text:
        return "it is empty"
    if text.count("://") > 1 or len(text.split()) > 1 or "," in text.rpartition("@")[2]:
        return "it is not a single URL; MidoNet's client takes a single one"
    if "$" in text:
        return "it refers to another option ($name); only a port that is written out can be changed"
    return "it is not a URL like http://host:8080/midonet-api"


def _is_this_host(name: str) -> bool:
    """Whether a name or an address means the machine itself; files are edited on API nodes alone."""
    with suppress(ValueError):
        return ip_address(name).is_loopback
    return name == "localhost"


def judge(value: str, rule: PortRule, *, paths: Collection[str] = (API_PATH,)) -> Verdict:
    """What becomes of a URL (host 2.5). ``paths``: what may follow the port, a '/' at the end aside."""
    try:
        url = find_url(value)
    except ValueError as error:
        return Verdict(outcome=Outcome.REFUSED, text=str(error))
    if url.scheme == "https":
        return Verdict(
            outcome=Outcome.LEFT,
            text=f"{url.shown} is HTTPS: MidoNet 5 speaks plain HTTP on {rule.new}, TLS only on 8443 "
            "once it was set up. Choose where TLS ends, and set the URL by hand",
        )
    if url.scheme != "http":
        return Verdict(outcome=Outcome.REFUSED, text="it is not a URL like http://host:8080/midonet-api")
    if url.path.rstrip("/") not in paths:
        return Verdict(
            outcome=Outcome.LEFT,
            text=f"{url.shown} has another path than {' or '.join(paths) or '/'}; MidoNet 5's API "
            f"is below {API_PATH} unless cluster.rest_api.root_uri says otherwise. Set the URL by hand",
        )
    warning = ""
    if rule.hosts and url.host not in rule.hosts and not _is_this_host(url.host):
        warning = (
            f"{url.host} is none of the API nodes: if it is a balancer, give it a frontend for port "
            f"{rule.new}, or let it send its port to {rule.new} of the nodes"
        )
    if url.port == rule.new:
        return Verdict(outcome=Outcome.DONE, text=url.shown, warning=warning)
    if url.port not in rule.old:
        expected = " or ".join(map(str, rule.old))
        return Verdict(
            outcome=Outcome.REFUSED,
            text=f"{url.shown} names port {url.port}, not {expected}: if that is the API of 1.9, name "
            f"it with --old-api-port {url.port}",
        )
    return Verdict(outcome=Outcome.CHANGE, text=url.shown, start=url.start, end=url.end, warning=warning)
