"""Choosing the media type of a reply from ``Accept`` (old 1.4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

JSON = "application/json"


class Offer(msgspec.Struct, frozen=True):
    """A media type an endpoint can produce. ``version`` selects members, ``old_port_types`` type names."""

    media_type: str
    version: int = 1
    old_port_types: bool = False


def choose(accept: str | None, offers: Sequence[Offer]) -> Offer | None:
    """The offer to answer with; None means 406.

    ``q`` decides, then the order in ``Accept``, then the order of ``offers``.
    """
    wanted = [_quality(part) for part in (accept or "*/*").split(",") if part.strip()]
    for quality, wish in sorted(wanted, key=lambda pair: -pair[0]):
        if quality <= 0:
            continue
        for offer in offers:
            if wish in {"*/*", "*", offer.media_type} or (
                wish.endswith("/*") and offer.media_type.startswith(wish[:-1])
            ):
                return offer
    return None


def _quality(part: str) -> tuple[float, str]:
    wish, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value), wish.lower() if "/*" in wish else wish
            except ValueError:
                break
    return 1.0, wish
