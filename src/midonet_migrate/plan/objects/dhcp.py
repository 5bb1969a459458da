"""DHCP on bridges made by hand, and user subnets on those of Neutron (new 3.9)."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import full_ipv6, full_mac, ipv4_or_none, is_ipv4, is_length

_LARGEST_MTU = 65536
HostPaths = dict[tuple[str, str], str]
"""Bridge id and subnet, as 1.9 names it -> where 5.x has the subnet's hosts."""
Seen = set[tuple[str, str]]
"""Path of a subnet's hosts, and what tells its hosts apart: MAC or client."""


def plan_dhcp(draft: ObjectDraft, references: References) -> None:
    """Subnets before hosts; IPv6 after IPv4, because a PUT of the bridge would erase it (new 1.8.1)."""
    paths: HostPaths = {}
    for key, subnet in list(draft.hand_made("dhcp_subnet")):
        _subnet(draft, references, key, subnet, paths)
    for key, subnet in list(draft.hand_made("dhcp_v6_subnet")):
        _v6_subnet(draft, references, key, subnet, paths)
    seen: Seen = set()
    for key, host in list(draft.hand_made("dhcp_host")):
        _host(draft, key, host, paths, seen)
    for key, host in list(draft.hand_made("dhcp_v6_host")):
        _v6_host(draft, key, host, paths, seen)


def interface_mtu(value: Any) -> int | None:
    """0 means unset; what 1.9 shows negative was above 32767 (new 3.9)."""
    if not isinstance(value, int) or not value:
        return None
    mtu = value + _LARGEST_MTU if value < 0 else value
    return mtu if 0 < mtu <= _LARGEST_MTU else None


def _subnet(
    draft: ObjectDraft, references: References, key: str, subnet: JsonObject, paths: HostPaths
) -> None:
    bridge = references.resolve("bridge", subnet["@bridgeId"])
    if isinstance(bridge, Missing):
        draft.leave_out("dhcp_subnet", key, *bridge)
        return
    if not is_ipv4(subnet["subnetPrefix"]) or not is_length(subnet["subnetLength"]):
        reason = f"its prefix {subnet['subnetPrefix']!r}/{subnet['subnetLength']} is not IPv4"
        draft.leave_out("dhcp_subnet", key, Bucket.UNSUPPORTED, "dhcp-address", reason)
        return
    servers = subnet.get("dnsServerAddrs")
    readable = servers if servers is None else [text for text in servers if _is_address(text)]
    verdict: Verdict = NOTHING
    if readable != servers:
        verdict = ("dhcp-name-server", "name servers that are no IP addresses left out: 5.x refuses them")
        draft.warn("dhcp_subnet", key, *verdict)
    body: JsonObject = {"subnetPrefix": subnet["subnetPrefix"], "subnetLength": subnet["subnetLength"]}
    for member in ("defaultGateway", "serverAddr"):
        address = ipv4_or_none(subnet.get(member))
        if address is not None and not is_ipv4(address):
            verdict = ("dhcp-address", f"{member} {address!r} -> null: it is not IPv4")
            draft.warn("dhcp_subnet", key, *verdict)
            address = None
        body[member] = address
    body["dnsServerAddrs"] = readable
    body["interfaceMTU"] = interface_mtu(subnet.get("interfaceMTU"))
    body["opt121Routes"] = subnet.get("opt121Routes")
    body["enabled"] = subnet.get("enabled") is not False
    path = f"/bridges/{bridge}/dhcp"
    draft.create(Step.DHCP_SUBNETS, "dhcp_subnet", key, path, body, verdict=verdict)
    name = f"{subnet['subnetPrefix']}_{subnet['subnetLength']}"
    paths[subnet["@bridgeId"], name] = f"{path}/{name}/hosts"


def _is_address(text: Any) -> bool:
    if is_ipv4(text):
        return True
    try:
        return bool(full_ipv6(str(text)))
    except ValueError:
        return False


def _host(draft: ObjectDraft, key: str, host: JsonObject, paths: HostPaths, seen: Seen) -> None:
    path = _hosts_of_subnet(draft, ("dhcp_host", key), "dhcp_subnet", host, paths)
    if path is None:
        return
    mac = full_mac(host.get("macAddr"))
    address = ipv4_or_none(host.get("ipAddr"))
    if mac is None or (address is not None and not is_ipv4(address)):
        reason = f"MAC {host.get('macAddr')!r} or address {address!r} cannot be read"
        draft.leave_out("dhcp_host", key, Bucket.UNSUPPORTED, "dhcp-host-address", reason)
        return
    if _is_repeated(draft, ("dhcp_host", key), (path, mac.lower()), seen, f"with MAC {mac}"):
        return
    body = {
        "macAddr": mac,
        "ipAddr": address,
        "name": host.get("name"),
        "extraDhcpOpts": host.get("extraDhcpOpts") or [],
    }
    if draft.fits("hosts of a DHCP subnet", path, "dhcp_host", key):
        draft.create(Step.DHCP_HOSTS, "dhcp_host", key, path, body)


def _hosts_of_subnet(
    draft: ObjectDraft, item: tuple[str, str], subnet_kind: str, host: JsonObject, paths: HostPaths
) -> str | None:
    """Where the host goes; None when its subnet is not re-created, and then ``item`` is left out."""
    path = paths.get((host["@bridgeId"], host["@subnet"]))
    if path is None:
        missing, remedy = _without_subnet(draft, subnet_kind, host)
        kind, key = item
        draft.leave_out(kind, key, *missing, remedy=remedy)
    return path


def _is_repeated(
    draft: ObjectDraft, item: tuple[str, str], identity: tuple[str, str], seen: Seen, told: str
) -> bool:
    """Whether the subnet has a host of this identity already; then ``item`` is left out."""
    if identity in seen:
        draft.place(*item, Bucket.SKIPPED, "duplicate", f"the subnet has a host {told}")
        return True
    seen.add(identity)
    return False


def _without_subnet(draft: ObjectDraft, kind: str, host: JsonObject) -> tuple[Missing, str]:
    """Why a host cannot be re-created. Any write to a subnet of Neutron erases what ties it to its router."""
    key = f"{host['@bridgeId']}/{host['@subnet']}"
    record = draft.owner(kind, key)
    if record is not None and record.owner is Owner.NEUTRON:
        reason = "in a DHCP subnet of Neutron: a host added by the API would cut the subnet off its router"
        remedy = "make a Neutron port with that MAC and address, or DHCP options of the port"
        return Missing(Bucket.UNSUPPORTED, "dhcp-host-in-neutron-subnet", reason), remedy
    outcome = draft.outcomes.get((kind, key))
    why = f"was left out ({outcome.rule})" if outcome is not None else "does not exist"
    reason = f"its DHCP subnet {host['@subnet']} {why}"
    return Missing(Bucket.SKIPPED, "reference-left-out", reason), ""


def _v6_subnet(
    draft: ObjectDraft, references: References, key: str, subnet: JsonObject, paths: HostPaths
) -> None:
    bridge = references.resolve("bridge", subnet["@bridgeId"])
    if isinstance(bridge, Missing):
        draft.leave_out("dhcp_v6_subnet", key, *bridge)
        return
    try:
        prefix = full_ipv6(str(subnet.get("prefix")))
    except ValueError:
        reason = f"its prefix {subnet.get('prefix')!r} is no IPv6 address"
        draft.leave_out("dhcp_v6_subnet", key, Bucket.UNSUPPORTED, "dhcp-address", reason)
        return
    path, length = f"/bridges/{bridge}/dhcpV6", subnet["prefixLength"]
    if not isinstance(length, int) or not 0 <= length <= 128:
        reason = f"its prefix length {length!r} is none of IPv6"
        draft.leave_out("dhcp_v6_subnet", key, Bucket.UNSUPPORTED, "dhcp-address", reason)
        return
    body = {"prefix": prefix, "prefixLength": length}
    draft.create(Step.DHCP_V6_SUBNETS, "dhcp_v6_subnet", key, path, body)
    paths[subnet["@bridgeId"], f"{subnet['prefix']}_{length}"] = f"{path}/{prefix}_{length}/hostsV6"


def _v6_host(draft: ObjectDraft, key: str, host: JsonObject, paths: HostPaths, seen: Seen) -> None:
    kind = "dhcp_v6_host"
    path = _hosts_of_subnet(draft, (kind, key), "dhcp_v6_subnet", host, paths)
    if path is None:
        return
    client = str(host.get("clientId") or "")
    try:
        address = full_ipv6(str(host["fixedAddress"])) if host.get("fixedAddress") else None
    except ValueError:
        client = ""
    if not client:
        reason = f"client {host.get('clientId')!r} or address {host.get('fixedAddress')!r} cannot be read"
        draft.leave_out(kind, key, Bucket.UNSUPPORTED, "dhcp-host-address", reason)
        return
    if _is_repeated(draft, (kind, key), (path, client), seen, f"for client {client}"):
        return
    body = {"clientId": client, "fixedAddress": address, "name": host.get("name")}
    draft.create(Step.DHCP_V6_HOSTS, kind, key, path, body)
