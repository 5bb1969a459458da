"""The whole MidoNet side of an old site, read from its 1.9 REST API."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx
import msgspec

from midonet_migrate.errors import AlreadyMigrated, ApiUnreachable, WrongState
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.run.progress import Progress, SilentProgress
from midonet_migrate.source.midonet.arrange import arrange, port_links
from midonet_migrate.source.midonet.client import Gone, MidonetClient
from midonet_migrate.source.midonet.consistency import check_consistency, drop_repeated, drop_vanished
from midonet_migrate.source.midonet.jobs import Harvest, run_jobs
from midonet_migrate.source.midonet.media_types import APPLICATION, SYSTEM_STATE, WRITE_VERSION
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts, Transport
from midonet_migrate.source.midonet.traversal import Traversal

VERSION = "v1.9"
"""What the root document of every 1.9 server says (old 1.2); 5.x says ``v5.0`` (new 1.2)."""


class MidonetRead(msgspec.Struct, kw_only=True):
    """Everything the API serves, as :class:`~midonet_migrate.model.snapshot.Snapshot` wants it.

    ``objects`` has every kind of the ledger (maybe empty), ``system_state``, ``write_version`` and
    ``host_version``; members are as served, even where the server is wrong (swapped address versions, old
    3.8), but for links, which are left out. ``findings``: ``{rule, level, kind, id, message}``.
    ``requests``: how many were sent.
    """

    objects: dict[str, list[JsonObject]]
    vanished: list[Vanished]
    findings: list[JsonObject]
    version: str
    identity: JsonObject
    """``api`` (URL without credentials), ``version``, ``state``, ``availability``, ``write_version``."""
    requests: int

    @property
    def read_only(self) -> bool:
        """Whether the server refused writes when the reading began: nothing can have changed (old 2.4)."""
        return bool(self.identity.get("availability") == "READONLY")


def read_midonet(
    base_url: str,
    credentials: Credentials | None,
    *,
    threads: int = 8,
    timeouts: Timeouts | None = None,
    progress: Progress | None = None,
    macs: Mapping[str, str] | None = None,
    verify: ssl.SSLContext | bool = True,
    mount: httpx.BaseTransport | None = None,
) -> MidonetRead:
    """Read everything below ``base_url`` (e.g. ``http://controller:8080/midonet-api``); changes nothing.

    ``credentials``: None for a server with mock authentication. ``macs``: see
    :class:`~midonet_migrate.source.midonet.traversal.Traversal`. ``mount`` replaces the network (tests).
    Raises :class:`ApiUnreachable`, :class:`AuthenticationFailed`, :class:`AccessDenied`,
    :class:`AlreadyMigrated` (the server is one of 5.x) or :class:`WrongState` (another release).
    """
    timeouts = timeouts or Timeouts()
    transport = Transport(base_url, timeouts, verify=verify, mount=mount)
    try:
        client = MidonetClient(transport, credentials, timeouts)
        return _read(client, threads, progress or SilentProgress(), macs or {})
    finally:
        transport.close()


def _read(client: MidonetClient, threads: int, progress: Progress, macs: Mapping[str, str]) -> MidonetRead:
    version = checked_version(client)
    objects: dict[str, list[JsonObject]] = {kind: [] for kind in (*MIDONET_KINDS, "host_version")}
    traversal = Traversal(client, macs)
    objects["system_state"] = [traversal.document("/system_state", SYSTEM_STATE)]
    objects["write_version"] = [traversal.document("/write_version", WRITE_VERSION)]
    vanished: list[Vanished] = []
    findings: list[JsonObject] = []

    def store(harvest: Harvest) -> None:
        if harvest.kind:
            objects[harvest.kind].extend(harvest.items)
        vanished.extend(harvest.vanished)
        findings.extend(harvest.findings)

    with progress.phase("reading MidoNet 1.9") as phase:
        run_jobs(traversal.first_jobs(), threads, phase, store, client.stop)
        vanished.extend(_vanished_chains(traversal, objects))
    vanished = drop_vanished(objects, vanished)
    objects["interface"] = [item for host in objects["host"] for item in host.get("hostInterfaces") or []]
    objects["port_link"] = port_links(objects["port"])
    findings.extend(drop_repeated(objects))
    arrange(objects)
    findings.extend(check_consistency(objects))
    findings.sort(key=lambda finding: (finding["rule"], finding["kind"], finding["id"]))
    return MidonetRead(
        objects=objects,
        vanished=vanished,
        findings=findings,
        version=version,
        identity=_identity(client, version, objects["system_state"][0]),
        requests=client.requests,
    )


def checked_version(client: MidonetClient) -> str:
    """Log in and make sure that this is a server of 1.9; raises as :func:`read_midonet`."""
    client.login()
    try:
        root = client.get("/", APPLICATION)
    except Gone as error:
        raise ApiUnreachable(
            f"there is no MidoNet API at {client.shown} (status 404)",
            hint="the base URL ends in the API's path, usually /midonet-api",
        ) from error
    version = root.get("version") if isinstance(root, dict) else None
    if version == VERSION:
        return VERSION
    if isinstance(version, str) and version.startswith("v5"):
        raise AlreadyMigrated(
            f"the API at {client.shown} is one of MidoNet 5 ({version})",
            why="the source of a migration is the API of MidoNet 1.9",
            hint="point --source-api at the 1.9 API, usually port 8080; the plug-in's midonet_uri means 5.x "
            "once the endpoints have been updated",
        )
    raise WrongState(
        f"the API at {client.shown} does not say that it is MidoNet 1.9 (version: {version!r})",
        hint="upgrade the old site to 1.9 first, and check the URL",
    )


def _vanished_chains(traversal: Traversal, objects: Mapping[str, list[JsonObject]]) -> list[Vanished]:
    """A chain that has gone has an empty list of rules, like one that never had any (old 1.6): look again."""
    filled = {rule["chainId"] for rule in objects["rule"]}
    empty = {chain["id"] for chain in objects["chain"]} - filled
    if not empty:
        return []
    there = {chain["id"] for chain in traversal.collection("chain")}
    return [Vanished("chain", f"/chains/{chain_id}", 200) for chain_id in sorted(empty - there)]


def _identity(client: MidonetClient, version: str, state: JsonObject) -> JsonObject:
    return {
        "api": client.shown,
        "version": version,
        "state": state.get("state"),
        "availability": state.get("availability"),
        "write_version": state.get("writeVersion"),
    }
