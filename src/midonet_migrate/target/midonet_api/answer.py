"""What the 5.x API says to a write (new 1.5, 1.7)."""

from __future__ import annotations

import httpx
import msgspec

_LONGEST_TEXT = 500
_LONGEST_WAIT_SECONDS = 60.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. ``text`` is empty where the body is empty, HTML or damaged: none of it is parsed."""

    status: int
    text: str = ""
    violations: tuple[str, ...] = ()
    """Of a 400: ``property: message`` for each."""
    retry_after: float | None = None
    """Seconds the server wants to be left alone."""

    @property
    def reason(self) -> str:
        """The status and all the server says, in one line."""
        said = "; ".join(self.violations) or self.text
        return f"status {self.status}: {said}" if said else f"status {self.status}"


def answer_of(response: httpx.Response) -> Answer:
    """Read an answer. Bodies may be Error-v1, an HTML page or empty (new 1.7)."""
    text, violations = _error(response.content) if response.status_code >= 400 else ("", ())
    return Answer(
        status=response.status_code,
        text=text,
        violations=violations,
        retry_after=_seconds(response.headers),
    )


def _error(content: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return "", ()
    if not isinstance(body, dict):
        return "", ()
    message = body.get("message")
    found = body.get("violations")
    violations = tuple(
        f"{item.get('property')}: {item.get('message')}"
        for item in (found if isinstance(found, list) else [])
        if isinstance(item, dict)
    )
    return message[:_LONGEST_TEXT] if isinstance(message, str) else "", violations


def _seconds(headers: httpx.Headers) -> float | None:
    """The server spells the header without its hyphen; what stands before it may spell it right."""
    try:
        seconds = float(headers.get("RetryAfter") or headers.get("Retry-After") or "")
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT_SECONDS) if seconds >= 0 else None
