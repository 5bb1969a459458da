"""Files of repositories on a host, once it goes to MidoNet 5 (host 1.8): ours beside the old ones, whose
entries are switched off; or the classic substitution in them. Pure but for keys, which are files of ours."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from midonet_migrate.errors import ConfigError
from midonet_migrate.model.hosts import Family, Repositories, RepositoryDefinition, Substitution
from midonet_migrate.plan.edits.model import FileEdit

OWN_FILES = {
    Family.DEBIAN: "/etc/apt/sources.list.d/midonet-migration.list",
    Family.REDHAT: "/etc/yum.repos.d/midonet-migration.repo",
}
_KEY_FOLDERS = {Family.DEBIAN: "/etc/apt/trusted.gpg.d", Family.REDHAT: "/etc/pki/rpm-gpg"}
OWN_MODE = 0o640
"""The text may hold credentials."""
_APT_ENTRY = re.compile(rb"^[ \t]*deb(?:-src)?[ \t]")
_YUM_SECTION = re.compile(rb"^\[([^\]\r\n]+)\]")
_YUM_ENABLED = re.compile(rb"^enabled[ \t]*=[ \t]*([^\r\n]*)")
_ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n"
    rb"([A-Za-z0-9+/=\s]+?)(?:\r?\n=[A-Za-z0-9+/]{4})?\s*-----END PGP"
)
_SWITCHED_OFF = b"# midonet-migrate: "


class RepositoryFile(msgspec.Struct, frozen=True):
    """One file, and what is to become of it."""

    path: str
    edit: Callable[[bytes | None], FileEdit]
    mode: int = 0o644


def repository_files(family: Family, repositories: Repositories) -> Iterator[RepositoryFile]:
    """Every file that a host of this family needs. Raises ``ConfigError`` for a key that is missing."""
    definition = repositories.of(family)
    if definition is not None:
        for key in definition.keys:
            data = _key(key.file)
            # The apt of Ubuntu 14.04 reads binary keys alone.
            content = dearmoured(data) if family is Family.DEBIAN else data
            yield RepositoryFile(f"{_KEY_FOLDERS[family]}/{key.name}", _holding(content))
        yield RepositoryFile(OWN_FILES[family], _holding(_own_text(definition)), OWN_MODE)
        off = apt_entries_off if family is Family.DEBIAN else yum_sections_off
        for path in definition.disables:
            yield RepositoryFile(path, _edited(path, off))
    substitution = repositories.substitution
    if substitution is not None:
        for path in substitution.files:
            if _is_of(family, path):
                yield RepositoryFile(path, _edited(path, _substituting(substitution)))


def apt_entries_off(text: bytes) -> bytes:
    """Every active entry behind a comment sign; applied again it changes nothing."""
    lines = text.splitlines(keepends=True)
    return b"".join(_SWITCHED_OFF + line if _APT_ENTRY.match(line) else line for line in lines)


def yum_sections_off(text: bytes) -> bytes:
    """``enabled=0`` in every section that is on: where it says so, or below its head, since that is the
    default; applied again it changes nothing."""
    lines = text.splitlines(keepends=True)
    result: list[bytes] = []
    for position, line in enumerate(lines):
        enabled = _YUM_ENABLED.match(line)
        if enabled is not None and enabled[1].strip().lower() not in {b"0", b"no", b"false"}:
            end = line[len(line.rstrip(b"\r\n")) :]
            result.append(b"enabled=0" + end)
            continue
        result.append(line)
        if _YUM_SECTION.match(line) and not _says_enabled(lines[position + 1 :]):
            if not line.endswith((b"\n", b"\r")):
                result.append(b"\n")
            result.append(b"enabled=0\n")
    return b"".join(result)


def dearmoured(data: bytes) -> bytes:
    """A key as bytes; one that is no ASCII armour stays as it is. Raises ``ConfigError`` if it is damaged."""
    match = _ARMOUR.search(data)
    if match is None:
        return data
    try:
        return base64.b64decode(b"".join(match[1].split()), validate=True)
    except binascii.Error as error:
        raise ConfigError(
            "A repository key is damaged",
            why=str(error),
            hint="Fetch the key again, and name it in hosts.yaml.",
        ) from error


def _says_enabled(following: list[bytes]) -> bool:
    for line in following:
        if _YUM_SECTION.match(line):
            return False
        if _YUM_ENABLED.match(line):
            return True
    return False


def _substituting(substitution: Substitution) -> Callable[[bytes], bytes]:
    """Whole words of active lines alone: ``mem-1.9`` is no part of ``mem-1.90`` (host 1.8)."""
    old, new = substitution.old.encode(), substitution.new.encode().replace(b"\\", b"\\\\")
    word = re.compile(rb"(?<![A-Za-z0-9.])" + re.escape(old) + rb"(?![A-Za-z0-9]|\.[0-9])")

    def substitute(text: bytes) -> bytes:
        return b"".join(
            line if line.lstrip().startswith(b"#") else word.sub(new, line)
            for line in text.splitlines(keepends=True)
        )

    return substitute


def _edited(path: str, change: Callable[[bytes], bytes]) -> Callable[[bytes | None], FileEdit]:
    """The edit of a file that is there; one that is missing stays missing."""

    def edit(before: bytes | None) -> FileEdit:
        return FileEdit(path=path, before=before, after=None if before is None else change(before))

    return edit


def _holding(content: bytes) -> Callable[[bytes | None], FileEdit]:
    return lambda before: FileEdit(path="", before=before, after=content)


def _own_text(definition: RepositoryDefinition) -> bytes:
    text = definition.text if definition.text.endswith("\n") else f"{definition.text}\n"
    return text.encode()


def _key(file: str) -> bytes:
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The repository key {file} cannot be read",
            why=str(error.strerror),
            hint="Correct 'keys' of 'repositories' in hosts.yaml.",
        ) from error


def _is_of(family: Family, path: str) -> bool:
    return path.startswith("/etc/apt/") == (family is Family.DEBIAN)
