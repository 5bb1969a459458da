"""``java`` on a host: Debian's real alternatives, Red Hat's as the practice site has them (host 1.7)."""

from __future__ import annotations

import pytest

from apt_hosts import NEW_VERSION, AptSite, StartAptHost, apt_site, shell, start_apt_host
from lab_host_fixtures import StartHost, start_host
from lab_host_software import put_java
from midonet_lab.hosts.lab_host import LabHost
from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.java import JavaAlternatives
from midonet_migrate.hosts.packages.apt import Apt
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.model.hosts import Family

__all__ = ["apt_site", "start_apt_host", "start_host"]

TOOLS = PackageChange(install={"midonet-tools": NEW_VERSION})


def said(host: LabHost) -> str:
    """What ``java`` says of itself."""
    return shell(host, "java -version 2>&1").stdout


def test_java_8_takes_over_by_itself_and_7_stays_where_it_is_pinned(
    start_apt_host: StartAptHost, apt_site: AptSite
) -> None:
    """The trap of host 1.7, and the way out of it: pinned before, what packages do changes nothing."""
    host = start_apt_host()
    java = JavaAlternatives(host.runner(), Family.DEBIAN)
    assert (java.choice(), java.is_automatic(), java.installed()) == ("7", True, ["7"])

    java.choose("7")
    assert (java.choice(), java.is_automatic()) == ("7", False)
    Apt(host.runner(), apt_site.definition()).apply(TOOLS)
    assert (java.choice(), java.is_automatic(), java.installed()) == ("7", False, ["7", "8"])
    assert 'version "1.7' in said(host)

    java.choose_automatically()
    assert (java.choice(), java.is_automatic()) == ("8", True)
    assert 'version "1.8' in said(host)

    java.choose("7")
    removed = ("midonet-tools", "openjdk-8-jdk-headless", "openjdk-8-jre-headless")
    Apt(host.runner()).apply(PackageChange(remove=removed))
    java.choose_automatically()
    assert (java.choice(), java.is_automatic(), java.installed()) == ("7", True, ["7"])


def test_a_java_that_is_not_there_cannot_be_chosen(start_apt_host: StartAptHost) -> None:
    """And nothing changes."""
    host = start_apt_host()
    java = JavaAlternatives(host.runner(), Family.DEBIAN)
    with pytest.raises(WrongState, match="no Java 8"):
        java.choose("8")
    assert (java.choice(), java.is_automatic()) == ("7", True)


def test_of_several_of_one_version_the_present_one_stays(start_apt_host: StartAptHost) -> None:
    """Else the one of the highest priority is taken."""
    host = start_apt_host()
    java = JavaAlternatives(host.runner(), Family.DEBIAN)
    paths = [f"/opt/java-8-{name}/bin/java" for name in ("one", "two")]
    for path, priority in zip(paths, (2000, 10), strict=True):
        shell(host, f"mkdir -p {path.removesuffix('/java')}; printf '#!/bin/sh\\n' >{path}; chmod +x {path}")
        shell(host, f"update-alternatives --install /usr/bin/java java {path} {priority}")
    java.choose("7")
    java.choose("8")
    assert shell(host, "readlink -f /usr/bin/java").stdout.strip() == paths[0]
    shell(host, f"update-alternatives --set java {paths[1]}")
    java.choose("8")
    assert shell(host, "readlink -f /usr/bin/java").stdout.strip() == paths[1]


@pytest.mark.parametrize("family", list(Family))
def test_a_host_without_java_has_nothing_to_choose(start_host: StartHost, family: Family) -> None:
    """It is no error to have none."""
    java = JavaAlternatives(start_host(family).runner(), family)
    assert (java.choice(), java.is_automatic(), java.installed()) == ("", True, [])
    java.choose_automatically()


def test_alternatives_of_red_hat(start_host: StartHost) -> None:
    """Other words, the same choices."""
    host = start_host(Family.REDHAT)
    for version in (7, 8):
        put_java(host, version)
        path = f"/usr/lib/jvm/java-{version}-openjdk-amd64/jre/bin/java"
        shell(host, f"alternatives --install /usr/bin/java java {path} {version}00")
    java = JavaAlternatives(host.runner(), Family.REDHAT)
    assert (java.choice(), java.is_automatic(), java.installed()) == ("8", True, ["7", "8"])
    java.choose("7")
    assert (java.choice(), java.is_automatic()) == ("7", False)
    assert 'version "1.7' in said(host)
    java.choose_automatically()
    assert (java.choice(), java.is_automatic()) == ("8", True)
