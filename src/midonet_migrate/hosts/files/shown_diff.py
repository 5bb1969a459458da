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
_SECRET_WORD = re.compile(r"passw|secret|token|credential|private|_key\b", re.IGNORECASE)
# web.xml of 1.9 (host 2.8): the name stands in another element than the value, mostly on another line.
_XML = re.compile(r"<(?P<end>/?)param-(?P<element>name|value)>|(?P<text>[^<]+)|<")
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
    parameter = _Parameter()
    shown: list[str] = []
    for line in difflib.unified_diff(old, new, old_name, new_name, n=_LINES_AROUND):
        content = parameter.masked(line.rstrip("\r\n"))
        if not (hidden and content[1:2] in {" ", "\t"}):
            masked = _masked(content)
            hidden = masked != content and masked.endswith(MASK)
        else:
            masked = f"{content[:2]}{MASK}"  # a value that goes on
        shown.append(masked if line.endswith("\n") else f"{masked}\n\\ No newline at end of file")
    return "".join(f"{line}\n" for line in shown)


class _Parameter:
    """Values of secret parameters in XML are masked; of one whose name is not in sight, too."""

    def __init__(self) -> None:
        self._element = ""
        self._name: str | None = None

    def masked(self, line: str) -> str:
        """A line of the diff, the first character being its sign."""
        if line.startswith("@@"):
            self._element, self._name = "", None
            return line
        return line[:1] + _XML.sub(self._mask, line[1:])

    def _mask(self, match: re.Match[str]) -> str:
        if match["element"] is not None:
            self._element = "" if match["end"] else match["element"]
            if self._element == "name":
                self._name = ""
        elif match["text"] is not None and self._element == "name":
            self._name = (self._name or "") + match["text"]
        elif match["text"] is not None and self._element == "value" and match["text"].strip():
            return MASK if self._is_secret() else match[0]
        return match[0]

    def _is_secret(self) -> bool:
        name = self._name
        return name is None or (_SECRET_WORD.search(name) is not None and _HARMLESS not in name)


def _masked(content: str) -> str:
    masked = _CREDENTIALS.sub(rf"\1:{MASK}@", content)
    secret = _SECRET.fullmatch(masked)
    return f"{secret['name']}{MASK}" if secret and _HARMLESS not in secret["name"] else masked
