"""What can be wrong with packages on a host of CentOS 7: one clear error each, and nothing changed."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.packages.rpm_midonet import midonet5
from midonet_lab.packages.rpm_package import PackagedFile, RpmPackage, Scripts
from midonet_lab.packages.rpm_repository import RpmRepository, SigningKey, repository_text
from midonet_lab.packages.rpm_site import BASE, new
from midonet_lab.processes.ports import LOOPBACK
from midonet_migrate.errors import MigrateError, NoPermission
from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesBusy,
    PackagesFailed,
)
from midonet_migrate.hosts.packages.yum import Yum
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import RepositoryDefinition, RepositoryKey
from unused_ports import refusing_port
from yum_hosts import (
    NEW_VERSION,
    OLD_VERSION,
    SITE_FILE,
    StartYumHost,
    YumSite,
    shell,
    start_yum_host,
    yum_site,
)

__all__ = ["start_yum_host", "yum_site"]

TOOLS = PackageChange(install={"midonet-tools": NEW_VERSION})
KEY_NAME = "RPM-GPG-KEY-midokura"
KEY_URL = f"file:///etc/pki/rpm-gpg/{KEY_NAME}"


def manager(host: LabHost, text: str, **keys: Path) -> Yum:
    """yum with this repository besides those of the host."""
    named = tuple(RepositoryKey(name=KEY_NAME, file=str(file)) for file in keys.values())
    return Yum(host.runner(), RepositoryDefinition(text=text, keys=named), lock_seconds=0)


@pytest.fixture(scope="module")
def signed(yum_site: YumSite) -> tuple[str, SigningKey]:
    """A signed repository (its URL) and its key."""
    key = SigningKey(yum_site.directory / "gnupg")
    try:
        repository = RpmRepository(yum_site.directory / "repositories" / "signed")
        repository.add([package for package in midonet5("5.2.1") if package.name == "midonet-tools"], key)
        repository.index()
    finally:
        key.close()
    return yum_site.server.url("signed"), key


def test_a_missing_version_is_told_with_those_that_there_are(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Of every package at once; yum itself would go on without them."""
    yum = manager(start_yum_host(), yum_site.new_text())
    with pytest.raises(NoRepository) as missing:
        yum.simulate(
            PackageChange(install={"midolman": "2:5.9.9-1.0.el7", "midonet-x": "1-1", **TOOLS.install})
        )
    assert missing.value.problems == (
        f"midolman 2:5.9.9-1.0.el7 is missing; there is {NEW_VERSION}, 1.9.9-1.0.el7, {OLD_VERSION}",
        "midonet-x 1-1 is missing",
    )


def test_a_version_lock_is_held_and_refused(start_yum_host: StartYumHost, yum_site: YumSite) -> None:
    """What the operator has locked is not changed behind his back, and is told by name."""
    host = start_yum_host()
    yum = manager(host, yum_site.new_text())
    assert yum.held() == []
    assert shell(host, "yum versionlock midolman").status == 0

    assert yum.held() == ["midolman"]
    with pytest.raises(PackagesFailed) as refused:
        yum.apply(PackageChange(install={"midolman": NEW_VERSION, **TOOLS.install}))
    assert "version lock" in refused.value.what
    assert "yum versionlock delete midolman" in refused.value.hint
    assert yum.installed()["midolman"] == OLD_VERSION

    shell(host, "rm /etc/yum/pluginconf.d/versionlock.conf")
    assert yum.held() == [], "a host without the plug-in holds nothing"


def test_a_lock_that_is_held_is_not_waited_for_without_end(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Another yum is named with its process; when it ends in time, ours goes on."""
    host = start_yum_host()
    manager(host, yum_site.new_text()).refresh()
    hold = "sleep 300 >/dev/null 2>&1 & echo $! | tee /var/run/yum.pid"
    owner = shell(host, hold).stdout.strip()

    with pytest.raises(PackagesBusy, match="Another process") as busy:
        manager(host, yum_site.new_text()).simulate(TOOLS)
    assert f"process {owner}" in busy.value.why

    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        shell(host, f"kill {owner}")

    definition = RepositoryDefinition(text=yum_site.new_text())
    assert (
        Yum(host.runner(), definition, sleep=wait).simulate(TOOLS).installed["midonet-tools"] == NEW_VERSION
    )
    assert waited


def test_the_lock_of_rpm_itself_is_reported_too(start_yum_host: StartYumHost, yum_site: YumSite) -> None:
    """Somebody runs rpm, not yum."""
    host = start_yum_host()
    code = (
        "import fcntl, time; file = open('/var/lib/rpm/.rpm.lock', 'a'); fcntl.lockf(file, fcntl.LOCK_EX);"
        " print('held', flush=True); time.sleep(300)"
    )
    hold = f'/usr/bin/python3 -c "{code}" >/run/held & while ! [ -s /run/held ]; do sleep 0.1; done'
    yum = manager(host, yum_site.new_text())
    yum.download(TOOLS)
    assert shell(host, hold).status == 0
    with pytest.raises(PackagesBusy):
        yum.apply(TOOLS)
    assert "midonet-tools" not in yum.installed()


def test_signed_packages_are_taken_with_the_key_of_the_inventory(
    start_yum_host: StartYumHost, signed: tuple[str, SigningKey]
) -> None:
    """The key is looked at while staging already, in a keyring of our own: the host's gets none."""
    url, key = signed
    host = start_yum_host()
    yum = manager(host, repository_text("midonet5", url, key_url=KEY_URL), key=key.public)
    yum.download(TOOLS)
    assert shell(host, "rpm -q gpg-pubkey").status == 1
    yum.apply(TOOLS)
    assert yum.installed()["midonet-tools"] == NEW_VERSION
    assert shell(host, f"test -e /etc/pki/rpm-gpg/{KEY_NAME}").status == 1


def test_packages_without_the_right_signature_are_refused(
    start_yum_host: StartYumHost, yum_site: YumSite, signed: tuple[str, SigningKey]
) -> None:
    """With gpgcheck, whatever rpm would install: before anything is done, when staging already. Not signed at
    all, by another key than the one that is given, by a key that nobody gives."""
    url, _key = signed
    stranger = SigningKey(yum_site.directory / "gnupg-stranger", "stranger")
    stranger.close()
    host = start_yum_host()
    plain = repository_text("midonet5", yum_site.server.url(new("5.2.1")), key_url=KEY_URL)
    text = repository_text("midonet5", url, key_url=KEY_URL)
    for repository, said in (
        (plain, "is not signed"),
        (text, "are not those"),
        (text.replace(f"gpgkey={KEY_URL}\n", ""), "names no key"),
    ):
        yum = manager(host, repository, key=stranger.public)
        for attempt in (yum.download, yum.apply):
            with pytest.raises(NoRepository, match=said):
                attempt(TOOLS)
        assert "midonet-tools" not in yum.installed()
        if repository is text:
            cached = shell(host, "find /var/cache/midonet-migrate -name 'midonet-tools*.rpm'").stdout
            assert len(cached.splitlines()) == 1, "a package of the repository before is still there"


def test_an_answer_of_a_repository_that_is_none_is_told_in_words(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Not there, nobody listens, a proxy that does not answer, wrong credentials: which repository, and what
    it said; a password in its address is never shown."""
    with refusing_port() as port:
        each_answer_is_told(start_yum_host(), yum_site, port)


def each_answer_is_told(host: LabHost, yum_site: YumSite, port: int) -> None:
    """``port``: nobody listens there."""
    nobody = f"http://user:s3cr3t@{LOOPBACK}:{port}/x/"

    def error(text: str) -> MigrateError:
        with pytest.raises(NoRepository) as caught:
            manager(host, text).refresh()
        assert "s3cr3t" not in f"{caught.value} {caught.value.why} {caught.value.problems}"
        return caught.value

    gone = error(repository_text("midonet5", yum_site.server.url("nowhere")))
    assert "midonet5" in gone.what
    assert "404" in gone.why
    refused = error(repository_text("midonet5", nobody))
    assert "Connection refused" in refused.why
    shell(host, f"sed -i 's|^\\[main\\]|[main]\\nproxy=http://{LOOPBACK}:{port}|' /etc/yum.conf")
    behind = error(yum_site.new_text())
    assert "Connection refused" in behind.why


def test_a_dependency_that_nobody_offers_is_named(start_yum_host: StartYumHost, yum_site: YumSite) -> None:
    """Without the misc repository midolman 5 lacks two packages (host 1.1)."""
    host = start_yum_host()
    shell(host, f"sed -i '/^\\[misc\\]/,/^gpgcheck/d' /{SITE_FILE}")
    with pytest.raises(PackagesFailed) as lacking:
        manager(host, yum_site.new_text()).simulate(
            PackageChange(install={"midolman": NEW_VERSION, **TOOLS.install})
        )
    problem = f"2:midolman-{NEW_VERSION.partition(':')[2]}.noarch (midonet5): Requires: "
    assert f"{problem}libreswan >= 1.15.0" in lacking.value.problems
    assert "misc" in lacking.value.hint


def test_files_that_collide_unexpectedly_are_not_replaced(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Only the overlap of midolman 1.9 and the tools is known; somebody else's file is never taken."""
    host = start_yum_host()
    other = RpmPackage(
        name="site-tools",
        version="1",
        release="1",
        files={"/usr/bin/mm-stat": PackagedFile(b"#!/bin/sh\n", 0o755)},
    )
    repository = RpmRepository(host.root / "srv" / "site")
    repository.add([other])
    assert shell(host, "rpm -i --replacefiles /srv/site/site-tools-*.rpm").status == 0
    yum = manager(host, yum_site.new_text())
    for attempt in (yum.download, yum.apply):
        with pytest.raises(PackagesFailed) as collided:
            attempt(TOOLS)
        assert collided.value.problems == ("/usr/bin/mm-stat: of midonet-tools and of site-tools",)
    assert "midonet-tools" not in yum.installed()


def test_a_package_that_is_not_the_one_of_the_lists_is_fetched_anew(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """One of the same name and version lies in the cache, whole and readable, from another build."""
    host = start_yum_host()
    yum = manager(host, yum_site.new_text())
    yum.download(TOOLS)
    name = f"midonet-tools-{NEW_VERSION.partition(':')[2]}.noarch.rpm"
    find = f"find /var/cache/midonet-migrate -name {name}"
    other = next(package for package in midonet5("5.2.1") if package.name == "midonet-tools")
    files = {**other.files, "/usr/bin/mm-stat": PackagedFile(b"#!/bin/sh\n# of another build\n", 0o755)}
    repository = RpmRepository(host.root / "srv" / "other")
    repository.add([msgspec.structs.replace(other, files=files)])
    assert shell(host, f'cp /srv/other/{name} "$({find})"').status == 0

    yum.apply(TOOLS)
    assert "another build" not in shell(host, "cat /usr/bin/mm-stat").stdout
    assert yum.owner("/usr/bin/mm-stat") == "midonet-tools"


def test_a_disk_without_room_is_told_so(start_yum_host: StartYumHost, yum_site: YumSite) -> None:
    """While packages are fetched; afterwards the same works."""
    host = start_yum_host()
    yum = manager(host, yum_site.new_text())
    yum.simulate(TOOLS)
    script = """\
set -e
cd /var/cache/midonet-migrate/yum/migration/cache/midonet5-*/
mkdir -p packages
mount -t tmpfs -o size=64k none packages
head -c 100k /dev/zero >packages/filler || true
"""
    assert shell(host, script).status == 0
    with pytest.raises(PackagesFailed, match="room") as full_disk:
        yum.download(TOOLS)
    assert full_disk.value.recovery.value == "run the same command again"
    shell(host, "umount /var/cache/midonet-migrate/yum/migration/cache/midonet5-*/packages")
    yum.download(TOOLS)


def slow_repository(host: LabHost) -> str:
    """Packages whose scripts end only once ``/run/quick`` is there. The text of its file."""
    slow = Scripts(
        post="touch /run/half-done\ni=0\nwhile ! [ -e /run/quick ] && [ $i -lt 3000 ]; do sleep 0.1;"
        " i=$((i+1)); done\necho configured >>/run/configured\n"
    )
    repository = RpmRepository(host.root / "srv" / "slow")
    for version in ("1", "2", "3"):
        content = PackagedFile(f"of version {version}\n".encode())
        scripts = slow if version != "1" else Scripts()
        files = {"/srv/slow-file": content}
        others = [
            RpmPackage(name="later", version="1", release="1", requires=("slow >= 2",)),
            RpmPackage(name="gone", version="1", release="1"),
        ]
        package = RpmPackage(name="slow", version=version, release="1", files=files, scripts=scripts)
        repository.add([package, *(others if version == "1" else [])])
    repository.index()
    text = repository_text("slow", "file:///srv/slow")
    (host.root / "etc/yum.repos.d/slow.repo").write_text(text)
    return text


WAIT = "i=0; while ! [ -e /run/half-done ] && [ $i -lt 2400 ]; do sleep 0.1; i=$((i+1)); done"
VERSIONS = "rpm -q slow --qf '%{VERSION} '"


def test_a_transaction_of_others_that_was_killed_is_left_to_them(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """yum's notes say what was still to come. Nothing is changed until somebody has seen to it; the lock of
    the yum that is gone is in nobody's way."""
    host = start_yum_host()
    slow_repository(host)
    yum = manager(host, yum_site.new_text())
    yum.download(TOOLS)
    assert yum.broken() == []

    start = "yum -y install later >/run/log 2>&1 & echo $!"
    pid = shell(host, f"{start}; {WAIT}").stdout.strip()
    assert shell(host, "test -e /run/half-done").status == 0, shell(host, "cat /run/log").stdout
    gone = f"while kill -0 {pid} 2>/dev/null; do sleep 0.1; done"
    shell(host, f"kill -{signal.SIGKILL.value} {pid}; {gone}; touch /run/quick")
    assert shell(host, "cat /var/run/yum.pid").stdout == pid

    assert "later" in yum.broken()
    assert "later" not in yum.installed()
    for attempt in (yum.repair, lambda: yum.apply(TOOLS)):
        with pytest.raises(PackagesFailed, match="cut off") as refused:
            attempt()
        assert "later" in refused.value.problems
        assert "yum-complete-transaction" in refused.value.hint
    assert "midonet-tools" not in yum.installed()

    shell(host, "rm -f /var/lib/yum/transaction-*")
    assert yum.apply(TOOLS).installed["midonet-tools"] == NEW_VERSION


def test_our_own_transaction_that_was_killed_is_finished(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Killed while an update stands in the database twice, rpm over known files and yum: repaired, each is
    there once, whole, with its script run; what was to come is there, and what was to go is gone. Other
    repositories meanwhile take nothing of that away."""
    host = start_yum_host()
    text = slow_repository(host)
    assert shell(host, "yum -y install slow-1-1").status == 0
    yum = manager(host, f"{yum_site.new_text()}\n{text.replace('[slow]', '[slow-too]')}")
    other = manager(host, yum_site.new_text())
    more = {"later": "1-1", **TOOLS.install}
    for change, program in (
        (PackageChange(install={"slow": "2-1", **more}, remove=("gone",)), "rpm -U"),
        (PackageChange(install={"slow": "3-1"}, remove=("gone",)), "/usr/bin/python3 -I /usr/bin/yum"),
    ):
        before, after = (str(int(change.install["slow"][0]) - step) for step in (1, 0))
        assert shell(host, "rm -f /run/half-done /run/quick; yum -y install gone").status == 0
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(yum.apply, change)
            assert shell(host, f"{WAIT}; test -e /run/half-done").status == 0
            assert shell(host, f"pkill -9 -f '^{program} '").status == 0
            assert shell(host, "touch /run/quick").status == 0
            assert isinstance(running.exception(), PackagesFailed)

        assert sorted(shell(host, VERSIONS).stdout.split()) == [before, after], "rpm itself tells it so"
        assert {*change.install, "gone"} - {"java-1.8.0-openjdk-headless"} <= {*other.broken()}
        with pytest.raises(PackagesFailed, match="cut off"):
            other.apply(PackageChange(install={"midonet-api": "1.9.9-1.0.el7"}))
        other.refresh()

        shell(host, "rm -f /run/configured; echo spoilt >/srv/slow-file")
        other.repair()
        assert yum.broken() == []
        said = shell(host, f"{VERSIONS}; cat /srv/slow-file; rpm -V slow; cat /run/configured").stdout
        assert said == f"{after} of version {after}\nconfigured\n"
        assert "gone" not in yum.installed()
        assert shell(host, "ls /var/lib/yum | grep transaction").stdout == ""
        assert yum.apply(change).nothing_to_do
        other.repair()
    assert yum.installed()["later"] == "1-1"
    assert yum.owner("/usr/bin/mn-conf") == "midonet-tools"


def test_what_root_alone_may_do_is_told_to_others(start_yum_host: StartYumHost, yum_site: YumSite) -> None:
    """Looking is free; staging wants a directory of its own."""
    host = start_yum_host()

    class Nobody:
        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = 120.0,
        ) -> Completed:
            words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", *command]
            return host.runner().run(words, stdin=stdin, environment=environment, timeout=timeout)

    yum = Yum(Nobody(), RepositoryDefinition(text=yum_site.new_text()))
    assert yum.installed()["midolman"] == OLD_VERSION
    with pytest.raises(NoPermission, match="root"):
        yum.refresh()


def test_packages_of_a_mounted_repository_are_taken_from_there(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """yum copies nothing out of a file: repository; it is installed from all the same, known overlap too."""
    host = start_yum_host()
    repository = RpmRepository(host.root / "srv" / "mirror")
    repository.take(yum_site.repositories[new("5.2.1")], ["midonet-tools"])
    repository.take(yum_site.repositories[BASE], ["java-1.8.0-openjdk-headless"])
    repository.index()
    yum = manager(host, repository_text("mirror", "file:///srv/mirror"))
    yum.download(TOOLS)
    yum.apply(TOOLS)
    assert yum.owner("/usr/bin/mn-conf") == "midonet-tools"


def test_a_script_that_fails_is_told_though_its_package_is_installed(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """What it says comes along; a second run finds nothing to do."""
    host = start_yum_host()
    failing = Scripts(post="echo the disk of the quagga is flat >&2\nexit 3\n")
    repository = RpmRepository(host.root / "srv" / "failing")
    repository.add([RpmPackage(name="failing", version="1", release="1", scripts=failing)])
    repository.index()
    yum = manager(host, repository_text("failing", "file:///srv/failing"))
    with pytest.raises(PackagesFailed, match="script of a package failed"):
        yum.apply(PackageChange(install={"failing": "1-1"}))
    assert yum.apply(PackageChange(install={"failing": "1-1"})).nothing_to_do
