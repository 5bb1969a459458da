"""Reading ``Accept`` as JAX-RS does."""

from __future__ import annotations


def wishes_of(accept: str | None) -> list[str]:
    """The media ranges that are acceptable, the best first: by ``q``, then as they stand; all without one."""
    weighted = [_quality(part) for part in (accept or "*/*").split(",") if part.strip()]
    return [wish for quality, wish in sorted(weighted, key=lambda pair: -pair[0]) if quality > 0]


def _quality(part: str) -> tuple[float, str]:
    wish, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value), wish
            except ValueError:
                break
    return 1.0, wish
