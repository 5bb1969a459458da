"""Hosts, tunnel zones, bindings, port groups, BGP, VTEPs and traces: never made by Neutron (old 4.1)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord
from midonet_migrate.plan.ownership.ports import HEALTH_MONITOR_SUFFIX
from midonet_migrate.plan.ownership.site import Site, grouped
from midonet_migrate.plan.ownership.verdicts import Verdicts, user

_HOST = OwnerRecord(Owner.HOST_INFRA, "host-agent", "written by the agent of the host")
_ZONE = OwnerRecord(Owner.HOST_INFRA, "tunnel-zone", "the overlay of the hosts")
_VTEP_ZONE = user("tunnel-zone-vtep", "a tunnel zone for VTEPs")
_VTEP = user("vtep-user", "VTEPs are always configured by hand")
_TRACE = user("trace-user", "trace requests are always made by hand")
_BINDING = OwnerRecord(Owner.HOST_INFRA, "binding-neutron", "mm-ctl binds Neutron's ports")
_UPLINK_GROUP = OwnerRecord(
    Owner.PROVIDER_ROUTER_UPLINK, "port-group-uplink", "all members are ports of the Provider Router"
)


def classify_hosts(site: Site, verdicts: Verdicts) -> None:
    """Hosts, interfaces, tunnel zones and members, bindings."""
    for kind in ("host", "interface"):
        for item in site.midonet(kind):
            verdicts.set(kind, item, _HOST)
    zones: dict[str, OwnerRecord] = {}
    for zone in site.midonet("tunnel_zone"):
        zones[zone["id"]] = _VTEP_ZONE if zone.get("type") == "vtep" else _ZONE
        verdicts.set("tunnel_zone", zone, zones[zone["id"]])
    for member in site.midonet("tunnel_zone_host"):
        verdicts.set("tunnel_zone_host", member, zones.get(member["tunnelZoneId"], _ZONE))
    for binding in site.midonet("host_interface_port"):
        verdicts.set("host_interface_port", binding, _binding(site, verdicts, binding))


def _binding(site: Site, verdicts: Verdicts, binding: JsonObject) -> OwnerRecord:
    if binding["portId"] in site.neutron_ports:
        return _BINDING
    owner = verdicts.owner("port", binding["portId"])
    if owner is Owner.PROVIDER_ROUTER_UPLINK:
        return OwnerRecord(owner, "binding-uplink", "binds an uplink of the Provider Router")
    gone = owner is None and str(binding.get("interfaceName")).endswith(HEALTH_MONITOR_SUFFIX)
    if owner is Owner.RUNTIME or gone:
        return OwnerRecord(Owner.RUNTIME, "binding-health-monitor", "binds the port of a health monitor")
    return user("binding-user", "binds a port made by hand")


def classify_port_groups(site: Site, verdicts: Verdicts) -> None:
    """A group with none but uplink ports belongs to the uplinks; every other group is the user's."""
    members = grouped(site.midonet("port_group_port"), "portGroupId")
    records: dict[str, OwnerRecord] = {}
    for group in site.midonet("port_group"):
        owners = {verdicts.owner("port", item["portId"]) for item in members.get(group["id"], [])}
        is_uplink = owners == {Owner.PROVIDER_ROUTER_UPLINK}
        records[group["id"]] = (
            _UPLINK_GROUP if is_uplink else user("port-group-user", "Neutron makes no port groups")
        )
        verdicts.set("port_group", group, records[group["id"]])
    orphan = user("port-group-user", "its port group is gone")
    for item in site.midonet("port_group_port"):
        verdicts.set("port_group_port", item, records.get(item["portGroupId"], orphan))


def classify_bgp(site: Site, verdicts: Verdicts) -> None:
    """BGP sessions and advertised routes belong to whoever made the port; Neutron makes none."""
    sessions: dict[str, OwnerRecord] = {}
    for session in site.midonet("bgp"):
        owner = verdicts.owner("port", session["portId"])
        if owner is Owner.PROVIDER_ROUTER_UPLINK:
            record = OwnerRecord(owner, "bgp-uplink", "on an uplink of the Provider Router")
        else:
            record = user("bgp-user", "Neutron makes no BGP sessions")
            if verdicts.is_server_made("port", session["portId"]):
                verdicts.inserted("bgp", session, "added-object", "BGP session on a port of Neutron")
        sessions[session["id"]] = record
        verdicts.set("bgp", session, record)
    orphan = user("bgp-user", "its BGP session is gone")
    for route in site.midonet("ad_route"):
        verdicts.set("ad_route", route, sessions.get(route["bgpId"], orphan))


def classify_vteps_and_traces(site: Site, verdicts: Verdicts) -> None:
    """VTEPs, their bindings, and trace requests."""
    for kind in ("vtep", "vtep_binding"):
        for item in site.midonet(kind):
            verdicts.set(kind, item, _VTEP)
    for trace in site.traces.values():
        verdicts.set("trace_request", trace, _TRACE)
