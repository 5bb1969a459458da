"""What of the 1.9 site's configuration the new site gets, and what it must not get."""

from __future__ import annotations

import pytest

from midonet_migrate.plan.mn_conf.authentication import KEYSTONE_CLASS, MOCK_CLASS, carried_authentication
from midonet_migrate.plan.mn_conf.base import base_settings
from midonet_migrate.plan.mn_conf.carry_over import OldConfiguration, Place, carry_over
from midonet_migrate.plan.mn_conf.texts import parse_answer, parse_rendered

WEB_XML = {
    "auth-auth_provider": "org.midonet.api.auth.keystone.v2_0.KeystoneService",
    "auth-admin_role": "admin",
    "keystone-service_protocol": "https",
    "keystone-service_host": "keystone.example.org",
    "keystone-service_port": "5000",
    "keystone-admin_token": "t0ken",
    "keystone-tenant_name": "admin",
}
HOST = "11111111-2222-4333-8444-555555555555"


def test_keystone_of_1_9_becomes_keystone_of_5_x_in_version_2() -> None:
    """The class is another one, and the version must be said: 5.x would take 3."""
    found = carried_authentication(WEB_XML)
    assert not found.obstacle
    assert not found.open
    assert found.settings == {
        "cluster.auth.provider_class": KEYSTONE_CLASS,
        "cluster.auth.keystone.version": 2,
        "cluster.auth.admin_role": "admin",
        "cluster.auth.keystone.protocol": "https",
        "cluster.auth.keystone.host": "keystone.example.org",
        "cluster.auth.keystone.port": 5000,
        "cluster.auth.keystone.tenant_name": "admin",
        "cluster.auth.keystone.admin_token": "t0ken",
    }


@pytest.mark.parametrize(
    "name", ["org.midonet.cluster.auth.MockAuthService", "org.midonet.api.auth.MockAuthService"]
)
def test_no_authentication_stays_none_and_is_warned_about(name: str) -> None:
    """Never silently."""
    found = carried_authentication({"auth-auth_provider": name})
    assert found.open
    assert found.settings == {"cluster.auth.provider_class": MOCK_CLASS}
    assert found.warnings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"auth-auth_provider": ""}, "not known"),
        ({"auth-auth_provider": "org.midonet.api.auth.vsphere.VSphereSSOService"}, "vSphere"),
        ({"auth-auth_provider": "com.example.Own"}, "com.example.Own"),
        ({"keystone-service_port": "http"}, "port"),
        ({"keystone-service_port": "70000"}, "port"),
        ({"keystone-admin_token": ""}, "token"),
    ],
)
def test_what_cannot_be_carried_is_an_obstacle_and_no_open_api(changes: dict[str, str], said: str) -> None:
    """Nothing is guessed about who may do everything."""
    found = carried_authentication({**WEB_XML, **changes})
    assert said in found.obstacle
    assert found.remedy
    assert not found.settings


def test_a_user_and_password_do_instead_of_the_token() -> None:
    """As 5.x has them."""
    parameters = {**WEB_XML, "keystone-user_name": "midonet", "keystone-user_password": "p"}
    del parameters["keystone-admin_token"]
    found = carried_authentication(parameters)
    assert found.settings["cluster.auth.keystone.user_password"] == "p"
    assert not found.obstacle


def test_secrets_do_not_show_in_representations() -> None:
    """Of the structures that hold them."""
    assert "t0ken" not in repr(carried_authentication(WEB_XML))
    assert "t0ken" not in repr(base_settings("zk:2181", WEB_XML, {}, {}))


def test_base_settings_name_servers_cassandra_and_vxgw() -> None:
    """Unset, 5.x would look at 127.0.0.1, have no flow state, and run gateways for VTEPs."""
    found = base_settings(
        "a:2181,b:2181",
        {**WEB_XML, "midocluster-vxgw_enabled": "false"},
        {"cassandra.servers": "c1,c2", "cassandra.replication_factor": 2},
        {},
    )
    assert found.settings["zookeeper.zookeeper_hosts"] == "a:2181,b:2181"
    assert found.settings["cassandra.servers"] == "c1,c2"
    assert found.settings["cassandra.replication_factor"] == 2
    assert found.settings["cluster.vxgw.enabled"] is False
    assert not found.warnings


def test_cassandra_that_is_not_known_is_warned_about() -> None:
    """Established connections would not survive the agents' switch."""
    assert any("cassandra" in warning for warning in base_settings("a:2181", WEB_XML, {}, {}).warnings)


def test_authentication_that_the_operator_has_set_for_5_x_stays() -> None:
    """Whatever 1.9 used; only the version is added where it is missing."""
    own = {"cluster.auth.provider_class": KEYSTONE_CLASS, "cluster.auth.keystone.user_name": "m"}
    found = base_settings("a:2181", {}, {"cassandra.servers": "c"}, own)
    assert not found.obstacle
    assert set(found.kept) == set(own)
    assert found.settings["cluster.auth.keystone.version"] == 2
    with_version = base_settings(
        "a:2181", {}, {"cassandra.servers": "c"}, {**own, "cluster.auth.keystone.version": 3}
    )
    assert "cluster.auth.keystone.version" not in with_version.settings


def test_a_web_xml_that_was_changed_since_it_was_taken_over_is_told() -> None:
    """Without a value in the words; what stands in mn-conf stays."""
    there = {**base_settings("a:2181", WEB_XML, {}, {}).settings, "cassandra.servers": "c"}
    assert not base_settings("a:2181", WEB_XML, {}, there).warnings
    changed = {**WEB_XML, "keystone-admin_token": "anoth3r", "keystone-service_port": "35358"}
    found = base_settings("a:2181", changed, {}, there)
    (warning,) = found.warnings
    assert "cluster.auth.keystone.admin_token, cluster.auth.keystone.port" in warning
    assert "anoth3r" not in warning
    assert not [key for key in found.settings if key.startswith("cluster.auth.")]


def test_a_mock_provider_that_is_set_already_does_not_win_over_keystone_of_1_9() -> None:
    """An open API is never the result of what happened to be there."""
    found = base_settings("a:2181", WEB_XML, {}, {"cluster.auth.provider_class": MOCK_CLASS})
    assert found.settings["cluster.auth.provider_class"] == KEYSTONE_CLASS
    assert not found.open


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("agent.midolman.simulation_threads", 4, "carried"),
        ("cluster.rest_api.http_port", 8282, "carried"),
        ("zookeeper.session_timeout", "60s", "carried"),
        ("cluster.conf_api.enabled", True, "dropped"),
        ("cluster.flow_tracing.service_port", 1, "dropped"),
        ("cluster.midocluster.properties_file", "x", "dropped"),
        ("cluster.vxgw.with", "x", "dropped"),
        ("cluster.vxgw.network_buffer_size", 1, "dropped"),
        ("cluster.vxgw.enabled", True, "carried"),
        ("zookeeper.use_new_stack", False, "dropped"),
        ("zookeeper.root_key", "/midonet/v1", "dropped"),
        ("zookeeper.zookeeper_hosts", "x", "dropped"),
        ("cluster.neutron_importer.password", "p", "dropped"),
        ("cluster.auth.admin_role", "admin", "reported"),
        ("other.key", 1, "reported"),
        ("agent.some.list", ["a", "b"], "carried"),
        ("agent.some.thing", None, "dropped"),
        ("agent.some.object_in_list", [{"a": 1}], "reported"),
    ],
)
def test_settings_of_1_9_are_judged_by_the_schemas(key: str, value: object, verdict: str) -> None:
    """Host 4.3: gone, renamed by nature, decided elsewhere, or the same in 5.x."""
    tree: object = value
    for name in reversed(key.split(".")):
        tree = {name: tree}
    assert isinstance(tree, dict)
    found = carry_over(OldConfiguration(templates={"mine": tree}))
    item = next(item for item in found.items if item.key == key)
    assert item.verdict == verdict
    assert (Place("template", "mine") in found.settings) == (verdict == "carried")


def test_defaults_that_changed_are_told_unless_the_key_is_set() -> None:
    """Not set in 1.9, a setting means something else in 5.x."""
    old = OldConfiguration(templates={"default": {"agent": {"arptable": {"arp_stale": "1800s"}}}})
    told = {item.key for item in carry_over(old).items if item.verdict == "reported"}
    assert "agent.arptable.arp_expiration" in told
    assert "agent.arptable.arp_stale" not in told
    later = {item.key for item in carry_over(old, to_5_2=True).items if item.verdict == "reported"}
    assert later - told == {
        "agent.haproxy_health_monitor.namespace_cleanup",
        "agent.datapath.*_burst_capacity",
    }


def test_a_host_keeps_its_template_unless_there_is_none_of_that_name() -> None:
    """Stock templates count: 5.x brings its own."""
    old = OldConfiguration(mappings={HOST: "agent-gateway-large", HOST.replace("1", "9"): "gone"})
    found = carry_over(old)
    assert found.mappings == {HOST: "agent-gateway-large"}
    assert [item.verdict for item in found.items if item.key == "template"] == ["carried", "reported"]


@pytest.mark.parametrize(
    "text", ["a : 1", "a = 1", "a=${b}", "a=1 b=2", "a", "a=", "a {", "[1]", 'a="x', "include x", "a=p@ss"]
)
def test_texts_of_another_form_are_left_to_the_parser_of_hocon(text: str) -> None:
    """Only what mn-conf itself writes is read line by line."""
    with pytest.raises(ValueError, match=r".+"):
        parse_rendered(text)


@pytest.mark.parametrize("output", ["", "b = 1\n", "a = \n", "a = 1 2\n", "a = x y\n", "Usage: mn-conf\n"])
def test_an_answer_that_makes_no_sense_is_refused(output: str) -> None:
    """A wrapper that prints something else, or another tool."""
    with pytest.raises(ValueError, match=r".+"):
        parse_answer("a", output)
