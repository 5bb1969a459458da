"""yum on a host with MidoNet 1.9: real packages, installed over, upgraded, taken back (host 1.4, 1.5)."""

from __future__ import annotations

import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_migrate.hosts.packages.manager import (
    PackageChange,
    Transaction,
    UnexpectedChange,
    require_expected,
)
from midonet_migrate.hosts.packages.yum import Yum
from midonet_migrate.model.hosts import RepositoryDefinition
from yum_hosts import (
    NEW_VERSION,
    OLD_CLIENT,
    OLD_VERSION,
    Recording,
    StartYumHost,
    YumSite,
    shell,
    start_yum_host,
    yum_site,
)

__all__ = ["start_yum_host", "yum_site"]

CLUSTER = PackageChange(install={"midonet-cluster": NEW_VERSION, "midonet-tools": NEW_VERSION})
AGENT = PackageChange(install={"midolman": NEW_VERSION, "midonet-tools": NEW_VERSION})
MN_CONF = "/usr/bin/mn-conf"
CONF = "/etc/midolman/midolman.conf"


def migrating(host: LabHost, site: YumSite) -> Yum:
    """yum with the repository of 5.x, which the host itself does not know."""
    return Yum(host.runner(), RepositoryDefinition(text=site.new_text()))


def mn_conf_version(host: LabHost) -> str:
    """Whose mn-conf is there."""
    return shell(host, f"sed -n 2p {MN_CONF}").stdout.strip("# \n")


def test_staged_without_a_trace_then_installed_beside_midolman_without_network(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Days ahead nothing of the host changes; later nothing is asked of the network, and the known overlap
    of midonet-tools and midolman 1.9 is taken."""
    host = start_yum_host()
    before = host.snapshot()
    manager = migrating(host, yum_site)

    assert manager.candidates(["midolman", "midonet-tools", "no-such"]) == {
        "midolman": [NEW_VERSION, "1.9.9-1.0.el7", OLD_VERSION],
        "midonet-tools": [NEW_VERSION],
        "no-such": [],
    }
    planned = manager.simulate(CLUSTER)
    manager.download(CLUSTER)
    assert host.snapshot().differences(before) == []
    assert shell(host, "yum -q list available midonet-tools").status == 1, "the host's own yum knows of it"

    asked = yum_site.requests()
    done = manager.apply(CLUSTER)
    assert yum_site.requests() == asked
    assert done == planned
    assert done == Transaction(
        installed={**CLUSTER.install, "java-1.8.0-openjdk-headless": "1:1.8.0.262.b10-1.el7"}
    )
    assert mn_conf_version(host) == "5.2.1"
    assert manager.owner(MN_CONF) == "midonet-tools"
    assert manager.owner("/usr/bin/mm-ctl") == "midolman"
    assert manager.installed()["midolman"] == OLD_VERSION
    assert manager.apply(CLUSTER).nothing_to_do
    assert manager.broken() == []


def test_reinstalling_midolman_cures_what_the_removed_tools_took_along(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Undo of the cluster's installation: mn-conf goes with the tools, midolman is installed again, and the
    host is what it was."""
    host = start_yum_host()
    before = host.snapshot()
    manager = migrating(host, yum_site)
    manager.apply(CLUSTER)

    java8 = "java-1.8.0-openjdk-headless"
    manager.apply(PackageChange(remove=("midonet-cluster", "midonet-tools", java8)))
    assert shell(host, f"test -e {MN_CONF}").status == 1, "rpm has become kinder than host 1.4 says"
    again = PackageChange(reinstall=("midolman",))
    assert manager.simulate(again).changed == {"midolman": (OLD_VERSION, OLD_VERSION)}
    manager.apply(again)

    assert mn_conf_version(host) == "1.9.8"
    assert shell(host, "rpm -V midolman").stdout == ""
    assert host.snapshot().differences(before) == []


def test_an_agent_is_upgraded_in_one_transaction_and_taken_back_in_one(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Edited configuration stays; the exact old versions come back; a stopped agent is not started."""
    host = start_yum_host()
    shell(host, f"echo '# edited' >>{CONF}")
    edited = shell(host, f"cat {CONF}").stdout
    before = host.snapshot()
    manager = migrating(host, yum_site)

    manager.download(AGENT)
    done = manager.apply(AGENT)
    assert done.changed == {
        "midolman": (OLD_VERSION, NEW_VERSION),
        "quagga": ("0.99.22.4-5.el7_4", "0.99.23-1.el7"),
    }
    assert set(done.installed) == {"midonet-tools", "libreswan", "java-1.8.0-openjdk-headless"}
    assert shell(host, f"cat {CONF}").stdout == edited
    assert "root_key" not in shell(host, f"cat {CONF}.rpmnew").stdout
    assert mn_conf_version(host) == "5.2.1"
    assert shell(host, "rpm -V midonet-tools").stdout == ""
    assert not host.snapshot().services["midolman"].running

    back = PackageChange(
        install={name: version for name, (version, _new) in done.changed.items()},
        remove=tuple(done.installed),
    )
    recording = Recording(host.runner())
    assert Yum(recording).apply(back) == Transaction(
        changed={name: (new, old) for name, (old, new) in done.changed.items()}, removed=done.installed
    )
    assert recording.changes() == ["yum shell"], "the tools leave: nobody's file needs to be replaced"
    assert mn_conf_version(host) == "1.9.8"
    assert manager.owner(MN_CONF) == "midolman"
    shell(host, f"rm {CONF}.rpmnew")
    assert host.snapshot().differences(before) == []


def test_the_controller_goes_forward_and_its_old_agent_comes_back_beside_the_tools(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """midonet-api goes and leaves its edited web.xml as .rpmsave; on the way back midolman 1.9 is installed
    over the tools, and removing those afterwards leaves its mn-conf alone (host 1.4)."""
    host = start_yum_host()
    web = "/usr/share/midonet-api/WEB-INF/web.xml"
    shell(host, f"echo '<!-- edited -->' >>{web}")
    manager = migrating(host, yum_site)
    manager.apply(CLUSTER)
    update = PackageChange(
        install={"midolman": NEW_VERSION, "python-midonetclient": NEW_VERSION}, remove=("midonet-api",)
    )
    require_expected(manager.simulate(update), update, may_change=("quagga",))
    done = manager.apply(update)

    assert done.removed == {"midonet-api": OLD_VERSION}
    assert done.changed["python-midonetclient"] == (OLD_CLIENT, NEW_VERSION)
    assert "python-neutron-plugin-midonet" in manager.installed()
    assert "edited" in shell(host, f"cat {web}.rpmsave").stdout
    assert mn_conf_version(host) == "5.2.1"

    old = PackageChange(
        install={"midolman": OLD_VERSION, "python-midonetclient": OLD_CLIENT, "midonet-api": OLD_VERSION}
    )
    recording = Recording(host.runner())
    Yum(recording, RepositoryDefinition(text=yum_site.new_text())).apply(old)
    assert recording.changes() == ["rpm -U --replacefiles"], "here the tools stay"
    assert mn_conf_version(host) == "1.9.8"
    manager.apply(PackageChange(remove=("midonet-cluster", "midonet-tools")))
    assert mn_conf_version(host) == "1.9.8"
    assert shell(host, "rpm -V midolman python-midonetclient").stdout == ""
    assert {name: manager.installed()[name] for name in old.install} == dict(old.install)


def test_repositories_of_the_host_that_were_switched_are_noticed(
    start_yum_host: StartYumHost, yum_site: YumSite
) -> None:
    """Between two looks the stages write the repository of 5.x, and take it away again."""
    host = start_yum_host()
    own = "/etc/yum.repos.d/midonet-migration.repo"
    assert Yum(host.runner()).candidates(["midonet-tools"]) == {"midonet-tools": []}
    shell(host, f"cat >{own} <<'END'\n{yum_site.new_text()}END\n")
    assert Yum(host.runner()).candidates(["midonet-tools"]) == {"midonet-tools": [NEW_VERSION]}
    shell(host, f"rm {own}")
    assert Yum(host.runner()).candidates(["midonet-tools"]) == {"midonet-tools": []}


def test_what_is_not_asked_for_is_not_removed(start_yum_host: StartYumHost) -> None:
    """The plug-in of Neutron needs the client (host 1.5): neither goes, and the host is untouched."""
    host = start_yum_host()
    manager = Yum(host.runner())
    change = PackageChange(remove=("python-midonetclient",))
    before = manager.installed()

    simulated = manager.simulate(change)
    assert set(simulated.removed) == {"python-midonetclient", "python-neutron-plugin-midonet"}
    with pytest.raises(UnexpectedChange):
        require_expected(simulated, change)
    with pytest.raises(UnexpectedChange) as refused:
        manager.apply(change)
    assert refused.value.problems == ("python-neutron-plugin-midonet 2015.1.2-1.0.el7 would be removed",)
    assert manager.installed() == before
    assert manager.apply(PackageChange(remove=("not-there",), reinstall=("neither",))).nothing_to_do
