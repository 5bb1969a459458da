"""Finding Neutron's files, and what their values mean (host 2.1-2.4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from midonet_migrate.errors import AccessDenied, ConfigError
from midonet_migrate.settings.filesystem import HostFiles
from midonet_migrate.settings.neutron_files import discover
from midonet_migrate.settings.values import PluginFlavour
from settings_site import API_PASSWORD, DATABASE_PASSWORD, NEUTRON_CONF, PLUGIN_FILE, Site

UNIT = """\
[Service]
ExecStart=/usr/bin/neutron-server --config-file /usr/share/neutron/neutron-dist.conf \\
  --config-dir /usr/share/neutron/server --config-file /etc/neutron/neutron.conf \\
  --config-file=/etc/neutron/plugin.ini --config-dir /etc/neutron/conf.d --log-file /var/log/n.log
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_on_rhel_the_plugin_file_is_the_link_plugin_ini(site: Site) -> None:
    settings = site.controller().load()
    assert settings.neutron_files.value == (
        f"{site.root}/etc/neutron/neutron.conf",
        f"{site.root}/etc/neutron/plugin.ini",
    )
    assert settings.api_username.origin == f"{site.root}/etc/neutron/plugin.ini:4 [MIDONET] username"
    assert settings.api_username.value == "midonet"


@pytest.mark.parametrize(
    "target", ["/etc/neutron/plugins/midonet/midonet.ini", "plugins/midonet/midonet.ini"]
)
def test_an_absolute_link_stays_inside_the_root(site: Site, target: str) -> None:
    site.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    site.write("/etc/neutron/plugins/midonet/midonet.ini", PLUGIN_FILE)
    site.link("/etc/neutron/plugin.ini", target)
    assert site.load().api_project.value == "service"


def test_a_link_that_leads_nowhere_or_round_is_not_followed_for_ever(site: Site) -> None:
    site.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    site.link("/etc/neutron/plugin.ini", "/etc/neutron/plugin.ini")
    settings = site.load()
    assert settings.neutron_files.value == (f"{site.root}/etc/neutron/neutron.conf",)


@pytest.mark.parametrize(
    "content",
    [
        'NEUTRON_PLUGIN_CONFIG="/etc/neutron/mine.ini"\n',
        "NEUTRON_PLUGIN_CONFIG=/etc/neutron/mine.ini",
        "export NEUTRON_PLUGIN_CONFIG='/etc/neutron/mine.ini' # here\r\n",
        'NEUTRON_PLUGIN_CONFIG="/etc/neutron/ml2.ini"\nNEUTRON_PLUGIN_CONFIG="/etc/neutron/mine.ini"\n',
        '#NEUTRON_PLUGIN_CONFIG="/etc/neutron/ml2.ini"\nNEUTRON_PLUGIN_CONFIG=/etc/neutron/mine.ini\n#',
    ],
)
def test_on_ubuntu_the_defaults_file_names_the_plugin_file(site: Site, content: str) -> None:
    site.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    site.write("/etc/default/neutron-server", content)
    site.write("/etc/neutron/mine.ini", PLUGIN_FILE)
    site.write("/etc/neutron/plugins/midonet/midonet.ini", "[MIDONET]\nusername = wrong\n")
    assert site.load().api_username.value == "midonet"


def test_a_plugin_file_that_is_named_and_missing_is_noted_and_the_usual_ones_are_tried(site: Site) -> None:
    site.controller().write("/etc/default/neutron-server", "NEUTRON_PLUGIN_CONFIG=/etc/gone.ini\n")
    settings = site.load()
    assert settings.api_username.value == "midonet"
    assert any("/etc/gone.ini" in note for note in settings.notes)


def test_the_conventional_place_of_the_classic_scripts_comes_last(site: Site) -> None:
    site.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    site.write("/etc/neutron/plugins/midonet/midonet_plugin.ini", PLUGIN_FILE)
    assert site.load().api_username.value == "midonet"


def test_the_arguments_of_a_running_server_come_first(site: Site) -> None:
    site.controller()
    site.write("/srv/neutron/a.conf", "[DEFAULT]\ncore_plugin = midonet\n")
    site.write("/srv/neutron/d/20.conf", "[MIDONET]\nusername = second\n")
    site.write("/srv/neutron/d/10.conf", "[MIDONET]\nusername = first\n")
    site.write("/srv/neutron/d/ignored.txt", "[MIDONET]\nusername = third\n")
    site.write("/proc/41/cmdline", b"vi\0neutron-server.conf\0--config-file\0/etc/other\0")
    site.write(
        "/proc/42/cmdline",
        b"/usr/bin/python\0/usr/bin/neutron-server\0--config-file=/srv/neutron/a.conf\0--config-dir\0/srv/neutron/d\0",
    )
    found = discover(HostFiles(site.root))
    assert found.paths == ("/srv/neutron/a.conf", "/srv/neutron/d/10.conf", "/srv/neutron/d/20.conf")
    settings = site.load()
    assert settings.api_username.value == "second"
    assert settings.neutron_files.origin == "arguments of the running neutron-server"


def test_a_stopped_server_is_known_by_its_systemd_unit(site: Site) -> None:
    site.controller().write("/usr/lib/systemd/system/neutron-server.service", UNIT)
    site.write("/usr/share/neutron/neutron-dist.conf", "[database]\nconnection = mysql://a:b@c/d\n")
    site.write("/etc/neutron/conf.d/x.conf", "[MIDONET]\nusername = late\n")
    settings = site.load()
    assert settings.api_username.value == "late"
    assert settings.require_database().url.password == DATABASE_PASSWORD


def test_a_drop_in_replaces_what_the_unit_starts(site: Site) -> None:
    site.controller().write("/usr/lib/systemd/system/neutron-server.service", UNIT)
    drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/neutron-server --config-file /srv/only.conf\n"
    site.write("/etc/systemd/system/neutron-server.service.d/override.conf", drop_in)
    site.write("/srv/only.conf", "[MIDONET]\nusername = only\n")
    assert site.load().api_username.value == "only"


def test_a_unit_without_files_of_its_own_leaves_the_usual_places(site: Site) -> None:
    unit = "[Service]\nExecStart=/etc/init.d/neutron-server systemd-start\n"
    site.controller().write("/lib/systemd/system/neutron-server.service", unit)
    assert site.load().neutron_files.origin == "usual places"


def test_files_given_explicitly_replace_the_search_and_the_last_one_wins(site: Site) -> None:
    site.controller()
    (site.work / "one.conf").write_text("[database]\nconnection = mysql://u:one@h/n\n")
    (site.work / "two.ini").write_text("[DATABASE]\nsql_connection = mysql://u:two@h/n\n")
    assert site.load(config_file=["one.conf", "two.ini"]).require_database().url.password == "two"
    settings = site.load(config_file=["two.ini", "one.conf"])
    assert settings.require_database().url.password == "one"
    assert settings.database.origin == "one.conf:2 [database] connection"
    assert settings.core_plugin.value is None


def test_all_explicit_files_that_cannot_be_read_are_told_at_once(site: Site) -> None:
    (site.work / "bad.conf").write_text("[database]\nconnection s3cret\n")
    with pytest.raises(ConfigError) as caught:
        site.load(config_file=["gone.conf", "bad.conf", "."])
    assert len(caught.value.problems) == 3
    assert "gone.conf: there is no such file" in caught.value.problems
    assert any(problem.startswith("bad.conf:2: ") for problem in caught.value.problems)
    assert "s3cret" not in repr(caught.value.problems)


def test_an_explicit_file_without_permission_is_a_matter_of_permission(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (site.work / "a.conf").write_text("")
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(AccessDenied) as caught:
        site.load(config_file=["a.conf"])
    assert caught.value.exit_status == 77
    assert caught.value.problems == ("a.conf: may not be read by this user",)


def test_a_file_found_but_malformed_stops_only_who_needs_it(site: Site) -> None:
    """It might hold the value that wins, so the value of another file is not taken for granted."""
    site.controller().write("/etc/neutron/plugins/midonet/midonet.ini", "[MIDONET\nmidonet_uri = x\n")
    settings = site.load()
    assert settings.unusable()
    for needed in (settings.require_database, settings.require_source_api, settings.require_credentials):
        with pytest.raises(ConfigError) as caught:
            needed()
        assert caught.value.problems[0].startswith(f"{site.root}/etc/neutron/plugin.ini:1: ")
    assert settings.require_zookeeper().servers[0].host == "10.1.0.1"


def test_what_the_operator_gives_does_not_need_neutrons_files(site: Site) -> None:
    site.controller().write("/etc/neutron/neutron.conf", "[database\n")
    site.environment["MIDONET_MIGRATE_DATABASE"] = "mysql://u:p@h/n"
    settings = site.load(source_api="http://h:8080/midonet-api")
    assert settings.require_database().url.host == "h"
    assert settings.require_source_api() == "http://h:8080/midonet-api"


def test_nothing_found_says_where_was_looked_and_what_to_do(site: Site) -> None:
    settings = site.load()
    assert not settings.unusable()
    with pytest.raises(ConfigError) as caught:
        settings.require_database()
    assert f"{site.root}/etc/neutron/neutron.conf" in caught.value.why
    assert f"{site.root}/etc/neutron/plugin.ini" in caught.value.why
    assert "--config-file" in caught.value.hint


def test_the_plugins_own_defaults_count_when_its_file_does_not_set_them(site: Site) -> None:
    site.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
    site.write("/etc/neutron/plugin.ini", "[MIDONET]\n#midonet_uri = http://h:8181/midonet-api\n")
    settings = site.load()
    assert settings.require_source_api() == "http://localhost:8080/midonet-api"
    assert settings.source_api.origin == "default of [MIDONET] midonet_uri"
    credentials = settings.require_credentials()
    assert (credentials.username, credentials.password.reveal()) == ("admin", "passw0rd")
    assert settings.midonet_client.value == "midonet.neutron.client.api.MidonetApiClient"


def test_odd_characters_of_the_api_password_arrive_unchanged(site: Site) -> None:
    assert site.controller().load().require_credentials().password.reveal() == API_PASSWORD


@pytest.mark.parametrize(
    ("core_plugin", "plugin_file", "flavour"),
    [
        ("neutron.plugins.midonet.plugin.MidonetPluginV2", "", PluginFlavour.V1),
        ("midonet", "", PluginFlavour.V1),
        ("midonet.neutron.plugin_v1.MidonetPluginV2", "", PluginFlavour.V1),
        ("midonet.neutron.plugin_v2.MidonetPluginV2", "", PluginFlavour.V2),
        (
            "neutron.plugins.midonet.plugin.MidonetPluginV2",
            "[MIDONET]\nextra_extensions = x\n",
            PluginFlavour.LEGACY,
        ),
        (
            "neutron.plugins.midonet.plugin.MidonetPluginV2",
            "[MIDONET]\nextra_extensions =\n",
            PluginFlavour.V1,
        ),
        ("ml2", "", None),
    ],
)
def test_the_module_of_the_core_plugin_tells_the_flavour(
    site: Site, core_plugin: str, plugin_file: str, flavour: PluginFlavour | None
) -> None:
    site.write("/etc/neutron/neutron.conf", f"[DEFAULT]\ncore_plugin = {core_plugin}\n")
    site.write("/etc/neutron/plugin.ini", plugin_file)
    assert site.load().plugin_flavour.value is flavour


@pytest.mark.parametrize(
    ("uri", "source", "target"),
    [
        ("http://h:8080/midonet-api", "http://h:8080/midonet-api", "http://h:8181/midonet-api"),
        ("http://h:8080/midonet-api/", "http://h:8080/midonet-api", "http://h:8181/midonet-api"),
        ('"http://h:8080/midonet-api"', "http://h:8080/midonet-api", "http://h:8181/midonet-api"),
        ("http://[::1]:8080/midonet-api", "http://[::1]:8080/midonet-api", "http://[::1]:8181/midonet-api"),
        ("http://u:s3cret@h:8080/midonet-api", "http://h:8080/midonet-api", "http://h:8181/midonet-api"),
        ("http://$api_host:8080/midonet-api", "http://h9:8080/midonet-api", "http://h9:8181/midonet-api"),
        ("http://h:8181/midonet-api", None, "http://h:8181/midonet-api"),
        ("http://h:8081/midonet-api", None, None),
        ("http://h/midonet-api", None, None),
        ("https://h:8080/midonet-api", None, None),
        ("https://h:8443/midonet-api", None, None),
        ("http://h1:8080/midonet-api,http://h2:8080/midonet-api", None, None),
        ("h:8080/midonet-api", None, None),
        ("http://u:s3cret@[h:8080/midonet-api", None, None),
        ("http://u:s3cret@h:port/midonet-api", None, None),
        ("", None, None),
    ],
)
def test_midonet_uri_means_one_nine_or_five_by_its_port(
    site: Site, uri: str, source: str | None, target: str | None
) -> None:
    site.write("/etc/neutron/neutron.conf", "[DEFAULT]\napi_host = h9\n")
    site.write("/etc/neutron/plugin.ini", f"[MIDONET]\nmidonet_uri = {uri}  \n")
    settings = site.load()
    assert settings.source_api.value == source
    assert settings.target_api.value == target
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(settings.remarks())
    if source is None:
        with pytest.raises(ConfigError, match=r"1\.9 API") as caught:
            settings.require_source_api()
        assert caught.value.why
        assert "--source-api" in caught.value.hint


def test_the_target_is_derived_from_a_source_that_the_operator_gives(site: Site) -> None:
    settings = site.controller().load(source_api="https://vip.example.org/midonet-api/")
    assert settings.source_api.value == "https://vip.example.org/midonet-api"
    assert settings.target_api.value == "http://vip.example.org:8181/midonet-api"
    assert site.load(target_api="http://t:8181/x").require_target_api() == "http://t:8181/x"


def test_neutrons_own_defaults_stand_in_for_a_name_that_no_file_sets(site: Site) -> None:
    site.write("/etc/neutron/neutron.conf", "[DEFAULT]\ncore_plugin = $state_path/x\n")
    assert site.load().core_plugin.value == "/var/lib/neutron/x"
