"""The classic script names take the options that written procedures give them (orig 1.4)."""

from __future__ import annotations

import sys

import pytest

from midonet_migrate.cli import classic, classic_zk_backup


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command line that a script comes to."""
    found: list[str] = []

    def run(arguments: list[str], program: str) -> int:
        del program
        found[:] = arguments
        return 0

    monkeypatch.setattr(classic, "run", run)
    return found


PREPARE = ["prepare", "--yes"]
BACKUP = ["backup", "create", "--yes"]


@pytest.mark.parametrize(
    ("script", "words", "wanted"),
    [
        ("prepare", "-n -d", [*PREPARE, "--dry-run", "--debug"]),
        ("prepare", "-nd", [*PREPARE, "--dry-run", "--debug"]),
        ("prepare", "--dryrun --data-dir x", [*PREPARE, "--dry-run", "--data-dir", "x"]),
        ("prepare", "-z zk1:2181,zk2 -p a:b,c:d -n", [*PREPARE, "--zookeeper=zk1:2181,zk2", "--dry-run"]),
        ("prepare", "--params=a:b", PREPARE),
        ("prepare", "-f json", [*PREPARE, "-f", "json"]),
        ("prepare", "-p", [*PREPARE, "-p"]),
        ("neutron", "-f v1.9.8 -n", [*PREPARE, "--dry-run"]),
        ("neutron", "--from v1.9.8", PREPARE),
        ("neutron", "--from=v1.9.8", PREPARE),
        ("neutron", "--from v5.2", [*PREPARE, "--from", "v5.2"]),
        ("neutron", "-d -f", [*PREPARE, "--debug", "-f"]),
        ("neutron", "-f json", [*PREPARE, "-f", "json"]),
        ("neutron", "-f v5.2", [*PREPARE, "-f", "v5.2"]),
        ("backup", "-z zk:2181", [*BACKUP, "--zookeeper=zk:2181"]),
        ("backup", "-zzk:2181", [*BACKUP, "--zookeeper=zk:2181"]),
        ("backup", "-z=zk:2181", [*BACKUP, "--zookeeper=zk:2181"]),
        ("backup", "--zk_server=zk:2181 -d", [*BACKUP, "--zookeeper=zk:2181", "--debug"]),
        ("backup", "--zk_server zk:2181", [*BACKUP, "--zookeeper=zk:2181"]),
        ("backup", "--zookeeper zk:2181", [*BACKUP, "--zookeeper", "zk:2181"]),
    ],
)
def test_classic_options_become_those_of_the_verb(
    called: list[str], monkeypatch: pytest.MonkeyPatch, script: str, words: str, wanted: list[str]
) -> None:
    entry = {
        "prepare": classic.migration_prepare,
        "neutron": classic.update_from_neutron,
        "backup": classic_zk_backup.main,
    }[script]
    monkeypatch.setattr(sys, "argv", [script, *words.split()])
    with pytest.raises(SystemExit) as ended:
        entry()
    assert ended.value.code == 0
    assert called == wanted


def test_help_tells_the_options_of_old(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After that of the verb."""
    monkeypatch.setattr(sys, "argv", ["migration_prepare.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        classic.migration_prepare()
    assert ended.value.code == 0
    of_verb, _, of_old = capsys.readouterr().out.partition("Under this name, without 'prepare'")
    assert "--target-version" in of_verb
    assert [line.split() for line in of_old.splitlines()[1:]] == [
        ["-n,", "--dryrun", "--dry-run"],
        ["-d", "--debug"],
        ["-z", "--zookeeper"],
        ["-p,", "--params", "no", "effect,", "as", "of", "old"],
    ]
