"""Files in oslo.config's format: every rule of (host 2.1), and the same answers as oslo.config itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from oslo_config import cfg

from midonet_migrate.settings.filesystem import UnreadableFile, read_text
from midonet_migrate.settings.neutron_settings import DATABASE_NAMES
from midonet_migrate.settings.oslo_files import OsloFiles, UnresolvedReference, parse


def value_of(texts: list[str], *names: tuple[str, str]) -> str | None:
    files = OsloFiles([parse(text, f"file{number}") for number, text in enumerate(texts)])
    found = files.find(*names)
    return None if found is None else files.value(found)


def by_oslo_config(texts: list[str], folder: Path, option: cfg.Opt, group: str) -> str | None:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"file{number}.conf"
        path.write_bytes(text.encode())
        paths.append(str(path))
    configuration = cfg.ConfigOpts()
    configuration.register_opts([cfg.StrOpt(name) for name in ("name", "other", "key")])
    configuration.register_opts([option, cfg.StrOpt("name")], group)
    configuration([], project="test", default_config_files=paths, default_config_dirs=[], use_env=False)
    value = getattr(getattr(configuration, group), option.dest)
    return None if value is None else str(value)


RULES = {
    "equal sign": (["[g]\nkey = v"], "v"),
    "colon": (["[g]\nkey: v"], "v"),
    "first of both separators, colon": (["[g]\nkey: a=b"], "a=b"),
    "first of both separators, equal": (["[g]\nkey=a:b"], "a:b"),
    "later file wins": (["[g]\nkey = one", "[g]\nkey = two"], "two"),
    "later file without the key": (["[g]\nkey = one", "[g]\nname = two"], "one"),
    "last assignment of a file": (["[g]\nkey = one\nkey = two"], "two"),
    "section in two parts": (["[g]\nkey = one\n[h]\nkey = x\n[g]\nname = y"], "one"),
    "section without case": (["[G]\nkey = v"], "v"),
    "number sign in column 1": (["[g]\n#key = x\nkey = v"], "v"),
    "semicolon in column 1": (["[g]\nkey = v\n;key = x"], "v"),
    "no inline comment": (["[g]\nkey = v # not a comment ; neither"], "v # not a comment ; neither"),
    "continuation with blanks": (["[g]\nkey = a,\n  b,\n  c"], "a,\nb,\nc"),
    "continuation with a tab": (["[g]\nkey = a\n\tb"], "a\nb"),
    "continuation that looks like a comment": (["[g]\nkey = a\n # b"], "a\n# b"),
    "blank line ends a value": (["[g]\nkey = a\n\nname = b"], "a"),
    "double quotes": (['[g]\nkey = "v w"'], "v w"),
    "single quotes": (["[g]\nkey = 'v w'"], "v w"),
    "one pair of quotes only": (["[g]\nkey = \"'v'\""], "'v'"),
    "unmatched quote": (["[g]\nkey = \"v'"], "\"v'"),
    "a quote inside": (['[g]\nkey = v"w'], 'v"w'),
    "reference": (["[g]\nkey = $other/x\n[DEFAULT]\nother = /y"], "/y/x"),
    "reference in braces": (["[g]\nkey = ${other}x\n[DEFAULT]\nother = y"], "yx"),
    "reference to the own section first": (["[g]\nname = near\nkey = $name\n[DEFAULT]\nname = far"], "near"),
    "reference to another file": (["[g]\nkey = $other", "[DEFAULT]\nother = y"], "y"),
    "reference of a reference": (["[DEFAULT]\nother = $name\nname = z\n[g]\nkey = $other"], "z"),
    "dollar doubled": (["[g]\nkey = a$$b"], "a$b"),
    "dollar escaped": (["[g]\nkey = a\\$b"], "a$b"),
    "dollar alone": (["[g]\nkey = a$1"], "a$1"),
    "dollar at the end": (["[g]\nkey = a$"], "a$"),
    "percent": (["[g]\nkey = a%b%%c%(name)s"], "a%b%%c%(name)s"),
    "blanks around": (["[g]\n key2 = x".replace("\n ", "\n") + "\nkey  =   v \t "], "v"),
    "empty value": (["[g]\nkey ="], ""),
    "carriage returns": (["[g]\r\nkey = v\r\nname = w\r\n"], "v"),
    "no newline at the end": (["[g]\nkey = v"], "v"),
    "value with brackets": (["[g]\nkey = [x]"], "[x]"),
    "comment in other letters": (["# Núñez ☃\n[g]\nkey = v"], "v"),
}


@pytest.mark.parametrize(("texts", "expected"), RULES.values(), ids=RULES.keys())
def test_a_value_is_read_as_oslo_config_reads_it(texts: list[str], expected: str, tmp_path: Path) -> None:
    assert value_of(texts, ("g", "key")) == expected
    assert by_oslo_config(texts, tmp_path, cfg.StrOpt("key"), "g") == expected


NAMES = {
    "current": (["[database]\nconnection = a"], "a"),
    "DATABASE sql_connection": (["[DATABASE]\nsql_connection = a"], "a"),
    "database sql_connection": (["[database]\nsql_connection = a"], "a"),
    "DEFAULT sql_connection": (["[DEFAULT]\nsql_connection = a"], "a"),
    "default in small letters is another section": (["[default]\nsql_connection = a"], None),
    "sql connection": (["[sql]\nconnection = a"], "a"),
    "DEFAULT connection is none of them": (["[DEFAULT]\nconnection = a"], None),
    "current before deprecated in a file": (
        ["[database]\nconnection = a\n[DATABASE]\nsql_connection = b"],
        "a",
    ),
    "order of the deprecated": (["[sql]\nconnection = a\n[DEFAULT]\nsql_connection = b"], "b"),
    "deprecated in the later file": (["[database]\nconnection = a", "[DATABASE]\nsql_connection = b"], "b"),
    "current in the later file": (["[DATABASE]\nsql_connection = b", "[database]\nconnection = a"], "a"),
}


@pytest.mark.parametrize(("texts", "expected"), NAMES.values(), ids=NAMES.keys())
def test_deprecated_names_of_the_database_option_count_as_for_oslo_db(
    texts: list[str], expected: str | None, tmp_path: Path
) -> None:
    option = cfg.StrOpt(
        "connection",
        deprecated_opts=[cfg.DeprecatedOpt(name, group=group) for group, name in DATABASE_NAMES[1:]],
    )
    assert value_of(texts, *DATABASE_NAMES) == expected
    assert by_oslo_config(texts, tmp_path, option, "database") == expected


def test_the_origin_is_the_first_line_of_a_continued_value_under_the_name_in_the_file() -> None:
    found = OsloFiles([parse("\n[DATABASE]\n# x\nsql_connection = a\n  b\n\nx = y\n", "/etc/n.conf")])
    assignment = found.find(*DATABASE_NAMES)
    assert assignment is not None
    assert assignment.origin == "/etc/n.conf:4 [DATABASE] sql_connection"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[g]\nname = a\nkey without separator s3cret\n", 3, "No ':' or '='"),
        ("key = s3cret\n", 1, "Section must be started"),
        ("[g]\n= s3cret\n", 2, "Key cannot be empty"),
        ("[g\nkey = s3cret\n", 1, "must end with ]"),
        ("[]\nkey = s3cret\n", 1, "Empty section name"),
        ("[g]\n  s3cret\n", 2, "continuation"),
        ("[g]\nkey = a\n# c\n  s3cret\n", 4, "continuation"),
    ],
)
def test_a_syntax_error_names_file_and_line_and_not_the_text(text: str, line: int, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        parse(text, "/etc/n.conf")
    message = caught.value.problem.message
    assert message.startswith(f"/etc/n.conf:{line}: ")
    assert reason in message
    assert "s3cret" not in message


def test_an_unknown_reference_is_named_and_the_value_around_it_is_not() -> None:
    with pytest.raises(UnresolvedReference, match=r"\$word.*'\$\$'") as caught:
        value_of(["[g]\nkey = s3cret$word"], ("g", "key"))
    assert "s3cret" not in str(caught.value)


def test_a_reference_to_itself_is_an_error_not_an_endless_loop() -> None:
    with pytest.raises(UnresolvedReference, match="itself"):
        value_of(["[g]\nkey = $name\nname = ${key}"], ("g", "key"))


@pytest.mark.parametrize(
    "data",
    [
        "# Núñez\n[g]\nkey = v\n".encode("latin-1"),
        b"\xef\xbb\xbf[g]\nkey = v\n",
        b"\xef\xbb\xbf[g]\r\nkey = v",
        b"[g]\nkey = v\n# \xff\xfe\x00",
    ],
    ids=["latin-1", "byte order mark", "byte order mark and CRLF", "bytes that are no text"],
)
def test_bytes_that_are_not_plain_utf8_do_not_stop_the_reading(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "n.conf"
    path.write_bytes(data)
    assert value_of([read_text(path)], ("g", "key")) == "v"
