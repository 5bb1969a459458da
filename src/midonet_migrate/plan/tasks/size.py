"""How large the importer's request for a task becomes, and how long it takes (imp 8.2, 8.3).

A PORT rewrites nodes that grow with the site: its network, the DHCP of its subnets, its groups. The
request must stay below ``jute.maxbuffer`` of the target's ZooKeeper servers, or the importer hangs
without a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from midonet_migrate.plan.tasks.schema import TargetVersion

DEFAULT_REQUEST_LIMIT = 1_048_575
_RESERVE = 3_575
"""Of the limit, what the parts of the request that do not grow need (imp 8.2: 1,045,000 is the estimate)."""
_PER_PORT_OF_NETWORK = 69
_PER_DHCP_HOST = 100
_PER_GROUP_ADDRESS = 156
_PER_GROUP_RULE_WITH_PORTS = 1_607
"""650 such rules pass, 700 do not: the estimate calls the first number fit, anything above too large."""
_PER_GROUP_RULE = 1_160
"""900 rules without ports pass; more were not tried."""
_PER_PORT_RULE = 400
"""Upper estimate for one anti-spoofing rule of an address pair; a port makes two per pair."""
_SECONDS_PER_BYTE = 1.85e-7
"""25 s more for 1,000, 4.5 minutes more for 3,000 ports in one network and group (imp 8.3)."""
_SECONDS_PER_TASK = {"5.0.2": 0.010, "5.2.1": 0.010, "5.4.6": 0.010}
_SECONDS_PER_TASK_NETWORK = {"5.0.2": 0.006, "5.2.1": 0.011, "5.4.6": 0.011}
_FIRST_POLL_SECONDS = 1.0


class Oversize(msgspec.Struct, frozen=True):
    """A task whose request does not fit: the node that grew and the estimated bytes."""

    kind: str
    id: str
    task: str
    size: int


class SizeEstimate:
    """Sums up as tasks are queued. ``oversize`` keeps the first too large task per network or group."""

    def __init__(self, version: TargetVersion, limit: int) -> None:
        self._limit = limit - _RESERVE
        self._task_seconds = _SECONDS_PER_TASK[version]
        self._network_seconds = _SECONDS_PER_TASK_NETWORK[version]
        self._ports: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()
        self._members: Counter[str] = Counter()
        self.oversize: dict[tuple[str, str], Oversize] = {}
        self.oversize_tasks = 0
        self.largest = 0
        self.seconds = 0.0

    def add(self, data_type: str, resource_id: str, data: Mapping[str, Any], *, in_topology: bool) -> None:
        """Count a CREATE. ``in_topology`` is false for ports that get no MidoNet port."""
        size, kind, node = 0, "", ""
        if data_type == "SECURITYGROUP":
            size, kind, node = group_size(data), "security_groups", resource_id
        elif data_type == "PORT" and in_topology:
            size, kind, node = self._port_size(data), "networks", str(data.get("network_id"))
        self.largest = max(self.largest, size)
        if size > self._limit:
            self.oversize_tasks += 1
            self.oversize.setdefault((kind, node), Oversize(kind, node, resource_id, size))
        fixed = self._network_seconds if data_type == "NETWORK" else self._task_seconds
        self.seconds += (0.0 if self.seconds else _FIRST_POLL_SECONDS) + fixed + size * _SECONDS_PER_BYTE

    def _port_size(self, data: Mapping[str, Any]) -> int:
        network = str(data.get("network_id"))
        self._ports[network] += 1
        size = _PER_PORT_OF_NETWORK * self._ports[network]
        owner = str(data.get("device_owner") or "")
        fixed_ips = data.get("fixed_ips") or []
        if not owner.startswith("network:"):
            for subnet in {str(fixed_ip["subnet_id"]) for fixed_ip in fixed_ips}:
                self._hosts[subnet] += 1
                size += _PER_DHCP_HOST * self._hosts[subnet]
            for group in data.get("security_groups") or []:
                self._members[group] += len(fixed_ips)
                size += _PER_GROUP_ADDRESS * self._members[group]
            size += _PER_PORT_RULE * 2 * len(data.get("allowed_address_pairs") or [])
        elif owner == "network:dhcp":
            for subnet in {str(fixed_ip["subnet_id"]) for fixed_ip in fixed_ips}:
                size += _PER_DHCP_HOST * self._hosts[subnet]
        return size


def group_size(data: Mapping[str, Any]) -> int:
    """Estimated bytes of the request for a SECURITYGROUP."""
    return sum(
        _PER_GROUP_RULE
        if rule.get("port_range_min") is None and rule.get("port_range_max") is None
        else _PER_GROUP_RULE_WITH_PORTS
        for rule in data.get("security_group_rules") or []
    )
