"""Address groups and port groups (new 2.14)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property
from midonet_lab.midonet5.api.checks import NAME, not_null, size
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import ID, INT, TENANT, flag, required, text, uuid


def group_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: ip_addr_group, ip_addr_group_addr, port_group, port_group_port; the same in both versions."""
    del recent
    return {
        "ip_addr_group": Bean(
            "IpAddrGroup",
            "IPAddrGroup",
            [ID, text("name", "name", not_null, size(1, 255))],
            links=links(uri="/ip_addr_groups/{id}", addrs="/ip_addr_groups/{id}/ip_addrs"),
        ),
        "ip_addr_group_addr": Bean(
            "IpAddrGroupAddr",
            "",
            [text("addr"), uuid("ipAddrGroupId", ""), Property("version", INT)],
            links=links(
                ipAddrGroup="/ip_addr_groups/{ipAddrGroupId}",
                uri="/ip_addr_groups/{ipAddrGroupId}/versions/{version}/ip_addrs/{addr!}",
            ),
            front="version",
        ),
        "port_group": Bean(
            "PortGroup",
            "PortGroup",
            [ID, TENANT, text("name", "name", NAME), flag("stateful", "stateful")],
            links=links(uri="/port_groups/{id}", ports="/port_groups/{id}/ports"),
        ),
        "port_group_port": Bean(
            "PortGroupPort",
            "",
            [uuid("portGroupId", "", settable=False), required("portId")],
            links=links(
                portGroup="/port_groups/{portGroupId}",
                uri="/port_groups/{portGroupId}/ports/{portId}",
                port="/ports/{portId}",
            ),
        ),
    }
