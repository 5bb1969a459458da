"""Tomcat with the 1.9 API in it, for as long as the package midonet-api is there (host 2.8)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from midonet_lab.hosts.process_title import set_command_line
from midonet_lab.hosts.services.java import find_java
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.midonet19.options import Options

WEB_XML = "usr/share/midonet-api/WEB-INF/web.xml"
CONTEXTS = "etc/tomcat*/Catalina/localhost/midonet-api.xml"
MOCK = "MockAuthService"
_LOOK_SECONDS = 0.3
_SOURCES = Path(__file__).resolve().parents[3]
_END_SECONDS = 10.0


def run_tomcat(directory: Path, name: str) -> int:
    """Be Tomcat until SIGTERM; the exit status."""
    root = directory / "root"
    java = find_java(root, 7) or find_java(root, 8)
    if java is None:
        print("Neither the JAVA_HOME nor the JRE_HOME environment variable is defined", file=sys.stderr)  # noqa: T201
        return 1
    home = f"/usr/share/{name}"
    main = "org.apache.catalina.startup.Bootstrap"
    set_command_line(
        [java, f"-Dcatalina.home={home}", "-classpath", f"{home}/bin/bootstrap.jar", main, "start"]
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    api: subprocess.Popen[bytes] | None = None
    while not stop.is_set():
        deployed = (root / WEB_XML).is_file() and any(root.glob(CONTEXTS))
        if deployed and api is None:
            api = _start_api(directory, root)
        elif api is not None and (not deployed or api.poll() is not None):
            _end(api)
            api = None
        stop.wait(_LOOK_SECONDS)
    if api is not None:
        _end(api)
    return 0


def _start_api(directory: Path, root: Path) -> subprocess.Popen[bytes] | None:
    """The stand-in as a child, with what web.xml says; None when this host has no data for it, or web.xml
    cannot be read: then the web application fails and Tomcat goes on."""
    surroundings = Surroundings.load(directory)
    home = Path(surroundings.api_directory)
    try:
        parameters = _parameters((root / WEB_XML).read_bytes())
        options = msgspec.json.decode((home / "options.json").read_bytes(), type=Options)
    except (OSError, ElementTree.ParseError, msgspec.MsgspecError) as error:
        print(f"SEVERE: Error deploying configuration descriptor midonet-api.xml: {error}", file=sys.stderr)  # noqa: T201
        return None
    options.zookeeper = parameters.get("zookeeper-zookeeper_hosts", "").replace(" ", "")
    options.zookeeper_root = parameters.get("zookeeper-midolman_root_key", options.zookeeper_root)
    options.auth = "mock" if MOCK in parameters.get("auth-auth_provider", "") else "keystone"
    effective = directory / "services" / "api-options.json"
    effective.parent.mkdir(exist_ok=True)
    effective.write_bytes(msgspec.json.encode(options))
    port_file = home / "api.port"
    port = port_file.read_text(encoding="ascii").strip() if port_file.exists() else "0"
    command = [sys.executable, "-P", "-m", "midonet_lab.midonet19", "--site", str(home / "site.json")]
    command += ["--address", surroundings.api_address, "--port", port, "--port-file", str(port_file)]
    command += ["--options", str(effective), "--faults", str(home / "faults.json")]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(_SOURCES), "LANG": "C.UTF-8"}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, cwd=directory)


def _end(api: subprocess.Popen[bytes]) -> None:
    api.terminate()
    try:
        api.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        api.kill()
        api.wait()


def _parameters(text: bytes) -> dict[str, str]:
    """``context-param`` of a web.xml, values without the blanks around them."""
    found = {}
    for element in ElementTree.fromstring(text).iter():  # noqa: S314 - the practice site's own file
        if element.tag.rpartition("}")[2] == "context-param":
            inner = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
            found[inner.get("param-name", "")] = inner.get("param-value", "")
    return found
