"""What went wrong with a transaction, in yum's words."""

from __future__ import annotations

import re
from typing import Any

_NOTHING_PROVIDES = re.compile(r"nothing provides (.+?) needed by (\S+)(?: from (\S+))?")
_REQUIRES = re.compile(
    r"package (\S+?)(?: from (\S+))? requires (.+?), but none of the providers can be installed"
)


class Failed(Exception):
    """What yum prints to its error output, as it is; the status is 1."""


def key_not_retrieved(text: str, package: Any, base: Any) -> str:
    """Of a package whose key dnf could not import, for the reason ``text``."""
    if "already installed but they are not correct" in text or "is not installed" in text:
        return f"\n\n{text}"
    keys = " ".join(base.repos[package.reponame].gpgkey)
    return f"\n\nGPG key retrieval failed: [Errno 14] {text} {keys}"


def refused_by_rpm(text: str) -> str:
    """Of the transaction test, with the summary that yum ends it with."""
    body = text.replace("Transaction test error:", "Transaction check error:")
    if body.startswith("Transaction check error:") and "Error Summary" not in body:
        body = f"{body.rstrip()}\n\nError Summary\n-------------\n"
    return f"\n\n{body}"


def unsolved(text: str, base: Any) -> str:
    """Of dependencies that nothing provides, as dnf tells them in ``text``."""
    found = [(match[2], match[3], match[1]) for match in _NOTHING_PROVIDES.finditer(text)]
    found += [(match[1], match[2], match[3]) for match in _REQUIRES.finditer(text)]
    if not found:
        return f"Error: {text.strip()}"
    shown = []
    for package, repository, requirement in dict.fromkeys(found):
        where = repository or _where(base, package)
        shown.append(
            f"Error: Package: {_epoch_in_front(package)} ({where})\n           Requires: {requirement}"
        )
    shown.append(" You could try using --skip-broken to work around the problem")
    shown.append(" You could try running: rpm -Va --nofiles --nodigest")
    return "\n".join(shown)


def _where(base: Any, package: str) -> str:
    found = base.sack.query().filter(nevra=package).run()
    return next((str(one.reponame) for one in found if one.reponame != "@System"), "installed")


def _epoch_in_front(package: str) -> str:
    match = re.fullmatch(r"(.+)-(\d+):([^-]+-[^-]+)", package)
    return f"{match[2]}:{match[1]}-{match[3]}" if match else package


def download_error(reason: str) -> str:
    """A line of dnf on a download."""
    return reason.replace("Curl error (", "[Errno 14] curl#").replace("): ", " - ", 1)
