"""Settings, whatever the files hold: the same reading as oslo.config, and one order of precedence."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oslo_config import cfg

from midonet_migrate.settings import midonet_files, web_xml
from midonet_migrate.settings.database_url import parse_database_url
from midonet_migrate.settings.filesystem import UnreadableFile, read_text
from midonet_migrate.settings.load import load_settings
from midonet_migrate.settings.oslo_files import OsloFiles, UnresolvedReference, normalised, parse
from midonet_migrate.settings.zookeeper_servers import parse_servers

SECTIONS = ["DEFAULT", "default", "database", "DATABASE", "MIDONET", "midonet", "sql"]
KEYS = ["connection", "sql_connection", "name", "other_name"]
VALUE_PARTS = [
    "a", "é", " ", "\t", "%", "%40", "$$", "\\$", "$name", "${other_name}", "$database.name", "$1", "$", "#",
    ";", "=", ":", '"', "'", "[", "]", "@", "\\",
]  # fmt: skip
value = st.lists(st.sampled_from(VALUE_PARTS), max_size=5).map("".join)
assignment = st.builds(
    lambda key, separator, text: f"{key}{separator}{text}",
    st.sampled_from(KEYS),
    st.sampled_from(["=", " = ", ":", ": ", " :  "]),
    value,
)
line = st.one_of(
    assignment,
    assignment,
    st.sampled_from(SECTIONS).map(lambda name: f"[{name}]"),
    st.sampled_from(SECTIONS).map(lambda name: f"[{name}]"),
    value.map(lambda text: f" {text}"),
    value.map(lambda text: f"#{text}"),
    st.sampled_from(["", "  ", "; x", "junk", "[", "[]", "= x"]),
)
text_file = st.builds(
    lambda section, lines, end: end.join([f"[{section}]", *lines]),
    st.sampled_from(SECTIONS),
    st.lists(line, max_size=8),
    st.sampled_from(["\n", "\n", "\r\n"]),
)


REFUSALS = (
    cfg.NoSuchOptError,
    cfg.NoSuchGroupError,
    cfg.ConfigFileValueError,
    cfg.TemplateSubstitutionError,
    RecursionError,
)
Options = list[tuple[str, str]]


def by_oslo_config(paths: list[str], options: Options) -> dict[tuple[str, str], str | None] | None:
    """Values of all options that any file sets, by oslo.config with a private instance; None: it refuses."""
    configuration = cfg.ConfigOpts()
    for section, key in options:
        group = None if section == "DEFAULT" else section
        configuration.register_opt(cfg.StrOpt(key), group)
    try:
        configuration([], project="test", default_config_files=paths, default_config_dirs=[], use_env=False)
    except cfg.ConfigFileParseError:
        return None
    values: dict[tuple[str, str], str | None] = {}
    for section, key in options:
        holder = configuration if section == "DEFAULT" else getattr(configuration, section)
        try:
            values[section, key] = getattr(holder, key)
        except REFUSALS:
            values[section, key] = None
    return values


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(text_file, min_size=1, max_size=3))
def test_any_files_are_read_as_oslo_config_reads_them(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.conf"
            path.write_bytes(text.encode())
            paths.append(str(path))
        try:
            parsed = [parse(read_text(Path(path)), path) for path in paths]
        except UnreadableFile:
            assert by_oslo_config(paths, []) is None
            return
        files = OsloFiles(parsed)
        options = sorted({(normalised(item.section), item.key) for items in parsed for item in items})
        options = [(section, key) for section, key in options if key in KEYS and section != "default"]
        expected = by_oslo_config(paths, options)
        assert expected is not None
        for option in options:
            found = files.find(option)
            assert found is not None
            try:
                got: str | None = files.value(found)
            except UnresolvedReference:
                got = None
            assert got == expected[option], option


LEVELS = ["flag", "environment", "file", "discovered", "default"]
OPTIONS = {
    "zookeeper": ("discovered.example.org:2181", "127.0.0.1:2181", "{}.example.org:2181"),
    "source_root": ("/discovered", "/midonet/v1", "/{}"),
    "target_root": (None, "/midonet", "/{}"),
    "source_api": ("http://discovered:8080/midonet-api", None, "http://{}:8080/midonet-api"),
    "data_dir": (None, "migration_data", "/{}"),
}


@settings(max_examples=80, deadline=None)
@given(
    present=st.fixed_dictionaries(
        {name: st.sets(st.sampled_from(LEVELS[:4]), max_size=4) for name in OPTIONS}
    )
)
def test_the_strongest_source_that_has_an_option_wins(present: dict[str, set[str]]) -> None:
    """Flags, environment, own file, what is discovered, default: each option by itself."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flags = {key: OPTIONS[key][2].format("flag") for key, levels in present.items() if "flag" in levels}
        environment = {
            f"MIDONET_MIGRATE_{key.upper()}": OPTIONS[key][2].format("environment")
            for key, levels in present.items()
            if "environment" in levels
        }
        own = [
            f"{key} = {OPTIONS[key][2].format('file')}" for key, levels in present.items() if "file" in levels
        ]
        (folder / "midonet-migrate.conf").write_text("\n".join(["[midonet-migrate]", *own]))
        bootstrap = ["[zookeeper]"]
        if "discovered" in present["zookeeper"]:
            bootstrap.append("zookeeper_hosts = discovered.example.org")
        if "discovered" in present["source_root"]:
            bootstrap.append("root_key = /discovered")
        (folder / "etc/midonet").mkdir(parents=True)
        (folder / "etc/midonet/midonet.conf").write_text("\n".join(bootstrap))
        if "discovered" in present["source_api"]:
            (folder / "etc/neutron").mkdir()
            (folder / "etc/neutron/plugin.ini").write_text(
                "[MIDONET]\nmidonet_uri = http://discovered:8080/midonet-api\n"
            )
        loaded = load_settings(flags, environment=environment, root=folder, working_directory=folder)
        for key, (discovered, default, pattern) in OPTIONS.items():
            level = next(
                level
                for level in LEVELS
                if (level in present[key] and (level != "discovered" or discovered is not None))
                or level == "default"
            )
            setting = getattr(loaded, key)
            expected = {"discovered": discovered, "default": default}.get(level, pattern.format(level))
            assert (None if setting.value is None else str(setting.value)) == expected
            if level in {"flag", "environment"}:
                assert setting.origin.startswith(level)


@pytest.mark.parametrize("reader", [midonet_files.parse, parse_servers, parse_database_url])
@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_gives_anything_but_a_value_or_a_value_error(reader: object, text: str) -> None:
    assert callable(reader)
    try:
        assert reader(text) is not None
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 (a subclass would be another function's accident)


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_breaks_the_reader_of_web_xml(text: str) -> None:
    try:
        web_xml.parse(text, "web.xml")
    except UnreadableFile as error:
        assert error.problem.message.startswith("web.xml")  # noqa: PT017


@settings(max_examples=150, deadline=None)
@given(
    user=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12),
    password=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=12),
)
def test_percent_encoded_credentials_survive(user: str, password: str) -> None:
    from urllib.parse import quote

    url = parse_database_url(f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@h/d").url
    assert (url.username, url.password) == (user, password)
