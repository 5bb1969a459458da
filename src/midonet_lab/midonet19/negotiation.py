"""Choosing the media type of a reply from ``Accept`` (old 1.4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from midonet_lab.rest_api.accept import wishes_of

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
    for wanted in wishes_of(accept):
        wish = wanted.lower() if "/*" in wanted else wanted
        for offer in offers:
            if wish in {"*/*", "*", offer.media_type} or (
                wish.endswith("/*") and offer.media_type.startswith(wish[:-1])
            ):
                return offer
    return None
