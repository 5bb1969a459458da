"""Files of repositories: entries switched off, the classic substitution, and the way back (host 1.8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from midonet_migrate.plan.edits.model import ConfigFile, FileEdit, Severity
from midonet_migrate.plan.edits.repositories import (
    substitute_in_apt,
    substitute_in_yum,
    switch_apt_off,
    switch_yum_off,
)
from midonet_migrate.plan.edits.reverse import reverse

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference samples are not here")
LIST, REPO = "/etc/apt/sources.list.d/midokura.list", "/etc/yum.repos.d/midokura.repo"


def apt_off(data: bytes) -> FileEdit:
    """A file of apt, switched off."""
    return switch_apt_off(ConfigFile(LIST, data))


def yum_off(data: bytes) -> FileEdit:
    """A file of yum, switched off."""
    return switch_yum_off(ConfigFile(REPO, data))


def in_apt(data: bytes, old: str = "mem-1.9", new: str = "midonet-5") -> FileEdit:
    """A file of apt after the substitution."""
    return substitute_in_apt(ConfigFile(LIST, data), old, new)


def in_yum(data: bytes, old: str = "mem-1.9", new: str = "midonet-5") -> FileEdit:
    """A file of yum after the substitution."""
    return substitute_in_yum(ConfigFile(REPO, data), old, new)


def changed_lines(edit: FileEdit) -> list[tuple[bytes, bytes]]:
    """Before and after of each line that is not the same."""
    before, after = (edit.before or b"").split(b"\n"), (edit.after or b"").split(b"\n")
    return [(old, new) for old, new in zip(before, after, strict=True) if old != new]


def test_entries_of_apt_are_switched_off_and_nothing_else() -> None:
    """Comments, blank lines and line ends stay; applied again nothing changes."""
    text = b"# deb http://a b c\n\ndeb http://u:p@h/ s m\r\n  deb-src [arch=amd64] http://h/ s m\ndebris\n"
    edit = apt_off(text)
    assert edit.after == (
        b"# deb http://a b c\n\n# midonet-migrate: deb http://u:p@h/ s m\r\n"
        b"# midonet-migrate:   deb-src [arch=amd64] http://h/ s m\ndebris\n"
    )
    assert not apt_off(edit.after).changed
    assert reverse(edit.after, edit.changes).data == text


def test_the_new_form_of_sources_is_refused() -> None:
    """It would stay in effect; nor is it a file without entries that name what is to be replaced."""
    file = ConfigFile("/etc/apt/sources.list.d/x.sources", b"Types: deb\nURIs: http://h/mem-1.9\n")
    for edit in (switch_apt_off(file), substitute_in_apt(file, "mem-1.9", "midonet-5")):
        assert [finding.severity for finding in edit.findings] == [Severity.REFUSED]
        assert edit.after == edit.before == file.data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"[a]\nname=A\nenabled=1\n", b"[a]\nname=A\nenabled=0\n"),
        (b"[a]\nenabled = True\n", b"[a]\nenabled = 0\n"),
        (b"[a]\r\nenabled=yes\r\n", b"[a]\r\nenabled=0\r\n"),
        (b"[a]\nname=A\n", b"[a]\nname=A\nenabled = 0\n"),
        (b"[a]", b"[a]\nenabled = 0"),
        (
            b"[a]\nbaseurl=http://h/\n  http://i/\n\n# x\n",
            b"[a]\nbaseurl=http://h/\n  http://i/\nenabled = 0\n\n# x\n",
        ),
        (b"[a]\nenabled=0\n[b]\nenabled=no\n[c]\nenabled: False\n", None),
        (b"[main]\ngpgcheck=1\n[a]\nenabled=0\n", None),
        (b"[a]\nenabled=0\nenabled=1\n", b"[a]\nenabled=0\nenabled=0\n"),
        (b"[a]\n#enabled=0\nenabled=1 ; on\n", b"[a]\n#enabled=0\nenabled=0 ; on\n"),
        (b"", None),
    ],
)
def test_sections_of_yum_are_switched_off(before: bytes, after: bytes | None) -> None:
    """Where it says so, or at the section's end, since that is the default; the last word counts."""
    edit = yum_off(before)
    assert edit.after == (before if after is None else after)
    assert not yum_off(edit.after).changed
    assert reverse(edit.after, edit.changes).data == before


def test_a_file_that_yum_cannot_read_is_not_touched() -> None:
    """What would be in effect there cannot be told."""
    edit = yum_off(b"baseurl=http://a/\n[a]\n")
    assert not edit.changed
    assert [finding.severity for finding in edit.findings] == [Severity.REFUSED]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (b"deb http://h/mem-1.9 stable main", b"deb http://h/midonet-5 stable main"),
        (b"deb http://h/mem-1.9/ stable main", b"deb http://h/midonet-5/ stable main"),
        (b"deb http://h/mem-1.9-deb stable main", b"deb http://h/midonet-5-deb stable main"),
        (b"deb [arch=amd64] http://h/x mem-1.9 main", b"deb [arch=amd64] http://h/x midonet-5 main"),
        (b"deb\thttp://h/mem-1.9\tmem-1.9 main", b"deb\thttp://h/midonet-5\tmidonet-5 main"),
        (b"deb-src http://h/mem-1.9 stable main", b"deb-src http://h/midonet-5 stable main"),
        (b"  deb http://h/mem-1.9 s m\r", b"  deb http://h/midonet-5 s m\r"),
        (b"deb http://h/mem-1.9 s m # was mem-1.9", b"deb http://h/midonet-5 s m # was mem-1.9"),
        (b"deb http://mem-1.9:mem-1.9@h/mem-1.9 s m", b"deb http://mem-1.9:mem-1.9@h/midonet-5 s m"),
        (b"deb http://h/mem-1.90-hotfix stable main", None),
        (b"deb http://h/mem-1.9.1 stable main", None),
        (b"deb http://mem-1.9.example.com/ stable main", None),
        (b"deb http://h/oldmem-1.9 stable main", None),
        (b"deb http://h/mem-1.9_old stable main", None),
        (b"deb http://h/mem-1x9 stable main", None),
        (b"# deb http://h/mem-1.9 stable main", None),
        (b"#deb http://h/mem-1.9 stable main", None),
        (b"debris http://h/mem-1.9 stable main", None),
    ],
)
def test_whole_words_of_entries_in_effect_are_replaced(line: bytes, after: bytes | None) -> None:
    """Not in look-alikes, comments, users and passwords; and once for all."""
    data = b"# head\n" + line + b"\n# tail"
    edit = in_apt(data)
    assert edit.after == (data if after is None else b"# head\n" + after + b"\n# tail")
    assert not in_apt(edit.after).changed
    assert reverse(edit.after, edit.changes).data == data


def test_a_new_text_that_holds_the_old_one_is_taken_once() -> None:
    """Nothing grows with each run."""
    edit = in_apt(b"deb http://h/midonet s m\n", "midonet", "midonet-5")
    assert edit.after == b"deb http://h/midonet-5 s m\n"
    assert not in_apt(edit.after, "midonet", "midonet-5").changed


def test_nothing_to_replace_is_told_unless_it_is_done_already() -> None:
    """A wrong word would otherwise be noticed late."""
    (finding,) = in_apt(b"deb http://h/v2015.06 s m\n").findings
    assert finding.severity is Severity.ATTENTION
    (finding,) = in_apt(b"# deb http://h/mem-1.9 s m\ndeb http://h/mem-1.90 s m\n").findings
    assert "no entry in effect" in finding.text
    assert in_apt(b"deb http://h/midonet-5 s m\n").findings == ()


def test_only_addresses_of_sections_in_effect_are_replaced_for_yum() -> None:
    """All lines of a baseurl; no name, no comment, no section that is off."""
    text = (
        b"[a]\nname=mem-1.9 of A\nbaseurl = http://u:mem-1.9@h/mem-1.9/el7/\n"
        b"# http://h/mem-1.9/old/\n        http://mirror/mem-1.9/el7/\nenabled=1\n"
        b"gpgkey=https://h/mem-1.9.key\n[b]\nbaseurl=http://h/mem-1.9/\nenabled=0\n"
        b"[c]\nmirrorlist=http://h/list?repo=mem-1.9&x=1\n"
    )
    edit = in_yum(text)
    assert [new for _, new in changed_lines(edit)] == [
        b"baseurl = http://u:mem-1.9@h/midonet-5/el7/",
        b"        http://mirror/midonet-5/el7/",
        b"mirrorlist=http://h/list?repo=midonet-5&x=1",
    ]
    assert edit.after is not None
    assert not in_yum(edit.after).changed
    assert reverse(edit.after, edit.changes).data == text


@needs_samples
def test_the_sample_of_apt_changes_in_two_lines() -> None:
    """The look-alike and the comments stay (host 7); user and password, too."""
    edit = in_apt((SAMPLES / "midokura.list").read_bytes())
    assert [new for _, new in changed_lines(edit)] == [
        b"deb [arch=amd64] http://memuser:s3cr3t%21@repo.example.com/midonet-5 stable main",
        b"deb http://artifactory.example.com/artifactory/midonet-5-deb stable main",
    ]


@needs_samples
def test_the_sample_of_yum_changes_in_one_line() -> None:
    """The section that is off names the word, too."""
    edit = in_yum((SAMPLES / "midokura.repo").read_bytes())
    assert [new for _, new in changed_lines(edit)] == [
        b"baseurl=http://memuser:s3cr3t%21@repo.example.com/midonet-5/stable/el7/",
    ]


@needs_samples
@pytest.mark.parametrize(
    ("name", "edits"), [("midokura.list", (apt_off, in_apt)), ("midokura.repo", (yum_off, in_yum))]
)
def test_the_samples_come_back_byte_for_byte(name: str, edits: tuple[object, ...]) -> None:
    """Taken back change by change."""
    data = (SAMPLES / name).read_bytes()
    for edit in edits:
        done = edit(data)  # type: ignore[operator]
        assert done.changed
        back = reverse(done.after, done.changes)
        assert (back.data, back.left) == (data, ())


def test_a_line_is_taken_back_wherever_it_stands_now() -> None:
    """Others may have added lines meanwhile."""
    edit = in_apt(b"deb http://h/mem-1.9 s m\n")
    assert edit.after is not None
    now = b"# new head\n" + edit.after + b"deb http://h/other s m\n"
    back = reverse(now, edit.changes)
    assert back.data == b"# new head\ndeb http://h/mem-1.9 s m\ndeb http://h/other s m\n"


def test_a_line_that_is_another_one_now_is_left_and_told() -> None:
    """Nothing is guessed: midonet-5 somewhere is not ours for that (host 1.8)."""
    edit = in_apt(b"deb http://h/mem-1.9 s m\n")
    now = b"deb http://h/midonet-5 s m contrib\ndeb http://g/midonet-5.0 s m\n"
    back = reverse(now, edit.changes)
    assert back.data == now
    assert [why for _, why in back.left] == ["the line is another one, or gone"]


def test_of_equal_lines_the_one_between_its_old_neighbours_is_ours() -> None:
    """And where that does not tell, none is."""
    edit = in_apt(b"# ours\ndeb http://h/mem-1.9 s m\n# end\n")
    line = b"deb http://h/midonet-5 s m\n"
    now = line + b"# ours\n" + line + b"# end\n"
    assert reverse(now, edit.changes).data == line + b"# ours\ndeb http://h/mem-1.9 s m\n# end\n"
    now = line + line
    back = reverse(now, edit.changes)
    assert back.data == now
    assert [why for _, why in back.left] == ["the same line stands there more than once"]
