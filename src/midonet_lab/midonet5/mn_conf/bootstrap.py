"""How 5.x tools find ZooKeeper, their root, their host's id and Java's character set (imp 4.4, 4.5)."""

from __future__ import annotations

import codecs
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from midonet_migrate.settings import midonet_files

LEGACY_ROOT, DEFAULT_ROOT = "/midonet/v1", "/midonet"
DEFAULT_HOSTS = "127.0.0.1:2181"
CLUSTER_FILE = midonet_files.MIDONET_CONF
_FILES = (midonet_files.MIDONET_CONF, midonet_files.MIDOLMAN_CONF)
_HOST_ID_FILES = ("etc/midonet_host_id.properties", "etc/midolman/host_uuid.properties")


class Bootstrap(msgspec.Struct, frozen=True):
    """Where ZooKeeper is. ``replaced_legacy_root``: 1.9's root was named, and 5.x's own is taken."""

    hosts: str
    root: str
    replaced_legacy_root: bool


class HostIdUnwritable(Exception):
    """There is no file with the host's id, and none can be made."""


def bootstrap(environment: Mapping[str, str], host_root: Path, *, files: Sequence[str] = _FILES) -> Bootstrap:
    """Environment first, then ``files`` in their order, then the defaults, for each value alone."""
    hosts, root = environment.get("MIDO_ZOOKEEPER_HOSTS", ""), environment.get("MIDO_ZOOKEEPER_ROOT_KEY", "")
    for name in files:
        path = host_root / name.lstrip("/")
        if not path.is_file():
            continue
        values = midonet_files.parse(path.read_text(encoding="utf-8", errors="replace"))
        for key in ("zookeeper_hosts", "root_key"):
            found = values.get(("zookeeper", key))
            if found is None:
                continue
            if key == "zookeeper_hosts":
                hosts = hosts or found.value
            else:
                root = root or found.value
    replaced = root == LEGACY_ROOT
    return Bootstrap(
        hosts=hosts.replace(" ", "") or DEFAULT_HOSTS,
        root=DEFAULT_ROOT if replaced or not root else root,
        replaced_legacy_root=replaced,
    )


def host_id(host_root: Path) -> str:
    """The id of the host below ``host_root``, made when there is none. Raises ``HostIdUnwritable``."""
    for name in _HOST_ID_FILES:
        path = host_root / name
        if path.is_file():
            found = re.search(r"^host_uuid=(\S+)", path.read_text(encoding="ascii"), re.MULTILINE)
            if found is not None:
                return found[1]
    made = str(uuid.uuid4())
    path = host_root / _HOST_ID_FILES[0]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#Sat Nov 28 00:00:00 UTC 2026\nhost_uuid={made}\n", encoding="ascii")
    except OSError as error:
        raise HostIdUnwritable(str(path)) from error
    return made


def java_charset(environment: Mapping[str, str]) -> str:
    """The character set in which a JVM of that time reads and writes by default."""
    named = re.search(r"-Dfile\.encoding=(\S+)", environment.get("JAVA_TOOL_OPTIONS", ""))
    if named is not None:
        return _known(named[1])
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "C"
    )
    _, _, encoding = locale.partition("@")[0].partition(".")
    return _known(encoding) if encoding else "ascii"


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "ascii"
