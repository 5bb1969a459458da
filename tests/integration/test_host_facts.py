"""Looking at hosts of the practice site: everything found out with one script, nothing changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from lab_host_fixtures import StartHost, start_host
from midonet_lab.hosts.lab_host import LabHost
from midonet_migrate.errors import HostsFailed
from midonet_migrate.hosts.host_facts.look import look_at_host
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed, Runner
from midonet_migrate.model.hosts import Family, InitSystem
from waiting import wait_until

__all__ = ["start_host"]
HOST_ID = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
JAVA = "#!/bin/sh\necho 'java version \"1.7.0_201\"' >&2\n"
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "samples"


def write(host: LabHost, path: str, text: str, mode: int = 0o644) -> None:
    """A file of the host."""
    script = 'mkdir -p "${1%/*}"; cat > "$1"; chmod "$2" "$1"'
    done = host.runner().run(["sh", "-c", script, "sh", path, f"{mode:o}"], stdin=text)
    assert done.status == 0, done.stderr


class Through:
    """A runner that puts words before each command, or another shell in the place of sh."""

    def __init__(self, inner: Runner, *before: str, shell: str = "/bin/sh") -> None:
        self._inner = inner
        self._before = before
        self._shell = shell

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        words = [self._shell if word == "/bin/sh" else word for word in command]
        return self._inner.run([*self._before, *words], stdin=stdin, environment=environment, timeout=timeout)


@pytest.mark.parametrize("family", list(Family))
def test_a_look_finds_everything_and_changes_nothing(start_host: StartHost, family: Family) -> None:
    """Of either family; in the shells of both."""
    host = start_host(family, name="compute-1.example.org", midonet_host_id=HOST_ID)
    write(host, "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java", JAVA, 0o755)
    write(host, "/usr/lib/jvm/java-8/bin/java", "#!/bin/sh\nexit 3\n", 0o755)
    write(host, "/etc/midolman/midolman.conf", "[zookeeper]\nroot_key = /midonet/v1\n[bridge]\nx = 1\n")
    write(host, "/root/.midonetrc", "[cli]\npassword = hunter2\n[zookeeper]\nroot_key = /mine\n", 0o600)
    write(host, "/etc/neutron/neutron.conf", "[DEFAULT]\ncore_plugin = midonet\n[database]\nconnection=x\n")
    write(host, "/usr/lib/python2.7/site-packages/midonet/neutron/plugin_v2.py", "")
    host.runner().run(["sh", "-c", "ln -s /etc/neutron/neutron.conf /etc/neutron/plugin.ini"])
    write(host, "/var/lib/yum/transaction-all.2026-01-01.10:00.00.disabled", "install 1:aside-1-1.noarch\n")
    write(host, "/var/lib/yum/transaction-all.2026-01-01.11:00.00", "install 1:left-1-1.noarch\n")
    before = host.snapshot()
    started = time.time()
    found = [
        look_at_host(Through(host.runner(), shell=shell), directories=["/var/lib/no such place"])
        for shell in ("/bin/dash", "/bin/bash")
    ]
    took = time.time() - started
    assert before.differences(host.snapshot()) == []
    one, two = found
    assert one.packages == two.packages
    assert one.files == two.files
    assert one.hostname == "compute-1.example.org"
    assert one.family is family
    assert one.init is (InitSystem.UPSTART if family is Family.DEBIAN else InitSystem.SYSTEMD)
    assert one.root
    assert one.midonet_host_id == HOST_ID
    assert "quagga" in one.packages
    assert one.broken == (() if family is Family.DEBIAN else ("left",))
    assert one.java == {"7": "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java"}
    assert list(one.java_broken) == ["/usr/lib/jvm/java-8/bin/java"]
    assert one.root_keys == {"/etc/midolman/midolman.conf": "/midonet/v1", "/root/.midonetrc": "/mine"}
    assert one.overrides == ("bridge.x",)
    assert one.core_plugin == "midonet"
    assert one.plugin_v2 is True
    assert {"/var", "/var/lib/no such place"} <= one.disk_free.keys()
    assert all(free > 0 for free in one.disk_free.values())
    assert one.memory_total >= one.memory_available > 0
    assert abs(one.clock) <= took
    assert one.macs
    digest = hashlib.sha256((host.root / "etc/neutron/neutron.conf").read_bytes()).hexdigest()
    assert one.files["/etc/neutron/plugin.ini"] == one.files["/etc/neutron/neutron.conf"] == digest
    assert one.files["/root/.midonetrc"]
    assert one.problems == ()
    assert "hunter2" not in repr(one)


def test_services_configuration_management_and_sockets(start_host: StartHost) -> None:
    """What runs."""
    host = start_host()
    write(host, "/etc/init/apache2.conf", "start on runlevel [2345]\nexec sleep 1000\n")
    write(host, "/usr/bin/puppet", "#!/bin/sh\nsleep 1000\n", 0o755)
    write(host, "/etc/init/puppet.conf", "exec /usr/bin/puppet agent\n")
    for name in ("apache2", "puppet"):
        assert host.runner().run(["initctl", "start", name]).status == 0
    wait_until(lambda: look_at_host(host.runner()).config_management == ("puppet",))
    facts = look_at_host(host.runner())
    assert facts.services["web-server"].name == "apache2"
    assert facts.services["web-server"].running
    assert facts.services["web-server"].enabled
    assert set(facts.services) == {"web-server"}


def test_holds_and_half_configured_packages_of_debian(start_host: StartHost) -> None:
    """As dpkg itself keeps them."""
    host = start_host()
    run = host.runner().run
    control = "Package: midolman\nVersion: 1.9.8-1\nArchitecture: all\nMaintainer: x <x@example.org>\n"
    write(host, "/tmp/build/DEBIAN/control", f"{control}Description: x\n")
    write(host, "/tmp/build/DEBIAN/postinst", "#!/bin/sh\nexit 1\n", 0o755)
    assert run(["sh", "-c", "cd /tmp && dpkg-deb -b build x.deb && dpkg -i x.deb"]).status != 0
    assert run(["apt-mark", "hold", "quagga"]).status == 0
    facts = look_at_host(host.runner())
    assert facts.held == ("quagga",)
    assert facts.broken == ("midolman",)
    assert "midolman" not in facts.packages


def test_version_locks_of_red_hat(start_host: StartHost) -> None:
    """yum's plug-in keeps them in a file."""
    host = start_host(Family.REDHAT)
    write(host, "/etc/yum/pluginconf.d/versionlock.list", "0:quagga-0.99.22.4-5.el7_4.*\n")
    assert look_at_host(host.runner()).held == ("quagga",)


def test_an_ordinary_account_sees_less_and_is_told_so(start_host: StartHost) -> None:
    """No root, and the files that it may not read are named."""
    host = start_host()
    write(host, "/etc/neutron/neutron.conf", "[DEFAULT]\ncore_plugin = midonet\n", 0o600)
    ordinary = Through(host.runner(), "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups")
    facts = look_at_host(ordinary)
    assert not facts.root
    assert facts.core_plugin == ""
    assert facts.problems == ("/etc/neutron/neutron.conf cannot be read",)


def test_a_look_that_is_cut_off_is_an_error() -> None:
    """Half an answer is none: what is not said would look as if it were not there."""
    cut = Through(LocalRunner(), "sh", "-c", '"$@" | head -c 300', "sh")
    with pytest.raises(HostsFailed, match="Looking at the host"):
        look_at_host(cut)


def test_the_machine_itself_can_be_looked_at() -> None:
    """Whatever it is, the script comes to its end, and nothing that it finds breaks the reading."""
    facts = look_at_host(LocalRunner(), users=["root", "no-such-user", "$(touch /tmp/x)"])
    assert facts.hostname
    assert facts.family is None or facts.release in {"14.04", "7"}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference's samples are not here")
def test_the_samples_of_the_reference(start_host: StartHost) -> None:
    """Files as grown over years (host 7): the v1 plug-in, the legacy root everywhere, twelve overrides."""
    host = start_host()
    places = {
        "neutron.conf": "/etc/neutron/neutron.conf",
        "plugin.ini": "/etc/neutron/plugins/midonet/midonet.ini",
        "midonetrc": "/root/.midonetrc",
        "midonet.conf": "/etc/midonet/midonet.conf",
        "midolman.conf": "/etc/midolman/midolman.conf",
        "web.xml": "/usr/share/midonet-api/WEB-INF/web.xml",
        "midonet_host_id.properties": "/etc/midonet_host_id.properties",
        "default-neutron-server": "/etc/default/neutron-server",
    }
    for name, place in places.items():
        write(host, place, (SAMPLES / name).read_text(encoding="utf-8"))
    facts = look_at_host(host.runner())
    assert facts.core_plugin == "neutron.plugins.midonet.plugin.MidonetPluginV2"
    assert facts.midonet_host_id == HOST_ID
    assert set(facts.root_keys.values()) == {"/midonet/v1"}
    assert "bridge.mac_port_mapping_expire_millis" in facts.overrides
    assert "zookeeper.session_timeout" in facts.overrides
    assert facts.api_provider == "org.midonet.api.auth.keystone.v2_0.KeystoneService"
    assert facts.problems == ()
    for place in places.values():
        assert facts.files[place]
