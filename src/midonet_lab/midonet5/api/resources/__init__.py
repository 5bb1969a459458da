"""All paths of the API and what serves them (new 2)."""

from __future__ import annotations

from midonet_lab.midonet5.api.resources.address_groups import add_address_groups
from midonet_lab.midonet5.api.resources.balancing import add_balancing
from midonet_lab.midonet5.api.resources.bridge_tables import add_bridge_tables
from midonet_lab.midonet5.api.resources.chains import add_chains
from midonet_lab.midonet5.api.resources.containers import add_containers
from midonet_lab.midonet5.api.resources.devices import add_devices
from midonet_lab.midonet5.api.resources.dhcp import add_dhcp
from midonet_lab.midonet5.api.resources.documents import add_documents
from midonet_lab.midonet5.api.resources.hosts import add_hosts
from midonet_lab.midonet5.api.resources.insertions import add_insertions
from midonet_lab.midonet5.api.resources.links import add_links
from midonet_lab.midonet5.api.resources.neutron import add_neutron
from midonet_lab.midonet5.api.resources.observation import add_observation
from midonet_lab.midonet5.api.resources.port_groups import add_port_groups
from midonet_lab.midonet5.api.resources.ports import add_ports
from midonet_lab.midonet5.api.resources.routes import add_routes
from midonet_lab.midonet5.api.resources.tunnel_zones import add_tunnel_zones
from midonet_lab.midonet5.api.resources.vteps import add_vteps
from midonet_lab.midonet5.api.routing import Router
from midonet_lab.midonet5.api.tables import Tables


def build_router(tables: Tables) -> Router:
    """The endpoints of a version."""
    router = Router()
    for add in (
        add_address_groups,
        add_balancing,
        add_bridge_tables,
        add_chains,
        add_devices,
        add_dhcp,
        add_documents,
        add_port_groups,
        add_hosts,
        add_insertions,
        add_links,
        add_neutron,
        add_observation,
        add_ports,
        add_routes,
        add_tunnel_zones,
        add_vteps,
    ):
        add(router, tables)
    if tables.recent:
        add_containers(router, tables)
    return router
