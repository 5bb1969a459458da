"""Small Neutron dicts for the importer's tests; ids are random."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from midonet5_importing import Row, task


def new_id() -> str:
    """A random id."""
    return str(uuid4())


class Tenant:
    """A network with a subnet and a group, and more when asked for. Each method gives the row of a task."""

    def __init__(self) -> None:
        self.network, self.subnet, self.group, self.router = (new_id() for _ in range(4))
        self._ports = 0

    def base(self) -> list[Row]:
        """Group, network and subnet."""
        return [self.group_row(), self.network_row(), self.subnet_row()]

    def group_row(self, **changes: Any) -> Row:
        """The group, without rules."""
        return task("SECURITYGROUP", {"id": self.group, "name": "g", "tenant_id": "t"} | changes)

    def network_row(self, operation: str = "CREATE", **changes: Any) -> Row:
        """The network."""
        data = {"id": self.network, "name": "n", "tenant_id": "t", "admin_state_up": True}
        return task("NETWORK", data | changes, operation)

    def subnet_row(self, operation: str = "CREATE", **changes: Any) -> Row:
        """The subnet, 10.0.0.0/24."""
        data = {
            "id": self.subnet,
            "network_id": self.network,
            "cidr": "10.0.0.0/24",
            "gateway_ip": "10.0.0.1",
            "ip_version": 4,
            "enable_dhcp": True,
        }
        return task("SUBNET", data | changes, operation)

    def port(self, address: str | None = "10.0.0.10", **changes: Any) -> dict[str, Any]:
        """A VIF's dict; the n-th has the n-th MAC."""
        self._ports += 1
        addresses = [] if address is None else [self.fixed(address)]
        return {
            "id": new_id(),
            "network_id": self.network,
            "tenant_id": "t",
            "admin_state_up": True,
            "mac_address": f"fa:16:3e:00:{self._ports >> 8:02x}:{self._ports & 255:02x}",
            "fixed_ips": addresses,
            "device_owner": "compute:nova",
            "security_groups": [self.group],
        } | changes

    def fixed(self, address: str) -> dict[str, str]:
        """A fixed ip in the subnet."""
        return {"ip_address": address, "subnet_id": self.subnet}

    def interface(self) -> tuple[dict[str, Any], list[Row]]:
        """A router on the subnet: its port, and the tasks."""
        port = self.port(
            "10.0.0.1",
            device_owner="network:router_interface",
            device_id=self.router,
            security_groups=[],
        )
        router = {"id": self.router, "name": "r", "tenant_id": "t", "admin_state_up": True}
        interface = {"id": self.router, "port_id": port["id"], "subnet_id": self.subnet}
        return port, [task("ROUTER", router), task("PORT", port), task("ROUTERINTERFACE", interface)]


class Outside:
    """An external network with a subnet, 203.0.113.0/24."""

    def __init__(self) -> None:
        self.network, self.subnet = new_id(), new_id()

    def rows(self) -> list[Row]:
        """Network and subnet."""
        return [
            task(
                "NETWORK",
                {"id": self.network, "name": "ext", "admin_state_up": True, "router:external": True},
            ),
            task(
                "SUBNET",
                {
                    "id": self.subnet,
                    "network_id": self.network,
                    "cidr": "203.0.113.0/24",
                    "gateway_ip": "203.0.113.1",
                    "ip_version": 4,
                },
            ),
        ]

    def gateway(self, router: str, address: str = "203.0.113.2") -> dict[str, Any]:
        """The port of a router's gateway."""
        return {
            "id": new_id(),
            "network_id": self.network,
            "admin_state_up": True,
            "mac_address": "fa:16:3e:aa:00:01",
            "fixed_ips": [{"ip_address": address, "subnet_id": self.subnet}],
            "device_owner": "network:router_gateway",
            "device_id": router,
        }
