"""The DTO classes of 5.x by kind (new 2; companion midonet-5-resources.json)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Family
from midonet_lab.midonet5.api.tables.balancing import balancing_beans
from midonet_lab.midonet5.api.tables.devices import device_beans
from midonet_lab.midonet5.api.tables.dhcp import dhcp_beans
from midonet_lab.midonet5.api.tables.groups import group_beans
from midonet_lab.midonet5.api.tables.hosts import host_beans
from midonet_lab.midonet5.api.tables.ports import port_beans
from midonet_lab.midonet5.api.tables.routing import routing_beans
from midonet_lab.midonet5.api.tables.rules import rule_beans
from midonet_lab.midonet5.api.tables.services import service_beans
from midonet_lab.midonet5.topology.tables import Version


class Tables:
    """All classes of a version, by kind as in ``midonet-5-resources.json``; ports and rules are families."""

    def __init__(self, version: Version) -> None:
        self.recent = version != "5.0.2"
        self.beans: dict[str, Bean] = {}
        for beans in (
            balancing_beans,
            device_beans,
            dhcp_beans,
            group_beans,
            host_beans,
            routing_beans,
            service_beans,
        ):
            self.beans |= beans(recent=self.recent)
        self.ports: Family = port_beans(recent=self.recent)
        self.condition, self.rules = rule_beans(recent=self.recent)
        address = self.beans["ip_addr_group_addr"]
        self.group_addresses = Family("IpAddrGroupAddr", "version", {"4": address, "6": address})

    def __getitem__(self, kind: str) -> Bean:
        return self.beans[kind]
