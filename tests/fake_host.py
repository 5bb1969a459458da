"""A host in memory, for tests of the order in which stages do things. What hosts really do is tested on the
practice site's hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from midonet_migrate.hosts.files.file_state import FileKind, FileState, RemoteFile, sha256
from midonet_migrate.hosts.packages.manager import PackageChange, Transaction
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.prediction import SERVICES_OF_PACKAGES, difference
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed
from midonet_migrate.model.hosts import Family, HostEntry, HostFacts, InitSystem, Role, ServiceFacts


class FakePackages:
    """A package manager that can install everything it knows."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.there: dict[str, str] = {}
        self.available: dict[str, list[str]] = {}
        self.dependencies: dict[tuple[str, str], dict[str, str]] = {}
        """(name, version) -> what it brings along."""
        self.downloaded: list[PackageChange] = []
        self.rest_on: dict[str, str] = {}
        """Package -> what goes with it: it rests on it."""
        self.half: list[str] = []
        """Half installed."""
        self.under_way: PackageChange | None = None
        """A transaction that goes on though its connection was lost."""

    def installed(self) -> dict[str, str]:
        return dict(self.there)

    def held(self) -> list[str]:
        return []

    def broken(self) -> list[str]:
        return list(self.half)

    def settle(self) -> None:
        change, self.under_way = self.under_way, None
        if change is not None:
            self.apply(change)

    def repair(self) -> None:
        self.host.say("repair")
        self.half = []

    def refresh(self) -> None:
        self.host.say("refresh")

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        return {name: self.available.get(name, []) for name in names}

    def simulate(self, change: PackageChange) -> Transaction:
        wanted = dict(change.install)
        for item in change.install.items():
            for name, version in self.dependencies.get(item, {}).items():
                if name not in self.there:
                    wanted.setdefault(name, version)
        gone = {*change.remove, *(self.rest_on.get(name, name) for name in change.remove)}
        after = {name: version for name, version in self.there.items() if name not in gone}
        return difference(self.there, {**after, **wanted})

    def download(self, change: PackageChange) -> None:
        self.downloaded.append(change)

    def apply(self, change: PackageChange) -> Transaction:
        transaction = self.simulate(change)
        for name, version in change.install.items():
            self.host.say(f"install {name} {version}")
        for name in change.remove:
            self.host.say(f"remove {name}")
        for name in change.reinstall:
            self.host.say(f"reinstall {name}")
        for name in SERVICES_OF_PACKAGES:
            if name in transaction.installed:
                self.host.services.add(SERVICES_OF_PACKAGES[name], running=False)
            if name in transaction.removed:
                self.host.services.there.pop(SERVICES_OF_PACKAGES[name])
        self.there = {
            **{name: version for name, version in self.there.items() if name not in transaction.removed},
            **transaction.installed,
            **{name: new for name, (_, new) in transaction.changed.items()},
        }
        return transaction

    def owner(self, path: str) -> str:
        return ""


class FakeServices:
    """Services that do as they are told."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.there: dict[str, ServiceFacts] = {}

    def add(self, role: str, *, running: bool = True, enabled: bool = True) -> None:
        self.there[role] = ServiceFacts(name=role, init=InitSystem.SYSV, running=running, enabled=enabled)

    def find(self, role: str) -> ServiceFacts | None:
        return self.there.get(role)

    def start(self, role: str) -> None:
        self._set(role, f"start {role}", running=True)

    def stop(self, role: str) -> None:
        self._set(role, f"stop {role}", running=False)

    def restart(self, role: str) -> None:
        self._set(role, f"restart {role}", running=True)

    def enable(self, role: str) -> None:
        self._set(role, f"enable {role}", enabled=True)

    def disable(self, role: str) -> None:
        self._set(role, f"disable {role}", enabled=False)

    def _set(self, role: str, said: str, **members: bool) -> None:
        self.host.say(said)
        self.there[role] = msgspec.structs.replace(self.there[role], **members)


class FakeFiles:
    """Files by path."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.there: dict[str, RemoteFile] = {}

    def put(self, path: str, text: str, *, mode: int = 0o644, owner: str = "root") -> None:
        data = text.encode()
        state = FileState(
            path=path,
            kind=FileKind.FILE,
            target=path,
            mode=mode,
            owner=owner,
            group=owner,
            sha256=sha256(data),
        )
        self.there[path] = RemoteFile(state, data)

    def text(self, path: str) -> str:
        return self.there[path].data.decode()

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        absent = {path: FileState(path=path, kind=FileKind.ABSENT, target=path) for path in paths}
        return {path: self.there.get(path) or RemoteFile(state) for path, state in absent.items()}

    def find(self, patterns: Sequence[str]) -> list[str]:
        return [path for path in self.there if any(fnmatchcase(path, pattern) for pattern in patterns)]

    def write(
        self,
        path: str,
        data: bytes,
        *,
        expected: str | None = None,
        mode: int | None = None,
        owner: str = "",
        group: str = "",
    ) -> FileState:
        self.host.say(f"write {path}")
        there = self.there.get(path)
        assert expected == (there.state.sha256 if there is not None else "absent")
        before = there.state if there is not None else FileState(path=path, kind=FileKind.FILE, target=path)
        state = msgspec.structs.replace(
            before,
            mode=before.mode if mode is None else mode,
            owner=owner or before.owner or "root",
            group=group or before.group or "root",
            sha256=sha256(data),
        )
        self.there[path] = RemoteFile(state, data)
        return state

    def remove(self, path: str, *, expected: str | None = None) -> None:
        self.host.say(f"delete {path}")
        self.there.pop(path, None)

    def make_directory(self, path: str, *, mode: int = 0o755) -> bool:
        return False

    def remove_directory(self, path: str) -> bool:
        return False


class FakeJava:
    """Java 7, and Java 8 once its package is there."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.chosen = ""

    def choice(self) -> str:
        return max(self.installed()) if self.is_automatic() else self.chosen

    def is_automatic(self) -> bool:
        return self.chosen not in self.installed()

    def installed(self) -> list[str]:
        return ["7", "8"] if any("8" in name for name in self.host.packages.there) else ["7"]

    def choose(self, major: str) -> None:
        self.host.say(f"java {major}")
        assert major in self.installed()
        self.chosen = major

    def choose_automatically(self) -> None:
        self.host.say("java newest")
        self.chosen = ""


class FakeHost:
    """``said``: everything that was done to it, in order. ``before_each`` is called before each of it."""

    def __init__(self, name: str, *roles: Role, host_id: str = "", family: Family = Family.DEBIAN) -> None:
        self.name = name
        self.said: list[str] = []
        self.before_each: Callable[[str], None] = lambda said: None
        self.packages = FakePackages(self)
        self.services = FakeServices(self)
        self.files = FakeFiles(self)
        self.java = FakeJava(self)
        self.entry = HostEntry(
            name=name, roles=roles, midonet_host_id=host_id, midonet_name=name if host_id else ""
        )
        self.family = family
        self.answers: dict[str, Completed] = {}
        self.is_now: dict[str, object] = {}
        """Facts that are others by now."""

    def say(self, said: str) -> None:
        self.before_each(said)
        self.said.append(said)

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        return self.answers.get(" ".join(command), Completed(0))

    def facts(self) -> HostFacts:
        facts = HostFacts(
            hostname=self.name,
            distribution="ubuntu" if self.family is Family.DEBIAN else "centos",
            release="14.04" if self.family is Family.DEBIAN else "7",
            family=self.family,
            init=InitSystem.UPSTART if self.family is Family.DEBIAN else InitSystem.SYSTEMD,
            packages=self.packages.installed(),
            java={major: f"/java{major}" for major in self.java.installed()},
            java_default=f"/java{self.java.choice()}",
            services=dict(self.services.there),
            midonet_host_id=self.entry.midonet_host_id,
        )
        return msgspec.structs.replace(facts, **self.is_now)

    def parts(self) -> HostParts:
        return HostParts(
            entry=self.entry,
            facts=self.facts(),
            runner=self,
            packages=self.packages,
            services=self.services,
            files=self.files,
            java=self.java,
        )
