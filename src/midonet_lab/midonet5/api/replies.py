"""Answers, and the errors that end a request with one (new 1.5, 1.7)."""

from __future__ import annotations

import html
from collections.abc import Sequence

import msgspec

ERROR_TYPE = "application/vnd.org.midonet.Error-v1+json"
HTML_TYPE = "text/html;charset=iso-8859-1"


class Reply(msgspec.Struct, kw_only=True):
    """An HTTP answer before it is sent. ``fate`` says what becomes of the connection."""

    status: int
    content_type: str | None = None
    body: bytes = b""
    headers: list[tuple[str, str]] = msgspec.field(default_factory=list)
    close: bool = False
    """Announce that this is the last answer on the connection."""
    tear_down: bool = False
    """Drop the connection without sending anything."""
    truncate: bool = False
    """Send half of the body and drop the connection."""


class ApiError(Exception):
    """Ends a request with a reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def entity(status: int, message: str | None) -> ApiError:
    """An Error entity with ``message``, which may be null."""
    body = msgspec.json.encode({"message": message, "code": status})
    return ApiError(Reply(status=status, content_type=ERROR_TYPE, body=body))


def empty(status: int, *, allow: Sequence[str] = (), close: bool = False) -> ApiError:
    """An answer without body."""
    headers = [("Allow", ",".join(allow))] if allow else []
    return ApiError(Reply(status=status, headers=headers, close=close))


def page(title: str) -> ApiError:
    """500 with a page of the servlet container, which then closes the connection."""
    text = html.escape(title)
    body = (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n'
        f"<title>Error 500 {text}</title>\n</head>\n<body><h2>HTTP ERROR 500 {text}</h2></body>\n</html>\n"
    )
    reply = Reply(
        status=500, content_type=HTML_TYPE, body=body.encode("latin-1", "xmlcharrefreplace"), close=True
    )
    return ApiError(reply)


def violations(found: Sequence[tuple[str, str]]) -> ApiError:
    """400 with the list of ``(property, message)`` (new 1.7)."""
    listed = [{"property": name, "message": message} for name, message in found]
    body = {"message": "Validation error(s) found", "code": 400, "violations": listed}
    return ApiError(Reply(status=400, content_type=ERROR_TYPE, body=msgspec.json.encode(body)))


def pending(message: str) -> ApiError:
    """503; the header is really spelled so (new 1.5)."""
    error = entity(503, message)
    error.reply.headers.append(("RetryAfter", "3"))
    return error


def null_pointer(status: int = 500) -> ApiError:
    """An Error entity without text."""
    return entity(status, None)
