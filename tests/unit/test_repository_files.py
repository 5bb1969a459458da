"""Files of repositories on a host that goes to MidoNet 5: ours, keys, entries switched off, substitution."""

from __future__ import annotations

from pathlib import Path

import pytest

from midonet_migrate.errors import ConfigError
from midonet_migrate.hosts.repository_files import (
    all_off,
    definition_of,
    repository_files,
    substituted_files,
)
from midonet_migrate.model.hosts import (
    Family,
    Repositories,
    RepositoryDefinition,
    RepositoryKey,
    Substitution,
)

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "samples"
KEY = b"\x99\x00\x05\x04\x00\x00\x00\x00"
"""As far as we look: an old packet of a public key, and its length."""


def files(tmp_path: Path, family: Family, text: str, *names: str) -> dict[str, bytes | None]:
    """Path -> what a host of that family gets there, of a definition with keys of these names."""
    file = tmp_path / "key"
    file.write_bytes(KEY)
    keys = tuple(RepositoryKey(name=name, file=str(file)) for name in names)
    definition = RepositoryDefinition(text=text, keys=keys)
    is_debian = family is Family.DEBIAN
    repositories = Repositories(
        debian=definition if is_debian else None, redhat=None if is_debian else definition
    )
    return {file.path: file.edit(None).after for file in repository_files(family, repositories)}


def test_files_of_each_family(tmp_path: Path) -> None:
    """Key, own file, the disabled one; a missing file stays missing; a missing key is an error."""
    key = tmp_path / "key"
    key.write_bytes(KEY)
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
        other = Family.REDHAT if is_debian else Family.DEBIAN
        assert list(repository_files(other, repositories)) == []
        key.rename(tmp_path / "gone")
        with pytest.raises(ConfigError, match="cannot be read"):
            list(repository_files(family, repositories))
        (tmp_path / "gone").rename(key)


def test_a_key_goes_where_it_is_looked_for(tmp_path: Path) -> None:
    """Named in the text, there; else where the tools look, under a name that apt 1.0 reads (host 1.8)."""
    named = "deb [signed-by=/usr/share/keyrings/m.gpg] http://a s m\n"
    assert "/usr/share/keyrings/m.gpg" in files(tmp_path, Family.DEBIAN, named, "m.gpg")
    assert "/etc/apt/trusted.gpg.d/midorepo.gpg" in files(tmp_path, Family.DEBIAN, named, "midorepo.key")
    section = "[m]\nbaseurl=http://a/\ngpgkey=file:///etc/pki/other/K https://b/K\n"
    assert "/etc/pki/other/K" in files(tmp_path, Family.REDHAT, section, "K")
    assert "/etc/pki/rpm-gpg/L" in files(tmp_path, Family.REDHAT, section, "L")


def test_a_key_has_the_form_that_its_family_reads(tmp_path: Path) -> None:
    """Binary for apt, but where a name says that it is in ASCII; in ASCII for rpm."""
    debian = files(tmp_path, Family.DEBIAN, "deb [signed-by=/k/b.asc] http://a s m", "a.key", "b.asc")
    assert debian["/etc/apt/trusted.gpg.d/a.gpg"] == KEY
    assert (debian["/k/b.asc"] or b"").startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    redhat = files(tmp_path, Family.REDHAT, "[a]\n", "K")
    assert (redhat["/etc/pki/rpm-gpg/K"] or b"").startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----")


def test_what_is_off_is_known() -> None:
    """Such a file is of no use any more."""
    path = "/etc/apt/sources.list.d/midokura.list"
    assert all_off(Family.DEBIAN, path, b"# deb http://a b c\n")
    assert not all_off(Family.DEBIAN, path, b"deb http://a b c\n")
    assert all_off(Family.REDHAT, "/etc/yum.repos.d/m.repo", b"[a]\nenabled=0\n")
    assert not all_off(Family.REDHAT, "/etc/yum.repos.d/m.repo", b"[a]\nname=A\n")


def test_packages_are_looked_for_where_the_substitution_will_lead() -> None:
    """Before the files themselves are edited; what hosts.yaml defines besides is there too (host 1.8)."""
    path = "/etc/apt/sources.list.d/midokura.list"
    substitution = Substitution(old="mem-1.9", new="midonet-5", files=(path, "/etc/yum.repos.d/m.repo"))
    text = b"deb http://a/mem-1.9 stable main\ndeb http://a/misc stable main\n"
    java = RepositoryDefinition(text="deb http://ppa/java trusty main\n", disables=("/etc/apt/x.list",))

    alone = Repositories(substitution=substitution)
    assert substituted_files(Family.DEBIAN, alone) == [path]
    assert definition_of(Family.DEBIAN, alone, {}) is None
    found = definition_of(Family.DEBIAN, alone, {path: text})
    assert found is not None
    assert found.text.split("\n")[1:3] == [
        "deb http://a/midonet-5 stable main",
        "deb http://a/misc stable main",
    ]
    assert found.disables == (path,)

    both = definition_of(Family.DEBIAN, Repositories(debian=java, substitution=substitution), {path: text})
    assert both is not None
    assert both.text.startswith(java.text)
    assert "midonet-5" in both.text
    assert both.disables == ("/etc/apt/x.list", path)
    assert definition_of(Family.DEBIAN, Repositories(debian=java), {}) == java

    new_style = {"/etc/apt/sources.list.d/x.sources": b"Types: deb\nURIs: http://a/mem-1.9\n"}
    assert definition_of(Family.DEBIAN, alone, new_style) is None, "it stays as the host has it"
    assert definition_of(Family.DEBIAN, alone, {**new_style, path: text}) == found


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
