"""Hosts, their interfaces, tunnel zones and bindings: what agents and mm-ctl write (old 5)."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_lab.sites.generator.ground_truth import Truth, host_infra
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.server_model import Server
from midonet_lab.sites.generator.topology import Topology
from midonet_migrate.model.keys import JsonObject

UP = 3
"""Status of an interface: up, with carrier (old 3.1)."""
_AGENT = host_infra("agent")
_BOUND = host_infra("mm-ctl --bind-port")
_MEMBER = host_infra("member")


class Hosts:
    """The hosts of a site; those in ``down`` have no agent running, hence no interfaces."""

    def __init__(self, topology: Topology, identities: Identities) -> None:
        self.topology = topology
        self.identities = identities
        self.ids: dict[str, str] = {}
        self.down: set[str] = set()
        self.versions: list[JsonObject] = []

    def add(self, name: str, *, physical: int = 1, alive: bool = True) -> None:
        """A host with ``eth0`` in the underlay and more physical interfaces."""
        number = len(self.ids)
        host_id = self.ids[name] = self.identities.uuid()
        low = 0x1000 + number
        self.topology.add(
            "host",
            host_infra(f"host record as the agent on {name} writes it"),
            id=host_id,
            name=name,
            addresses=[f"/{underlay_address(number)}", "/127.0.0.1", f"/fe80:0:0:0:21b:21ff:fe5a:{low:x}"],
            alive=alive,
            floodingProxyWeight=1,
        )
        if not alive:
            self.down.add(name)
            return
        self.versions.append({"hostId": host_id, "version": "1.9"})
        self._interface(host_id, "lo", "00:00:00:00:00:00", mtu=65536, addresses=["127.0.0.1"])
        for index in range(physical):
            addresses = [underlay_address(number)] if index == 0 else []
            mac = f"00:1b:{0x21 + index:02x}:5a:{low >> 8:02x}:{low & 0xFF:02x}"
            self._interface(host_id, f"eth{index}", mac, addresses=addresses)

    def _interface(self, host_id: str, name: str, mac: str, *, mtu: int = 1500, addresses: list[str]) -> None:
        physical = name.startswith("eth")
        virtual = "LOCALHOST" if name == "lo" else "DATAPATH"
        self.topology.add(
            "interface",
            _AGENT,
            hostId=host_id,
            name=name,
            mac=mac,
            mtu=mtu,
            status=UP,
            type="Physical" if physical else "Virtual",
            endpoint="PHYSICAL" if physical else virtual,
            addresses=addresses,
        )

    def bind(
        self, port: JsonObject, host: str, interface: str, truth: Truth, *, active: bool | None = None
    ) -> None:
        """Bind a port to an interface of a host; a new virtual interface appears where the agent runs."""
        host_id = self.ids[host]
        alive = host not in self.down
        port |= {"hostId": host_id, "interfaceName": interface}
        port["active"] = alive if active is None else active
        members = {"hostId": host_id, "portId": port["id"], "interfaceName": interface}
        self.topology.add("host_interface_port", truth, **members)
        if alive and f"{host_id}/{interface}" not in self.topology.ownership["interface"]:
            mac = f"fe:16:3e:{port['id'][:2]}:{port['id'][2:4]}:{port['id'][4:6]}"
            self._interface(host_id, interface, mac, addresses=[])

    def tunnel_zone(self, name: str, kind: str, members: Iterable[str], why: str) -> None:
        """A tunnel zone of the overlay with these hosts."""
        zone = self.topology.add(
            "tunnel_zone", host_infra(why), id=self.identities.uuid(), name=name, type=kind
        )
        numbers = {host: number for number, host in enumerate(self.ids)}
        for host in members:
            address = underlay_address(numbers[host])
            ids = {"tunnelZoneId": zone["id"], "hostId": self.ids[host]}
            self.topology.add("tunnel_zone_host", _MEMBER, ipAddress=address, **ids)


def underlay_address(number: int) -> str:
    """The address of the nth host in the underlay."""
    return f"172.20.{(number + 10) // 250}.{(number + 10) % 250 + 1}"


def bind_neutron_ports(hosts: Hosts, server: Server) -> None:
    """Bind every VIF and DHCP port where Neutron says it is, as the VIF driver and the DHCP agent do."""
    for port in server.neutron["ports"]:
        host = port["binding:host_id"]
        made = server.topology.by_id["port"].get(port["id"])
        if host not in hosts.ids or made is None:
            continue
        interface = f"tap{port['id'][:11]}"
        hosts.bind(made, host, interface, _BOUND)
        after = {"hostId": hosts.ids[host], "interfaceName": interface}
        entry = {"id": port["id"], "kind": "port", "op": "update", "after": after}
        server.topology.modifications.append({**entry, "why": "mm-ctl --bind-port"})
