"""The recorded experiments with real importers, and the topology they were made in.

The experiments ran one after the other in one topology whose first objects were not recorded: ``base``
rebuilds them from what the recorded rows refer to.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from midonet_migrate.plan.tasks import TaskRow
from recorded_obstacles import with_rows

Record = dict[str, Any]

NETWORK = "e1d28ffb-d7fb-4bd4-9053-79d03d85f3c1"
SUBNET = "62c36a1d-15a5-404f-8274-fbe054f33220"
SUBNET_2 = "9fb0b2bc-f7e0-49cb-b4e7-130b0b22d848"
EXTERNAL = "b3d6ce7f-4f64-43f7-be89-3e853265bd24"
EXTERNAL_SUBNET = "58c039bb-c7a7-4104-8ef3-810989e223d3"
GROUP = "8c7c77f3-3369-42cd-8cde-95e2e8951fe1"
ROUTER = "93edb777-d3ce-4d1e-a2e5-c44df633b765"
GATEWAY_PORT = "d8057713-8837-4459-bddc-9ba07d959b9b"
COLLISION = "b0000000-0000-4000-8000-0000000000{:02x}"


def row(data_type: str, identity: str, **data: Any) -> TaskRow:
    return TaskRow(type="CREATE", data_type=data_type, resource_id=identity, data={"id": identity, **data})


def subnet_row(identity: str, network: str, cidr: str) -> TaskRow:
    gateway = cidr.replace("0/24", "1").replace("0/30", "1")
    return row("SUBNET", identity, network_id=network, cidr=cidr, gateway_ip=gateway, ip_version=4)


def port_row(identity: str, owner: str, subnet: str, address: str, network: str = NETWORK) -> TaskRow:
    fixed_ips = [{"ip_address": address, "subnet_id": subnet}]
    mac = f"fa:16:3e:fe:00:{identity[-2:]}"
    return row("PORT", identity, network_id=network, device_owner=owner, fixed_ips=fixed_ips, mac_address=mac)


def interface_row(router: str, port: str, subnet: str) -> TaskRow:
    data = {"id": router, "port_id": port, "subnet_id": subnet}
    return TaskRow(type="CREATE", data_type="ROUTERINTERFACE", resource_id=router, data=data)


def base() -> list[TaskRow]:
    interface, interface_2 = "28da2d13-3d9e-4e78-9c89-5c56ef4c5451", "395fde01-0b11-40c5-94eb-5cf046c1ea90"
    subnet_3, router_3 = "a43aa8d6-bdcf-4bda-8a65-0e3b3d984cdb", "bd629889-1036-4f1a-aeb9-6b00583fe8b5"
    interface_3, dhcp = "a602d3a8-0608-4c96-a272-324b92081a32", "network:dhcp"
    owner = "network:router_interface"
    return [
        row("SECURITYGROUP", GROUP),
        row("NETWORK", NETWORK),
        row("NETWORK", EXTERNAL, **{"router:external": True}),
        subnet_row(SUBNET, NETWORK, "10.0.0.0/24"),
        subnet_row(SUBNET_2, NETWORK, "10.0.1.0/24"),
        subnet_row(subnet_3, NETWORK, "10.20.0.0/24"),
        subnet_row(EXTERNAL_SUBNET, EXTERNAL, "203.0.113.0/24"),
        subnet_row("0b7c3c0e-7e0f-4f6f-8f0e-3f1d2a5b6c7d", EXTERNAL, "198.51.100.0/24"),
        port_row("0dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a01", dhcp, SUBNET, "10.0.0.2"),
        port_row("1dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a02", dhcp, subnet_3, "10.20.0.2"),
        port_row("2dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a03", dhcp, subnet_3, "10.20.0.3"),
        port_row(GATEWAY_PORT, "network:router_gateway", EXTERNAL_SUBNET, "203.0.113.2", EXTERNAL),
        port_row(interface, owner, SUBNET, "10.0.0.1"),
        port_row(interface_2, owner, SUBNET_2, "10.0.1.1"),
        port_row(interface_3, owner, subnet_3, "10.20.0.1"),
        port_row("cd8ed4a5-67fb-4e80-872c-e5b3cddbef79", "compute:nova", SUBNET, "10.0.0.10"),
        port_row("aaf8186f-8488-42a7-9211-0db192e38a29", "compute:nova", SUBNET, "10.0.0.11"),
        port_row("696b3f4c-1766-4cf4-be37-41028ed5f868", "neutron:LOADBALANCER", SUBNET, "10.0.0.50"),
        row("ROUTER", ROUTER, gw_port_id=GATEWAY_PORT, external_gateway_info={"enable_snat": True}),
        row("ROUTER", router_3),
        interface_row(ROUTER, interface, SUBNET),
        interface_row(ROUTER, interface_2, SUBNET_2),
    ]


def uplink_base() -> list[TaskRow]:
    network, subnet = "262e06af-c633-4372-a188-327d209cd857", "324d4f67-f05c-4c51-914c-8e2b4e40cb9f"
    router = "56a59fa7-894d-4234-b823-0e3c23569b6d"
    return [
        *base(),
        row("NETWORK", network, **{"provider:network_type": "uplink"}),
        subnet_row(subnet, network, "192.0.2.0/30"),
        row("ROUTER", router),
    ]


def collision_base() -> list[TaskRow]:
    first, second = "5b0a4c7c-0c9e-4a60-9b6e-2f6d1f5e7a11", "0ac72388-5e1e-4a89-ad8e-5c985b859b39"
    owner, ports = "network:router_interface", [COLLISION.format(1), COLLISION.format(3)]
    return [
        *base(),
        subnet_row(first, NETWORK, "10.30.0.0/24"),
        subnet_row(second, NETWORK, "10.31.0.0/24"),
        row("ROUTER", COLLISION.format(0x10)),
        row("ROUTER", COLLISION.format(0x12)),
        port_row(ports[0], owner, first, "10.30.0.1"),
        port_row(ports[1], owner, second, "10.31.0.1"),
        interface_row(COLLISION.format(0x10), ports[0], first),
    ]


def is_apart(record: Record) -> bool:
    """Whether it was made in an uplink topology of its own, not in the one that the others grew in."""
    return bool(record["origin"] == "kilo_dicts_v2.json")


def record_rows(record: Record) -> list[TaskRow]:
    return [
        TaskRow(
            type=found["type"],
            data_type=found["data_type"],
            resource_id=found.get("resource_id"),
            data=found.get("data"),
        )
        for found in record["rows"]
    ]


def read_records(golden: Path) -> list[Record]:
    """All records, in their order; with rows wherever the recording has some, or says what they were."""
    records: list[Record] = json.loads((golden / "importer" / "errors.json").read_text())
    return with_rows(golden, records)
