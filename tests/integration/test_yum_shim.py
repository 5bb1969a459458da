"""The lab's yum speaks as yum 3.4 does, over real packages: what the product relies on, and yum-utils."""

from __future__ import annotations

import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.packages.rpm_midonet import service_scripts
from midonet_lab.packages.rpm_package import PackagedFile, RpmPackage
from midonet_lab.packages.rpm_repository import RpmRepository, repository_text
from midonet_lab.packages.yum_shim.layout import line, number
from midonet_lab.packages.yum_shim.names import matches
from midonet_lab.packages.yum_shim.options import UsageError, parse
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.hosts.packages.yum import Yum
from midonet_migrate.hosts.packages.yum_output import Action, parse_rows
from yum_hosts import StartYumHost, YumSite, shell, start_yum_host, yum_site

__all__ = ["start_yum_host", "yum_site"]


@pytest.fixture
def host(start_yum_host: StartYumHost, yum_site: YumSite) -> LabHost:
    """A host whose own yum knows the repository of 5.x."""
    started = start_yum_host()
    (started.root / "etc/yum.repos.d/midonet.repo").write_text(yum_site.new_text(), encoding="utf-8")
    return started


def test_yum_of_the_lab_keeps_the_habits_of_yum_3_4(host: LabHost) -> None:
    """install never goes back; what is missing is skipped; --assumeno ends with 1, a shell with 0."""
    back = shell(
        host, "yum -y install midolman-1.9.8 && yum -y update midolman && yum -y install midolman-1.9.8"
    )
    assert "Package matching midolman-1.9.8-1.0.el7.noarch already installed." in back.stdout
    assert back.status == 0
    assert shell(host, "rpm -q midolman").stdout.strip() == "midolman-5.2.1-1.0.el7.noarch"

    some = shell(host, "yum --assumeno install no-such midonet-cluster")
    assert some.status == 1
    assert "No package no-such available." in some.stdout
    assert "Exiting on user command" in some.stdout
    assert [(row.action, row.name) for row in parse_rows(some.stdout)] == [
        (Action.INSTALL, "midonet-cluster")
    ]

    none = shell(host, "yum -y install no-such")
    assert (none.status, none.stderr) == (1, "Error: Nothing to do\n")
    script = "printf 'install no-such\\nrun\\n' >/run/script; yum -y shell /run/script"
    assert shell(host, script).status == 0
    epoch = shell(host, "yum -y downgrade midolman-2:5.2.1-1.0.el7")
    assert "No package midolman-2:5.2.1-1.0.el7 available." in epoch.stdout, "an epoch needs the architecture"
    assert shell(host, "yum nonsense").stderr.startswith("No such command: nonsense.")
    assert "no such option" in shell(host, "yum --nonsense install x").stderr


def test_an_upgrade_restarts_a_running_service_and_leaves_a_stopped_one(host: LabHost) -> None:
    """The old package's script does it (host 1.3, trap 9), which is why stages stop the agent first. An
    installation starts nothing; a removal stops."""
    unit = "[Service]\nExecStart=/bin/sleep 600\n[Install]\nWantedBy=multi-user.target\n"
    for version in ("1", "2", "3"):
        package = RpmPackage(
            name="sleeper",
            version=version,
            release="1",
            files={"/usr/lib/systemd/system/sleeper.service": PackagedFile(unit.encode())},
            scripts=service_scripts("sleeper"),
        )
        RpmRepository(host.root / "srv" / version).add([package])

    def state() -> tuple[str, str]:
        shown = shell(host, "systemctl show -p MainPID sleeper; systemctl is-enabled sleeper").stdout.split()
        return shown[0].partition("=")[2], shown[1]

    assert shell(host, "rpm -U /srv/1/*.rpm").status == 0
    assert state() == ("0", "enabled")
    shell(host, "systemctl start sleeper")
    first, _enabled = state()
    assert first != "0"
    assert shell(host, "rpm -U /srv/2/*.rpm").status == 0
    second, _enabled = state()
    assert second not in {"0", first}, "an upgrade restarts what runs"
    shell(host, "systemctl stop sleeper")
    assert shell(host, "rpm -U /srv/3/*.rpm").status == 0
    assert state() == ("0", "enabled")
    shell(host, "systemctl start sleeper")
    running, _enabled = state()
    assert shell(host, "rpm -e sleeper").status == 0
    assert shell(host, f"test -e /proc/{running}").status == 1


def test_names_too_long_for_their_column_break_the_line(host: LabHost) -> None:
    """In the list and in the table; the product reads both."""
    name = "python-neutron-plugin-midonet-with-a-name-that-goes-on-and-on-and-on"
    version = "2015.1.2.of.the.vendor.with.more.dots-1.0.el7.centos"
    package = RpmPackage(name=name, version=version.partition("-")[0], release="1.0.el7.centos")
    repository = RpmRepository(host.root / "srv" / "long")
    repository.add([package])
    repository.index()
    text = repository_text("a-repository-of-the-vendor", "file:///srv/long")
    (host.root / "etc/yum.repos.d/long.repo").write_text(text, encoding="utf-8")

    assert f"{name}.noarch\n   " in shell(host, f"yum list {name}").stdout
    assert f" {name}\n   " in shell(host, f"yum --assumeno install {name}").stdout
    manager = Yum(host.runner())
    assert manager.candidates([name]) == {name: [version]}
    assert manager.simulate(PackageChange(install={name: version})).installed == {name: version}


def test_yum_utils_find_and_fetch_packages(host: LabHost) -> None:
    """repoquery and yumdownloader."""
    query = "repoquery --show-duplicates --qf '%{name} %{epoch}:%{version}-%{release} %{repoid}' midolman"
    assert shell(host, query).stdout.splitlines() == [
        "midolman 0:1.9.8-1.0.el7 mem-1.9",
        "midolman 0:1.9.9-1.0.el7 mem-1.9",
        "midolman 2:5.2.1-1.0.el7 midonet5",
    ]
    assert shell(host, "yumdownloader --destdir /srv/here midonet-tools").status == 0
    assert shell(host, "ls /srv/here").stdout == "midonet-tools-5.2.1-1.0.el7.noarch.rpm\n"
    assert shell(host, "yumdownloader no-such").status == 1


def test_command_lines_are_read_as_yum_reads_them() -> None:
    """Options anywhere, with or without a sign, several times."""
    options = parse(
        ["-y", "install", "--setopt=a=1", "x", "--setopt", "b=2", "-c", "/f", "--disablerepo=p,q", "y"]
    )
    assert options.words == ["install", "x", "y"]
    assert options.has("assumeyes")
    assert options.values == {"config": "/f"}
    assert options.lists["setopt"] == ["a=1", "b=2"]
    assert options.all("disablerepo") == ["p", "q"]
    with pytest.raises(UsageError):
        parse(["-c"])


def test_sizes_and_columns_are_those_of_yum() -> None:
    """Five characters for a size; what is too long ends its line."""
    assert [number(size) for size in (0, 512, 12_600, 854_016, 40_000_000)] == [
        "0  ",
        "512  ",
        "12 k",
        "834 k",
        "38 M",
    ]
    assert line(["name", "noarch", "1-1", "repo", "12 k"], [6, 7, 4, 5, 5], " ") == (
        " name   noarch  1-1  repo   12 k"
    )
    assert line(["too-long", "noarch", "1 k"], [4, 7, 5], " ") == " too-long\n      noarch    1 k"


class _Package:
    name, arch, epoch, version, release = "midonet-tools", "noarch", 2, "5.2.1", "1.0.el7"


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("midonet-tools", True),
        ("midonet-tools-5.2.1", True),
        ("midonet-tools-5.2.1-1.0.el7", True),
        ("2:midonet-tools-5.2.1-1.0.el7.noarch", True),
        ("midonet-tools-2:5.2.1-1.0.el7.noarch", True),
        ("midonet-*", True),
        ("midonet-tools-2:5.2.1-1.0.el7", False),
        ("0:midonet-tools-5.2.1-1.0.el7.noarch", False),
        ("midonet", False),
    ],
)
def test_names_are_understood_as_yum_understands_them(pattern: str, named: bool) -> None:
    """An epoch only together with the architecture."""
    assert matches(_Package(), pattern) is named
