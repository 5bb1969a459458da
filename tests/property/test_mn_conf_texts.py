"""Settings as mn-conf takes and gives them: whatever a password holds, it arrives unchanged."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from pyhocon import ConfigFactory

from midonet_lab.midonet5.mn_conf.hocon_parser import parse
from midonet_lab.midonet5.mn_conf.hocon_render import document, plain, render
from midonet_lab.midonet5.mn_conf.hocon_values import Value, find
from midonet_migrate.plan.mn_conf.carry_over import OldConfiguration, carry_over
from midonet_migrate.plan.mn_conf.texts import flatten, parse_answer, parse_rendered, settings_text
from midonet_migrate.plan.mn_conf_settings import DatabaseAddress, importer_settings

KEY = "cluster.neutron_importer.password"
characters = st.characters(exclude_categories=["Cs"])
passwords = st.text(characters, max_size=30)
ascii_passwords = st.text(
    st.sampled_from(string.printable.replace("\x0b", "").replace("\x0c", "")), max_size=30
)
names = st.text(characters, min_size=1, max_size=8)
scalars = st.booleans() | st.integers(-(2**31), 2**31) | passwords
trees = st.recursive(
    st.dictionaries(names, scalars, max_size=4),
    lambda inner: st.dictionaries(names, scalars | inner, max_size=4),
    max_leaves=10,
)


def lab_tree(tree: dict[str, Any]) -> dict[str, Value]:
    """The stand-in's form of a tree."""
    return {
        key: Value(lab_tree(value)) if isinstance(value, dict) else Value(value)
        for key, value in tree.items()
    }


def address(password: str) -> DatabaseAddress:
    return DatabaseAddress("db.example.org", 3307, "neutron", "neutron", password, {})


@given(ascii_passwords)
def test_pyhocon_reads_back_every_ascii_password(password: str) -> None:
    """An independent parser of HOCON."""
    read = ConfigFactory.parse_string(importer_settings(address(password)))
    assert read[KEY] == password
    assert read["cluster.neutron_importer.enabled"] is True


@given(passwords)
def test_a_strict_parser_reads_back_every_password(password: str) -> None:
    """The stand-in's, which refuses what the real one refuses."""
    tree = parse(importer_settings(address(password)), "STDIN")
    found = find(tree, tuple(KEY.split(".")))
    assert found is not None
    assert found.data == password


@given(passwords, passwords)
def test_a_text_names_each_setting_once_whatever_the_values(first: str, second: str) -> None:
    """No value can break out of its line."""
    text = settings_text({"a.b": first, "a.c": second, "a.d": True})
    assert plain(parse(text, "STDIN")) == {"a": {"b": first, "c": second, "d": True}}
    assert text.count("\n") == 3
    assert text.isascii()


@given(trees)
@example({"name": "Infinity", "other": "NaN"})
def test_what_mn_conf_stores_is_read_exactly(tree: dict[str, Any]) -> None:
    """The rendered form of 5.0 and 1.9; keys and texts of any characters."""
    assert parse_rendered(document(lab_tree(tree), as_json=False)) == tree


@given(passwords | st.booleans() | st.integers(0, 10**9), st.booleans())
def test_what_get_prints_is_read_exactly(value: Any, as_json: bool) -> None:
    """With and without -j, which 5.0 does not know."""
    printed = f"{KEY} = {render(Value(value), as_json=as_json)}\n"
    read = parse_answer(KEY, printed)
    assert read == value
    assert type(read) is type(value)


@given(trees)
@example({"include": False, "a": {"include": {"include": 1}}})
def test_flat_settings_make_the_same_tree_again(tree: dict[str, Any]) -> None:
    """Also for names with dots, quotes and blanks; empty objects vanish."""
    again = plain(parse(settings_text(flatten(tree)), "STDIN"))
    assert flatten(again) == flatten(tree)


@given(st.dictionaries(st.sampled_from(["default", "x", "agent-compute-large"]), trees, max_size=3), trees)
def test_every_old_setting_has_exactly_one_verdict(
    templates: dict[str, dict[str, Any]], node: dict[str, Any]
) -> None:
    """Nothing is lost without a word, and what is written is exactly what is carried."""
    host = "11111111-2222-4333-8444-555555555555"
    old = OldConfiguration(templates=templates, nodes={host: node}, mappings={host: "x"})
    found = carry_over(old)
    settings = [(item.place, item.key) for item in found.items if item.place != "default of the version"]
    expected = [(f"template {name}", key) for name, tree in templates.items() for key in flatten(tree)]
    expected += [(f"host {host}", key) for key in flatten(node)] + [(f"host {host}", "template")]
    assert sorted(settings) == sorted(expected)
    carried = {(item.place, item.key) for item in found.items if item.verdict == "carried"}
    written = {(str(place), key) for place, own in found.settings.items() for key in own}
    assert written == {item for item in carried if item[1] != "template"}
    assert all(item.reason for item in found.items if item.verdict != "carried")
    json.dumps([list(own.values()) for own in found.settings.values()])


def test_lists_and_comments_of_rendered_settings_are_read() -> None:
    """As mn-conf renders them: entries in lines of their own or behind commas, nested, of any kind."""
    text = """a {
    # where it comes from
    empty=[]
    hosts=[
        # 1
        "192.0.2.1:2181",
        two,
        3
    ]
    nested=[[1, 2], {}]
}
last=true
"""
    assert parse_rendered(text) == {
        "a": {"empty": [], "hosts": ["192.0.2.1:2181", "two", 3], "nested": [[1, 2], {}]},
        "last": True,
    }
