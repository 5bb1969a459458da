"""``python -m midonet_lab.hosts.repository_server``: packages over HTTP, as package managers want them."""

from __future__ import annotations

import argparse
import base64
import hmac
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import quote

from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.processes.server_process import ServerProcess

_SOURCES = Path(__file__).resolve().parents[2]
_PORT_FILE, _ACCOUNT_FILE = "port", "account"


class RepositoryServer(ServerProcess):
    """Serves the files below ``packages``. ``directory`` holds port and log.

    ``account`` ``(user, password)``: asked for below the paths ``protected``, such as ``/mem-1.9``.
    """

    title = "the repositories' server"

    def __init__(
        self,
        packages: Path,
        directory: Path,
        *,
        address: str = LOOPBACK,
        port: int = 0,
        account: tuple[str, str] | None = None,
        protected: tuple[str, ...] = (),
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self._packages = packages.absolute()
        self._account = account
        self._protected = protected
        self._wanted = (address, port)

    @property
    def address(self) -> str:
        """``host:port`` of the running server; port 80 is left out."""
        host, port = self._wanted[0], (self.directory / _PORT_FILE).read_text(encoding="ascii")
        return host if port == "80" else f"{host}:{port}"

    def url(self, name: str, host: str = "") -> str:
        """URL of the repository ``name``; the account is in it where it is needed. ``host``: instead of the
        address."""
        user = ""
        if self._account is not None and f"/{name}" in self._protected:
            user = ":".join(quote(word, safe="") for word in self._account) + "@"
        return f"http://{user}{host or self.address}/{name}"

    def start(self) -> Self:
        """Start, and wait until it accepts connections. Raises ``ServerFailed``."""
        if self.running:
            return self
        self.directory.mkdir(parents=True, exist_ok=True)
        port_file, account_file = self.directory / _PORT_FILE, self.directory / _ACCOUNT_FILE
        port_file.unlink(missing_ok=True)
        account_file.touch(mode=0o600)
        account_file.write_text(":".join(self._account or ()), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "midonet_lab.hosts.repository_server"]
        command += ["--packages", str(self._packages), "--port-file", str(port_file)]
        command += ["--address", self._wanted[0], "--port", str(self._wanted[1])]
        command += ["--account-file", str(account_file), *self._protected]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES)})
        self._wait_until(port_file.exists)
        return self


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def __init__(self, expected: str, protected: tuple[str, ...], *arguments: object, directory: str) -> None:
        self._expected = expected
        self._protected = protected
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def send_head(self) -> object:  # type: ignore[override]
        """401 where an account is wanted; no listing of directories."""
        if any(self.path.startswith(f"{path}/") for path in self._protected):
            given = self.headers.get("Authorization", "").removeprefix("Basic ")
            if not hmac.compare_digest(given, self._expected):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="packages"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
        return super().send_head()

    def list_directory(self, path: object) -> None:  # noqa: ARG002
        """There is none."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - as the base class has it
        """Without query and account."""
        sys.stderr.write(f"{self.command} {self.path.partition('?')[0]} {args[1] if len(args) > 1 else ''}\n")


def main() -> None:
    """Serve until killed; the port file appears when connections are accepted."""
    parser = argparse.ArgumentParser(
        prog="python -m midonet_lab.hosts.repository_server", description=__doc__
    )
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--address", default=LOOPBACK)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--account-file", type=Path, required=True, help="with user:password")
    parser.add_argument("protected", nargs="*", help="paths for which the account is needed")
    arguments = parser.parse_args()
    account = arguments.account_file.read_bytes()
    expected = base64.b64encode(account).decode("ascii")
    handler = partial(_Handler, expected, tuple(arguments.protected), directory=str(arguments.packages))
    with ThreadingHTTPServer((arguments.address, arguments.port), handler) as server:
        server.daemon_threads = True
        unfinished = arguments.port_file.with_suffix(".new")
        unfinished.write_text(str(server.server_address[1]), encoding="ascii")
        unfinished.replace(arguments.port_file)
        server.serve_forever()


if __name__ == "__main__":
    main()
