"""Looking for the parents of objects in the 5.x API."""

from __future__ import annotations

import httpx
import pytest

from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.lookup import Lookup

TYPES = {
    "/bridges/b": "Bridge-v4",
    "/bridges/b/dhcp/192.0.2.0_24": "DhcpSubnet-v2",
    "/bridges/b/dhcpV6/2001:db8::_64": "DhcpV6Subnet-v1",
    "/chains/c": "Chain-v1",
    "/port_groups/g": "PortGroup-v1",
    "/routers/r": "Router-v3",
}


def _strict(request: httpx.Request) -> httpx.Response:
    """Answers as 5.x does: 406 for any other type than the resource's own (new 1.4)."""
    path = request.url.path.removeprefix("/midonet-api")
    wanted = f"application/vnd.org.midonet.{TYPES[path]}+json"
    if request.headers["Accept"] != wanted:
        return httpx.Response(406)
    return httpx.Response(200, json={}, headers={"Content-Type": wanted})


@pytest.mark.parametrize("path", TYPES)
def test_each_parent_is_asked_for_by_its_own_media_type(path: str) -> None:
    with MidonetApi("http://127.0.0.1:8181/midonet-api", None, mount=httpx.MockTransport(_strict)) as api:
        assert Lookup(api, 1).exists(path)
