"""Signing keys of repositories in the form that each family's tools read (host 1.8)."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from midonet_migrate.errors import ConfigError
from midonet_migrate.model.hosts import RepositoryKey

_ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?P<headers>(?:[A-Za-z]+: .*\r?\n)*)\s*\r?\n?"
    rb"(?P<body>[A-Za-z0-9+/=\s]+?)(?:\r?\n=(?P<sum>[A-Za-z0-9+/]{4}))?\s*"
    rb"-----END PGP PUBLIC KEY BLOCK-----"
)
_PUBLIC_KEY_TAG, _SECRET_KEY_TAG = 6, 5
_WHAT_TO_GIVE = "Give the public key, as it comes from gpg --export, with --armor or without."


def read_key(key: RepositoryKey) -> bytes:
    """The key's file. Raises ``ConfigError`` when it cannot be read here."""
    try:
        return Path(key.file).expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The repository key {key.file} cannot be read",
            why=error.strerror or str(error),
            hint="Correct 'keys' in hosts.yaml; the files are read where midonet-migrate runs.",
        ) from error


def binary(data: bytes, name: str) -> bytes:
    """A public key without armour, the only form that apt 1.0 reads. ``name`` is for the error.

    Raises ``ConfigError`` for what is no public key.
    """
    blocks = list(_ARMOUR.finditer(data))
    try:
        plain = b"".join(base64.b64decode(b"".join(block["body"].split())) for block in blocks)
    except binascii.Error as error:
        raise ConfigError(
            f"The repository key {name} is damaged", why=str(error), hint=_WHAT_TO_GIVE
        ) from error
    key = plain if blocks else data
    tag = _tag(key)
    if tag != _PUBLIC_KEY_TAG:
        why = (
            "It is a secret key." if tag == _SECRET_KEY_TAG else "It is neither armoured nor binary OpenPGP."
        )
        raise ConfigError(f"The repository key {name} is no public key", why=why, hint=_WHAT_TO_GIVE)
    return key


def armoured(data: bytes, name: str) -> bytes:
    """A public key in ASCII, the only form that rpm reads. Raises ``ConfigError`` as :func:`binary`."""
    if _ARMOUR.search(data):
        return data
    key = binary(data, name)
    text = base64.b64encode(key).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    total = base64.b64encode(_crc24(key).to_bytes(3, "big")).decode("ascii")
    head, tail = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join([head, *lines, f"={total}", tail, ""]).encode("ascii")


def apt_name(name: str) -> str:
    """What a binary key is called for apt: 1.0 reads only what ends with ``.gpg``."""
    return name if name.endswith(".gpg") else f"{name.rpartition('.')[0] or name}.gpg"


def _tag(data: bytes) -> int | None:
    """What the first packet of a binary text holds (RFC 4880, 4.2)."""
    if not data or not data[0] & 0x80:
        return None
    return data[0] & 0x3F if data[0] & 0x40 else (data[0] >> 2) & 0x0F


def _crc24(data: bytes) -> int:
    """The checksum of an armour (RFC 4880, 6.1)."""
    value = 0xB704CE
    for byte in data:
        value ^= byte << 16
        for _ in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= 0x1864CFB
    return value & 0xFFFFFF
