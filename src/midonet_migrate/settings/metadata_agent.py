"""What Neutron's metadata agent knows of Nova, out of its files (host 2.1, 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address

import msgspec

from midonet_migrate.settings.filesystem import UnreadableFile
from midonet_migrate.settings.oslo_files import OsloFiles, UnresolvedReference, parse
from midonet_migrate.settings.values import Secret

METADATA_AGENT_INI = "/etc/neutron/metadata_agent.ini"
METADATA_AGENT_FILES = ("/etc/neutron/neutron.conf", METADATA_AGENT_INI)
"""In the order in which the agent reads them: the later one wins."""
_SHARED = "metadata_proxy_shared_secret"
# Kilo's name and the one that replaced it.
_HOST = ("nova_metadata_host", "nova_metadata_ip")
_PORT, _DEFAULT_PORT, _LARGEST_PORT = "nova_metadata_port", "8775", 65535
_PROTOCOL, _PROTOCOLS = "nova_metadata_protocol", ("http", "https")


class MetadataAgent(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` of Nova's metadata service, as other hosts can use it, and the secret shared with it; None
    where the files do not tell it: ``problems`` says why, without values."""

    url: str | None = None
    secret: Secret | None = None
    problems: tuple[str, ...] = ()


def read_metadata_agent(files: Mapping[str, str]) -> MetadataAgent:
    """Out of the texts of files by their paths, in the order in which the agent reads them.

    A URL of the controller itself (127.0.0.1, Neutron's default) is none: agents of MidoNet 5 ask from their
    own hosts.
    """
    try:
        reader = _Reader(OsloFiles([parse(text, path) for path, text in files.items()]))
    except UnreadableFile as error:
        return MetadataAgent(problems=(error.problem.message,))
    url, secret = reader.url(), reader.value(_SHARED)
    if not secret and not reader.problems_of(_SHARED):
        reader.tell(_SHARED, "is not set")
    return MetadataAgent(
        url=url, secret=Secret(secret) if secret else None, problems=tuple(reader.problems.values())
    )


class _Reader:
    def __init__(self, files: OsloFiles) -> None:
        self._files = files
        self.problems: dict[str, str] = {}

    def value(self, *names: str) -> str:
        """The value of the first of these names that is set; empty without one."""
        found = self._files.find(*(("DEFAULT", name) for name in names))
        if found is None:
            return ""
        try:
            return self._files.value(found)
        except UnresolvedReference:
            # The name it refers to is left out: it may be a part of the secret.
            self.tell(names[0], "refers to an option that no file sets (a plain '$' is written '$$')")
            return ""

    def url(self) -> str | None:
        host, port = self.value(*_HOST), self.value(_PORT) or _DEFAULT_PORT
        protocol = (self.value(_PROTOCOL) or _PROTOCOLS[0]).lower()
        if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
            self.tell(_PORT, "is no port")
        if protocol not in _PROTOCOLS:
            self.tell(_PROTOCOL, "is neither http nor https")
        if not self.problems_of(*_HOST) and _is_own(host):
            self.tell(_HOST[1], f"names the host itself ({host or 'by default'}), which others cannot use")
        if self.problems_of(*_HOST, _PORT, _PROTOCOL):
            return None
        return f"{protocol}://{_bracketed(host)}:{int(port)}"

    def tell(self, name: str, text: str) -> None:
        self.problems[name] = f"{name} {text}"

    def problems_of(self, *names: str) -> bool:
        return any(name in self.problems for name in names)


def _is_own(host: str) -> bool:
    if host.lower() in {"", "localhost"}:
        return True
    with suppress(ValueError):
        address = ip_address(host.strip("[]"))
        return address.is_loopback or address.is_unspecified
    return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
