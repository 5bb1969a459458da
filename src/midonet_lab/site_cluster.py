"""midonet-cluster on a practice site's controller: installed with the site's accounts, not started."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_lab.etc_files import Endpoints
from midonet_lab.midonet5.api.options import Account, Options, Switch
from midonet_lab.midonet5.cluster.installation import Installation, Keystone, Places, install
from midonet_lab.midonet5.cluster.process import InstalledCluster, this_process, usable_port
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.sites.site import Site


def install_cluster(
    cluster: InstalledCluster,
    endpoints: Endpoints,
    version: Version,
    *,
    owned: bool,
    switches: Mapping[str, Switch] | None = None,
) -> Places:
    """Install it, or renew its files: ZooKeeper may have another port than before. The accounts and the
    Keystone are the site's. ``owned``: it ends with this process. Its port stays while it is usable."""
    installation = site_installation(cluster, endpoints, version, switches=switches)
    installation.owner = this_process() if owned else None
    installation.disposable = owned
    return install(cluster.places.directory, installation, endpoints.zookeeper)


def site_installation(
    cluster: InstalledCluster,
    endpoints: Endpoints,
    version: Version,
    *,
    switches: Mapping[str, Switch] | None = None,
    at: tuple[str, int] | None = None,
) -> Installation:
    """What the cluster of a site finds around it. ``at``: address and port of its API, if they are fixed."""
    known = _known(cluster)
    port = known.api_port if known is not None else 0
    if known is not None and switches is None:
        switches = known.api.switches
    account = Account(password=endpoints.api_password, projects=("admin", endpoints.api_project))
    address = at[0] if at is not None else LOOPBACK
    if at is not None:
        port = at[1]
    elif not cluster.running:
        port = usable_port(port)
    return Installation(
        version=version,
        api_port=port,
        api_address=address,
        api=Options(accounts={endpoints.api_username: account}, switches=dict(switches or {})),
        keystone=Keystone(admin_token=endpoints.admin_token),
    )


def _known(cluster: InstalledCluster) -> Installation | None:
    try:
        return cluster.places.load()
    except FileNotFoundError:
        return None


def switches_of(site: Site) -> dict[str, Switch]:
    """The site's VTEP switches by address: at the time of the import they are all up, whatever 1.9 last saw
    of them. One whose tunnel address 1.9 could not ask for has that of its management."""
    ports: dict[str, dict[str, str | None]] = {}
    for binding in site.midonet.get("vtep_binding", []):
        ports.setdefault(binding["mgmtIp"], {})[binding["portName"]] = None
    return {
        f"{vtep['managementIp']}:{vtep['managementPort']}": Switch(
            name=vtep.get("name") or "switch",
            description=vtep.get("description"),
            tunnel_addresses=tuple(vtep.get("tunnelIpAddrs") or (vtep["managementIp"],)),
            ports=ports.get(vtep["managementIp"], {}),
        )
        for vtep in site.midonet.get("vtep", [])
    }
