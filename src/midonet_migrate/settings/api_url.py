"""URLs of the MidoNet APIs (host 2.4, 2.5)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

SOURCE_PORT = 8080
TARGET_PORT = 8181
API_PATH = "/midonet-api"
PLUGIN_DEFAULT = f"http://localhost:{SOURCE_PORT}{API_PATH}"
"""The plug-in's own default of ``midonet_uri`` (host 2.3)."""


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError:
        # urlsplit's texts quote the host part, where a password may stand.
        raise ValueError("it is not a URL like http://host:8080/midonet-api") from None


def parse_api_url(text: str) -> str:
    """One API's base URL: without blanks around, '/' at the end, user and password.

    Raises ``ValueError`` saying what is wrong, without any part of the URL that could be a password.
    """
    text = text.strip()
    if "," in text or len(text.split()) > 1:
        raise ValueError("it holds several URLs; MidoNet's client takes a single one")
    parts, port = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is not a URL like http://host:8080/midonet-api")
    if parts.query or parts.fragment:
        raise ValueError("it is the base URL of an API and holds no '?' and no '#'")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    number = "" if port is None else f":{port}"
    return f"{parts.scheme}://{host}{number}{parts.path.rstrip('/')}"


def holds_credentials(text: str) -> bool:
    """Whether user or password stand inside a URL; they are not used."""
    return "@" in _split(text.strip())[0].netloc


def is_plain_http_on(url: str, port: int) -> bool:
    """Whether ``url`` is plain HTTP on ``port``, written out."""
    parts, number = _split(url)
    return parts.scheme == "http" and number == port


def on_target_port(url: str) -> str:
    """The 5.x API on the host of a 1.9 API: 5.x's REST server speaks plain HTTP on 8181 (host 2.5)."""
    parts, _ = _split(url)
    host = parts.hostname or "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{TARGET_PORT}{API_PATH}"
