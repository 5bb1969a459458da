"""What a setting is: a value together with where it came from; and secrets that do not print."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from midonet_migrate.errors import ConfigError
from midonet_migrate.settings.redaction import MASK

T = TypeVar("T")

NOT_SET = "not set"


class OutputFormat(StrEnum):
    """How data is written to standard output."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    VALUE = "value"


class PluginFlavour(StrEnum):
    """Which MidoNet plug-in the old site's Neutron runs; they differ in the keys of their dicts (db 2)."""

    V1 = "v1"
    V2 = "v2"
    LEGACY = "legacy"


class TargetVersion(StrEnum):
    """The MidoNet 5 releases whose rules are known."""

    V5_0_2 = "5.0.2"
    V5_2_1 = "5.2.1"
    V5_4_6 = "5.4.6"


class Secret:
    """A text that shows as ``***`` wherever it is printed; :meth:`reveal` gives it to who needs it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written to files")


class Setting(msgspec.Struct, Generic[T], frozen=True):
    """A value and its origin: a flag, an environment variable, ``file:line [section] key``, or a default."""

    value: T
    origin: str
    problem: str = ""
    """Why there is no value, or none that can be used, and where was looked. No secret stands here."""


def required(setting: Setting[T | None], what: str, hint: str) -> T:
    """The value. Raises ``ConfigError`` saying what is missing, where was looked and what to do."""
    if setting.value is None:
        raise ConfigError(f"No usable {what}", why=setting.problem, hint=hint)
    return setting.value
