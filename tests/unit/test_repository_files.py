"""Files of repositories on a host that goes to MidoNet 5: ours, keys, entries switched off, substitution."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from midonet_migrate.errors import ConfigError
from midonet_migrate.hosts.repository_files import (
    apt_entries_off,
    dearmoured,
    repository_files,
    yum_sections_off,
)
from midonet_migrate.model.hosts import (
    Family,
    Repositories,
    RepositoryDefinition,
    RepositoryKey,
    Substitution,
)

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "samples"
ARMOURED = b"""-----BEGIN PGP PUBLIC KEY BLOCK-----
Version: GnuPG v1

aGVsbG8gd29ybGQs
IGFuZCBtb3Jl
=abcd
-----END PGP PUBLIC KEY BLOCK-----
"""


def test_active_entries_of_apt_are_switched_off_and_nothing_else() -> None:
    """Comments, blank lines and line ends stay; applied again nothing changes."""
    text = b"# deb http://a b c\n\ndeb http://u:p@h/ s m\r\n  deb-src [arch=amd64] http://h/ s m\ndebris\n"
    off = apt_entries_off(text)
    assert off == (
        b"# deb http://a b c\n\n# midonet-migrate: deb http://u:p@h/ s m\r\n"
        b"# midonet-migrate:   deb-src [arch=amd64] http://h/ s m\ndebris\n"
    )
    assert apt_entries_off(off) == off


def test_sections_of_yum_are_switched_off() -> None:
    """Where enabled says 1, and where nothing is said; applied again nothing changes."""
    text = b"[a]\nname=A\nenabled=1\n[b]\nbaseurl=http://h/\n  http://i/\n[c]\nenabled = 0\n[d]"
    off = yum_sections_off(text)
    assert off == (
        b"[a]\nname=A\nenabled=0\n[b]\nenabled=0\nbaseurl=http://h/\n  http://i/\n[c]\nenabled = 0\n"
        b"[d]\nenabled=0\n"
    )
    assert yum_sections_off(off) == off


def test_keys_for_apt_are_binary() -> None:
    """An armoured key is decoded, any other stays."""
    assert dearmoured(ARMOURED) == b"hello world, and more"
    assert dearmoured(b"\x99\x01binary") == b"\x99\x01binary"
    with pytest.raises(ConfigError):
        dearmoured(ARMOURED.replace(b"aGVs", b"aGV"))


def test_files_of_each_family(tmp_path: Path) -> None:
    """Key, own file, the disabled one; a missing file stays missing; a missing key is an error."""
    key = tmp_path / "key"
    key.write_bytes(ARMOURED)
    for family, own, old in (
        (Family.DEBIAN, "/etc/apt/sources.list.d/midonet-migration.list", "/etc/apt/sources.list.d/m.list"),
        (Family.REDHAT, "/etc/yum.repos.d/midonet-migration.repo", "/etc/yum.repos.d/m.repo"),
    ):
        definition = RepositoryDefinition(
            text="deb x y z", keys=(RepositoryKey(name="midonet.gpg", file=str(key)),), disables=(old,)
        )
        is_debian = family is Family.DEBIAN
        repositories = Repositories(
            debian=definition if is_debian else None, redhat=None if is_debian else definition
        )
        found = {file.path: file for file in repository_files(family, repositories)}
        assert found[own].edit(None).after == b"deb x y z\n"
        assert found[own].mode == 0o640
        assert found[old].edit(None).after is None
        assert len(found) == 3
        (trusted,) = [file for path, file in found.items() if "gpg" in path]
        wanted = base64.b64decode(b"aGVsbG8gd29ybGQsIGFuZCBtb3Jl") if family is Family.DEBIAN else ARMOURED
        assert trusted.edit(None).after == wanted
        other = Family.REDHAT if family is Family.DEBIAN else Family.DEBIAN
        assert list(repository_files(other, repositories)) == []
        key.rename(tmp_path / "gone")
        with pytest.raises(ConfigError, match="cannot be read"):
            list(repository_files(family, repositories))
        (tmp_path / "gone").rename(key)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the reference samples are not here")
def test_the_classic_substitution_takes_whole_words_of_active_lines() -> None:
    """In the sample two lines change; comments and the look-alike mem-1.90 do not (host 7)."""
    text = (SAMPLES / "midokura.list").read_bytes()
    path = "/etc/apt/sources.list.d/midokura.list"
    repositories = Repositories(substitution=Substitution(old="mem-1.9", new="midonet-5", files=(path,)))
    (file,) = repository_files(Family.DEBIAN, repositories)
    after = file.edit(text).after
    assert after is not None
    changed = [
        (old, new) for old, new in zip(text.splitlines(), after.splitlines(), strict=True) if old != new
    ]
    assert len(changed) == 2
    assert all(old.replace(b"mem-1.9", b"midonet-5") == new for old, new in changed)
    assert b"mem-1.90" in after
    assert file.edit(after).after == after
