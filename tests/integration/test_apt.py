"""apt on a host with MidoNet 1.9: real packages, installed over, upgraded, taken back (host 1.4, 1.5)."""

from __future__ import annotations

import pytest

from apt_hosts import (
    NEW_VERSION,
    OLD_AGENT,
    OLD_QUAGGA,
    OLD_VERSION,
    SITE_FILE,
    AptSite,
    StartAptHost,
    apt_site,
    shell,
    start_apt_host,
)
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.packages.deb_site import JAVA8, OLD, new
from midonet_migrate.hosts.packages.apt import Apt
from midonet_migrate.hosts.packages.manager import (
    PackageChange,
    Transaction,
    UnexpectedChange,
    require_expected,
)
from midonet_migrate.hosts.repository_files import definition_of, repository_files
from midonet_migrate.model.hosts import Family, Repositories, RepositoryDefinition, Substitution

__all__ = ["apt_site", "start_apt_host"]

CLUSTER = PackageChange(install={"midonet-cluster": NEW_VERSION, "midonet-tools": NEW_VERSION})
TOOLS = PackageChange(install={"midonet-tools": NEW_VERSION})
CONTROLLER = PackageChange(
    install=dict.fromkeys(("midolman", "midonet-tools", "python-midonetclient"), NEW_VERSION),
    remove=("midonet-api",),
)
AGENT = PackageChange(install={"midolman": NEW_VERSION, "midonet-tools": NEW_VERSION})
NEW_QUAGGA, NEW_JAVA = "0.99.23.1-0midokura1", "8u275-b01-0ubuntu1~14.04"
BROUGHT = {"openjdk-8-jre-headless": NEW_JAVA, "openjdk-8-jdk-headless": NEW_JAVA}
OBSOLETE = ("/etc/midolman/minions-env.sh", "/etc/midolman/logback-minions.xml")
MN_CONF, CONF = "/usr/bin/mn-conf", "/etc/midolman/midolman.conf"


def migrating(host: LabHost, site: AptSite) -> Apt:
    """apt with the repository of 5.x, which the host itself does not know."""
    return Apt(host.runner(), site.definition())


def mn_conf_version(host: LabHost) -> str:
    """Whose mn-conf is there."""
    return shell(host, f"sed -n 2p {MN_CONF}").stdout.strip("# \n")


def automatic(host: LabHost) -> set[str]:
    """Packages that apt keeps as dependencies of others."""
    return {*shell(host, "apt-mark showauto").stdout.split()}


def test_staged_without_a_trace_then_installed_beside_midolman_without_network(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """Days ahead nothing of the host changes; later nothing is asked of the network, and the known overlap
    of midonet-tools and midolman 1.9 is taken."""
    host = start_apt_host()
    before = host.snapshot()
    lists = shell(host, "ls -R /var/lib/apt/lists /var/cache/apt").stdout
    manager = migrating(host, apt_site)

    assert manager.candidates(["midolman", "quagga", "no-such"]) == {
        "midolman": [NEW_VERSION],
        "quagga": [NEW_QUAGGA, OLD_QUAGGA],
        "no-such": [],
    }
    planned = manager.simulate(CLUSTER)
    manager.download(CLUSTER)

    assert planned == Transaction(
        installed={"midonet-cluster": NEW_VERSION, "midonet-tools": NEW_VERSION, **BROUGHT}
    )
    assert before.differences(host.snapshot()) == []
    assert shell(host, "ls -R /var/lib/apt/lists /var/cache/apt").stdout == lists

    # The host's own files are switched before the packages are (host 3.5).
    definition = apt_site.definition()
    for file in repository_files(Family.DEBIAN, Repositories(debian=definition)):
        path = host.root / file.path.lstrip("/")
        path.write_bytes(file.edit(path.read_bytes() if path.exists() else None).after or b"")
    asked = apt_site.server.log_file.read_text(encoding="utf-8")
    assert migrating(host, apt_site).apply(CLUSTER) == planned
    assert apt_site.server.log_file.read_text(encoding="utf-8") == asked
    assert manager.owner(MN_CONF) == "midonet-tools"
    assert mn_conf_version(host) == "5.2.1"
    assert manager.installed()["midolman"] == OLD_AGENT
    # The host's own apt knows them now, too.
    assert "2:5.2.1" in shell(host, "apt-get -q update && apt-cache madison midonet-cluster").stdout


def test_tools_gone_take_files_of_1_9_along_and_a_reinstallation_brings_them_back(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """As host 1.4 found it: so undoing the import ends with midolman installed again."""
    host = start_apt_host()
    migrating(host, apt_site).apply(TOOLS)
    old = Apt(host.runner())

    assert old.apply(PackageChange(remove=("midonet-tools",))).removed == {"midonet-tools": NEW_VERSION}
    assert shell(host, f"ls {MN_CONF}").status != 0

    again = PackageChange(reinstall=("midolman",))
    assert old.simulate(again).changed == {"midolman": (OLD_AGENT, OLD_AGENT)}
    assert old.apply(again).changed == {"midolman": (OLD_AGENT, OLD_AGENT)}
    assert mn_conf_version(host) == OLD_VERSION
    assert old.owner(MN_CONF) == "midolman"


def test_a_controller_goes_to_5_in_one_call_and_back_to_exactly_what_it_was(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """Agent, tools and client in, the API out, quagga with them; then every version back that was there,
    what came is gone, dependencies are still known as such, and no file differs (host 1.4, 3.7)."""
    host = start_apt_host()
    shell(host, "apt-mark auto quagga python-midonetclient")
    before, there, kept = host.snapshot(), Apt(host.runner()).installed(), automatic(host)
    manager = migrating(host, apt_site)

    forward = manager.apply(CONTROLLER)
    assert forward.removed == {"midonet-api": OLD_VERSION}
    assert forward.changed == {
        "midolman": (OLD_AGENT, NEW_VERSION),
        "python-midonetclient": (OLD_VERSION, NEW_VERSION),
        "quagga": (OLD_QUAGGA, NEW_QUAGGA),
    }
    assert forward.installed == {"midonet-tools": NEW_VERSION, "libreswan": "3.15-1", **BROUGHT}
    assert manager.apply(CONTROLLER) == Transaction()

    old = Apt(host.runner())
    back = PackageChange(
        install={name: there[name] for name in (*forward.changed, *forward.removed)},
        remove=tuple(forward.installed),
    )
    result = old.apply(back)
    assert result.changed == {name: (new, old) for name, (old, new) in forward.changed.items()}
    assert result.removed == forward.installed
    shell(host, f"dpkg --purge {' '.join(forward.installed)}")
    assert old.installed() == there
    # dpkg keeps configuration that the older version does not have, and says whose it is.
    for path in OBSOLETE:
        assert old.owner(path) == "midolman"
        (host.root / path.lstrip("/")).unlink()
    assert before.differences(host.snapshot()) == []
    assert automatic(host) >= kept

    # The second migration of the host brings them again, and what the operator has edited stays.
    (host.root / CONF.lstrip("/")).write_text("[edited]\n", encoding="utf-8")
    migrating(host, apt_site).apply(AGENT)
    assert all((host.root / path.lstrip("/")).is_file() for path in OBSOLETE)
    assert (host.root / CONF.lstrip("/")).read_text(encoding="utf-8") == "[edited]\n"


def test_old_midolman_over_tools_that_are_still_there_keeps_mn_conf(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """The safe order of a rollback: the agent first, then the tools (host 1.4)."""
    host = start_apt_host()
    migrating(host, apt_site).apply(AGENT)
    old = Apt(host.runner())

    old.apply(PackageChange(install={"midolman": OLD_AGENT}))
    assert (old.owner(MN_CONF), mn_conf_version(host)) == ("midolman", OLD_VERSION)
    old.apply(PackageChange(remove=("midonet-tools",)))
    assert (old.owner(MN_CONF), mn_conf_version(host)) == ("midolman", OLD_VERSION)


def test_what_was_fetched_ahead_brings_the_old_version_back_when_its_repository_is_gone(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """The packages of 1.9 are kept at hand: their repository may not be there any more (host 1.4)."""
    host = start_apt_host()
    old = Apt(host.runner())
    old.download(PackageChange(reinstall=("midolman", "quagga")))
    migrating(host, apt_site).apply(AGENT)
    asked = apt_site.server.log_file.read_text(encoding="utf-8")

    back = PackageChange(install={"midolman": OLD_AGENT, "quagga": OLD_QUAGGA})
    assert Apt(host.runner()).apply(back).changed == {
        "midolman": (NEW_VERSION, OLD_AGENT),
        "quagga": (NEW_QUAGGA, OLD_QUAGGA),
    }
    assert apt_site.server.log_file.read_text(encoding="utf-8") == asked


def test_edited_configuration_stays_and_the_new_one_lies_beside_it(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """Nobody is asked (host 1.4)."""
    host = start_apt_host()
    edited = "[zookeeper]\nzookeeper_hosts = nsdb1:2181,nsdb2:2181\nroot_key = /midonet/v1\n"
    (host.root / CONF.lstrip("/")).write_text(edited, encoding="utf-8")

    migrating(host, apt_site).apply(AGENT)
    assert (host.root / CONF.lstrip("/")).read_text(encoding="utf-8") == edited
    beside = (host.root / f"{CONF}.dpkg-dist".lstrip("/")).read_text(encoding="utf-8")
    assert "root_key" not in beside

    Apt(host.runner()).apply(PackageChange(install={"midolman": OLD_AGENT}))
    assert (host.root / CONF.lstrip("/")).read_text(encoding="utf-8") == edited


def test_the_chain_of_the_client_is_seen_and_refused(start_apt_host: StartAptHost) -> None:
    """Without the client Neutron would lose its core plug-in (host 1.5)."""
    host = start_apt_host()
    manager = Apt(host.runner())
    before = host.snapshot()
    change = PackageChange(remove=("python-midonetclient",))

    planned = manager.simulate(change)
    assert planned.removed == {
        "python-midonetclient": OLD_VERSION,
        "python-neutron-plugin-midonet": "1:2015.1.2-1",
    }
    with pytest.raises(UnexpectedChange) as caught:
        require_expected(planned, change)
    assert caught.value.problems == ("python-neutron-plugin-midonet 1:2015.1.2-1 would be removed",)
    with pytest.raises(UnexpectedChange, match="does not touch"):
        manager.apply(change)
    assert before.differences(host.snapshot()) == []


def test_lists_are_read_anew_when_the_sources_of_the_host_change(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """What is in effect is what the files say now, not what they said when we looked first."""
    host = start_apt_host()
    assert Apt(host.runner()).candidates(["midonet-cluster"]) == {"midonet-cluster": []}
    own = host.root / "etc/apt/sources.list.d/midonet-migration.list"
    own.write_text(apt_site.definition().text, encoding="utf-8")
    assert Apt(host.runner()).candidates(["midonet-cluster"]) == {"midonet-cluster": [NEW_VERSION]}
    (host.root / SITE_FILE.lstrip("/")).unlink()
    assert Apt(host.runner()).candidates(["midonet-api"]) == {"midonet-api": []}


def test_credentials_and_copies_are_for_root_alone(start_apt_host: StartAptHost, apt_site: AptSite) -> None:
    """What lies in the corner is closed to everybody else (I9)."""
    host = start_apt_host()
    manager = migrating(host, apt_site)
    manager.download(TOOLS)
    top = "/var/cache/midonet-migrate/apt"
    listed = shell(host, f"find {top} -type f -name '*.list' -o -name migration -o -name archives").stdout
    assert f"{top}/migration/parts/midonet-migration.list" in listed.split()
    for path in listed.split():
        assert shell(host, f"stat -c %a {path}").stdout.strip() in {"600", "700"}


def test_the_classic_substitution_leads_to_packages_before_the_files_are_edited(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """They can be looked up, staged and installed, while the host's own files still name 1.9 (host 1.8)."""
    host = start_apt_host()
    repositories = Repositories(
        substitution=Substitution(old=OLD, new=new("5.2.1"), files=(SITE_FILE,)),
        debian=RepositoryDefinition(text=apt_site.lines(JAVA8)),
    )
    file = host.root / SITE_FILE.lstrip("/")
    definition = definition_of(Family.DEBIAN, repositories, {SITE_FILE: file.read_bytes()})
    manager = Apt(host.runner(), definition)
    assert manager.candidates(["midolman"]) == {"midolman": [NEW_VERSION]}
    assert manager.apply(AGENT).changed["midolman"] == (OLD_AGENT, NEW_VERSION)
    assert OLD in file.read_text(encoding="utf-8")
