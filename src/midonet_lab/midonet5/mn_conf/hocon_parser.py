"""Parsing HOCON into a tree with the line each value came from."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_lab.midonet5.mn_conf.hocon_paths import path_of, render_path, split_path
from midonet_lab.midonet5.mn_conf.hocon_references import resolve
from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError, Kind, Token, tokens
from midonet_lab.midonet5.mn_conf.hocon_values import Reference, Unresolved, Value, find, merged


def parse(text: str, origin: str, environment: Mapping[str, str] | None = None) -> dict[str, Value]:
    """The tree of a text, references resolved. Raises ``HoconError``."""
    root = _Parser(text, origin).document()
    resolve(root, root, environment or {}, origin)
    return root


class _Parser:
    def __init__(self, text: str, origin: str) -> None:
        self._origin = origin
        self._tokens = tokens(text)
        self._back: list[Token] = []
        self._line = 1
        self._keys: list[tuple[str, ...]] = []
        self._inside_equals = 0

    def document(self) -> dict[str, Value]:
        token = self._next(skip_newlines=True)
        if token.text == "{" and token.kind is Kind.MARK:
            root = self._object(opened=True)
        else:
            self._back.append(token)
            root = self._object(opened=False)
        token = self._next(skip_newlines=True)
        if token.kind is not Kind.END:
            raise self._error(f"Document has trailing tokens after first object or array: {token.shown}")
        return root

    def _next(self, *, skip_newlines: bool = False) -> Token:
        while True:
            token = self._back.pop() if self._back else next(self._tokens)
            if token.kind is Kind.PROBLEM:
                self._line = token.line
                if token.suggest_quotes:
                    key = self._keys[-1] if self._keys else None
                    raise self._error(
                        self._suggestion(key, token.shown, token.text, equals=self._inside_equals > 0)
                    )
                raise self._error(self._in_key(token.text))
            self._line = token.line
            if token.kind is not Kind.NEWLINE or not skip_newlines:
                return token

    def _error(self, message: str) -> HoconError:
        return HoconError(f"{self._origin}: {self._line}: {message}")

    def _in_key(self, message: str) -> str:
        return f"in value for key '{render_path(self._keys[-1])}': {message}" if self._keys else message

    def _suggestion(
        self, key: tuple[str, ...] | None, shown: str, message: str, *, equals: bool = False
    ) -> str:
        name = render_path(key) if key is not None else ""
        if shown == "end of file":
            if key is None:
                return message
            hint = f"(if you intended '{name}' to be part of a value, instead of a key, try adding double quotes around the whole value"  # noqa: E501
        elif key is not None:
            hint = f"(if you intended {shown} to be part of the value for '{name}', try enclosing the value in double quotes"  # noqa: E501
        else:
            hint = f"(if you intended {shown} to be part of a key or string value, try enclosing the key or value in double quotes"  # noqa: E501
        ending = ", or you may be able to rename the file .properties rather than .conf)" if equals else ")"
        return f"{message} {hint}{ending}"

    def _object(self, *, opened: bool) -> dict[str, Value]:
        content: dict[str, Value] = {}
        key: tuple[str, ...] | None = None
        equals = False
        while True:
            token = self._next(skip_newlines=True)
            if token.kind is Kind.MARK and token.text == "}":
                if not opened:
                    message = "unbalanced close brace '}' with no open brace"
                    raise self._error(self._suggestion(key, token.shown, message, equals=equals))
                return content
            if token.kind is Kind.END and not opened:
                self._back.append(token)
                return content
            if token.kind is Kind.UNQUOTED and token.text == "include":
                self._include()
            else:
                key, equals = self._field(token, content)
            if not self._separator():
                token = self._next(skip_newlines=True)
                if token.kind is Kind.MARK and token.text == "}" and opened:
                    return content
                if token.kind is Kind.END and not opened:
                    self._back.append(token)
                    return content
                wanted = (
                    "Expecting close brace } or a comma" if opened else "Expecting end of input or a comma"
                )
                if token.kind is Kind.MARK and token.text == "}":
                    message = "unbalanced close brace '}' with no open brace"
                else:
                    message = f"{wanted}, got {token.shown}"
                raise self._error(self._suggestion(key, token.shown, message, equals=equals))

    def _include(self) -> None:
        """Of files that are not there, which the library passes over without a word; none is there here."""
        while (token := self._next()).kind not in {Kind.NEWLINE, Kind.END}:
            if token.kind is Kind.MARK:
                break
        self._back.append(token)

    def _field(self, token: Token, content: dict[str, Value]) -> tuple[tuple[str, ...], bool]:
        words = []
        while token.is_simple:
            words.append(token)
            token = self._next()
        if not words:
            message = f"expecting a close brace or a field name here, got {token.shown}"
            raise self._error(self._in_key(message))
        path = path_of(words)
        line = words[0].line
        self._back.append(token)
        after = self._next(skip_newlines=True)
        self._keys.append(path)
        equals = after.text == "=" and after.kind is Kind.MARK
        self._inside_equals += equals
        if after.kind is Kind.MARK and after.text == "{":
            value = Value(self._object(opened=True), self._origin, line)
        elif after.kind is Kind.MARK and after.text in {":", "=", "+="}:
            value = self._value(line)
        else:
            message = f"Key '{render_path(path)}' may not be followed by token: {after.shown}"
            raise self._error(self._suggestion(path, after.shown, message))
        if after.text == "+=":
            value = Value([value], self._origin, line)
            self._append(content, path, value)
        else:
            self._put(content, path, value)
        self._inside_equals -= equals
        self._keys.pop()
        return path, equals

    def _put(self, content: dict[str, Value], path: tuple[str, ...], value: Value) -> None:
        for name in reversed(path[1:]):
            value = Value({name: value}, self._origin, value.line)
        content.update(merged({path[0]: value}, content))

    def _append(self, content: dict[str, Value], path: tuple[str, ...], value: Value) -> None:
        before = find(content, path)
        if before is not None and isinstance(before.data, list) and isinstance(value.data, list):
            value.data = [*before.data, *value.data]
        self._put(content, path, value)

    def _separator(self) -> bool:
        """Pass over line ends and one comma; whether there was any."""
        seen = False
        while True:
            token = self._next()
            if token.kind is Kind.NEWLINE:
                seen = True
            elif token.kind is Kind.MARK and token.text == ",":
                return True
            else:
                self._back.append(token)
                return seen

    def _value(self, line: int) -> Value:
        parts: list[tuple[str, Value | Reference]] = []
        token = self._next(skip_newlines=True)
        texts: list[str] = []
        while True:
            part: Value | Reference
            if token.is_simple:
                part = Value(token.value, self._origin, token.line)
            elif token.kind is Kind.SUBSTITUTION:
                shown = token.shown.strip("'")
                part = Reference(path=split_path(token.text), shown=shown, optional=token.optional)
            elif token.kind is Kind.MARK and token.text == "{":
                part = Value(self._object(opened=True), self._origin, token.line)
            elif token.kind is Kind.MARK and token.text == "[":
                part = Value(self._list(), self._origin, token.line)
            else:
                break
            parts.append((token.before, part))
            texts.append(token.text)
            token = self._next()
        if not parts:
            key = self._keys[-1] if self._keys else None
            message = f"Expecting a value but got wrong token: {token.shown}"
            raise self._error(self._suggestion(key, token.shown, message, equals=self._inside_equals > 0))
        self._back.append(token)
        return self._concatenated(parts, texts, line)

    def _concatenated(self, parts: list[tuple[str, Value | Reference]], texts: list[str], line: int) -> Value:
        if len(parts) == 1 and isinstance(parts[0][1], Value):
            return Value(parts[0][1].data, self._origin, parts[0][1].line)
        values = [part for _, part in parts if isinstance(part, Value)]
        if len(values) == len(parts):
            if all(isinstance(value.data, dict) for value in values):
                whole: dict[str, Value] = {}
                for value in values:
                    assert isinstance(value.data, dict)
                    whole = merged(value.data, whole)
                return Value(whole, self._origin, line)
            if all(isinstance(value.data, list) for value in values):
                return Value([item for value in values for item in _items(value)], self._origin, line)
            if any(isinstance(value.data, dict | list) for value in values):
                raise self._error("Cannot concatenate object or list with a non-object-or-list")
            joined = "".join(
                (before if index else "") + text
                for index, ((before, _), text) in enumerate(zip(parts, texts, strict=True))
            )
            return Value(joined, self._origin, line)
        pieces: list[Value | Reference | str] = []
        for index, ((before, part), text) in enumerate(zip(parts, texts, strict=True)):
            if index and before:
                pieces.append(before)
            if isinstance(part, Value) and not isinstance(part.data, dict | list):
                pieces.append(text)
            else:
                pieces.append(part)
        return Value(Unresolved(pieces), self._origin, line)

    def _list(self) -> list[Value]:
        items: list[Value] = []
        while True:
            token = self._next(skip_newlines=True)
            if token.kind is Kind.MARK and token.text == "]":
                return items
            self._back.append(token)
            items.append(self._value(token.line))
            if not self._separator():
                token = self._next(skip_newlines=True)
                if token.kind is Kind.MARK and token.text == "]":
                    return items
                key = self._keys[-1] if self._keys else None
                message = f"List should have ended with ] or had a comma, instead had token: {token.shown}"
                raise self._error(self._suggestion(key, token.shown, message))


def _items(value: Value) -> list[Value]:
    return value.data if isinstance(value.data, list) else []
