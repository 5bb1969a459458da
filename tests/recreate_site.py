"""A new site for re-creation: the store on a real ZooKeeper, the stand-in API, a run directory and a plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from kazoo.client import KazooClient

from midonet_lab.midonet5.api.options import Fault, Faults, Options, Switch
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Plan
from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.plan.planner import sealed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts
from midonet_migrate.steps.recreate import TargetStore, recreate
from midonet_migrate.steps.recreate_report import Part, RecreateFile, RecreateReport
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.job import SendOptions
from midonet_migrate.target.midonet_api.writer import Patience
from midonet_migrate.verify.expected import promised_site
from midonet_migrate.zookeeper.session import open_session
from new_site import tree_of

ROOT = "/midonet"
PATIENT = Patience(backoff=0.01, longest=0.05)
QUICK = Timeouts(connect=60, read=60, read_long=120, backoff=0.01, backoff_limit=0.05)
_VOLATILE = frozenset({"tunnelKey", "creationTimestampMs", "connectionState"})
_COLLECTION = "application/vnd.org.midonet.collection."
_TOP = {
    "bridges": "Bridge-v4",
    "chains": "Chain-v1",
    "health_monitors": "HealthMonitor-v1",
    "hosts": "Host-v3",
    "ip_addr_groups": "IpAddrGroup-v1",
    "load_balancers": "LoadBalancer-v1",
    "pools": "Pool-v1",
    "pool_members": "PoolMember-v1",
    "ports": "Port-v3",
    "port_groups": "PortGroup-v1",
    "routers": "Router-v3",
    "traces": "TraceRequest-v1",
    "tunnel_zones": "TunnelZone-v1",
    "vips": "VIP-v1",
    "vteps": "VTEP-v2",
}
_BELOW = {
    "bridges": {
        "arp_table": "IP4Mac-v1",
        "dhcp": "DhcpSubnet-v2",
        "dhcpV6": "DhcpV6Subnet-v1",
        "mac_table": "MacPort-v2",
    },
    "chains": {"rules": "Rule-v2"},
    "ip_addr_groups": {"ip_addrs": "IpAddrGroupAddr-v1"},
    "port_groups": {"ports": "PortGroupPort-v1"},
    "routers": {"bgp_networks": "BgpNetwork-v1", "bgp_peers": "BgpPeer-v1", "routes": "Route-v1"},
    "tunnel_zones": {"hosts": "TunnelZoneHost-v1"},
    "vteps": {"bindings": "VTEPBinding-v2"},
}


def switches_of(plan: Plan) -> dict[str, Switch]:
    """A switch that answers for each VTEP of the plan, with the ports that are bound."""
    ports: dict[str, str | None] = {
        str((item.body or {})["portName"]): None for item in plan.objects if item.kind == "vtep_binding"
    }
    return {
        f"{body['managementIp']}:{body['managementPort']}": Switch(ports=ports)
        for item in plan.objects
        if item.kind == "vtep" and (body := item.body or {})
    }


@dataclass
class RecreateSite:
    """One site under re-creation."""

    version: Version
    client: KazooClient
    zookeeper: str
    zoom: Zoom
    api: Midonet5Api
    data: Path
    http: httpx.Client
    account: Credentials | None = None
    probe_problem: str = ""
    clients: list[MidonetApi] = field(default_factory=list)

    def faults(self, *faults: Fault, **members: Any) -> None:
        """What goes wrong from now on."""
        self.api.application.set_faults(Faults(faults=list(faults), **members))

    def put_import(self, plan: Plan) -> None:
        """Put what the importer will have made into the store."""
        early = [request for request in plan.objects if before_import(request)]
        promised = promised_site(msgspec.structs.replace(plan, objects=early))
        for path, data in tree_of(promised).items():
            self.client.ensure_path((ROOT + path).rpartition("/")[0])
            if self.client.exists(ROOT + path):
                self.client.set(ROOT + path, data)
            else:
                self.client.create(ROOT + path, data)
        tables = (
            ["zoom/0/tables/Network/{}/mac_table", "zoom/0/tables/Network/{}/ip4_mac_table"]
            if self.version == "5.2.1"
            else ["bridges/{}/mac_ports", "bridges/{}/ip4_mac_map", "bridges/{}/vlans"]
        )
        for network in promised.objects.get("Network", {}):
            for table in tables:
                self.client.ensure_path(f"{ROOT}/{table.format(network)}")

    def recreate(
        self, plan: Plan, part: Part = "after-import", *, dry_run: bool = False, **options: Any
    ) -> RecreateReport:
        """One part, with short pauses."""
        chosen = SendOptions(
            **{
                "patience": PATIENT,
                "probe": lambda *_: self.probe_problem,
                **options,
            }  # the lab's switches are no servers
        )
        with (
            MidonetApi(self.api.url, self.account, timeouts=QUICK) as api,
            RunDirectory(self.data, step="recreate", dry_run=dry_run) as run,
            open_session(self.zookeeper) as session,
        ):
            self.clients.append(api)
            store = TargetStore(session, ROOT)
            return recreate(run, plan, api, SilentProgress(), part, store=store, options=chosen)

    def states(self) -> RecreateFile:
        """``recreate.json``."""
        return msgspec.json.decode((self.data / "recreate.json").read_bytes(), type=RecreateFile)

    def get(self, path: str, media: str) -> Any:
        """The answer of the API, decoded; ``None`` at 404."""
        answer = self.http.get(self.api.url + path, headers={"Accept": media})
        return None if answer.status_code == 404 else answer.raise_for_status().json()

    def write(self, method: str, path: str, media: str, body: JsonObject) -> None:
        """Write as somebody else."""
        self.http.request(
            method, self.api.url + path, headers={"Content-Type": media}, json=body
        ).raise_for_status()

    def topology(self) -> dict[str, Any]:
        """Everything the API shows, but for what the server draws at random; rules in order."""
        found: dict[str, Any] = {}
        for name, media in _TOP.items():
            for item in self.get(f"/{name}", f"{_COLLECTION}{media}+json"):
                path = f"/{name}/{item['id']}"
                found[path] = _stable(item)
                for below, kind in _BELOW.get(name, {}).items():
                    children = self.get(f"{path}/{below}", f"{_COLLECTION}{kind}+json")
                    shown = [_stable(child) for child in children if child.get("type") != "Local"]
                    found[f"{path}/{below}"] = shown if below == "rules" else sorted(shown, key=repr)
                    for child in children if below in {"dhcp", "dhcpV6"} else []:
                        self._hosts(path, below, child, found)
        return found

    def _hosts(self, bridge: str, below: str, subnet: JsonObject, found: dict[str, Any]) -> None:
        if below == "dhcp":
            path = f"{bridge}/dhcp/{subnet['subnetPrefix']}_{subnet['subnetLength']}/hosts"
            media = "DhcpHost-v2"
        else:
            path = f"{bridge}/dhcpV6/{subnet['prefix']}_{subnet['prefixLength']}/hostsV6"
            media = "DhcpV6Host-v1"
        hosts = self.get(path, f"{_COLLECTION}{media}+json")
        found[path] = sorted((_stable(host) for host in hosts), key=repr)


def _stable(item: JsonObject) -> JsonObject:
    return {
        name: value
        for name, value in item.items()
        if name not in _VOLATILE and not (isinstance(value, str) and value.startswith("http"))
    }


@contextmanager
def recreate_site(
    zookeeper: ZooKeeper, folder: Path, plan: Plan, version: Version = "5.2.1", **options: Any
) -> Iterator[RecreateSite]:
    """An empty site, API started; the switches of the plan's VTEPs answer."""
    hosts = f"127.0.0.1:{zookeeper.port}"
    client = KazooClient(hosts=hosts)
    client.start(timeout=60)
    try:
        zoom = Zoom(client, ROOT, version)
        zoom.prepare()
        chosen = Options(switches=switches_of(plan), **options)
        with Midonet5Api(zoom, chosen).start() as api, httpx.Client(verify=False, timeout=60) as http:
            yield RecreateSite(version, client, hosts, zoom, api, folder / "data", http)
    finally:
        client.stop()
        client.close()


def plan_with(plan: Plan, **members: Any) -> Plan:
    """Another plan, sealed again."""
    return sealed(msgspec.structs.replace(plan, **members))
