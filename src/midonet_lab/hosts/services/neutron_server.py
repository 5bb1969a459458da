"""neutron-server, as far as the migration meets it: which plug-in with which API (host 2.1-2.3)."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from midonet_lab.hosts.places import STARTED_WITH_HOST
from midonet_lab.hosts.process_title import set_command_line
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_migrate.model.hosts import Family

NEUTRON_CONF = "/etc/neutron/neutron.conf"
PLUGIN_LINK = "/etc/neutron/plugin.ini"
DEFAULTS = "/etc/default/neutron-server"
LOG_FILES = {Family.DEBIAN: "var/log/neutron/neutron-server.log", Family.REDHAT: "var/log/neutron/server.log"}
DEFAULT_URI = "http://localhost:8080/midonet-api"
_ALIASES = {"midonet": "neutron.plugins.midonet.plugin.MidonetPluginV2"}
_MODULES = {
    "neutron.plugins.midonet.plugin": ("midonet/neutron/plugin.py", "1."),
    "midonet.neutron.plugin": ("midonet/neutron/plugin.py", "1."),
    "midonet.neutron.plugin_v1": ("midonet/neutron/plugin.py", "1."),
    "midonet.neutron.plugin_v2": ("midonet/neutron/plugin_v2.py", "5."),
}
"""Module of a plug-in: the file of the package that has it, and how the version of its API begins."""
_PACKAGES = (
    "usr/lib/python2.7/dist-packages",
    "usr/lib/python2.7/site-packages",
    "usr/share/pyshared",
    "usr/lib/python3/dist-packages",
)
_TIMEOUT = 10.0
_BOOT_SECONDS = 180.0
_AGAIN_SECONDS = 0.3
_LOGGER = logging.getLogger("neutron")


class CannotServe(Exception):
    """Why it ends; it stands in the log."""


class ApiSilent(CannotServe):
    """MidoNet's API does not answer."""


def run_neutron_server(directory: Path, family: Family) -> int:
    """Be neutron-server until SIGTERM; 1 when plug-in and API do not fit."""
    root = directory / "root"
    log = root / LOG_FILES[family]
    log.parent.mkdir(parents=True, exist_ok=True)
    layout = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(filename=log, level=logging.INFO, format=layout, force=True)
    files = [NEUTRON_CONF, _plugin_file(root, family)]
    options = [word for name in files for word in ("--config-file", name)]
    set_command_line(
        ["/usr/bin/python", "/usr/bin/neutron-server", *options, f"--log-file=/{LOG_FILES[family]}"]
    )
    try:
        _check_patiently(root, files)
    except CannotServe as error:
        _LOGGER.critical("%s", error)
        print(f"CRITICAL neutron {error}", file=sys.stderr)  # noqa: T201
        return 1
    surroundings = Surroundings.load(directory)
    _serve(surroundings.api_address, surroundings.neutron_port)
    return 0


def _check_patiently(root: Path, files: list[str]) -> None:
    """Started with its host, it may be there before Tomcat is."""
    deadline = time.monotonic() + (_BOOT_SECONDS if STARTED_WITH_HOST in os.environ else 0.0)
    while True:
        try:
            _check(root, files)
        except ApiSilent:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _plugin_file(root: Path, family: Family) -> str:
    if family is Family.REDHAT:
        return PLUGIN_LINK
    try:
        text = (root / DEFAULTS.lstrip("/")).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return PLUGIN_LINK
    found = re.findall(r"^NEUTRON_PLUGIN_CONFIG=[\"']?([^\"'\n]+)", text, re.MULTILINE)
    return found[-1] if found else PLUGIN_LINK


def _check(root: Path, files: list[str]) -> None:
    values = _values(root, files)
    plugin = _ALIASES.get(values["core_plugin"], values["core_plugin"])
    module = plugin.rpartition(".")[0]
    known = _MODULES.get(module)
    if known is None:
        raise CannotServe(f"ImportError: Class {plugin} not found")
    file, needed = known
    for package in (file, "midonetclient/__init__.py"):
        if not any((root / place / package).exists() for place in _PACKAGES):
            raise CannotServe(f"ImportError: Class {plugin} not found: {package} is not installed")
    version = _api_version(values)
    if not version.lstrip("v").startswith(needed):
        raise CannotServe(f"{plugin} cannot work with the API at {values['midonet_uri']}: it is {version}")
    _LOGGER.info("Loading core plugin: %s, MidoNet API %s", plugin, version)


def _values(root: Path, files: list[str]) -> dict[str, str]:
    """What oslo.config makes of the files."""
    from oslo_config import cfg  # noqa: PLC0415 - process 1 need not load it

    conf = cfg.ConfigOpts()
    conf.register_opts([cfg.StrOpt("core_plugin", default="")])
    midonet = [cfg.StrOpt("midonet_uri", default=DEFAULT_URI), cfg.StrOpt("username", default="admin")]
    midonet += [
        cfg.StrOpt("password", default="passw0rd", secret=True),
        cfg.StrOpt("project_id", default="service"),
    ]
    conf.register_opts(midonet, group="MIDONET")
    try:
        conf([], project="neutron", default_config_files=[str(_inside(root, name)) for name in files])
    except cfg.Error as error:
        raise CannotServe(f"{type(error).__name__}: {error}") from error
    group = conf.MIDONET
    names = ("midonet_uri", "username", "password", "project_id")
    return {"core_plugin": conf.core_plugin, **{name: str(getattr(group, name)) for name in names}}


def _inside(root: Path, name: str) -> Path:
    """A file of the host as it is from outside: its links are to be read in the host."""
    path = root / name.lstrip("/")
    for _ in range(8):
        if not path.is_symlink():
            break
        target = path.readlink()
        path = root / str(target).lstrip("/") if target.is_absolute() else path.parent / target
    return path


def _api_version(values: dict[str, str]) -> str:
    uri = values["midonet_uri"].strip().rstrip("/")
    headers = {"X-Auth-Project": values["project_id"]}
    try:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
            account = (values["username"].encode(), values["password"].encode())
            login = client.post(f"{uri}/login", auth=account, headers=headers)
            token = login.raise_for_status().json()["key"]
            root = client.get(f"{uri}/", headers={"X-Auth-Token": token, "Accept": "*/*"})
            return str(root.raise_for_status().json()["version"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        raise ApiSilent(f"MidonetApiException: the API at {uri} does not answer: {error}") from error


class _Versions(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"versions": [{"id": "v2.0", "status": "CURRENT"}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        _LOGGER.info(format, *args)


def _serve(address: str, port: int) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if not port:
        stop.wait()
        return
    with ThreadingHTTPServer((address, port), _Versions) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stop.wait()
        server.shutdown()
