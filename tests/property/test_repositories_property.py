"""Files of repositories, whatever they hold: edited once, exactly, and taken back byte for byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.plan.edits.model import ConfigFile, FileEdit
from midonet_migrate.plan.edits.repositories import (
    substitute_in_apt,
    substitute_in_yum,
    switch_apt_off,
    switch_yum_off,
)
from midonet_migrate.plan.edits.reverse import reverse

OLD, NEW = "mem-1.9", "midonet-5"
WORDS = st.sampled_from(
    ["mem-1.9", "mem-1.90", "mem-1.9-deb", "midonet-5", "midonet-5.0", "mem", "1.9", "misc", "stable", "é"]
)
BLANKS = st.sampled_from([" ", "\t", "  "])
ENDS = st.sampled_from(["\n", "\r\n"])
ADDRESSES = st.builds(
    "{}{}h/{}/{}".format,
    st.sampled_from(["http://", "https://", "file:///"]),
    st.sampled_from(["", "mem-1.9:mem-1.9@", "u:p%21@"]),
    WORDS,
    WORDS,
)
COMMENTS = st.builds("#{}{}".format, st.sampled_from(["", " ", "# "]), ADDRESSES)
ENTRIES = st.builds(
    "{}{}{}{}{}{}{}{}{}".format,
    st.sampled_from(["", " ", "#", "# "]),
    st.sampled_from(["deb", "deb-src", "debris"]),
    BLANKS,
    st.sampled_from(["", "[arch=amd64] ", "[ trusted=yes arch=i386 ]\t"]),
    ADDRESSES,
    BLANKS,
    WORDS,
    st.sampled_from(["", " main", " main non-free"]),
    st.sampled_from(["", " # mem-1.9"]),
)
SETTINGS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["baseurl", "name", "gpgkey", "enabled", "exclude", "mirrorlist", "#baseurl"]),
    st.sampled_from(["=", " = ", ": "]),
    st.one_of(ADDRESSES, st.sampled_from(["0", "1", "yes", "no", ""])),
)
SECTIONS = st.sampled_from(["[a]", "[b]", "[mem-1.9]", "[main]"])


def texts(lines: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Files of such lines, with a line end at the end or without."""
    ended = st.lists(st.tuples(lines, ENDS).map("".join), max_size=12).map("".join)
    return st.tuples(ended, st.one_of(st.just(""), lines)).map(lambda parts: "".join(parts).encode())


LISTS = texts(st.one_of(ENTRIES, COMMENTS, st.just("")))
CONTINUED = st.builds("    {}".format, ADDRESSES)
REPOS = texts(st.one_of(SETTINGS, CONTINUED, COMMENTS, st.just(""), SECTIONS)).map(lambda t: b"[x]\n" + t)


def check(edit: FileEdit, again: FileEdit) -> None:
    """Once, and back. Lines that are the same as others may have to stay, never a wrong one is taken."""
    assert edit.before is not None
    assert edit.after is not None
    if edit.refused:
        assert not edit.changed
        return
    assert not again.changed
    back = reverse(edit.after, edit.changes)
    if not back.left:
        assert back.data == edit.before


@given(LISTS)
def test_files_of_apt_are_switched_off_once_and_back(data: bytes) -> None:
    """No entry is in effect any more."""
    edit = switch_apt_off(ConfigFile("x.list", data))
    check(edit, switch_apt_off(ConfigFile("x.list", edit.after or b"")))
    assert edit.after is not None
    assert not any(line.split()[:1] in ([b"deb"], [b"deb-src"]) for line in edit.after.splitlines())


@given(REPOS)
def test_files_of_yum_are_switched_off_once_and_back(data: bytes) -> None:
    """As far as they can be read."""
    edit = switch_yum_off(ConfigFile("x.repo", data))
    check(edit, switch_yum_off(ConfigFile("x.repo", edit.after or b"")))


@given(LISTS)
def test_the_substitution_in_files_of_apt_is_done_once_and_back(data: bytes) -> None:
    """Lines stay as many as they are, and comments what they are."""
    edit = substitute_in_apt(ConfigFile("x.list", data), OLD, NEW)
    check(edit, substitute_in_apt(ConfigFile("x.list", edit.after or b""), OLD, NEW))
    before, after = (text.split(b"\n") for text in (data, edit.after or b""))
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        if old != new:
            assert old.split()[0] in {b"deb", b"deb-src"}
            assert new.count(b"mem-1.90") == old.count(b"mem-1.90")


@given(REPOS)
def test_the_substitution_in_files_of_yum_is_done_once_and_back(data: bytes) -> None:
    """Only lines with an address change."""
    edit = substitute_in_yum(ConfigFile("x.repo", data), OLD, NEW)
    check(edit, substitute_in_yum(ConfigFile("x.repo", edit.after or b""), OLD, NEW))
    for old, new in zip(data.split(b"\n"), (edit.after or b"").split(b"\n"), strict=True):
        assert old == new or (b"/" in old and not old.startswith((b"#", b"name", b"exclude")))
