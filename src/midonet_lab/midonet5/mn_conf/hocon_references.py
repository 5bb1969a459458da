"""References in HOCON (``${path}``), put in their place once the whole text is read."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError
from midonet_lab.midonet5.mn_conf.hocon_values import Data, Reference, Unresolved, Value, find


def resolve(
    level: dict[str, Value], root: dict[str, Value], environment: Mapping[str, str], origin: str
) -> None:
    """Replace what is unresolved in ``level``, by what ``root`` has, else the environment; an optional
    reference to nothing takes its key with it. Raises ``HoconError`` for one that is not optional."""
    for key, value in list(level.items()):
        if isinstance(value.data, Unresolved):
            resolved = _resolved(value, root, environment, origin, ())
            if resolved is None:
                del level[key]
            else:
                level[key] = resolved
        elif isinstance(value.data, dict):
            resolve(value.data, root, environment, origin)


def _resolved(
    value: Value,
    root: dict[str, Value],
    environment: Mapping[str, str],
    origin: str,
    seen: tuple[tuple[str, ...], ...],
) -> Value | None:
    if not isinstance(value.data, Unresolved):
        return value
    found: list[Value | str] = []
    for part in value.data.parts:
        if not isinstance(part, Reference):
            found.append(part)
            continue
        target = find(root, part.path) if part.path not in seen else None
        if target is not None:
            target = _resolved(target, root, environment, origin, (*seen, part.path))
        if target is not None:
            found.append(target)
        elif ".".join(part.path) in environment:
            found.append(environment[".".join(part.path)])
        elif not part.optional:
            raise HoconError(
                f"{origin}: {value.line}: Could not resolve substitution to a value: {part.shown}"
            )
    if not found:
        return None
    if len(found) == 1 and isinstance(found[0], Value):
        return Value(found[0].data, value.origin, value.line)
    texts = [part if isinstance(part, str) else _as_text(part.data) for part in found]
    return Value("".join(texts), value.origin, value.line)


def _as_text(data: Data) -> str:
    if isinstance(data, bool) or data is None:
        return {True: "true", False: "false", None: "null"}[data]
    return str(data)
