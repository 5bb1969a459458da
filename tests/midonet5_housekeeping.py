"""The calls that the recorder of the 5.x transcripts left out ("gaps = housekeeping calls left out").

Deletions are inferred: whatever a later answer shows to be gone was deleted in the last gap before it.
The few calls of another kind follow from later answers too; they are listed by the entry they come before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from midonet5_replay import RECORDED_BASE, Entry

Request = tuple[str, str, str, dict[str, Any] | None]
"""Method, path, vendor type, body."""
_TAIL = "-0000-4000-8000-0000000000"


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:06x}{_TAIL}{number:02x}"


_ZONE = _id("a0", 1)
_HOST = _id("a1", 1)
_BRIDGE = _id("b0", 1)
OTHER_CALLS: dict[int, list[Request]] = {
    111: [
        ("PUT", f"/tunnel_zones/{_ZONE}", "TunnelZone-v1", {"name": "tz-a2", "type": "gre"}),
        ("PUT", f"/tunnel_zones/{_ZONE}", "TunnelZone-v1", {"name": "tz-a", "type": "gre"}),
    ],
    145: [
        (
            "PUT",
            f"/hosts/{_HOST}",
            "Host-v3",
            {
                "floodingProxyWeight": 1,
                "containerWeight": 1,
                "containerLimit": -1,
                "enforceContainerLimit": False,
            },
        )
    ],
    227: [("POST", "/routers", "Router-v3", {"id": _id("c0", 9)})],
    362: [
        ("POST", f"/bridges/{_BRIDGE}/ports", "Port-v3", {"id": _id("b1", 6), "type": "Bridge"}),
        ("POST", f"/bridges/{_BRIDGE}/ports", "Port-v3", {"id": _id("b1", 7), "type": "Bridge"}),
    ],
    373: [("DELETE", f"/ports/{_id('b1', 7)}", "Port-v3", None)],
    381: [("POST", f"/bridges/{_BRIDGE}/ports", "Port-v3", {"id": _id("b1", 8), "type": "Bridge"})],
}


def deletions(entries: Sequence[Entry], position: int, created: dict[str, str]) -> list[str]:
    """Paths to delete in the gap before ``entries[position]``; ``created``: path -> where it was posted to.

    No more than calls are missing there.
    """
    number = entries[position]["n"]
    room = number - entries[position - 1]["n"] - 1 - len(OTHER_CALLS.get(number, ()))
    gone = [path for path in reversed(created) if _is_gone(entries[position:], path, created[path])]
    return gone[:room]


def _is_gone(later: Sequence[Entry], path: str, posted_to: str) -> bool:
    """What the next entry that concerns the object says about it."""
    lists = {posted_to, path.rpartition("/")[0]}
    for entry in later:
        own = entry["path"] == path
        if entry["method"] == "POST" and location(entry) == path:
            return bool(entry["status"] == 201)
        if own and entry["method"] == "DELETE":
            return False
        if own and entry["method"] in {"GET", "PUT"}:
            return bool(entry["status"] == 404)
        listed = entry["path"] in lists and isinstance(entry["response_body"], list)
        if entry["method"] == "GET" and listed:
            shown = {item.get("uri") for item in entry["response_body"]}
            return RECORDED_BASE + path not in shown
    return False


def location(entry: Entry) -> str | None:
    """Path of what a POST created, or would have created."""
    header = entry["response_headers"].get("Location")
    return header.removeprefix(RECORDED_BASE) if header else None
