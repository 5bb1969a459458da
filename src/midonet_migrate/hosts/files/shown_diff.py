"""Before and after of a configuration file for people's eyes: what may be secret is not shown."""

from __future__ import annotations

import difflib
import re

from midonet_migrate.settings.filesystem import decoded
from midonet_migrate.settings.redaction import MASK

_CREDENTIALS = re.compile(r"(://[^\s:/@]*):\S*@")
_SECRET = re.compile(
    r"""(?P<name> . \s* [\#;]* \s* ["']? [\w.-]* (?: passw | secret | token | credential | private | _key\b )
    [\w.-]* ["']? \s* [=:] \s* ) \S .*""",
    re.IGNORECASE | re.VERBOSE,
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HARMLESS = "root_key"
_LINES_AROUND = 2


def shown_diff(path: str, before: bytes | None, after: bytes | None) -> str:
    """A unified diff with two lines around; None: no file. Passwords, tokens, passwords in URLs are ``***``.

    It is for reading: with a masked line in it, it cannot be applied.
    """
    old, new = (_LINE.findall(decoded(part or b"")) for part in (before, after))
    old_name, new_name = (path if part is not None else "/dev/null" for part in (before, after))
    hidden = False
    shown: list[str] = []
    for line in difflib.unified_diff(old, new, old_name, new_name, n=_LINES_AROUND):
        content = line.rstrip("\r\n")
        if not (hidden and content[1:2] in {" ", "\t"}):
            masked = _masked(content)
            hidden = masked != content and masked.endswith(MASK)
        else:
            masked = f"{content[:2]}{MASK}"  # a value that goes on
        shown.append(masked if line.endswith("\n") else f"{masked}\n\\ No newline at end of file")
    return "".join(f"{line}\n" for line in shown)


def _masked(content: str) -> str:
    masked = _CREDENTIALS.sub(rf"\1:{MASK}@", content)
    secret = _SECRET.fullmatch(masked)
    return f"{secret['name']}{MASK}" if secret and _HARMLESS not in secret["name"] else masked
