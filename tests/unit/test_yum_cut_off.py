"""The note of a transaction of ours on a host of CentOS 7."""

from __future__ import annotations

import pytest

from midonet_migrate.hosts.packages.yum_cut_off import Ours, parse_note

OURS = Ours(
    coming={"/srv/a b/midolman.rpm": "midolman", "/c/j.i686.rpm": "java", "/c/j.x86_64.rpm": "java"},
    leaving=["midonet-api"],
)


def test_a_note_says_what_was_to_come_and_to_go() -> None:
    """Whatever the path; read back it is the same."""
    assert parse_note(OURS.note) == OURS
    assert OURS.names == {"midolman", "java", "midonet-api"}


@pytest.mark.parametrize("text", ["", "\n", "install\tmidolman\n", "erase a b", f"{OURS.note}install\tx"])
def test_what_is_no_note_is_none(text: str) -> None:
    """Nothing is done by half a note, or by somebody else's file."""
    assert parse_note(text) is None
