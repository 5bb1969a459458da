"""Reading mn-conf's texts: whatever stands in them, the answer is a tree or a plain refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.zookeeper.mn_conf import parse_settings

WORDS = ("cluster", "neutron_importer", "enabled", "true", "include ", "1000ms", "password", "é", "\x00")
MARKS = (".", "{", "}", "[", "]", "=", ":", ",", "\n", "#", "//", '"', "${", "?", "+=", '"""', "\\", " ", "$")
fragments = st.sampled_from([*WORDS, *MARKS])
values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=10) | st.none(),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(fragments, max_size=14).map("".join))
def test_any_text_gives_a_tree_or_a_value_error(text: str) -> None:
    try:
        tree = parse_settings(text)
    except ValueError:
        return
    assert isinstance(tree, dict)


@pytest.mark.parametrize(
    "what", ['"/etc/hostname"', 'file("x")', 'url("http://127.0.0.1:1/")', 'required(file("x"))']
)
def test_a_text_that_includes_another_is_refused_and_nothing_is_opened(what: str) -> None:
    with pytest.raises(ValueError, match="includes another"):
        parse_settings(f"a {{ b : 1 }}\ninclude {what}\n")
    assert parse_settings(f"a : include_me\n# include {what}\nb : {{ c : 'x' }}")["a"] == "include_me"


@pytest.mark.parametrize("text", ["5", "[1]", '"cluster"', "null"])
def test_json_that_is_no_tree_of_settings_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a tree"):
        parse_settings(text)


@given(st.dictionaries(st.text(st.characters(exclude_characters='"'), max_size=8), values, max_size=4))
def test_json_is_read_as_it_is(tree: dict[str, object]) -> None:
    read = parse_settings(json.dumps(tree))
    assert set(read) == set(tree)


@given(st.booleans(), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_the_switch_is_found_beside_any_quoted_password(enabled: bool, password: str) -> None:
    text = (
        f"cluster {{ neutron_importer {{ enabled : {json.dumps(enabled)}\n"
        f" password : {json.dumps(password)} }} }}"
    )
    assert parse_settings(text)["cluster"]["neutron_importer"]["enabled"] is enabled
