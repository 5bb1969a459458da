"""Why a repository does not answer, in the words of yum and its curl."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

_FILE = "repodata/repomd.xml"
_SECONDS = 10


def report(base: Any, cached: bool) -> None:
    """Ask every repository once more, and print of the first that fails what yum would print."""
    for repository in base.repos.iter_enabled():
        if cached:
            if not _has_lists(repository):
                print(_no_cache(repository), file=sys.stderr)
                return
            continue
        urls = list(repository.baseurl)
        if not urls:
            print(f"\n\nCannot find a valid baseurl for repo: {repository.id}", file=sys.stderr)
            return
        reasons = [(url, reason) for url in urls if (reason := _reason(base, f"{url.rstrip('/')}/{_FILE}"))]
        if len(reasons) == len(urls):
            print(_failure(repository, reasons), file=sys.stderr)
            return
    print("\n\nError: Cannot read the repositories", file=sys.stderr)


def _has_lists(repository: Any) -> bool:
    return (Path(repository._repo.getCachedir()) / "repodata" / "repomd.xml").exists()


def _no_cache(repository: Any) -> str:
    return (
        f"\n\nError: Cannot retrieve repository metadata (repomd.xml) for repository: {repository.id}."
        " Please verify its path and try again"
    )


def _failure(repository: Any, reasons: list[tuple[str, str]]) -> str:
    lines = [
        "",
        "",
        f" One of the configured repositories failed ({repository.name}),",
        " and yum doesn't have enough cached data to continue. At this point the only",
        ' safe thing yum can do is fail. There are a few ways to work "fix" this:',
        "",
        "     1. Contact the upstream for the repository and get them to fix the problem.",
        "",
        f"failure: {_FILE} from {repository.id}: [Errno 256] No more mirrors to try.",
    ]
    lines += [f"{url.rstrip('/')}/{_FILE}: [Errno 14] {reason}" for url, reason in reasons]
    return "\n".join(lines)


def _reason(base: Any, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return "" if Path(parts.path).exists() else f'curl#37 - "Couldn\'t open file {parts.path}"'
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler(_proxies(base))]
    try:
        host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        plain = parts._replace(netloc=host).geturl()
        request = urllib.request.Request(plain)  # noqa: S310 - as the repository says
        if parts.username:
            manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            manager.add_password(None, plain, parts.username, parts.password or "")
            handlers.append(urllib.request.HTTPBasicAuthHandler(manager))
        with urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return f"HTTP Error {error.code} - {error.reason}"
    except urllib.error.URLError as error:
        return _network(base, parts.hostname or "", parts.port or 80, error.reason)
    except OSError as error:
        return _network(base, parts.hostname or "", parts.port or 80, error)


def _network(base: Any, host: str, port: int, reason: object) -> str:
    if isinstance(reason, socket.gaierror):
        if base.conf.proxy:
            return f'curl#5 - "Could not resolve proxy: {urlsplit(base.conf.proxy).hostname}; Unknown error"'
        return f'curl#6 - "Could not resolve host: {host}; Unknown error"'
    if isinstance(reason, ConnectionRefusedError):
        if base.conf.proxy:
            proxy = urlsplit(base.conf.proxy)
            host, port = proxy.hostname or "", proxy.port or 1080
        return f'curl#7 - "Failed connect to {host}:{port}; Connection refused"'
    return f'curl#28 - "{reason}"'


def _proxies(base: Any) -> dict[str, str]:
    conf = base.conf
    if not conf.proxy:
        return {}
    parts = urlsplit(conf.proxy)
    user = ""
    if conf.proxy_username:
        user = f"{quote(conf.proxy_username)}:{quote(conf.proxy_password or '')}@"
    address = f"http://{user}{parts.hostname}:{parts.port or 1080}"
    return {"http": address, "https": address}
