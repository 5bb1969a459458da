"""JSON values to Java values as the server's mapper does it, and to store values and back (new 1.6).

``decode`` raises :class:`Unmappable`; ``to_store`` raises :class:`Inconvertible` for texts that only the
conversion looks at (new 1.5: 500).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from midonet_lab.midonet5.api.store_values import ip_from_store, ip_to_store

_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_NUMBER = re.compile(r"\s*[+-]?\d+\s*")
_TOKENS = {dict: "START_OBJECT", list: "START_ARRAY", str: "VALUE_STRING", float: "VALUE_NUMBER_FLOAT"}
INT = (-(2**31), 2**31 - 1, "int")
LONG = (-(2**63), 2**63 - 1, "long")
SHORT = (-(2**15), 2**15 - 1, "Java short")


class Unmappable(Exception):
    """400: the mapper's text, and where in the body it happened, outermost last."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.chain: list[str] = []


def token(value: Any) -> str:
    """Name of the token a JSON value begins with."""
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    return _TOKENS.get(type(value), "VALUE_NUMBER_INT")


def _wrong_token(kind: str, value: Any) -> Unmappable:
    return Unmappable(f"Can not deserialize instance of {kind} out of {token(value)} token")


class JsonType:
    """A property's type. The base class passes values through."""

    primitive = False
    repeated = False
    """Repeated fields of the store are never unset: an absent one reads as an empty list."""

    @property
    def zero(self) -> Any:
        """What JSON null means."""
        return None

    def decode(self, value: Any) -> Any:
        """The Java value of JSON that is not null."""
        return value

    def to_store(self, value: Any) -> Any:
        """The store's value of a Java value that is not null."""
        return value

    def from_store(self, value: Any) -> Any:
        """The other way round."""
        return value


class Text(JsonType):
    """``String``: scalars become their text."""

    def decode(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dict | list):
            raise _wrong_token("java.lang.String", value)
        return value if isinstance(value, str) else str(value)


class Uuid(JsonType):
    """``UUID``: exactly 36 characters, kept in lower case; an empty text is null."""

    def decode(self, value: Any) -> Any:
        if isinstance(value, dict | list):
            raise _wrong_token("java.util.UUID", value)
        text = str(Text().decode(value)).strip()
        if not text:  # the mapper's classes that are made of texts take an empty one for null
            return None
        if not _UUID.fullmatch(text):
            raise Unmappable(
                f"Can not construct instance of java.util.UUID from String value '{text}': not a valid "
                "textual representation, problem: UUID has to be represented by the standard 36-char "
                "representation"
            )
        return text.lower()


class Integer(JsonType):
    """``int``, ``short`` and ``long``, and with ``primitive=False`` their nullable forms.

    ``unsigned``: the store keeps it as an unsigned 32-bit number.
    """

    def __init__(
        self, limits: tuple[int, int, str] = INT, *, primitive: bool = True, unsigned: bool = False
    ) -> None:
        self._low, self._high, self._name = limits
        self.primitive = primitive
        self._unsigned = unsigned

    @property
    def zero(self) -> Any:
        return 0 if self.primitive else None

    def decode(self, value: Any) -> Any:
        if isinstance(value, str):
            if not value.strip():
                return self.zero
            if not _NUMBER.fullmatch(value):
                raise Unmappable(
                    f"Can not construct instance of {self._name} from String value '{value}': "
                    f"not a valid {self._name} value"
                )
            number = int(value)
        elif isinstance(value, float):
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            raise _wrong_token(self._name, value)
        if not self._low <= number <= self._high:
            raise Unmappable(f"Numeric value ({number}) out of range of {self._name}")
        return number

    def to_store(self, value: Any) -> Any:
        return value % 2**32 if self._unsigned else value

    def from_store(self, value: Any) -> Any:
        return value - 2**32 if self._unsigned and value >= 2**31 else value


class Boolean(JsonType):
    """``boolean``, and with ``primitive=False`` its nullable form."""

    def __init__(self, *, primitive: bool = True) -> None:
        self.primitive = primitive

    @property
    def zero(self) -> Any:
        return False if self.primitive else None

    def decode(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value != 0
        if isinstance(value, str):
            text = value.strip()
            if text in {"true", "True", "TRUE"}:
                return True
            if text in {"false", "False", "FALSE"}:
                return False
            if not text:
                return self.zero
            raise Unmappable(
                f"Can not construct instance of boolean from String value '{value}': "
                'only "true" or "false" recognized'
            )
        raise _wrong_token("boolean", value)


class Enumerated(JsonType):
    """An enum of class ``name``: JSON text -> the store's name, in the order in which errors list them."""

    def __init__(self, name: str, names: Mapping[str, str]) -> None:
        self._name = name
        self._names = names
        self._texts = {stored: text for text, stored in names.items()}

    def decode(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise _wrong_token(self._name, value)
        if value not in self._names:
            raise Unmappable(
                f"Can not construct instance of {self._name} from String value '{value}': value not one of "
                f"declared Enum instance names: [{', '.join(self._names)}]"
            )
        return value

    def to_store(self, value: Any) -> Any:
        return self._names[value]

    def from_store(self, value: Any) -> Any:
        return self._texts.get(value)


class Address(Text):
    """A ``String`` that the store keeps as an IP address."""

    def to_store(self, value: Any) -> Any:
        return ip_to_store(value)

    def from_store(self, value: Any) -> Any:
        return ip_from_store(value)


class Elements(JsonType):
    """A list or array of one type. ``null_when_empty``: an empty list reads back as null."""

    repeated = True

    def __init__(self, element: JsonType, *, null_when_empty: bool = False) -> None:
        self._element = element
        self._null_when_empty = null_when_empty

    def decode(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise _wrong_token("java.util.ArrayList", value)
        decoded = []
        for position, item in enumerate(value):
            try:
                decoded.append(None if item is None else self._element.decode(item))
            except Unmappable as error:
                error.chain.append(f"Object[][{position}]")
                raise
        return decoded

    def to_store(self, value: Any) -> Any:
        return [self._element.to_store(item) for item in value if item is not None]

    def from_store(self, value: Any) -> Any:
        if self._null_when_empty and not value:
            return None
        return [self._element.from_store(item) for item in value]


class Range(JsonType):
    """``{"start", "end"}``, both nullable."""

    _bound = Integer(primitive=False)

    def decode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            name = "class org.midonet.util.Range<java.lang.Integer>"
            if isinstance(value, str):
                shown = f"String value ('{value}'); no single-String constructor/factory method"
            elif isinstance(value, int):
                shown = f"Integral number ({value}); no single-int-arg constructor/factory method"
            else:
                raise _wrong_token("org.midonet.util.Range", value)
            raise Unmappable(f"Can not instantiate value of type [simple type, {name}] from {shown}")
        return {
            name: None if value.get(name) is None else self._bound.decode(value[name])
            for name in ("start", "end")
        }

    def to_store(self, value: Any) -> Any:
        return {name: bound for name, bound in value.items() if bound is not None}

    def from_store(self, value: Any) -> Any:
        return {"start": value.get("start"), "end": value.get("end")}
