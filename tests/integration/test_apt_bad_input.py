"""What can be wrong with packages on a host of Ubuntu: one clear error each, and nothing changed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import pytest

from apt_hosts import (
    NEW_VERSION,
    OLD_AGENT,
    PRIVATE,
    SITE_FILE,
    TRUSTED,
    AptSite,
    StartAptHost,
    apt_site,
    running_host,
    shell,
    start_apt_host,
)
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.packages.deb_package import DebPackage, MaintainerScripts
from midonet_lab.packages.deb_repository import AptRepository
from midonet_lab.packages.deb_site import JAVA8, new
from midonet_lab.packages.rpm_package import PackagedFile
from midonet_lab.packages.rpm_repository import SigningKey
from midonet_migrate.errors import ConfigError, NoPermission, Unreachable
from midonet_migrate.hosts.packages.apt import Apt
from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesBusy,
    PackagesFailed,
    Transaction,
)
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import RepositoryDefinition, RepositoryKey
from waiting import wait_until

__all__ = ["apt_site", "start_apt_host"]

TOOLS = PackageChange(install={"midonet-tools": NEW_VERSION})
AGENT = PackageChange(install={"midolman": NEW_VERSION, "midonet-tools": NEW_VERSION})
STATE = "/var/lib/dpkg"
WAITING = "while ! [ -e /root/go ]; do sleep 0.1; done\n"
"""A maintainer script that takes its time."""
KILLS_DPKG = """\
#!/bin/sh
case $(cat /proc/$PPID/comm):$* in
    dpkg:*--fsys-tarfile*/midolman_*)
        if mkdir /run/once 2>/dev/null; then dpkg-deb.real "$@" | head -c 2000; kill -9 $PPID; fi ;;
esac
exec dpkg-deb.real "$@"
"""
"""In the place of dpkg-deb."""


def manager(host: LabHost, site: AptSite, text: str) -> Apt:
    """apt with these repositories in the place of the site's own file; the key is known."""
    keys = (RepositoryKey(name="midorepo.key", file=str(site.key.public)),)
    definition = RepositoryDefinition(text=text, keys=keys, disables=(SITE_FILE,))
    return Apt(host.runner(), definition, lock_seconds=0)


def migrating(host: LabHost, site: AptSite) -> Apt:
    """apt with the repository of 5.x, which does not wait for locks."""
    return Apt(host.runner(), site.definition(), lock_seconds=0)


@contextmanager
def locked(host: LabHost, name: str) -> Iterator[None]:
    """Another process holds a lock of dpkg."""
    with (host.root / STATE.lstrip("/") / name).open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def script(host: LabHost, package: str, name: str, text: str) -> None:
    """A maintainer script of an installed package."""
    path = host.root / STATE.lstrip("/") / "info" / f"{package}.{name}"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def bad_repositories(apt_site: AptSite) -> AptSite:
    """Repositories that nobody should trust, or use: unsigned, of another key, clashing, failing."""
    directory = apt_site.directory / "repositories"
    good = apt_site.repositories[new("5.2.1")]
    unsigned, foreign = AptRepository(directory / "unsigned"), AptRepository(directory / "foreign")
    for repository in (unsigned, foreign):
        repository.take(good, ["midonet-tools"])
    unsigned.index()
    key = SigningKey(apt_site.directory / "foreign-key", "foreign")
    foreign.index(key)
    key.close()
    clash = AptRepository(directory / "clash")
    clash.add(
        [
            DebPackage(name="clash", version="1", files={"/usr/bin/mm-ctl": PackagedFile(b"clash\n", 0o755)}),
            DebPackage(name="failing", version="1", scripts=MaintainerScripts(postinst="exit 7\n")),
            DebPackage(name="slow", version="1", scripts=MaintainerScripts(postinst=WAITING)),
        ]
    )
    clash.index(apt_site.key)
    private = AptRepository(directory / PRIVATE)
    private.take(good, ["midonet-tools"])
    private.index(apt_site.key)
    return apt_site


@pytest.fixture(scope="module")
def quiet_host(apt_site: AptSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    """A host for tests after which it is as before."""
    with running_host(apt_site, tmp_path_factory.mktemp("quiet"), "quiet") as host:
        yield host


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("{server}/unsigned", "unsigned is not signed"),
        ("{server}/foreign", "signature .* cannot be trusted"),
        ("{server}/nowhere", "does not answer as one: http://.*/nowhere"),
        ("http://127.0.0.1:1/x", "does not answer as one"),
        ("http://memuser:s3cr3t%21@nowhere.invalid/x", "does not answer as one"),
    ],
)
def test_a_repository_that_cannot_be_used_is_named_and_no_secret_with_it(
    quiet_host: LabHost, bad_repositories: AptSite, address: str, words: str
) -> None:
    """Unsigned, signed by an unknown key, missing, not listening, no such name: apt only warns of some."""
    server = bad_repositories.server.url("").rstrip("/")
    line = f"deb {address.format(server=server)} stable main\n"
    with pytest.raises(NoRepository, match=words) as caught:
        manager(quiet_host, bad_repositories, line).refresh()
    error = caught.value
    assert error.hint
    assert "s3cr3t" not in f"{error.what}{error.why}{error.hint}{error.problems}"


def test_a_line_that_apt_does_not_understand_is_told_as_such(quiet_host: LabHost, apt_site: AptSite) -> None:
    """With the file and the line."""
    with pytest.raises(NoRepository, match="sources of this host cannot be read") as caught:
        manager(quiet_host, apt_site, "dab http://example.org stable main\n").refresh()
    assert "midonet-migration.list" in caught.value.why


def test_unsigned_packages_are_taken_when_the_operator_says_so(
    start_apt_host: StartAptHost, bad_repositories: AptSite
) -> None:
    """In apt's own words: trusted=yes."""
    host = start_apt_host()
    text = bad_repositories.lines("unsigned").replace("deb ", "deb [trusted=yes] ")
    chosen = manager(host, bad_repositories, text + bad_repositories.lines(JAVA8))
    chosen.apply(TOOLS)
    assert chosen.installed()["midonet-tools"] == NEW_VERSION


def test_a_key_of_the_definition_is_enough_and_stays_out_of_the_hosts_own(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """Armoured or not, named in signed-by or not; the host's keys are as before."""
    host = start_apt_host()
    (host.root / TRUSTED).unlink()
    for options in ("", "[signed-by=/usr/share/keyrings/midorepo.key] "):
        text = apt_site.lines(new("5.2.1")).replace("deb ", f"deb {options}")
        found = manager(host, apt_site, text).candidates(["midonet-tools"])
        assert found == {"midonet-tools": [NEW_VERSION]}
    assert shell(host, "ls /etc/apt/trusted.gpg.d").stdout == ""


def test_a_key_that_cannot_be_read_is_a_setting_to_correct(quiet_host: LabHost, apt_site: AptSite) -> None:
    """Before anything is asked of the network."""
    key = RepositoryKey(name="midorepo.gpg", file="/no/such/key")
    definition = RepositoryDefinition(text=apt_site.lines(new("5.2.1")), keys=(key,))
    with pytest.raises(ConfigError, match="/no/such/key cannot be read"):
        Apt(quiet_host.runner(), definition).refresh()


def test_a_version_that_nobody_has_is_named_with_those_there_are(
    quiet_host: LabHost, apt_site: AptSite
) -> None:
    """Old versions are exact: 1.9.9 is not 1.9.8 (host 1.4)."""
    with pytest.raises(NoRepository) as caught:
        Apt(quiet_host.runner()).apply(
            PackageChange(install={"midolman": "1.9.7-1", "midonet-cluster": "2:5.2.1"})
        )
    assert caught.value.problems == (
        "midolman 1.9.7-1 is missing; there is 1.9.9-1, 1.9.8-1",
        "midonet-cluster 2:5.2.1 is missing",
    )


def test_what_packages_lack_is_named(quiet_host: LabHost, apt_site: AptSite) -> None:
    """quagga and libreswan come from a repository of their own, which was forgotten (host 1.1)."""
    with pytest.raises(PackagesFailed, match="lack something") as caught:
        manager(quiet_host, apt_site, apt_site.lines(new("5.2.1"), JAVA8)).simulate(AGENT)
    (problem,) = caught.value.problems
    assert problem.startswith("midolman: Depends: quagga (>= 0.99.23)")
    assert "libreswan" in problem
    assert "misc" in caught.value.hint


@pytest.mark.parametrize("name", ["midolman", "quagga"])
def test_a_held_package_is_refused_with_the_way_to_release_it(
    start_apt_host: StartAptHost, apt_site: AptSite, name: str
) -> None:
    """Held itself, or what it needs in another version."""
    host = start_apt_host()
    shell(host, f"apt-mark hold {name}")
    chosen = migrating(host, apt_site)
    assert chosen.held() == [name]
    with pytest.raises(PackagesFailed, match="held") as caught:
        chosen.apply(AGENT)
    assert caught.value.hint.endswith(f"apt-mark unhold {name}")
    assert chosen.installed()["midolman"] == OLD_AGENT
    # A held package that has nothing to do with it is in nobody's way.
    chosen.apply(TOOLS)


@pytest.mark.parametrize("name", ["lock", "lock-frontend"])
def test_a_lock_that_is_held_is_waited_for_and_then_told(
    start_apt_host: StartAptHost, apt_site: AptSite, name: str
) -> None:
    """apt 1.0 and dpkg hold the first, their successors both. Once it is free, the same works."""
    host = start_apt_host()
    chosen = migrating(host, apt_site)
    chosen.download(TOOLS)
    with locked(host, name), pytest.raises(PackagesBusy, match="Another process"):
        chosen.apply(TOOLS)
    assert "midonet-tools" not in chosen.installed()

    with locked(host, name) as held:
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 2:
                raise TimeoutError

        with pytest.raises(TimeoutError):
            Apt(host.runner(), apt_site.definition(), sleep=sleep).apply(TOOLS)
        assert held is None
    chosen.apply(TOOLS)
    assert chosen.installed()["midonet-tools"] == NEW_VERSION


def test_half_configured_packages_stop_everything_until_repair_is_asked_for(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """dpkg would go on with them first. The remedy is named; it is done only when it is asked for."""
    host = start_apt_host()
    shell(host, "apt-get update; cd /tmp; apt-get download midonet-api=1.9.8; dpkg --unpack midonet*.deb")
    script(host, "midonet-api", "postinst", "exit 4")
    shell(host, "dpkg --configure -a")
    chosen = migrating(host, apt_site)
    assert chosen.broken() == ["midonet-api"]
    with pytest.raises(PackagesFailed, match="half installed") as caught:
        chosen.apply(TOOLS)
    assert "dpkg --configure -a" in caught.value.hint
    assert caught.value.problems == ("midonet-api",)
    assert chosen.broken() == ["midonet-api"]

    with pytest.raises(PackagesFailed, match="script of a package failed"):
        chosen.repair()
    script(host, "midonet-api", "postinst", "exit 0")
    chosen.repair()
    assert chosen.broken() == []
    chosen.apply(TOOLS)
    cut_off_while_it_unpacks_it_is_finished(host, chosen)


def cut_off_while_it_unpacks_it_is_finished(host: LabHost, chosen: Apt) -> None:
    """Of a transaction of ours dpkg gets the package's file again: it could not go on without."""
    path = "/usr/bin/dpkg-deb"
    shell(host, f"mv {path} {path}.real; cat >{path}; chmod 755 {path}", KILLS_DPKG)
    change = msgspec.structs.replace(AGENT, remove=("midonet-api",))
    with pytest.raises(PackagesFailed, match="apt-get failed"):
        chosen.apply(change)
    entries = shell(host, "dpkg-query -W -f '${Package} ${Status}\\n'").stdout.splitlines()
    assert "midolman install reinstreq half-installed" in entries
    assert "midolman" in chosen.broken()
    chosen.repair()
    assert chosen.broken() == []
    chosen.apply(change)
    assert chosen.installed()["midolman"] == NEW_VERSION


def test_dpkg_cut_off_while_it_wrote_is_told(start_apt_host: StartAptHost, apt_site: AptSite) -> None:
    """By what it left behind."""
    host = start_apt_host()
    shell(host, f"dpkg-query --status midonet-api >{STATE}/updates/0001")
    chosen = migrating(host, apt_site)
    assert chosen.broken() == ["dpkg"]
    with pytest.raises(PackagesFailed, match="half installed"):
        chosen.apply(TOOLS)
    chosen.repair()
    assert chosen.broken() == []


def test_files_that_packages_do_not_share_by_right_are_not_overwritten(
    quiet_host: LabHost, bad_repositories: AptSite
) -> None:
    """Only the overlap of host 1.4 is taken, and it is found before dpkg begins."""
    before = quiet_host.snapshot()
    chosen = manager(quiet_host, bad_repositories, bad_repositories.lines("clash"))
    with pytest.raises(PackagesFailed, match="overwrite") as caught:
        chosen.apply(PackageChange(install={"clash": "1"}))
    assert caught.value.problems == ("/usr/bin/mm-ctl of clash is also in midolman",)
    assert before.differences(quiet_host.snapshot()) == []


def test_a_script_that_fails_is_told_with_what_is_left_undone(
    start_apt_host: StartAptHost, bad_repositories: AptSite
) -> None:
    """And what is broken can be seen."""
    host = start_apt_host()
    chosen = manager(host, bad_repositories, bad_repositories.lines("clash"))
    with pytest.raises(PackagesFailed, match="script of a package failed") as caught:
        chosen.apply(PackageChange(install={"failing": "1"}))
    assert "failing is not installed, wanted is 1" in caught.value.problems
    assert chosen.broken() == ["failing"]


def test_a_full_disk_is_told_as_such(start_apt_host: StartAptHost, apt_site: AptSite) -> None:
    """When packages are fetched; nothing incomplete is taken for whole later."""
    host = start_apt_host()
    chosen = migrating(host, apt_site)
    chosen.refresh()
    place = "/var/cache/midonet-migrate/apt/archives"
    small = f"mount -t tmpfs -o size=4k,mode=700 tmpfs {place} && mkdir -p {place}/new {place}/partial"
    assert shell(host, small).status == 0
    with pytest.raises(PackagesFailed, match="not enough room"):
        chosen.download(AGENT)
    shell(host, f"umount {place}")
    chosen.download(AGENT)
    chosen.apply(AGENT)


class NobodysRunner:
    """Runs commands of a host without root's rights."""

    def __init__(self, host: LabHost) -> None:
        self._host = host

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = 120.0,
    ) -> Completed:
        """As user 65534."""
        drop = ["perl", "-e", "$)=$(=65534; $>=$<=65534; exec @ARGV", "--", *command]
        return self._host.runner().run(drop, stdin=stdin, environment=environment, timeout=timeout)


def test_without_roots_rights_it_can_be_looked_at_but_not_changed(
    quiet_host: LabHost, apt_site: AptSite
) -> None:
    """And the remedy is named."""
    nobody = Apt(NobodysRunner(quiet_host), apt_site.definition())
    assert nobody.installed()["midolman"] == OLD_AGENT
    with pytest.raises(NoPermission) as caught:
        nobody.apply(TOOLS)
    assert "sudo" in caught.value.hint
    migrating(quiet_host, apt_site).download(TOOLS)
    with pytest.raises(NoPermission):
        nobody.repair()


def test_credentials_in_an_address_are_used_and_refused_ones_told(
    quiet_host: LabHost, bad_repositories: AptSite
) -> None:
    """401: the repository is there, the user is not. The password is nowhere to read."""
    url = bad_repositories.server.url(PRIVATE)
    manager(quiet_host, bad_repositories, f"deb {url} stable main\n").refresh()
    with pytest.raises(NoRepository, match="refuses the user") as caught:
        manager(
            quiet_host, bad_repositories, f"deb {url.replace('s3cr3t', 'gu3ssed')} stable main\n"
        ).refresh()
    assert "gu3ssed" not in f"{caught.value.why}{caught.value.problems}"


class LosingRunner:
    """Loses its connection once packages are being changed, for good; what it ran is killed, as by Ctrl-C."""

    def __init__(self, host: LabHost) -> None:
        self._host = host

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = 120.0,
    ) -> Completed:
        """As root."""
        runner = self._host.runner()
        if "-y" not in command:
            return runner.run(command, stdin=stdin, environment=environment, timeout=timeout)
        words = [*runner.prefix(environment), *command]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            log = self._host.root / "var/cache/midonet-migrate/apt/migration/last.log"
            wait_until(lambda: log.exists() and "Setting up slow" in log.read_text(encoding="utf-8"))
            os.killpg(process.pid, signal.SIGKILL)
        raise Unreachable("The connection broke")


def test_a_connection_that_breaks_does_not_cut_off_dpkg(
    start_apt_host: StartAptHost, bad_repositories: AptSite
) -> None:
    """It goes on to its end; who comes again meanwhile waits for it, and finds it done (I3)."""
    host = start_apt_host()
    change = PackageChange(install={"slow": "1"})
    definition = RepositoryDefinition(text=bad_repositories.lines("clash"))
    with pytest.raises(Unreachable, match="broke"):
        Apt(LosingRunner(host), definition).apply(change)

    with pytest.raises(PackagesBusy):
        Apt(host.runner(), definition, lock_seconds=0).apply(change)
    (host.root / "root/go").touch()
    again = Apt(host.runner(), definition, lock_seconds=60)
    assert again.apply(change) == Transaction()
    assert again.installed()["slow"] == "1"
    assert again.broken() == []
