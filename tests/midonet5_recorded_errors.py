"""The recorded experiments with real importers: what was there before, and how to repeat each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from midonet5_importing import ImportSite, task
from midonet_lab.midonet5.store import Version
from midonet_migrate.plan.derived_ids import interface_peer_id
from recorded_obstacles import with_rows

Record = Mapping[str, Any]
HOST = "cccccccc-0000-4000-8000-0000000000ff"
HOST_NAME = "gwhost"
_SAME_TRANSACTION = ("same transaction", "in one transaction", "of the same transaction")
_INTERLEAVED = "interleaved"
_HOST_BY_HAND = "Host written to ZOOM by hand"


def records_of(golden: Path, version: Version) -> list[Record]:
    """The recorded experiments of a version, in the order they were made."""
    everything = json.loads((golden / "importer" / "errors.json").read_text())
    return [record for record in with_rows(golden, everything) if record["version"] == version]


def repeatable(records: Iterable[Record]) -> list[Record]:
    """Those whose rows are known."""
    return [record for record in records if record.get("rows")]


@dataclass
class Site:
    """The topology the experiments began with: not recorded itself, but named by their rows."""

    records: list[Record]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def data(self, name: str, row: int = 0) -> dict[str, Any]:
        """The data of a row of the experiment whose name begins so."""
        record = next(record for record in self.records if record["task"].startswith(name))
        found: dict[str, Any] = record["rows"][row]["data"]
        return found

    def add(self, data_type: str, data: Mapping[str, Any]) -> None:
        """One more task of the site."""
        self.rows.append(task(data_type, dict(data)))

    def port(self, template: Mapping[str, Any], **changes: Any) -> None:
        """One more port."""
        self.add("PORT", {**template, **changes})

    def subnet(self, subnet_id: str, network: str, cidr: str, gateway: str) -> None:
        """One more subnet."""
        template = self.data("SUBNET UPDATE normal")
        self.add(
            "SUBNET",
            {**template, "id": subnet_id, "network_id": network, "cidr": cidr, "gateway_ip": gateway},
        )


def base_rows(records: list[Record]) -> list[dict[str, Any]]:
    """Tasks that make what the experiments refer to."""
    site = Site(records)
    network = site.data("NETWORK duplicate CREATE")
    vif = site.data("PORT duplicate CREATE")
    gateway = site.data("PORT UPDATE gateway without device_id")
    router = site.data("ROUTER duplicate CREATE")
    first, second = vif["fixed_ips"][0]["subnet_id"], site.data("SUBNET UPDATE normal")["id"]
    external = gateway["network_id"]
    site.add("SECURITYGROUP", site.data("SG duplicate CREATE"))
    site.add("NETWORK", network)
    site.subnet(first, network["id"], "10.0.0.0/24", "10.0.0.1")
    site.subnet(second, network["id"], "10.0.1.0/24", "10.0.1.1")
    site.add("NETWORK", {**network, "id": external, "router:external": True})
    site.subnet(gateway["fixed_ips"][0]["subnet_id"], external, "203.0.113.0/24", "203.0.113.1")
    site.subnet("0e000000-7e51-4a0f-8b8a-5d2a7c1b3f01", external, "198.51.100.0/24", "198.51.100.1")
    site.port(vif)
    associated = site.data("FLOATINGIP UPDATE associate")
    other = associated["port_id"]
    site.port(vif, id=other, fixed_ips=[fixed("10.0.0.11", first)], mac_address="fa:16:3e:77:00:02")
    site.port(
        vif,
        id=site.data("FLOATINGIP to a LOADBALANCER port")["port_id"],
        device_owner="neutron:LOADBALANCER",
        fixed_ips=[fixed("10.0.0.50", first)],
        mac_address="fa:16:3e:77:00:03",
    )
    dhcp = {"device_owner": "network:dhcp", "mac_address": "fa:16:3e:77:00:04"}
    site.port(vif, id="0e000000-5b1c-4c6e-9d0d-3f8e2a6b4c01", fixed_ips=[fixed("10.0.0.2", first)], **dhcp)
    site.port(gateway, device_id=router["id"])
    site.add("ROUTER", {**site.data("ROUTER UPDATE one extra route"), "routes": []})
    used = site.data("ROUTERINTERFACE port used already")
    conflict = next(r for r in records if r["task"].startswith("ROUTERINTERFACE second router with"))
    owner = conflict["error_message"].partition("references the Port with ID ")[2].partition(" ")[0]
    interface = {"device_owner": "network:router_interface", "device_id": router["id"]}
    for port_id, address, subnet in (
        (used["port_id"], "10.0.0.1", first),
        (interface_peer_id(owner), "10.0.1.1", second),
    ):
        mac = f"fa:16:3e:78:00:{int(address.split('.')[2]):02x}"
        site.port(vif, id=port_id, fixed_ips=[fixed(address, subnet)], mac_address=mac, **interface)
        site.add("ROUTERINTERFACE", {"id": router["id"], "port_id": port_id, "subnet_id": subnet})
    _add_two_dhcp_ports(site, network, vif)
    _add_collision(site, network, vif)
    _add_uplink(site, network)
    return site.rows


def _add_two_dhcp_ports(site: Site, network: Mapping[str, Any], vif: Mapping[str, Any]) -> None:
    interface = site.data("PORT two DHCP ports before the interface")
    own = {**network, "id": "0e000000-11d2-4bb7-a0c5-6a1f4e7d2b01"}
    site.add("NETWORK", own)
    site.subnet(interface["subnet_id"], own["id"], "10.20.0.0/24", "10.20.0.1")
    for number in (2, 3):
        site.port(
            vif,
            id=f"0e000000-2f4b-4d0a-8c3e-7b5a9d1e6f0{number}",
            network_id=own["id"],
            device_owner="network:dhcp",
            mac_address=f"fa:16:3e:79:00:0{number}",
            fixed_ips=[fixed(f"10.20.0.{number}", interface["subnet_id"])],
        )
    site.add("ROUTER", {**site.data("ROUTER duplicate CREATE"), "id": interface["id"]})
    site.port(
        vif,
        id=interface["port_id"],
        network_id=own["id"],
        device_owner="network:router_interface",
        device_id=interface["id"],
        mac_address="fa:16:3e:79:00:01",
        fixed_ips=[fixed("10.20.0.1", interface["subnet_id"])],
    )


def _add_collision(site: Site, network: Mapping[str, Any], vif: Mapping[str, Any]) -> None:
    """Two interfaces whose routers differ in the same bits as their ports (imp B)."""
    interface = site.data("collision:")
    own = {**network, "id": "0e000000-38c4-47c5-b6d1-8d2e0f4a5b01"}
    site.add("NETWORK", own)
    site.subnet(interface["subnet_id"], own["id"], "10.30.0.0/24", "10.30.0.254")
    other = {
        "id": interface["id"][:-2] + "10",
        "port_id": interface["port_id"][:-2] + "01",
        "subnet_id": interface["subnet_id"],
    }
    for number, each in enumerate((other, interface), start=1):
        site.add("ROUTER", {**site.data("ROUTER duplicate CREATE"), "id": each["id"]})
        site.port(
            vif,
            id=each["port_id"],
            network_id=own["id"],
            device_owner="network:router_interface",
            device_id=each["id"],
            mac_address=f"fa:16:3e:7a:00:0{number}",
            fixed_ips=[fixed(f"10.30.0.{number}", each["subnet_id"])],
        )
    site.add("ROUTERINTERFACE", other)


def _add_uplink(site: Site, network: Mapping[str, Any]) -> None:
    port = site.data("UPLINK interface: host known, no profile")
    subnet = port["fixed_ips"][0]["subnet_id"]
    site.add("NETWORK", {**network, "id": port["network_id"], "provider:network_type": "uplink"})
    site.subnet(subnet, port["network_id"], "192.0.2.0/30", "192.0.2.1")
    site.add("ROUTER", {**site.data("ROUTER duplicate CREATE"), "id": port["device_id"]})


def fixed(address: str, subnet: str) -> dict[str, str]:
    """A fixed ip."""
    return {"ip_address": address, "subnet_id": subnet}


def rows_of(record: Record) -> list[dict[str, Any]]:
    """The rows of an experiment, with the transaction ids its name tells of."""
    name = record["task"]
    rows = []
    for position, row in enumerate(record["rows"]):
        transaction = None
        if any(words in name for words in _SAME_TRANSACTION):
            transaction = name[:36]
        elif _INTERLEAVED in name:
            transaction = f"interleaved-{position % 2}"
        elif "transaction_id empty" in name:
            transaction = ""
        made = task(row["data_type"], row["data"], row["type"], resource=row["resource_id"])
        made["resource_id"] = row["resource_id"]
        rows.append(made if transaction is None else {**made, "transaction_id": transaction})
    return rows


def prepare(site: ImportSite, record: Record) -> None:
    """What was done by hand before an experiment."""
    if _HOST_BY_HAND in record["task"]:
        path = site.zoom.paths.object_node("Host", HOST)
        text = f'id {{ msb: {0xCCCCCCCC00004000} lsb: {0x80000000000000FF} }} name: "{HOST_NAME}"'
        site.zoom.client.create(path, text.encode())
