"""The practice site's packages for Ubuntu: what a migration must cope with is in them (host 1.1-1.4)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from midonet_lab.packages.deb_build import build, control
from midonet_lab.packages.deb_midonet import NEW_VERSIONS, midonet5, midonet19
from midonet_lab.packages.deb_package import DebPackage

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
OVERLAPPING = {
    *("/usr/bin/mn-conf", "/usr/bin/mm-meter", "/usr/bin/mm-stat"),
    "/usr/share/man/man1/mn-conf.1.gz",
}


def by_name(packages: list[DebPackage]) -> dict[str, DebPackage]:
    """Packages by their names."""
    return {package.name: package for package in packages}


@pytest.mark.parametrize("version", NEW_VERSIONS)
def test_tools_of_5_and_midolman_of_1_9_have_the_files_in_common_that_are_known(version: str) -> None:
    """Exactly the overlap of host 1.4, and no other two packages of the two sites overlap."""
    old, new = by_name(midonet19("1.9.8")), by_name(midonet5(version))
    shared = {
        (one.name, other.name): set(one.files) & set(other.files)
        for one in old.values()
        for other in new.values()
        if one.name != other.name and set(one.files) & set(other.files)
    }
    assert shared == {("midolman", "midonet-tools"): OVERLAPPING}


def test_versions_carry_the_epochs_and_revisions_of_the_real_packages() -> None:
    """midolman 1.9 has a revision, 5.x an epoch (host 1.1)."""
    assert {name: one.version for name, one in by_name(midonet19("1.9.8")).items()} == {
        "midolman": "1.9.8-1",
        "midonet-api": "1.9.8",
        "python-midonetclient": "1.9.8",
    }
    assert {one.version for one in midonet5("5.2.1")} == {"2:5.2.1"}


def test_agents_depend_on_what_the_real_ones_depend_on() -> None:
    """quagga and Java by version; libreswan since 5.1; bridge-utils no more in 5.2 (host 1.1)."""
    old = by_name(midonet19("1.9.8"))["midolman"].depends
    first, second = (by_name(midonet5(version))["midolman"].depends for version in ("5.0.2", "5.2.1"))
    assert {"quagga (>= 0.99.21)", "java7-runtime-headless", "bridge-utils"} <= set(old)
    assert {"quagga (>= 0.99.23)", "midonet-tools", "bridge-utils"} <= set(first)
    assert "libreswan (>= 3.14-1)" in second
    assert "bridge-utils" not in second


def test_the_agent_keeps_its_configuration_files_apart_from_what_is_just_shipped() -> None:
    """dpkg overwrites the second kind without a word (host 1.2)."""
    midolman = by_name(midonet19("1.9.8"))["midolman"]
    names = {path.removeprefix("/etc/midolman/") for path in midolman.conffiles}
    assert names == {
        *("midolman.conf", "midolman-env.sh", "midolman-env.sh.compute.large"),
        *("midolman-env.sh.gateway.large", "logback.xml"),
    }
    assert "/etc/midolman/midolman-env.sh.compute.medium" in midolman.files


def test_a_service_of_ubuntu_is_a_job_of_upstart() -> None:
    """Its link in init.d is the package's, and only 5.2's agent has a unit of systemd (host 1.3)."""
    for package in (*midonet19("1.9.8"), *midonet5("5.0.2"), *midonet5("5.2.1")):
        jobs = [path for path in package.files if path.startswith("/etc/init/")]
        units = [path for path in package.files if "systemd" in path]
        assert bool(jobs) is (package.name in {"midolman", "midonet-cluster"})
        assert bool(units) is (package.name == "midolman" and package.version == "2:5.2.1")
        if jobs:
            assert package.files[f"/etc/init.d/{package.name}"].link == "/lib/init/upstart-job"


def test_a_control_file_says_what_the_package_says() -> None:
    """Field by field, as dpkg reads it."""
    package = DebPackage(
        name="example", version="2:1.0-1", depends=("a (>= 1)", "b | c"), conflicts=("d",), replaces=("e",)
    )
    text = control(package)
    assert "Package: example\nVersion: 2:1.0-1\nArchitecture: all\n" in text
    assert "Depends: a (>= 1), b | c\nConflicts: d\nReplaces: e\n" in text


@needs_dpkg
def test_a_built_package_is_one_that_dpkg_understands(tmp_path: Path) -> None:
    """Contents, owner, modes, links and conffiles as wanted."""
    package = by_name(midonet19("1.9.8"))["midolman"]
    (path,) = build([package], tmp_path)
    assert path.name == "midolman_1.9.8-1_all.deb"
    listed = subprocess.run(
        ["dpkg-deb", "--contents", path], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}
    ).stdout.splitlines()
    rows = {line.split(maxsplit=5)[5].partition(" -> ")[0].lstrip("."): line for line in listed}
    assert set(package.files) <= set(rows)
    assert rows["/usr/bin/mn-conf"].startswith("-rwxr-xr-x root/root")
    assert rows["/etc/midolman/midolman.conf"].startswith("-rw-r--r-- root/root")
    assert rows["/etc/init.d/midolman"].endswith("-> /lib/init/upstart-job")
    conffiles = subprocess.run(
        ["dpkg-deb", "--info", path, "conffiles"], capture_output=True, text=True, check=True
    ).stdout
    assert conffiles.split() == package.conffiles
