"""What a host's own tools say, and the facts made of it.

The texts are those of Ubuntu 14.04's and CentOS 7's tools, written down from memory of them.
"""

from __future__ import annotations

import subprocess

import pytest

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.host_facts.network import read_addresses, read_macs, read_sockets
from midonet_migrate.hosts.host_facts.reading import read_facts
from midonet_migrate.hosts.host_facts.settings_found import has_plugin_v2, read_settings
from midonet_migrate.hosts.host_facts.software import read_dpkg, read_java, read_rpm
from midonet_migrate.hosts.host_facts.system import (
    clock_offset,
    config_management,
    free_bytes,
    read_datapath,
    read_distribution,
    read_memory,
)
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.packages.choose import manager_for
from midonet_migrate.hosts.scripts import Section, script_text
from midonet_migrate.model.hosts import Family

TRUSTY = 'NAME="Ubuntu"\nVERSION="14.04.5 LTS, Trusty Tahr"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="14.04"\n'
CENTOS7 = 'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n'
OPENJDK7 = (
    'java version "1.7.0_201"\nOpenJDK Runtime Environment (IcedTea 2.6.17) (7u211-2.6.17-0ubuntu0.1)\n'
    "OpenJDK 64-Bit Server VM (build 24.201-b00, mixed mode)\n"
)
OPENJDK8 = (
    'openjdk version "1.8.0_242"\nOpenJDK Runtime Environment (build 1.8.0_242-b08)\n'
    "OpenJDK 64-Bit Server VM (build 25.242-b08, mixed mode)\n"
)


@pytest.mark.parametrize(
    ("os_release", "release_file", "expected"),
    [
        (TRUSTY, "", ("ubuntu", "14.04", Family.DEBIAN)),
        (CENTOS7, "CentOS Linux release 7.9.2009 (Core)\n", ("centos", "7", Family.REDHAT)),
        ('ID="rhel"\nVERSION_ID="7.4"\n', "", ("rhel", "7.4", Family.REDHAT)),
        ('ID=ubuntu\nVERSION_ID="16.04"\n', "", ("ubuntu", "16.04", None)),
        ('ID=ubuntu\nVERSION_ID="14.10"\n', "", ("ubuntu", "14.10", None)),
        ('ID="centos"\nVERSION_ID="8"\n', "", ("centos", "8", None)),
        ('ID="rhel"\nVERSION_ID="7"\n', "", ("rhel", "7", Family.REDHAT)),
        ("", "CentOS release 6.10 (Final)\n", ("centos", "6.10", None)),
        ("", "Red Hat Enterprise Linux Server release 6.9 (Santiago)\n", ("rhel", "6.9", None)),
        ("", "Red Hat Enterprise Linux Server release 7.6 (Maipo)\n", ("rhel", "7.6", Family.REDHAT)),
        ("", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\n", ("ubuntu", "12.04", None)),
        ("ID=debian\nVERSION_ID='7'\n", "7.11\n", ("debian", "7", None)),
        ("", "", ("unknown", "", None)),
        ('ID="unclosed\nVERSION_ID=7\n', "", ("unknown", "", None)),
    ],
)
def test_distributions(os_release: str, release_file: str, expected: tuple[str, str, Family | None]) -> None:
    """Only Ubuntu 14.04 and CentOS/RHEL 7 have packages; of others the reason is told (host 5.1 os)."""
    found = read_distribution(os_release, release_file)
    assert (found.name, found.release, found.family) == expected
    assert bool(found.reason) is (found.family is None)


def test_packages_of_dpkg() -> None:
    """Exact versions with epoch, holds, and what is left half configured; removed ones are not installed."""
    found = read_dpkg(
        "midolman\t1.9.8-1\tinstall ok installed\n"
        "python-neutron-plugin-midonet\t1:2015.1.2-1\thold ok installed\n"
        "bash\t4.3-7ubuntu1.7\thold ok installed\n"
        "vim\t2:7.4.052-1ubuntu3.1\tinstall ok installed\n"
        "midonet-api\t1.9.8\tdeinstall ok config-files\n"
        "quagga\t0.99.23-1\tinstall ok half-configured\n"
        "libc6\t2.19-0ubuntu6.15\tinstall reinstreq half-installed\n"
        "tomcat7\t7.0.52-1ubuntu0.16\tinstall ok triggers-pending\n"
    )
    assert found.versions == {
        "midolman": "1.9.8-1",
        "python-neutron-plugin-midonet": "1:2015.1.2-1",
        "tomcat7": "7.0.52-1ubuntu0.16",
    }
    assert found.held == ("bash", "python-neutron-plugin-midonet")
    assert found.broken == ("libc6", "quagga")


def test_a_dpkg_that_fails_is_no_host_without_packages() -> None:
    """Its error is what is told."""
    with pytest.raises(ValueError, match="unable to open"):
        read_dpkg("dpkg-query: error: unable to open /var/lib/dpkg/status\n")


def test_packages_of_rpm() -> None:
    """Epoch in front but for 0, locks of yum, packages there twice, and a transaction that was cut off."""
    found = read_rpm(
        "midolman\t(none)\t1.9.8\t1.0.el7\tnoarch\n"
        "python-midonetclient\t1\t1.9.8\t1.0.el7\tnoarch\n"
        "java-1.7.0-openjdk-headless\t1\t1.7.0.251\t2.6.21.1.el7\tx86_64\n"
        "gpg-pubkey\t(none)\tf4a80eb5\t53a7ff4b\t(none)\n"
        "haproxy\t0\t1.5.18\t9.el7\tx86_64\nhaproxy\t0\t1.5.18\t8.el7\tx86_64\n"
        "kernel\t(none)\t3.10.0\t1.el7\tx86_64\nkernel\t(none)\t3.10.0\t2.el7\tx86_64\n",
        "# written by hand\n0:midolman-1.9.8-1.0.el7.*\n",
        "ud 0:quagga-0.99.23-1.el7.x86_64\n",
    )
    assert found.versions["python-midonetclient"] == "1:1.9.8-1.0.el7"
    assert found.versions["midolman"] == "1.9.8-1.0.el7"
    assert found.versions["java-1.7.0-openjdk-headless"] == "1:1.7.0.251-2.6.21.1.el7"
    assert "kernel" not in found.versions
    assert found.held == ("midolman",)
    assert found.broken == ("haproxy", "quagga")


def test_java_of_both_versions() -> None:
    """Known by the words that the start scripts look for; of several the default (host 1.3)."""
    found = read_java(
        [
            Section(("java-default",), "/usr/lib/jvm/java-7-oracle/jre/bin/java\n"),
            Section(
                ("java-mode",), "Name: java\nLink: /usr/bin/java\nStatus: manual\nBest: /usr/lib/jvm/x\n"
            ),
            Section(("java", "0", "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java"), OPENJDK7),
            Section(("java", "0", "/usr/lib/jvm/java-7-oracle/jre/bin/java"), 'java version "1.7.0_80"\n'),
            Section(("java", "0", "/usr/lib/jvm/java-8-openjdk-amd64/jre/bin/java"), OPENJDK8),
            Section(("java", "0", "/opt/jdk/bin/java"), 'openjdk version "11.0.2" 2019-01-15\n'),
            Section(("java", "127", "/opt/bad/bin/java"), "/opt/bad/bin/java: libjli.so: cannot open\n"),
        ]
    )
    assert found.paths == {
        "11": "/opt/jdk/bin/java",
        "7": "/usr/lib/jvm/java-7-oracle/jre/bin/java",
        "8": "/usr/lib/jvm/java-8-openjdk-amd64/jre/bin/java",
    }
    assert found.default == "/usr/lib/jvm/java-7-oracle/jre/bin/java"
    assert not found.automatic
    assert found.broken == {"/opt/bad/bin/java": "/opt/bad/bin/java: libjli.so: cannot open"}


@pytest.mark.parametrize(
    ("text", "automatic"),
    [
        ("java - status is manual.\n link currently points to /usr/lib/jvm/jre-1.7.0/bin/java\n", False),
        ("java - status is auto.\n link currently points to /usr/lib/jvm/jre-1.8.0/bin/java\n", True),
        ("Name: java\nStatus: auto\n", True),
        ("", True),
    ],
)
def test_whether_java_was_chosen(text: str, automatic: bool) -> None:
    """As alternatives of both families say it."""
    assert read_java([Section(("java-mode",), text)]).automatic is automatic


def test_the_clock_is_known_as_well_as_the_look_was_quick() -> None:
    """The offset lies in what the round trip leaves open, never outside."""
    offset, error = clock_offset("1010.5\n", "1011.5\n", 1000.0, 1002.0)
    assert (offset, error) == (10.0, 0.5)
    offset, error = clock_offset("995.0", "1025.0", 1000.0, 1030.0)
    assert (offset, error) == (-5.0, 0.0)


def test_memory_of_old_and_new_kernels() -> None:
    """3.13 of trusty does not say what is available."""
    new = "MemTotal:    4046560 kB\nMemFree:    200000 kB\nMemAvailable:    1000000 kB\nCached: 1 kB\n"
    old = "MemTotal:       4046560 kB\nMemFree:   200000 kB\nBuffers:   50000 kB\nCached:   700000 kB\n"
    assert read_memory(new) == (4046560 * 1024, 1000000 * 1024)
    assert read_memory(old) == (4046560 * 1024, 950000 * 1024)
    assert read_memory("") == (0, 0)
    assert read_memory(f"MemTotal:\nMemFree: much kB\n{new}") == read_memory(new)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/dev/mapper/vg-root  41284928  3000  39000 3% /", 39000 * 1024),
        ("nas:/a b c  41284928  3000  39000 3% /var", 39000 * 1024),
        ("/dev/sda1  100  100  -5 105% /", 0),
        ("df: /x: No such file or directory", None),
    ],
)
def test_what_is_free(line: str, expected: int | None) -> None:
    """``df -P -k``."""
    head = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n"
    assert free_bytes(f"{head}{line}\n") == expected


def test_agents_of_configuration_management() -> None:
    """A puppet agent reverts edits; a puppet master, a file of that name in an editor do not."""
    assert config_management(
        [
            "/usr/bin/ruby1.9.1 /usr/bin/puppet agent --no-daemonize",
            "chef-client worker: ppid=1171;start=02:02:04;",
            "/usr/bin/python /usr/bin/salt-minion",
        ]
    ) == ("chef-client", "puppet", "salt-minion")
    assert config_management(["puppet agent: applying configuration"]) == ("puppet",)
    assert config_management(["/usr/bin/ruby /usr/bin/puppet master", "vi /etc/puppet/site.pp"]) == ()


def test_ports_of_a_datapath() -> None:
    """``mm-dpctl``'s listing, the same in both versions."""
    text = (
        "Datapath name   : midonet\nDatapath index  : 8\nDatapath Stats: \n  Flows :12\n"
        'Port #0 "midonet"  Internal  Stats{rxPackets=0, txPackets=0}\n'
        'Port #1 "tngre-overlay"  Gre  Stats{rxPackets=0}\nPort #5 "tapc0a8d2e4-6f"  NetDev  Stats{}\n'
    )
    assert read_datapath(text) == ("midonet", "tngre-overlay", "tapc0a8d2e4-6f")


def test_macs_addresses_and_sockets() -> None:
    """In the kernel's notations."""
    assert read_macs(["00:00:00:00:00:00", "0C:c4:7a:51:9e:02", "", "80:00:02:08:fe:80"]) == (
        "0c:c4:7a:51:9e:02",
        "80:00:02:08:fe:80",
    )
    lines = ["127.0.0.1/8", "fe80::1/64", "127.0.0.1/8", "peer"]
    assert read_addresses(lines) == ("127.0.0.1/8", "fe80::1/64")
    lines = ["00000000:1F90", "0100007F:1FF5", "00000000000000000000000000000000:1FF5", "sl", ""]
    assert read_sockets("tcp6", lines) == {"tcp/8080", "tcp/8181"}


def test_settings_that_matter() -> None:
    """Roots wherever they are set, overrides of the central configuration, plug-in, client, provider, id."""
    found = read_settings(
        {
            "/etc/midonet_host_id.properties": "#Tue\nhost_uuid=3F8C2A4E-6f0b-4c0e-9d0a-5b1f0f2c7a11\n",
            "/etc/midolman/host_uuid.properties": "host_uuid=00000000-0000-0000-0000-000000000001\n",
            "/etc/midolman/midolman.conf": "[zookeeper]\nzookeeper_hosts = a\nroot_key = /midonet/v1\n"
            "session_timeout = 30000\n[datapath]\n# max = 1\nmax_flow_count = 350000\n"
            "[cassandra]\nservers = a,b\nreplication_factor = 2\ncluster = midonet\nodd = 1\n",
            "/etc/midonet/midonet.conf": "[zookeeper]\nroot_key=/other\n",
            "/etc/default/midolman": "export MIDO_ZOOKEEPER_ROOT_KEY='/third'\n",
            "/etc/neutron/neutron.conf": "[DEFAULT]\ncore_plugin = a\ncore_plugin = midonet\n[database]\n",
            "/etc/neutron/plugin.ini": "[midonet]\nclient = x.Y\n",
            "/usr/share/midonet-api/WEB-INF/web.xml": "<web-app><context-param><param-name>"
            "auth-auth_provider</param-name><param-value> org.P </param-value></context-param></web-app>",
        }
    )
    assert found.host_id == "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
    assert found.root_keys == {
        "/etc/midolman/midolman.conf": "/midonet/v1",
        "/etc/midonet/midonet.conf": "/other",
        "/etc/default/midolman MIDO_ZOOKEEPER_ROOT_KEY": "/third",
    }
    assert found.overrides == ("cassandra.odd", "datapath.max_flow_count", "zookeeper.session_timeout")
    assert (found.core_plugin, found.plugin_client, found.api_provider) == ("midonet", "x.Y", "org.P")
    assert found.problems == ()


def test_the_second_file_of_the_host_id_counts_without_the_first() -> None:
    """host 2.7."""
    found = read_settings({"/etc/midolman/host_uuid.properties": "host_uuid = abc\n"})
    assert found.host_id == "abc"
    assert read_settings({"/etc/midonet_host_id.properties": "#host_uuid=abc\n"}).host_id == ""


def test_a_file_that_makes_no_sense_is_a_problem_and_not_the_end() -> None:
    """The others are read."""
    found = read_settings(
        {
            "/usr/share/midonet-api/WEB-INF/web.xml": "<web-app>",
            "/etc/neutron/neutron.conf": "[DEFAULT]\ncore_plugin = x\n",
        }
    )
    assert found.core_plugin == "x"
    assert "not well-formed" in found.problems[0]


def test_the_plug_in_of_5x() -> None:
    """Compiled alone is enough; a file of a longer name is another."""
    assert has_plugin_v2("__init__.py\nplugin.py\nplugin_v2.py\n")
    assert has_plugin_v2("plugin_v2.pyc\n")
    assert not has_plugin_v2("plugin.py\nplugin_v2_test.py\nmy_plugin_v2.py\n")


def test_nothing_is_guessed_where_nothing_was_said() -> None:
    """An answer without anything gives facts without anything, and says what is missing."""
    facts = read_facts([], sent=0, received=0)
    assert not facts.root
    assert facts.family is None
    assert facts.init is None
    assert facts.datapath_ports is None
    assert facts.plugin_v2 is None
    told = " ".join(facts.problems)
    for word in ("clock", "packages", "root"):
        assert word in told


def test_files_are_known_by_digest_and_unreadable_ones_are_told() -> None:
    """A file that cannot be read is not one that is missing."""
    facts = read_facts([Section(("files",), "0a1b /etc/a file\n? /etc/secret\n")], sent=0, received=0)
    assert facts.files == {"/etc/a file": "0a1b"}
    assert "/etc/secret cannot be read" in facts.problems


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_is_read_by_dash_and_bash(shell: str) -> None:
    """Ubuntu's sh and CentOS's."""
    text = script_text("host_facts/probe.sh")
    done = subprocess.run([shell, "-n"], input=text, text=True, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_distribution_without_packages_is_refused_by_its_name() -> None:
    """Before anything else is asked of such a host."""
    sections = [Section(("os-release",), "ID=debian\nVERSION_ID=8\n")]
    facts = read_facts(sections, sent=0, received=0)
    with pytest.raises(WrongState, match="MidoNet 5 has no packages for debian 8"):
        manager_for(facts, LocalRunner())
