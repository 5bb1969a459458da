"""Error answers of the 1.9 server (old 1.6)."""

from __future__ import annotations

import re

import msgspec

INTERNAL = "An internal server error has occurred, please try again."
REQUESTED = "The requested resource was not found."
_NAMES = {
    "ad_route": "ad route",
    "health_monitor": "health monitor",
    "load_balancer": "load balancer",
    "pool_member": "pool member",
    "port_group": "port group",
    "vip": "VIP",
}
_MISSING = {
    "host": "",
    "ip_addr_group": REQUESTED,
    "trace_request": "Trace request doesn't exist",
    "tunnel_zone": "",
}
_UUID = re.compile(r"[0-9A-Fa-f]{1,8}(-[0-9A-Fa-f]{1,4}){3}-[0-9A-Fa-f]{1,12}")
_IPV4 = re.compile(r"(\d{1,3}\.){3}\d{1,3}")


class ApiError(Exception):
    """Ends a request with ``status`` and an Error body."""

    def __init__(self, status: int, message: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> bytes:
        """The JSON of the Error entity."""
        return msgspec.json.encode({"message": self.message, "code": self.status})


def not_found(message: str) -> ApiError:
    """404 with ``message``."""
    return ApiError(404, message)


def missing(kind: str, key: str) -> ApiError:
    """The 404 for an item of ``kind`` that does not exist."""
    return not_found(_MISSING.get(kind, f"No {_NAMES.get(kind, kind)} with ID {key} exists."))


def internal() -> ApiError:
    """500 with the text every uncaught exception gets."""
    return ApiError(500, INTERNAL)


def check_uuid(text: str) -> None:
    """Raises 404, as the server does for ids that are no UUIDs."""
    if _UUID.fullmatch(text) is None:
        raise not_found(f"java.lang.IllegalArgumentException: Invalid UUID string: {text}")


def check_ipv4_subnet(text: str) -> None:
    """Raises 404 for a DHCP subnet whose prefix is not an IPv4 address."""
    prefix = text.partition("_")[0]
    if _IPV4.fullmatch(prefix) is None:
        raise not_found(
            "java.lang.IllegalArgumentException: IPv4 string must be 4 numbers between 0 and 255 "
            f"joined with 3 '.' but was {prefix}"
        )
