"""What a stand-in counts."""

from __future__ import annotations

import msgspec


class Statistics(msgspec.Struct, kw_only=True):
    """``GET /_lab/statistics``: since the start or the last ``DELETE``."""

    total: int
    logins: int
    most_at_once: int
    requests: dict[str, int]
    """``METHOD path`` -> how often."""
    statuses: dict[int, int] = {}
    """Status -> how often; 1.9's stand-in does not count them."""
