"""The words that make apt do a change, and what is refused before anything is done (host 1.4, 1.5)."""

from __future__ import annotations

import pytest

from midonet_migrate.hosts.packages.apt_output import Overlap
from midonet_migrate.hosts.packages.apt_plan import (
    force_of,
    options_of,
    require_available,
    require_holds_not_in_the_way,
    require_known_overlaps,
    require_no_other_removals,
    require_not_held,
    require_whole,
    words_of,
)
from midonet_migrate.hosts.packages.apt_private import settings, with_key_directory
from midonet_migrate.hosts.packages.manager import (
    NoRepository,
    PackageChange,
    PackagesFailed,
    Transaction,
    UnexpectedChange,
)

TRUSTY, MODERN = (1, 0), (2, 6)


def test_one_call_does_all_of_a_change() -> None:
    """Exact versions, removals by a minus."""
    change = PackageChange(
        install={"midonet-tools": "2:5.2.1", "midolman": "2:5.2.1"}, remove=("midonet-api",)
    )
    assert words_of(change, {}) == [
        *("install", "midolman=2:5.2.1", "midonet-tools=2:5.2.1", "midonet-api-"),
    ]


def test_a_reinstallation_names_the_version_that_is_there() -> None:
    """The newest of the repository may be another one (host 1.4)."""
    change = PackageChange(reinstall=("midolman",))
    assert words_of(change, {"midolman": "1.9.8-1"}) == ["--reinstall", "install", "midolman=1.9.8-1"]


def test_removing_alone_is_a_removal() -> None:
    """Configuration stays: it is no purge."""
    assert words_of(PackageChange(remove=("a", "b")), {}) == ["remove", "a", "b"]


def test_edited_configuration_stays_and_nothing_is_forced_without_need() -> None:
    """The options of host 1.4."""
    plain = options_of(downgrade=False, force=(), apt_version=TRUSTY)
    assert plain == [
        *("-y", "-q", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"),
    ]
    over = options_of(downgrade=False, force=force_of(overwrite=True, missing=False), apt_version=TRUSTY)
    assert {*over} - {*plain} == {"Dpkg::Options::=--force-overwrite"}


@pytest.mark.parametrize(("version", "word"), [(TRUSTY, "--force-yes"), (MODERN, "--allow-downgrades")])
def test_a_downgrade_is_allowed_in_the_words_of_the_apt_that_is_there(
    version: tuple[int, int], word: str
) -> None:
    """apt 1.0 knows no --allow-downgrades."""
    assert options_of(downgrade=True, force=(), apt_version=version)[-1] == word


def test_versions_that_nobody_has_are_refused_all_at_once() -> None:
    """With those that there are."""
    with pytest.raises(NoRepository) as caught:
        require_available({"a": "1", "b": "2", "c": "3"}, {"a": ["1"], "b": ["4", "3"]})
    assert caught.value.problems == ("b 2 is missing; there is 4, 3", "c 3 is missing")


def test_held_packages_are_not_changed_in_any_way() -> None:
    """apt 1.0 would do it with --force-yes. One that is installed again as it is does not change."""
    transaction = Transaction(
        installed={"new": "1"}, changed={"up": ("1", "2"), "again": ("1", "1")}, removed={"gone": "1"}
    )
    with pytest.raises(PackagesFailed) as caught:
        require_not_held(transaction, ["gone", "up", "again", "other"])
    assert caught.value.problems == ("gone would be removed", "up would go from 1 to 2")
    require_not_held(transaction, ["again", "other"])


def test_a_hold_is_named_when_it_is_in_the_way() -> None:
    """apt only says what it cannot meet."""
    problems = ["midolman: Depends: quagga (>= 0.99.23) but 0.99.22 is to be installed"]
    with pytest.raises(PackagesFailed, match="held") as caught:
        require_holds_not_in_the_way(problems, ["quagga", "quagga-doc"])
    assert caught.value.hint.endswith("apt-mark unhold quagga")
    require_holds_not_in_the_way(problems, ["quag", "libc6"])


def test_half_installed_packages_stop_it() -> None:
    """The remedy is named."""
    require_whole([])
    with pytest.raises(PackagesFailed) as caught:
        require_whole(["midonet-api"])
    assert "dpkg --configure -a" in caught.value.hint


def test_no_package_goes_that_nobody_removes() -> None:
    """Whatever apt thinks of it."""
    change = PackageChange(remove=("python-midonetclient",))
    with pytest.raises(UnexpectedChange) as caught:
        require_no_other_removals(change, Transaction(removed={"python-midonetclient": "1", "plug-in": "2"}))
    assert caught.value.problems == ("plug-in 2 would be removed",)


@pytest.mark.parametrize(
    ("path", "incoming", "present", "known"),
    [
        ("/usr/bin/mn-conf", "midonet-tools", "midolman", True),
        ("/usr/bin/mn-conf", "midolman", "midonet-tools", True),
        ("/usr/share/man/man1/mn-conf.1.gz", "midonet-tools", "midolman", True),
        ("/usr/bin/mn-conf", "midonet-tools", "something", False),
        ("/usr/bin/mm-ctl", "midonet-tools", "midolman", False),
    ],
)
def test_only_the_known_overlap_is_taken(path: str, incoming: str, present: str, *, known: bool) -> None:
    """Those files of those packages, in either direction (host 1.4)."""
    found = [Overlap(path=path, incoming=incoming, present=present)]
    if known:
        require_known_overlaps(found)
    else:
        with pytest.raises(PackagesFailed) as caught:
            require_known_overlaps(found)
        assert caught.value.problems == (f"{path} of {incoming} is also in {present}",)


def test_keys_of_the_definition_are_looked_for_in_the_corner() -> None:
    """Others that a line names stay where they are."""
    text = (
        "deb [arch=amd64 signed-by=/usr/share/keyrings/midorepo.gpg] http://a stable main\n"
        "deb [signed-by=/usr/share/keyrings/other.gpg] http://b stable main\n"
    )
    assert with_key_directory(text, {"midorepo.gpg"}, "/corner/keys") == (
        "deb [arch=amd64 signed-by=/corner/keys/midorepo.gpg] http://a stable main\n"
        "deb [signed-by=/usr/share/keyrings/other.gpg] http://b stable main\n"
    )


def test_settings_of_the_corner_keep_the_hosts_own_lists_out() -> None:
    """And nothing comes along that only is recommended."""
    own, host = (settings("/corner", "/archives", own=own) for own in (True, False))
    assert 'Dir::State::lists "/corner/lists/";' in own
    assert 'APT::Install-Recommends "false";' in own
    assert 'Acquire::Retries "0";' in own
    assert 'APT::Get::AutomaticRemove "false";' in own
    assert 'APT::Get::Purge "false";' in own
    assert "Dir::Etc" in own
    assert "Dir::Etc" not in host
