"""Which packages are of a release of MidoNet (host 1.1)."""

from __future__ import annotations

import pytest

from midonet_migrate.steps.hosts.versions import is_version, of_release_19


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("2:5.2.1", True),
        ("2:5.2.1-1.0.el7", True),
        ("2:5.2.1+hf1", True),
        ("2:5.2.1~rc4", False),
        ("2:5.2.1-0.1.rc4.el7", False),
        ("2:5.2.10-1.0.el7", False),
        ("2:15.2.1", False),
        ("", False),
    ],
)
def test_a_candidate_of_a_release_is_not_the_release(text: str, is_it: bool) -> None:
    """A Debian version says so with a tilde, an rpm's release with 0.1.rcN."""
    assert is_version(text, "5.2.1") is is_it


def test_what_the_migration_starts_from() -> None:
    """Any 1.9, whatever its epoch and candidate."""
    assert [text for text in ("1.9.8-1", "0:1.9.14~rc2", "1.9.8-1.0.el7") if not of_release_19(text)] == []
    assert not [text for text in ("2:5.2.1", "1.90.1", "1.8.3", "") if of_release_19(text)]
