"""Taking secrets out of texts of unknown content, such as a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

# Up to the last '@' before a blank or quote: a password may hold '@' and '/'.
_URL_CREDENTIALS = re.compile(r"(://[^\s:/@'\"]*):[^\s'\"]*@")
_NAMED_SECRET = re.compile(
    r"""(\b [\w-]* (?: passw(?:or)?d | token | secret ) [\w-]* ['"]? \s* [=:] \s*) (['"]?) [^\s'",)}]+ \2""",
    re.IGNORECASE | re.VERBOSE,
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` with every one of ``secrets``, credentials in URLs and ``password=…`` replaced by ``***``."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, MASK)
    text = _URL_CREDENTIALS.sub(rf"\1:{MASK}@", text)
    return _NAMED_SECRET.sub(rf"\1{MASK}", text)
