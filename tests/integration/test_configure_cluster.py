"""Configuring midonet-cluster with mn-conf: the stand-in of the command, on a real ZooKeeper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from cluster_host import NEW_ROOT, OLD_ROOT, PASSWORD, TOKEN, ClusterHost, make_host
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import CheckFailed, ConfigError, IntegrityFailed, WrongState
from midonet_migrate.plan.diagnosis.leader import diagnose_nobody
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.configure_cluster import ConfigureReport, configure_base, switch_importer_on
from midonet_migrate.target.importer.leadership import read_leadership
from midonet_migrate.zookeeper.mn_conf import parse_settings

HOST = "11111111-2222-4333-8444-555555555555"
SEQUENCE = f"{NEW_ROOT}/sequences/overlay_tunnel_key"
PROGRESS = SilentProgress()


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    yield client
    client.stop()
    client.close()


@pytest.fixture(params=["5.2.1", "5.0.2"])
def host(request: pytest.FixtureRequest, tmp_path: Path, zookeeper_root: ZooKeeper) -> ClusterHost:
    return make_host(tmp_path, zookeeper_root, request.param)


@pytest.fixture
def host_5_2(tmp_path: Path, zookeeper_root: ZooKeeper) -> ClusterHost:
    return make_host(tmp_path, zookeeper_root)


def base(host: ClusterHost, *, dry_run: bool = False) -> ConfigureReport:
    with host.at_work(dry_run=dry_run) as work:
        return configure_base(work.settings, work.run, work.session, work.mn_conf, PROGRESS)


def importer(host: ClusterHost, *, dry_run: bool = False) -> ConfigureReport:
    with host.at_work(dry_run=dry_run) as work:
        return switch_importer_on(work.settings, work.run, work.session, work.mn_conf, PROGRESS)


def stored(client: KazooClient, place: str = "templates/default") -> Any:
    return parse_settings(client.get(f"{NEW_ROOT}/config/{place}")[0].decode())


def old(client: KazooClient, place: str, text: str) -> None:
    """Something that 1.9's mn-conf holds."""
    client.create(f"{OLD_ROOT}/config/{place}", text.encode(), makepath=True)


def test_authentication_of_the_old_api_is_in_effect_for_the_new_one(host: ClusterHost) -> None:
    """Provider mapped, Keystone's version set, the token exactly as in web.xml: seen by mn-conf itself."""
    report = base(host)
    assert not report.nothing_to_do
    assert not report.open
    assert host.mn_conf("get", "-h", HOST, "cluster.auth.provider_class") == (
        'cluster.auth.provider_class = "org.midonet.cluster.auth.keystone.KeystoneService"\n'
    )
    assert host.mn_conf("get", "-t", "default", "cluster.auth.keystone.version").endswith("= 2\n")
    shown = host.mn_conf("get", "-t", "default", "cluster.auth.keystone.admin_token")
    assert json.loads(shown.partition(" = ")[2]) == TOKEN
    assert host.mn_conf("get", "-t", "default", "cluster.auth.keystone.port").endswith("= 35357\n")


def test_a_second_run_has_nothing_to_do_and_writes_nothing(host: ClusterHost, client: KazooClient) -> None:
    """Neither to mn-conf, nor to the counter, nor to the journal."""
    client.ensure_path(f"{OLD_ROOT}/gre")
    base(host)
    importer(host)
    journal = read_journal(host.folder / "migration_data").records
    before = client.get(f"{NEW_ROOT}/config/templates/default")
    assert base(host).nothing_to_do
    assert importer(host).nothing_to_do
    assert client.get(f"{NEW_ROOT}/config/templates/default") == before
    assert len(read_journal(host.folder / "migration_data").records) == len(journal)


def test_a_dry_run_tells_the_same_and_touches_nothing(host_5_2: ClusterHost, client: KazooClient) -> None:
    """Also on a host where MidoNet 5 is not installed yet."""
    host_5_2.change(mn_conf="/nowhere/mn-conf")
    client.create(f"{OLD_ROOT}/gre/0000000041", b"", makepath=True)
    told = base(host_5_2, dry_run=True)
    assert client.get_children("/midonet") == ["v1"]
    assert not (host_5_2.folder / "migration_data").exists()
    host_5_2.change(mn_conf=str(host_5_2.cluster.mn_conf))
    assert base(host_5_2) == told


def test_no_secret_is_in_the_report_or_the_journal(host: ClusterHost) -> None:
    """They show as stars; the saved copies alone hold them, readable by their owner only."""
    reports = [base(host), importer(host)]
    base(host)
    data = host.folder / "migration_data"
    for text in (repr(reports), (data / "journal.jsonl").read_text()):
        for secret in (TOKEN, PASSWORD, json.dumps(TOKEN)[1:-1]):
            assert secret not in text
    saved = list((data / "saved").iterdir())
    assert saved
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in saved)


def test_the_inverse_holds_the_template_as_it_was(host_5_2: ClusterHost, client: KazooClient) -> None:
    """The copy that the journal names has the bytes of before."""
    host_5_2.mn_conf("set", "-t", "default", stdin='cluster.loggers.root : "DEBUG"')
    before = client.get(f"{NEW_ROOT}/config/templates/default")[0]
    base(host_5_2)
    data = host_5_2.folder / "migration_data"
    intent = next(record for record in read_journal(data).records if record.kind == "host")
    assert intent.inverse is not None
    assert (data / intent.inverse.copy).read_bytes() == before
    assert stored(client)["cluster"]["loggers"] == {"root": "DEBUG"}


def test_an_api_whose_login_is_not_known_is_never_left_open(
    host_5_2: ClusterHost, client: KazooClient
) -> None:
    """No web.xml: refused, and nothing written; with the operator's own settings it goes on."""
    (host_5_2.root / "usr/share/midonet-api/WEB-INF/web.xml").unlink()
    with pytest.raises(CheckFailed, match="authenticate"):
        base(host_5_2)
    assert not client.exists(f"{NEW_ROOT}/config/templates/default")
    host_5_2.mn_conf(
        "set",
        "-t",
        "default",
        stdin='cluster.auth.provider_class : "org.midonet.cluster.auth.keystone.KeystoneService"',
    )
    report = base(host_5_2)
    assert any("version" in warning for warning in report.warnings)
    assert stored(client)["cluster"]["auth"]["keystone"]["version"] == 2


def test_an_open_old_api_makes_an_open_new_one_and_says_so(host_5_2: ClusterHost) -> None:
    """It is no secret decision of this tool."""
    host_5_2.replace_in(
        "usr/share/midonet-api/WEB-INF/web.xml",
        "org.midonet.api.auth.keystone.v2_0.KeystoneService",
        "org.midonet.cluster.auth.MockAuthService",
    )
    report = base(host_5_2)
    assert report.open
    assert any("open to everybody" in warning for warning in report.warnings)


def test_a_host_that_would_be_open_is_refused(host_5_2: ClusterHost) -> None:
    """A host's own setting wins over the template."""
    host_5_2.mn_conf(
        "set", "-h", HOST, stdin='cluster.auth.provider_class : "org.midonet.cluster.auth.MockAuthService"'
    )
    with pytest.raises(WrongState, match="single hosts") as caught:
        base(host_5_2)
    assert HOST in caught.value.problems[0]


def test_the_old_configuration_is_carried_dropped_or_reported(host: ClusterHost, client: KazooClient) -> None:
    """Each key of 1.9 has one verdict, and 5.x's mn-conf shows what was carried where it was."""
    old(
        client,
        "templates/default",
        'agent {\n    arptable {\n        "arp_stale"="1800s"\n    }\n}\n'
        "cluster {\n    snoopy {\n        enabled=true\n    }\n}\n"
        'zookeeper {\n    "root_key"="/midonet/v1"\n}\n',
    )
    old(client, "templates/big", "agent.loggers.root=DEBUG\nagent.midolman.simulation_threads=7\n")
    old(client, "templates/agent-compute-large", "agent.midolman.simulation_threads=3\n")
    old(client, f"nodes/{HOST}", "agent.midolman.simulation_threads : many\nagent.odd.thing : 5\n")
    old(client, "template-mappings", f'"{HOST}"=big\n')
    report = base(host)
    verdicts = {(item.place, item.key): item.verdict for item in report.items}
    assert verdicts["template default", "agent.arptable.arp_stale"] == "carried"
    assert verdicts["template default", "cluster.snoopy.enabled"] == "dropped"
    assert verdicts["template default", "zookeeper.root_key"] == "dropped"
    assert verdicts["template agent-compute-large", "agent.midolman.simulation_threads"] == "dropped"
    assert verdicts[f"host {HOST}", "agent.odd.thing"] == "carried"
    assert verdicts[f"host {HOST}", "template"] == "carried"
    assert all(item.reason for item in report.items if item.verdict != "carried")
    assert host.mn_conf("get", "-h", HOST, "agent.arptable.arp_stale").endswith('"1800s"\n')
    assert host.mn_conf("get", "-h", HOST, "agent.loggers.root").endswith("DEBUG\n")
    assert host.mn_conf("get", "-h", HOST, "agent.odd.thing").endswith("5\n")
    assert base(host).nothing_to_do


def test_a_value_of_a_type_that_5_x_refuses_is_reported_and_the_others_are_carried(
    host: ClusterHost, client: KazooClient
) -> None:
    """mn-conf takes all of a text or nothing, so the culprit is left out."""
    host.mn_conf("deploy")
    old(client, f"nodes/{HOST}", 'agent.midolman.simulation_threads : "many"\nagent.loggers.root : "WARN"\n')
    report = base(host)
    verdicts = {(item.place, item.key): item for item in report.items}
    refused = verdicts[f"host {HOST}", "agent.midolman.simulation_threads"]
    assert refused.verdict == "reported"
    assert "many" not in refused.reason
    assert host.mn_conf("get", "-h", HOST, "agent.loggers.root").endswith("WARN\n")


def test_what_5_x_has_already_is_not_overwritten_by_the_old_configuration(
    host_5_2: ClusterHost, client: KazooClient
) -> None:
    """The operator has tuned the new site by hand: that stays, and is reported."""
    old(client, "templates/default", "agent.loggers.root=DEBUG\n")
    host_5_2.mn_conf("set", "-t", "default", stdin='agent.loggers.root : "ERROR"')
    report = base(host_5_2)
    assert stored(client)["agent"]["loggers"]["root"] == "ERROR"
    assert [item.verdict for item in report.items if item.key == "agent.loggers.root"] == ["reported"]


def test_tunnel_keys_begin_above_those_of_the_old_site(host_5_2: ClusterHost, client: KazooClient) -> None:
    """Also above a key whose node is gone; a counter that is further is not lowered."""
    for _ in range(7):
        client.create(f"{OLD_ROOT}/gre/", b"", sequence=True, makepath=True)
    client.delete(f"{OLD_ROOT}/gre/0000000006")
    report = base(host_5_2)
    assert report.tunnel_keys is not None
    assert report.tunnel_keys.highest_old == 6
    assert client.get(SEQUENCE)[0] == (6).to_bytes(4, "big")
    client.set(SEQUENCE, (500).to_bytes(4, "big"))
    assert base(host_5_2).nothing_to_do
    assert client.get(SEQUENCE)[0] == (500).to_bytes(4, "big")


def test_no_tunnel_key_left_is_an_error(host_5_2: ClusterHost, client: KazooClient) -> None:
    """24 bits, and the last one is reserved."""
    client.create(f"{OLD_ROOT}/gre/{0xFFFFFF:010d}", b"", makepath=True)
    with pytest.raises(CheckFailed, match="16777215"):
        base(host_5_2)


def test_the_importer_gets_the_real_database_and_driver(host: ClusterHost) -> None:
    """Everything as the importer needs it, the password exact; seen by mn-conf."""
    importer(host)
    shown = host.mn_conf("dump", "-t", "default")
    assert parse_settings(shown)["cluster"]["neutron_importer"] == {
        "enabled": True,
        "jdbc_driver_class": "org.mariadb.jdbc.Driver",
        "connection_string": "jdbc:mysql://127.0.0.1:3306/neutron?useUnicode=true&characterEncoding=UTF-8",
        "user": "neutron",
        "password": PASSWORD,
    }


def test_a_host_that_sets_the_importer_for_itself_is_refused_by_name(
    host_5_2: ClusterHost, client: KazooClient
) -> None:
    """By its own settings or by its template; that it is off for one host is no obstacle."""
    host_5_2.mn_conf("set", "-h", HOST, stdin="cluster.neutron_importer.enabled : false")
    importer(host_5_2)
    with host_5_2.at_work() as work:
        url = work.settings.require_database().url
        led = read_leadership(work.session, NEW_ROOT, [], url, has_worked=False, api=lambda: "")
    found = diagnose_nobody(led, held_back=1)
    assert found.rule == "importer-absent", "it is on for every other host"
    assert HOST in found.evidence[0]
    host_5_2.mn_conf("set", "-t", "mine", stdin='cluster.neutron_importer.password : "other"')
    host_5_2.mn_conf("template-set", "-h", HOST, "-t", "mine")
    with pytest.raises(WrongState) as caught:
        importer(host_5_2)
    assert len(caught.value.problems) == 1
    assert "template mine" in caught.value.problems[0]
    assert HOST in caught.value.problems[0]
    assert "other" not in caught.value.problems[0]


def test_a_host_that_is_to_import_and_keeps_its_importer_off_is_refused(host_5_2: ClusterHost) -> None:
    """Its own settings win over the template: the import would wait for an importer for ever."""
    host_5_2.mn_conf("set", "-h", "local", stdin="cluster.neutron_importer.enabled : false")
    with pytest.raises(WrongState, match="stays off") as caught:
        importer(host_5_2)
    assert "unset -h local cluster.neutron_importer" in caught.value.hint
    host_5_2.mn_conf("unset", "-h", "local", "cluster.neutron_importer")
    assert importer(host_5_2).nothing_to_do


def test_a_locale_that_spoils_the_password_is_noticed(host: ClusterHost) -> None:
    """A wrapper that sets its own locale: exit status 0, and question marks in ZooKeeper."""
    script = host.cluster.mn_conf
    script.write_text(script.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nexport LC_ALL=C\n"))
    host.change(database_password="geheim-ü")
    with pytest.raises((IntegrityFailed, ConfigError)) as caught:
        importer(host)
    assert "password" in caught.value.what or "cannot be read" in caught.value.what


def test_a_password_that_is_not_ascii_is_warned_about(host_5_2: ClusterHost) -> None:
    """It arrives, but the daemon's own locale decides what it reads."""
    host_5_2.change(database_password="geheim-ü")
    report = importer(host_5_2)
    assert any("ASCII" in warning for warning in report.warnings)


def test_mn_conf_of_another_tree_is_noticed(host_5_2: ClusterHost) -> None:
    """A wrapper that overrides the root, or 1.9's tool: all ends well, and nothing is where it should be."""
    script = host_5_2.cluster.mn_conf
    script.write_text(
        script.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nexport MIDO_ZOOKEEPER_ROOT_KEY=/elsewhere\n")
    )
    with pytest.raises(IntegrityFailed, match="after it was set") as caught:
        importer(host_5_2)
    assert "midonet-tools" in caught.value.hint


def test_mn_conf_that_is_not_installed_is_named(host_5_2: ClusterHost) -> None:
    """With what to install."""
    host_5_2.change(mn_conf="/nowhere/mn-conf")
    with pytest.raises(WrongState, match=re.escape("/nowhere/mn-conf")) as caught:
        base(host_5_2)
    assert "midonet-tools" in caught.value.hint


def test_a_run_that_was_cut_off_is_settled_by_the_next(host_5_2: ClusterHost) -> None:
    """The intent without outcome of a killed run gets one."""
    with host_5_2.at_work() as work:
        with (
            pytest.raises(KeyboardInterrupt),
            work.run.journal.unit("host", "x", digest="mn-conf template default"),
        ):
            raise KeyboardInterrupt
        assert work.run.journal.pending()
    base(host_5_2)
    with host_5_2.at_work() as work:
        assert not work.run.journal.pending()
