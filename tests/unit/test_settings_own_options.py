"""midonet-migrate's own options: where they may stand, which source wins, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from midonet_migrate.errors import ConfigError
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.own_options import OWN_OPTIONS
from midonet_migrate.settings.redaction import redact
from midonet_migrate.settings.values import OutputFormat, PluginFlavour, Secret, TargetVersion
from settings_site import ADMIN_TOKEN, API_PASSWORD, DATABASE_PASSWORD, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def own_file(*lines: str) -> str:
    return "\n".join(["[midonet-migrate]", *lines, ""])


def test_defaults(site: Site) -> None:
    settings = site.load()
    assert settings.data_dir.value == Path("migration_data")
    assert settings.target_version.value is TargetVersion.V5_2_1
    assert settings.target_root.value == "/midonet"
    assert settings.source_root.value == "/midonet/v1"
    assert settings.threads.value == 8
    assert settings.hosts_file.value == settings.data_dir.value / "hosts.yaml"
    assert settings.ssh_config.value is None
    assert settings.host_parallel.value == 50
    assert settings.format.value is OutputFormat.TABLE
    assert (settings.yes.value, settings.dry_run.value) == (False, False)
    assert settings.plugin_flavour.value is None
    assert settings.settings_file.value is None


def test_the_file_of_the_working_directory_comes_before_the_one_in_etc(site: Site) -> None:
    system = site.write("/etc/midonet-migrate/midonet-migrate.conf", own_file("threads = 3", "yes = on"))
    assert site.load().threads.value == 3
    assert site.load().settings_file.value == str(system)
    (site.work / "midonet-migrate.conf").write_text(own_file("threads = 4"))
    settings = site.load()
    assert settings.threads.value == 4
    assert settings.threads.origin == f"{site.work}/midonet-migrate.conf:2 [midonet-migrate] threads"
    assert settings.yes.value is False


def test_a_settings_file_given_explicitly_replaces_both(site: Site) -> None:
    (site.work / "midonet-migrate.conf").write_text(own_file("threads = 4"))
    (site.work / "a.conf").write_text(own_file("threads = 5"))
    (site.work / "b.conf").write_text(own_file("threads = 6"))
    site.environment["MIDONET_MIGRATE_SETTINGS_FILE"] = "a.conf"
    assert site.load().threads.value == 5
    assert site.load(settings_file="b.conf").threads.value == 6
    with pytest.raises(ConfigError) as caught:
        site.load(settings_file="gone.conf")
    assert caught.value.problems == ("gone.conf: there is no such file",)


def test_every_option_can_stand_in_the_file_and_in_the_environment(site: Site) -> None:
    values = {
        "data_dir": "/srv/data",
        "database": "mysql://u:p@h/n",
        "zookeeper": "a:1",
        "source_root": "/old",
        "target_root": "/new",
        "source_api": "http://s:8080/midonet-api",
        "target_api": "http://t:8181/midonet-api",
        "api_username": "u",
        "api_password": "p",
        "api_project": "j",
        "target_version": "5.4.6",
        "plugin_flavour": "legacy",
        "threads": "2",
        "request_limit": "4194304",
        "import_patience": "900",
        "mn_conf_command": "ssh 'controller 1' mn-conf",
        "cluster_start_command": "start it",
        "cluster_stop_command": "stop it",
        "cluster_restart_command": "restart it",
        "cluster_log_file": "/log",
        "hosts_file": "/inventory.yaml",
        "ssh_config": "/ssh_config",
        "host_parallel": "7",
        "package_lock_seconds": "9",
        "yes": "true",
        "dry_run": "YES",
        "format": "json",
    }
    assert {option.key for option in OWN_OPTIONS} == {*values, "config_file"}
    (site.work / "midonet-migrate.conf").write_text(own_file(*(f"{k} = {v}" for k, v in values.items())))
    from_file = site.load()
    (site.work / "midonet-migrate.conf").unlink()
    for key, value in values.items():
        site.environment[f"MIDONET_MIGRATE_{key.upper()}"] = value
    from_environment = site.load()
    for settings in (from_file, from_environment):
        assert settings.given == set(values)
        assert settings.plugin_flavour.value is PluginFlavour.LEGACY
        assert settings.target_version.value is TargetVersion.V5_4_6
        assert settings.dry_run.value is True
        assert settings.request_limit.value == 4194304
        assert settings.import_patience.value == 900
        assert settings.mn_conf_command.value == ("ssh", "controller 1", "mn-conf")
        assert settings.cluster_start_command.value == ("start", "it")
        assert settings.cluster_stop_command.value == ("stop", "it")
        assert settings.cluster_restart_command.value == ("restart", "it")
        assert settings.cluster_log_file.value == "/log"
        assert settings.hosts_file.value == Path("/inventory.yaml")
        assert settings.ssh_config.value == Path("/ssh_config")
        assert settings.host_parallel.value == 7
        assert settings.package_lock_seconds.value == 9
        assert settings.require_roots() == ("/old", "/new")
        assert settings.require_credentials().password == Secret("p")
        assert settings.require_credentials().project == "j"
        assert settings.require_database().url.username == "u"
        assert settings.require_target_api() == "http://t:8181/midonet-api"
    assert from_environment.threads.origin == "environment MIDONET_MIGRATE_THREADS"


def test_config_files_are_repeated_keys_in_the_file_and_a_colon_list_in_the_environment(site: Site) -> None:
    for name in ("one", "two"):
        (site.work / name).write_text(f"[MIDONET]\nusername = {name}\n")
    (site.work / "midonet-migrate.conf").write_text(own_file("config_file = two", "config_file = one"))
    assert site.load().api_username.value == "one"
    site.environment["MIDONET_MIGRATE_CONFIG_FILE"] = "one:two"
    assert site.load().api_username.value == "two"
    assert site.load(config_file=["two", "one"]).api_username.value == "one"


def test_a_flag_can_take_back_what_file_or_environment_switch_on(site: Site) -> None:
    site.environment["MIDONET_MIGRATE_YES"] = "1"
    assert site.load().yes.value is True
    assert site.load(yes="false").yes.value is False


def test_passwords_have_no_flag() -> None:
    flags = {option.key for option in OWN_OPTIONS if option.flag}
    assert flags.isdisjoint({"api_password", "api_username", "api_project", "database"})


def test_everything_that_is_wrong_is_told_at_once_with_its_place(site: Site) -> None:
    (site.work / "midonet-migrate.conf").write_text(
        own_file("thread = 3", "threads = many", "database = mysql://u:s3cret@h", "yes = perhaps")
        + "[other]\nthreads = 3\n"
    )
    site.environment["MIDONET_MIGRATE_TARGET_VERSION"] = "5.3"
    with pytest.raises(ConfigError) as caught:
        site.load(zookeeper="a:b", source_root="x", config_file=["gone"], source_api="ftp://u:s3cret@h/")
    file = f"{site.work}/midonet-migrate.conf"
    told = sorted(problem.partition(": ")[0] for problem in caught.value.problems)
    assert told == sorted(
        [
            f"{file}:2 [midonet-migrate] thread",
            f"{file}:3 [midonet-migrate] threads",
            f"{file}:4 [midonet-migrate] database",
            f"{file}:5 [midonet-migrate] yes",
            f"{file}:7 [other] threads",
            "environment MIDONET_MIGRATE_TARGET_VERSION",
            "flag --zookeeper",
            "flag --source-root",
            "flag --source-api",
            "gone",
        ]
    )
    assert "s3cret" not in repr(caught.value.problems)


@pytest.mark.parametrize("threads", ["0", "65", "-1", "1.5", "", "٣", "0x1"])
def test_threads_is_a_small_number(site: Site, threads: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        site.load(threads=threads)


def test_a_file_with_a_password_that_others_can_read_is_noted(site: Site) -> None:
    path = site.work / "midonet-migrate.conf"
    path.write_text(own_file("api_password = s3cret"))
    path.chmod(0o640)
    assert any("chmod 600" in note for note in site.load().notes)
    path.chmod(0o600)
    assert not any("chmod" in note for note in site.load().notes)


def test_a_line_that_is_no_option_does_not_repeat_a_secret(site: Site) -> None:
    (site.work / "midonet-migrate.conf").write_text(own_file("api_password s3cret: x", "api_password s3cret"))
    with pytest.raises(ConfigError) as caught:
        site.load()
    assert "s3cret" not in repr(caught.value.problems)
    assert caught.value.problems


def secrets_of(settings: Settings) -> list[str]:
    assert settings.database.value is not None
    assert settings.api_password.value is not None
    return [DATABASE_PASSWORD, "p%40ss%2Fw%3Ard%21", API_PASSWORD, ADMIN_TOKEN, "oldpass"]


def test_settings_never_print_a_secret(site: Site) -> None:
    settings = site.controller().load()
    shown = [
        repr(settings),
        str(settings),
        repr(settings.rows()),
        repr(settings.remarks()),
        repr(settings.database),
        str(settings.database.value),
        repr(settings.api_password),
        repr(settings.require_credentials()),
    ]
    for secret in secrets_of(settings):
        assert all(secret not in text for text in shown)
    rows = {row["setting"]: row["value"] for row in settings.rows()}
    assert rows["database"] == "mysql+pymysql://neutron:***@db.example.org:3307/neutron?charset=utf8"
    assert rows["api_password"] == "***"
    assert rows["web.xml keystone-admin_token"] == "***"


def test_all_secrets_are_known_for_redaction_in_both_spellings(site: Site) -> None:
    settings = site.controller().load()
    assert {DATABASE_PASSWORD, "p%40ss%2Fw%3Ard%21", API_PASSWORD, ADMIN_TOKEN} <= set(settings.secrets())


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        Secret("x").__reduce__()
    assert (Secret("x") == Secret("x"), Secret("x") == Secret("y"), len({Secret("x"), Secret("x")})) == (
        True,
        False,
        1,
    )
    assert f"{Secret('x')} {Secret('x')!s} {Secret('x')!r}" == "*** *** ***"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql://u:s3cret@h/d failed", "mysql://u:***@h/d failed"),
        ("mysql://u:s3@cr/et@h/d failed", "mysql://u:***@h/d failed"),
        ("http://h:8080/midonet-api", "http://h:8080/midonet-api"),
        ("{'password': 's3cret', 'user': 'u'}", "{'password': ***, 'user': 'u'}"),
        ("connect(passwd=s3cret, host=h)", "connect(passwd=***, host=h)"),
        ("admin_token = s3cret", "admin_token = ***"),
        ("the word is s3cret.", "the word is ***."),
    ],
)
def test_redaction_takes_secrets_out_of_any_text(text: str, expected: str) -> None:
    assert redact(text, ["s3cret"] if "word" in text and "pass" not in text else []) == expected


@pytest.mark.parametrize("limit", ["0", "65535", "-1", "1e6", "", "2147483648"])
def test_the_request_limit_is_a_plausible_jute_maxbuffer(site: Site, limit: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        site.load(request_limit=limit)
