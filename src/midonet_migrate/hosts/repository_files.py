"""Files of repositories on a host, once it goes to MidoNet 5 (host 1.8): ours beside the old ones, whose
entries are switched off; or the classic substitution in them. Pure but for keys, which are files of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from midonet_migrate.hosts.packages.keyrings import apt_name, armoured, binary, read_key
from midonet_migrate.model.hosts import (
    Family,
    Repositories,
    RepositoryDefinition,
    RepositoryKey,
    Substitution,
)
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit, bytes_of, text_of
from midonet_migrate.plan.edits.repositories import (
    substitute_in_apt,
    substitute_in_yum,
    switch_apt_off,
    switch_yum_off,
)

OWN_FILES = {
    Family.DEBIAN: "/etc/apt/sources.list.d/midonet-migration.list",
    Family.REDHAT: "/etc/yum.repos.d/midonet-migration.repo",
}
OWN_MODE = 0o640
"""The text may hold credentials."""
_KEY_FOLDERS = {Family.DEBIAN: "/etc/apt/trusted.gpg.d", Family.REDHAT: "/etc/pki/rpm-gpg"}
_SWITCH_OFF = {Family.DEBIAN: switch_apt_off, Family.REDHAT: switch_yum_off}
_SUBSTITUTE = {Family.DEBIAN: substitute_in_apt, Family.REDHAT: substitute_in_yum}


class RepositoryFile(msgspec.Struct, frozen=True):
    """One file, and what is to become of it."""

    path: str
    edit: Callable[[bytes | None], FileEdit]
    mode: int = 0o644


def repository_files(family: Family, repositories: Repositories) -> Iterator[RepositoryFile]:
    """Every file that a host of this family needs. Raises ``ConfigError`` for a key that cannot be used."""
    definition = repositories.of(family)
    if definition is not None:
        for key in definition.keys:
            path = key_path(family, key, definition.text)
            data = read_key(key)
            in_ascii = family is Family.REDHAT or path.endswith(".asc")
            content = armoured(data, key.file) if in_ascii else binary(data, key.file)
            yield RepositoryFile(path, _holding(path, content))
        own = OWN_FILES[family]
        yield RepositoryFile(own, _holding(own, _own_text(definition)), OWN_MODE)
        for path in definition.disables:
            yield RepositoryFile(path, _edited(path, _SWITCH_OFF[family]))
    substitution = repositories.substitution
    if substitution is not None:
        for path in substitution.files:
            if _is_of(family, path):
                yield RepositoryFile(path, _edited(path, _substituting(family, substitution)))


def key_path(family: Family, key: RepositoryKey, text: str) -> str:
    """Where a key goes on a host: where the repositories' text looks for a file of its name, else where the
    family's tools look by themselves (apt 1.0 only at files named ``.gpg``)."""
    before = r"signed-by=" if family is Family.DEBIAN else r"file://"
    named = re.search(rf"{before}(/[^\s,\]]*/{re.escape(key.name)})(?=[\s,\]]|$)", text, re.MULTILINE)
    if named is not None:
        return named[1]
    name = apt_name(key.name) if family is Family.DEBIAN else key.name
    return f"{_KEY_FOLDERS[family]}/{name}"


def all_off(family: Family, path: str, data: bytes) -> bool:
    """Whether nothing in a file of repositories is in effect."""
    edit = _SWITCH_OFF[family](ConfigFile(path, data))
    return not edit.changed and not edit.refused


def definition_of(
    family: Family, repositories: Repositories, files: Mapping[str, bytes]
) -> RepositoryDefinition | None:
    """Where packages come from once the files are edited: what hosts.yaml defines, and what the classic
    substitution makes of ``files`` (those of :func:`substituted_files` that are there).

    So packages can be looked up and fetched while the host's own files are still the old ones.
    """
    defined = repositories.of(family)
    substitution = repositories.substitution
    if substitution is None or not files:
        return defined
    change = _substituting(family, substitution)
    edits = [change(ConfigFile(path, data)) for path, data in files.items()]
    # What is refused stays with the host's own repositories.
    done = {edit.path: edit.after or b"" for edit in edits if not edit.refused}
    if not done:
        return defined
    texts = [text_of(data) for data in done.values()]
    before = defined if defined is not None else RepositoryDefinition(text="")
    return RepositoryDefinition(
        text="\n".join([before.text, *(bytes_of(text).decode("utf-8", "replace") for text in texts)]),
        keys=before.keys,
        disables=(*before.disables, *done),
    )


def substituted_files(family: Family, repositories: Repositories) -> list[str]:
    """The files of this family that the classic substitution is for."""
    substitution = repositories.substitution
    return [path for path in substitution.files if _is_of(family, path)] if substitution is not None else []


def _substituting(family: Family, substitution: Substitution) -> Callable[[ConfigFile], FileEdit]:
    def edit(file: ConfigFile) -> FileEdit:
        return _SUBSTITUTE[family](file, substitution.old, substitution.new)

    return edit


def _edited(path: str, change: Callable[[ConfigFile], FileEdit]) -> Callable[[bytes | None], FileEdit]:
    """The edit of a file that is there; one that is missing stays missing."""

    def edit(before: bytes | None) -> FileEdit:
        if before is None:
            return FileEdit(path=path, before=None, after=None)
        return change(ConfigFile(path, before))

    return edit


def _holding(path: str, content: bytes) -> Callable[[bytes | None], FileEdit]:
    return lambda before: FileEdit(path=path, before=before, after=content)


def _own_text(definition: RepositoryDefinition) -> bytes:
    text = definition.text if definition.text.endswith("\n") else f"{definition.text}\n"
    return text.encode()


def _is_of(family: Family, path: str) -> bool:
    return path.startswith("/etc/apt/") == (family is Family.DEBIAN)
