"""The command line's frame: flags anywhere, lazy verbs, and what becomes of every error (design 6)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import yaml

from midonet_migrate.cli import options
from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.errors_boundary import run_command
from midonet_migrate.cli.main import VERBS, LazyGroup, Verb, command_line, run
from midonet_migrate.cli.options import Invocation, flags
from midonet_migrate.errors import Cancelled, ImporterStalled, MigrateError, Recovery
from midonet_migrate.report.stream import OutputClosed
from midonet_migrate.settings.own_options import OWN_OPTIONS
from midonet_migrate.settings.values import OutputFormat, PluginFlavour, TargetVersion
from settings_site import ADMIN_TOKEN, API_PASSWORD, DATABASE_PASSWORD, Site

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A complete controller; the program started in this process sees it as its host."""
    site = Site(tmp_path).controller()
    for name in [name for name in os.environ if name.startswith(("MIDO", "NO_COLOR"))]:
        monkeypatch.delenv(name)
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(site.work)
    return site


def command(body: Callable[[Context], int | None]) -> click.Command:
    """A command line with one verb, ``do``, that runs ``body``."""
    group = flags(click.group("test")(lambda: None))
    assert isinstance(group, click.Group)
    group.command("do")(common_options(body))
    return group


def outcome(body: Callable[[Context], int | None], *arguments: str) -> int:
    return run_command(command(body), [*arguments, "do"], "test")


def rows_of(text: str) -> dict[str, object]:
    return {row["setting"]: row["value"] for row in json.loads(text)}


# --- flags -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["-f", "json", "--zookeeper", "z:1", "config", "show"],
        ["config", "-f", "json", "--zookeeper", "z:1", "show"],
        ["config", "show", "-f", "json", "--zookeeper", "z:1"],
        ["--zookeeper", "z:1", "config", "show", "--format", "json"],
        ["--zookeeper", "y:1", "-f", "table", "config", "show", "--zookeeper=z:1", "-fjson"],
    ],
)
def test_flags_stand_before_and_after_the_verb_and_the_later_one_wins(
    site: Site, arguments: list[str], capsys: Captured
) -> None:
    assert run(arguments) == 0
    assert rows_of(capsys.readouterr().out)["zookeeper"] == "z:1"


def test_config_files_before_and_after_the_verb_add_up_in_order(site: Site, capsys: Captured) -> None:
    for name in ("one", "two"):
        (site.work / name).write_text(f"[MIDONET]\nusername = {name}\n")
    assert run(["--config-file", "one", "config", "show", "--config-file", "two", "-f", "json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows["neutron_files"] == ["one", "two"]
    assert rows["api_username"] == "two"


def test_a_flag_can_take_back_an_earlier_one(site: Site, capsys: Captured) -> None:
    arguments = ["--yes", "--dry-run", "config", "show", "--ask", "--no-dry-run", "-f", "json"]
    assert run(arguments) == 0
    rows = rows_of(capsys.readouterr().out)
    assert (rows["yes"], rows["dry_run"]) == (False, False)


def test_every_own_option_with_a_flag_has_it_on_every_command() -> None:
    config = command_line.get_command(click.Context(command_line), "config")
    assert isinstance(config, click.Group)
    expected = {option.flag for option in OWN_OPTIONS if option.flag} | {"--settings-file", "--debug"}
    for each in (command_line, config, config.commands["show"]):
        names = {name for parameter in each.params for name in parameter.opts}
        assert expected <= names


def test_choices_of_the_flags_are_those_of_the_settings() -> None:
    assert tuple(TargetVersion) == options.TARGET_VERSIONS
    assert tuple(PluginFlavour) == options.PLUGIN_FLAVOURS
    assert tuple(OutputFormat) == options.FORMATS


# --- config show -------------------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", ["table", "json", "yaml", "value"])
def test_config_show_tells_values_and_origins_and_no_secret(
    site: Site, output_format: str, capsys: Captured
) -> None:
    assert run(["config", "show", "-f", output_format]) == 0
    captured = capsys.readouterr()
    for secret in (DATABASE_PASSWORD, "p%40ss", API_PASSWORD, ADMIN_TOKEN, "oldpass"):
        assert secret not in captured.out + captured.err
    assert "mysql+pymysql://neutron:***@db.example.org:3307/neutron?charset=utf8" in captured.out
    assert f"{site.root}/etc/neutron/neutron.conf:12 [database] connection" in captured.out
    assert "10.1.0.1:2181,nsdb2.example.org:2182,10.1.0.3:2181" in captured.out


def test_machine_formats_hold_plain_data(site: Site, capsys: Captured) -> None:
    assert run(["config", "show", "-f", "json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert run(["config", "show", "-f", "yaml"]) == 0
    as_yaml = yaml.safe_load(capsys.readouterr().out)
    format_at = next(position for position, row in enumerate(as_json) if row["setting"] == "format")
    assert as_yaml.pop(format_at)["value"] == "yaml"
    assert as_json.pop(format_at)["value"] == "json"
    assert as_json == as_yaml
    rows = {row["setting"]: row["value"] for row in as_json}
    assert (rows["threads"], rows["yes"], rows["settings_file"]) == (8, False, None)


def test_config_show_explains_what_is_missing_and_ends_with_one_for_what_is_broken(
    site: Site, capsys: Captured
) -> None:
    site.write("/etc/neutron/neutron.conf", "[database]\nconnection = sqlite:///x\n")
    assert run(["config", "show"]) == 1
    captured = capsys.readouterr()
    assert "a sqlite database is not supported" in captured.err
    assert "note" not in captured.out


# --- verbs -------------------------------------------------------------------------------------------

HEAVY = ("sqlalchemy", "httpx", "kazoo", "oslo_config", "rich", "yaml", "msgspec", "pymysql")


def test_help_names_every_verb_and_imports_none() -> None:
    code = (
        "import sys; from midonet_migrate.cli.main import run; status = run(['--help']);"
        "print(status, sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, _, modules = done.stderr.partition(" ")
    assert status == "0"
    for name in HEAVY:
        assert f"'{name}'" not in modules
    assert "midonet_migrate.cli.config" not in modules
    shown = " ".join(done.stdout.split())
    for verb, entry in VERBS.items():
        assert f" {verb} {entry.short_help}" in shown


def test_every_verb_of_the_table_can_be_imported() -> None:
    context = click.Context(command_line)
    for verb, entry in VERBS.items():
        found = command_line.get_command(context, verb)
        assert found is not None
        assert found.get_short_help_str(limit=200) == entry.short_help


def test_a_table_entry_that_names_no_command_is_a_bug() -> None:
    group = LazyGroup("x", verbs={"bad": Verb("json:dumps", "")})
    with pytest.raises(TypeError, match="json:dumps"):
        group.get_command(click.Context(group), "bad")


def test_version(capsys: Captured) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("midonet-migrate, version ")


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["--nonsense"],
        ["config"],
        ["config", "show", "extra"],
        ["config", "show", "--target-version", "4"],
        ["config", "show", "--threads"],
        ["config", "show", "--threads", "zero"],
        ["config", "show", "--config-file", "gone.conf"],
        ["--source-api", "nonsense", "config", "show"],
    ],
)
def test_wrong_usage_ends_with_64_and_leaves_standard_output_empty(
    site: Site, arguments: list[str], capsys: Captured
) -> None:
    assert run(arguments) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err
    assert "Traceback" not in captured.err


def stalled(_context: Context) -> int:
    raise ImporterStalled(
        "The importer stands still",
        why="task 7 is refused",
        hint="Look at task 7.",
        problems=["one", "two"],
        recovery=Recovery.ABORT,
    )


def test_an_error_of_ours_is_told_as_what_why_findings_next_step_and_way_out(
    site: Site, capsys: Captured
) -> None:
    assert outcome(stalled) == 40
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "Error: The importer stands still\nWhy: task 7 is refused\n  - one\n  - two\n"
        "What to do: Look at task 7.\nWay out: abort\n"
    )


@pytest.mark.parametrize("how", ["flag", "environment", "file"])
def test_with_json_an_error_is_one_line_of_json_on_standard_error(
    site: Site, how: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("MIDONET_MIGRATE_FORMAT", "json")
    elif how == "file":
        (site.work / "midonet-migrate.conf").write_text("[midonet-migrate]\nformat = json\n")

    def body(context: Context) -> int:
        assert context.output_format is OutputFormat.JSON
        return stalled(context)

    assert outcome(body, *(["-f", "json"] if how == "flag" else [])) == 40
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err) == {
        "error": {
            "code": "importer-stalled",
            "exit_status": 40,
            "what": "The importer stands still",
            "why": "task 7 is refused",
            "problems": ["one", "two"],
            "hint": "Look at task 7.",
            "recovery": "abort",
        }
    }


def test_wrong_usage_with_json_is_json_as_well(site: Site, capsys: Captured) -> None:
    assert run(["-f", "json", "config", "show", "--threads", "0"]) == 64
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "config"
    assert run(["-f", "json", "nonsense"]) == 64
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "usage"


def broken(context: Context) -> int:
    database = context.settings.require_database()
    raise RuntimeError(f"no answer from {database.url.render_as_string(hide_password=False)} {API_PASSWORD}")


def test_a_bug_is_one_short_message_and_a_file_with_the_traceback_without_secrets(
    site: Site, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert outcome(broken) == 255
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    (saved,) = tmp_path.glob("midonet-migrate-*.traceback")
    assert str(saved) in captured.err
    assert saved.stat().st_mode & 0o777 == 0o600
    text = saved.read_text()
    assert "RuntimeError: no answer from" in text
    for secret in (DATABASE_PASSWORD, "p%40ss", API_PASSWORD):
        assert secret not in text + captured.err


def test_debug_shows_the_traceback_without_secrets_and_writes_no_file(
    site: Site, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert outcome(broken, "--debug") == 255
    captured = capsys.readouterr()
    assert "Traceback (most recent call last)" in captured.err
    assert not list(tmp_path.glob("*.traceback"))
    for secret in (DATABASE_PASSWORD, "p%40ss", API_PASSWORD):
        assert secret not in captured.err
    assert outcome(stalled, "--debug") == 40
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_with_nowhere_to_write_is_still_told(
    site: Site, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(site.work / "gone"))
    assert outcome(broken) == 255
    assert "--debug shows it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 3),
        (Cancelled("no"), 3),
        (OutputClosed(), 141),
        (MigrateError("x"), 255),
        (click.UsageError("x"), 64),
    ],
)
def test_exit_status_of_what_else_can_end_a_verb(site: Site, raised: BaseException, status: int) -> None:
    def body(_context: Context) -> int:
        raise raised

    assert outcome(body) == status


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_a_verb_returns_its_exit_status(site: Site, returned: int | None, status: int) -> None:
    assert outcome(lambda _context: returned) == status


def test_an_unloaded_setting_costs_nothing(site: Site) -> None:
    """A verb that does not look at the settings works where they cannot be read."""
    (site.work / "midonet-migrate.conf").write_text("junk")
    assert outcome(lambda _context: 0) == 0
    assert outcome(lambda context: int(context.dry_run)) == 64


def test_the_context_hands_on_what_the_flags_say(site: Site, capsys: Captured) -> None:
    def body(context: Context) -> None:
        assert (context.dry_run, context.assume_yes) == (True, True)
        assert context.output_format is OutputFormat.VALUE
        context.show_record({"a": 1, "b": None})
        context.note("watch [this]")

    assert outcome(body, "--dry-run", "--yes", "-f", "value") == 0
    captured = capsys.readouterr()
    assert captured.out == "1\n\n"
    assert captured.err == "note: watch [this]\n"


def test_the_signal_handler_is_as_before_afterwards(site: Site) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert outcome(lambda _context: 0) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_shared_state_of_a_run_is_its_own() -> None:
    assert Invocation().flags is not Invocation().flags
