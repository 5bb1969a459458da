"""ZooKeeper servers of one's own: one alone, or an ensemble."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
from collections.abc import Container, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

from midonet_lab.processes.account_file import read_account, write_account
from midonet_lab.processes.ports import LOOPBACK, free_port, is_free
from midonet_lab.processes.server_process import ServerFailed, ServerProcess, program

JAR = Path("/usr/share/java/zookeeper.jar")
LOGGER_JAR = Path("/usr/share/java/slf4j-simple.jar")
FAST_AND_UNSAFE = {"tickTime": "200", "minSessionTimeout": "400", "maxSessionTimeout": "60000"}
"""Options for tests: sessions may be as short as 0.4 seconds."""
FAST_AND_UNSAFE_JAVA = {"zookeeper.forceSync": "no"}
"""Java properties for tests: a crash of the machine may lose data."""

_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
_START_ATTEMPTS = 3
_SETTINGS = {
    "tickTime": "2000",
    "initLimit": "50",
    "syncLimit": "25",
    "maxClientCnxns": "0",
    "admin.enableServer": "false",
    "4lw.commands.whitelist": "*",
}
_PROPERTIES = {
    "zookeeper.preAllocSize": "1024",
    "zookeeper.jmx.log4j.disable": "true",
    "org.slf4j.simpleLogger.defaultLogLevel": "warn",
    "org.slf4j.simpleLogger.showDateTime": "true",
}


def delete_below(client: KazooClient, root: str, *, keep: Container[str] = ()) -> None:
    """Delete the children of ``root`` and all below them, but for the subtrees in ``keep``."""
    found: list[str] = []
    level = [root]
    while level:
        requests = [(path, client.get_children_async(path)) for path in level]
        level = []
        for path, request in requests:
            try:
                children = request.get()
            except NoNodeError:
                continue
            below = (f"{path.rstrip('/')}/{child}" for child in children)
            level += [child for child in below if child not in keep]
        found += level
    # Deepest first, and ZooKeeper keeps the order of one session's requests.
    for request in [client.delete_async(path) for path in reversed(found)]:
        with suppress(NoNodeError):
            request.get()


class ZooKeeper(ServerProcess):
    """A ZooKeeper server on 127.0.0.1 with data, configuration and log in ``directory``.

    ``options``: lines of zoo.cfg by name. ``java_options``: system properties by name (``jute.maxbuffer``
    and the like). ``super_password``: that of the user ``super``, who passes every ACL
    (``add_auth("digest", f"super:{password}")``). The client port is kept in ``directory``.
    ``brief``: a JVM that starts fast and stays slow, for servers that live a few seconds; without it the
    JVM's own defaults, as a server in service has them.
    """

    title = "ZooKeeper"

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        options: Mapping[str, str] | None = None,
        java_options: Mapping[str, str] | None = None,
        heap: str = "192m",
        brief: bool = True,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self.options = dict(options or {})
        self.java_options = dict(java_options or {})
        self._heap = heap
        self._brief = brief
        self._fixed_port = port
        kept = read_account(self.directory)
        self.port = port or kept[0]
        self.super_password = kept[1] or secrets.token_urlsafe(18)

    @property
    def hosts(self) -> str:
        """The list of servers as ZooKeeper clients want it."""
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> Self:
        """Start and wait until it serves. Raises ``ServerFailed`` with the tail of the log."""
        if self.running:
            return self
        for attempt in range(1, _START_ATTEMPTS + 1):
            self.launch()
            try:
                self.wait_until_serving()
            except ServerFailed:
                taken = "BindException" in self.log_tail(200)
                if self._fixed_port is not None or not taken or attempt == _START_ATTEMPTS:
                    raise
            else:
                break
        return self

    def launch(self) -> None:
        """Start without waiting (a member of an ensemble serves only once there is a quorum)."""
        java = program("java", package="default-jre-headless")
        for jar, package in ((JAR, "zookeeper"), (LOGGER_JAR, "libslf4j-java")):
            if not jar.exists():
                raise ServerFailed(f"{jar} is not installed", hint=f"apt-get install {package}")
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        if self._fixed_port is None and (not self.port or not is_free(self.port)):
            self.port = free_port()
        write_account(self.directory, self.port, self.super_password)
        (self.directory / "zoo.cfg").write_text(self._configuration(), encoding="utf-8")
        self._spawn([java, *self._java_arguments(), _MAIN, str(self.directory / "zoo.cfg")])

    def wait_until_serving(self) -> None:
        """Wait until the server takes requests. Raises ``ServerFailed`` with the tail of the log."""
        self._wait_until(lambda: self.mode() is not None)

    def mode(self) -> str | None:
        """``standalone``, ``leader`` or ``follower``; None while the server does not serve."""
        for line in self.ask("srvr").splitlines():
            name, _, value = line.partition(": ")
            if name == "Mode":
                return value.strip()
        return None

    def ask(self, word: str) -> str:
        """The answer to a four-letter word; empty when there is none."""
        try:
            with closing(socket.create_connection((LOOPBACK, self.port), timeout=5)) as link:
                link.sendall(word.encode("ascii"))
                answer = b"".join(iter(lambda: link.recv(65536), b""))
        except OSError:
            return ""
        return answer.decode("utf-8", errors="replace")

    def wipe(self) -> None:
        """Delete every node but ``/zookeeper``, whatever its ACL, while the server runs."""
        client = KazooClient(hosts=self.hosts, timeout=10.0)
        client.start(timeout=30)
        try:
            client.add_auth("digest", f"super:{self.super_password}")
            delete_below(client, "/", keep={"/zookeeper"})
        finally:
            client.stop()
            client.close()

    def _configuration(self) -> str:
        settings = {
            **_SETTINGS,
            **self.options,
            "dataDir": str(self.directory / "data"),
            "clientPort": str(self.port),
            "clientPortAddress": LOOPBACK,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _java_arguments(self) -> list[str]:
        digest = hashlib.sha1(f"super:{self.super_password}".encode(), usedforsecurity=False).digest()
        properties = {
            **_PROPERTIES,
            "java.io.tmpdir": str(self.directory),
            "zookeeper.DigestAuthenticationProvider.superDigest": "super:"
            + base64.b64encode(digest).decode(),
            **self.java_options,
        }
        return [
            f"-Xmx{self._heap}",
            *(("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1") if self._brief else ()),
            "-XX:-UsePerfData",  # it would write to /tmp
            *(f"-D{name}={value}" for name, value in properties.items()),
            "-cp",
            f"{LOGGER_JAR}:{JAR}",
        ]


class ZooKeeperEnsemble:
    """``size`` ZooKeeper servers that elect a leader; each of ``members`` can be stopped, killed, started.

    A stopped member keeps its data and ports, so ``member.launch()`` brings it back.
    """

    def __init__(
        self,
        directory: Path,
        size: int = 3,
        *,
        options: Mapping[str, str] | None = None,
        java_options: Mapping[str, str] | None = None,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        taken: set[int] = set()
        while len(taken) < 3 * size:
            taken.add(free_port())
        numbers = sorted(taken)
        peers = {
            f"server.{rank + 1}": f"{LOOPBACK}:{numbers[size + rank]}:{numbers[2 * size + rank]}"
            for rank in range(size)
        }
        self.directory = directory.absolute()
        self.members: Sequence[ZooKeeper] = tuple(
            ZooKeeper(
                self.directory / f"member-{rank + 1}",
                port=numbers[rank],
                options={**(options or {}), **peers},
                java_options=java_options,
                heap="96m",
                guarded=guarded,
                disposable=disposable,
            )
            for rank in range(size)
        )

    @property
    def hosts(self) -> str:
        """The list of all members, for clients."""
        return ",".join(member.hosts for member in self.members)

    @property
    def leader(self) -> ZooKeeper | None:
        """The member that leads now; None without a quorum."""
        return next((member for member in self.members if member.mode() == "leader"), None)

    def start(self) -> Self:
        """Start every member that does not run and wait until all serve. Raises ``ServerFailed``."""
        for rank, member in enumerate(self.members, start=1):
            data = member.directory / "data"
            data.mkdir(parents=True, exist_ok=True)
            (data / "myid").write_text(f"{rank}\n", encoding="ascii")
            if not member.running:
                member.launch()
        for member in self.members:
            member.wait_until_serving()
        return self

    def stop(self) -> None:
        """Stop every member."""
        for member in self.members:
            member.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
