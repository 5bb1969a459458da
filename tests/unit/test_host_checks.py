"""The host rows of the preflight table: a sound host gives none, each fault gives its own row (host 5.1)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from midonet_migrate.model.hosts import Family, HostEntry, HostFacts, InitSystem, Role, ServiceFacts
from midonet_migrate.plan.checks.hosts import HOST_RULES, check_host, check_hosts
from midonet_migrate.plan.checks.known_hosts import known_hosts
from midonet_migrate.plan.checks.model import HostCase, KnownHost, SiteContext

HOST = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
GIB = 1 << 30
MAC = "0c:c4:7a:51:9e:02"
V1 = "neutron.plugins.midonet.plugin.MidonetPluginV2"
V2 = "midonet.neutron.plugin_v2.MidonetPluginV2"


def service(name: str, running: bool = True) -> ServiceFacts:
    """A service."""
    return ServiceFacts(
        name=name,
        init=InitSystem.UPSTART,
        running=running,
        enabled=True,
        pid=7 if running else None,
        state="start/running" if running else "stop/waiting",
    )


FACTS = HostFacts(
    hostname="node-1",
    distribution="ubuntu",
    release="14.04",
    family=Family.DEBIAN,
    init=InitSystem.UPSTART,
    packages={"midolman": "1.9.8-1", "midonet-api": "1.9.8"},
    java={"7": "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java"},
    services={"midolman": service("midolman"), "neutron-server": service("neutron-server")},
    midonet_host_id=HOST,
    disk_free={"/var": 20 * GIB, "/backups": 20 * GIB, "/var/db/midolman": 20 * GIB},
    memory_total=64 * GIB,
    memory_available=32 * GIB,
    macs=(MAC,),
    addresses=("127.0.0.1/8", "169.254.0.5/24", "fe80::1/64"),
    listening=("tcp/22", "tcp/8080"),
    root_keys={"/etc/midolman/midolman.conf": "/midonet/v1"},
    core_plugin=V1,
    plugin_v2=True,
)
ENTRY = HostEntry(name="n1", roles=(Role.CONTROLLER,), midonet_host_id=HOST, midonet_name="node-1")
CONTEXT = SiteContext(
    target_version="5.2.1",
    known_hosts={HOST: KnownHost(name="node-1", alive=True, macs=(MAC.upper(),), ports=40)},
    java8_available={"n1": True},
    backup_directories=("/backups",),
)


def case(
    entry: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    **facts: Any,
) -> HostCase:
    """The sound host with some things changed."""
    return HostCase(
        entry=msgspec.structs.replace(ENTRY, **(entry or {})),
        facts=msgspec.structs.replace(FACTS, **facts),
        context=msgspec.structs.replace(CONTEXT, **(context or {})),
    )


def test_a_sound_host_has_no_finding() -> None:
    """Controller with an agent, on 1.9, Java 8 to be had."""
    assert check_hosts([case()]) == []


def known(**values: Any) -> dict[str, Any]:
    """What MidoNet knows of the host, changed."""
    return {"known_hosts": {HOST: msgspec.structs.replace(CONTEXT.known_hosts[HOST], **values)}}


FAULTS: list[tuple[str, str, str, HostCase]] = [
    ("os", "blocker", "debian 7", case(family=None, family_reason="MidoNet 5 has no packages for debian 7")),
    ("os", "blocker", "init system", case(init=None)),
    ("ver-src", "blocker", "1.8.2", case(packages={"midolman": "1.8.2"})),
    ("ver-src", "blocker", "2:5.2.1", case(packages={"midolman": "2:5.2.1"})),
    ("ver-src", "blocker", "1.90.1", case(packages={"midolman": "1.90.1"})),
    ("ver-src", "blocker", "not installed", case(packages={"midonet-api": "1.9.8"})),
    ("pkg-hold", "warning", "quagga", case(held=("quagga",))),
    ("pkg-hold", "warning", "half", case(broken=("quagga",))),
    ("plugin", "blocker", V2, case(core_plugin=V2)),
    ("plugin", "blocker", "Ml2Plugin", case(core_plugin="neutron.plugins.ml2.plugin.Ml2Plugin")),
    ("plugin", "blocker", "no file", case(core_plugin="")),
    ("plugin", "blocker", "plugin_v2", case(plugin_v2=False)),
    ("plugin", "blocker", "plugin_v2", case(plugin_v2=None)),
    (
        "client",
        "warning",
        "Cluster",
        case(plugin_client="midonet.neutron.client.cluster.MidonetClusterClient"),
    ),
    ("root", "blocker", "/other", case(root_keys={"/root/.midonetrc": "/other"})),
    ("root", "blocker", "/midonet", case(root_keys={"/etc/midonet/midonet.conf": "/midonet"})),
    ("port-free", "blocker", "8181", case(listening=("tcp/8181",))),
    ("port-free", "warning", "8443", case(listening=("tcp/8443",))),
    ("port-free", "blocker", "8899", case(listening=("udp/8899",))),
    ("port-free", "blocker", "169.254.123.9/30", case(addresses=("169.254.123.9/30",))),
    ("port-free", "blocker", "169.254.7.7/16", case(addresses=("169.254.7.7/16",))),
    ("disk", "blocker", "/var: 100 MiB", case(disk_free={"/var": 100 << 20})),
    ("disk", "blocker", "/backups", case(disk_free={"/var": 20 * GIB, "/backups": 0})),
    ("disk", "warning", "40 ports", case(disk_free={"/var": 20 * GIB, "/var/db/midolman": GIB})),
    ("ram", "warning", "3072 MiB", case(memory_available=2 * GIB)),
    ("java8", "blocker", "Java 8", case(context={"java8_available": {"n1": False}})),
    ("java7", "blocker", "Java 7", case(java={"8": "/x"})),
    ("java7", "blocker", "libjli", case(java={}, java_broken={"/x/java": "libjli.so: not found"})),
    ("hosts-alive", "blocker", "not alive", case(context=known(alive=False))),
    ("hosts-alive", "blocker", "stop/waiting", case(services={"midolman": service("midolman", False)})),
    ("host-name", "blocker", "node-1.example.org", case(hostname="node-1.example.org")),
    ("host-name", "blocker", "right machine", case(hostname="node-2")),
    ("host-name", "blocker", "MAC", case(macs=("02:00:00:00:00:01",))),
    ("host-id", "blocker", "no file", case(midonet_host_id="")),
    ("host-id", "blocker", "0000", case(midonet_host_id="00000000-0000-0000-0000-000000000001")),
    (
        "host-id",
        "blocker",
        "knows no host",
        case(context={"known_hosts": {"x": KnownHost(name="x", alive=True)}}),
    ),
    ("host-ssh", "blocker", "root's rights", case(root=False)),
    ("host-conf", "warning", "datapath.x", case(overrides=("datapath.x",))),
    ("clock", "warning", "+5.0 s", case(clock=5.0, clock_error=0.5)),
    ("cm", "warning", "puppet", case(config_management=("puppet",))),
]


@pytest.mark.parametrize(("check", "level", "words", "faulty"), FAULTS)
def test_each_fault_is_found_as_its_row_and_nothing_else(
    check: str, level: str, words: str, faulty: HostCase
) -> None:
    """With what was seen, and with a remedy."""
    findings = check_host(faulty)
    assert [(finding.check, finding.level, finding.host) for finding in findings] == [(check, level, "n1")]
    assert words in findings[0].what
    assert findings[0].remedy


def test_every_row_has_a_fault_that_shows_it() -> None:
    """A rule that nothing can break is none."""
    assert {check for check, *_ in FAULTS} == set(HOST_RULES)


SOUND: list[HostCase] = [
    case(clock=5.0, clock_error=4.0),
    case(clock=-1.9),
    case(
        entry={"roles": (Role.COMPUTE,)},
        context={"target_version": "5.0.2"},
        listening=("tcp/8181", "udp/8899"),
    ),
    case(context={"target_version": "5.0.2"}, addresses=("169.254.123.1/24",)),
    case(context={"target_version": "5.0.2"}, memory_available=2 * GIB + 1),
    case(root_keys={"/x": "/midonet/v1/"}),
    case(packages={"midolman": "1.9.9~rc1-0.1.rc1.el7", "midonet-api": "1.9.8-1.0.el7"}),
    case(java={"7": "/x", "8": "/y"}, context={"java8_available": {"n1": False}}),
    case(context={"java8_available": {}}),
    case(context=known(macs=())),
    case(services={"midolman": service("midolman")}, core_plugin="", plugin_v2=None),
    case(entry={"roles": (Role.COMPUTE,)}, core_plugin="", plugin_v2=None),
    case(memory_total=0, memory_available=0),
    case(plugin_client="midonet.neutron.client.api.MidonetApiClient"),
    case(
        services={**FACTS.services, "midonet-cluster": service("midonet-cluster")},
        listening=("tcp/8181",),
        memory_available=GIB,
    ),
]


@pytest.mark.parametrize("sound", SOUND)
def test_what_is_no_fault_is_not_reported(sound: HostCase) -> None:
    """A clock nobody could measure, ports of a cluster that runs, what older targets do not need, plug-ins
    where no Neutron server runs."""
    assert check_host(sound) == []


def test_a_controller_without_an_agent_is_not_asked_for_one() -> None:
    """No host id, no midolman."""
    bare = case(
        entry={"midonet_host_id": "", "midonet_name": ""},
        packages={"midonet-api": "1.9.8"},
        midonet_host_id="",
        services={"neutron-server": service("neutron-server")},
    )
    assert check_host(bare) == []
    forgotten = case(entry={"midonet_host_id": "", "midonet_name": ""})
    assert [(finding.check, finding.level) for finding in check_host(forgotten)] == [("host-id", "warning")]


def other(name: str, **facts: Any) -> HostCase:
    """Another sound compute host."""
    number = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a22"
    changed = {
        "hostname": name,
        "midonet_host_id": number,
        "packages": {"midolman": "1.9.8-1"},
        "services": {"midolman": service("midolman")},
        **facts,
    }
    return case(
        entry={
            "name": name,
            "roles": (Role.COMPUTE,),
            "midonet_host_id": changed["midonet_host_id"],
            "midonet_name": changed["hostname"],
        },
        context={"known_hosts": {}},
        **changed,
    )


@pytest.mark.parametrize(
    ("second", "check", "level", "words"),
    [
        (other("n2", midonet_host_id=HOST), "host-id", "blocker", "n1 and n2"),
        (other("n2", hostname="node-1"), "host-name", "blocker", "n1 and n2"),
        (other("n2", packages={"midolman": "1.9.9-1"}), "ver-src", "warning", "1.9.8"),
        (
            other("n2", services={"midolman": service("midolman"), "neutron-server": service("x")}),
            "ha",
            "warning",
            "neutron",
        ),
        (
            other("n2", packages={"midolman": "1.9.8-1", "midonet-api": "1.9.8"}),
            "ha",
            "warning",
            "midonet-api",
        ),
    ],
)
def test_what_is_about_all_hosts_together(second: HostCase, check: str, level: str, words: str) -> None:
    """Shared names and ids, different patch levels, a forgotten controller: the last two hinder nobody."""
    assert check_hosts([case(), other("n3", midonet_host_id="x")]) == []
    findings = check_hosts([case(), second, other("n3", midonet_host_id="x")])
    assert [(finding.check, finding.level) for finding in findings] == [(check, level)]
    assert words in findings[0].what


def test_a_host_that_is_on_5_already_is_not_sent_back_to_1_9() -> None:
    """The remedy of a wrong version follows from which one it is."""
    old, new = (check_host(case(packages={"midolman": each}))[0] for each in ("1.8.2", "2:5.2.1"))
    assert "Upgrade" in old.remedy
    assert "already" in new.remedy


def test_hosts_as_the_api_lists_them() -> None:
    """In a zone or bound is used; the interfaces' MACs; how many ports."""
    found = known_hosts(
        [
            {
                "id": "a",
                "name": "one",
                "alive": True,
                "hostInterfaces": [{"mac": MAC}, {"mac": None}, {"mac": "00:00:00:00:00:00"}],
            },
            {"id": "b", "name": "two", "alive": False, "hostInterfaces": []},
            {"id": "c", "name": None, "alive": False, "hostInterfaces": None},
        ],
        [{"hostId": "b"}],
        [{"hostId": "a"}, {"hostId": "a"}, {"hostId": None}],
    )
    assert found["a"] == KnownHost(name="one", alive=True, used=True, macs=(MAC,), ports=2)
    assert found["b"] == KnownHost(name="two", alive=False, used=True)
    assert found["c"] == KnownHost(name="", alive=False, used=False)
