"""Networks, subnets and subnet pools (orig 2.3, imp 3.3, 3.4)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.tasks.draft import Draft, without
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.values import enum_name, to_subnet

NETWORKS = "networks"
SUBNETS = "subnets"
SUBNET_POOLS = "subnetpools"
_TYPE = "provider:network_type"


def plan_networks(draft: Draft) -> None:
    """A task per network."""
    for network in draft.items(NETWORKS):
        key = (NETWORKS, str(network["id"]))
        data = _network_type(draft, key, draft.admin_state(key, network))
        if draft.behaviour.keeps_network_subnets and "subnets" in data:
            draft.rewrite(key, "network-subnets", "subnets left out: the importer keeps the list itself")
            data = without(data, "subnets")
        draft.queue(key, "NETWORK", data)


def is_uplink(draft: Draft, network: object) -> bool:
    """Whether a queued network is an uplink network: nothing on it exists in MidoNet."""
    sent = draft.sent.get((NETWORKS, str(network)), {})
    return enum_name(sent.get(_TYPE) or "", owner=False) == "UPLINK"


def plan_subnets(draft: Draft) -> None:
    """A task per subnet the target version can hold; subnet pools stay in Neutron."""
    for subnet in draft.items(SUBNETS):
        key = (SUBNETS, str(subnet["id"]))
        network = subnet.get("network_id")
        if not draft.queued(NETWORKS, network):
            draft.leave_out(key, Bucket.SKIPPED, "dangling-network", draft.absence(NETWORKS, network))
        elif _is_ipv6(subnet) and not draft.behaviour.ipv6 and not is_uplink(draft, network):
            draft.rewrite(key, "ipv6-subnet", "task left out")
            version = draft.options.target_version
            reason = f"MidoNet {version} imports no IPv6 subnets"
            draft.leave_out(key, Bucket.UNSUPPORTED, "ipv6-subnet", reason)
        elif not _has_cidr(subnet):
            reason = f"its cidr {subnet.get('cidr')!r} is no address range"
            draft.leave_out(key, Bucket.SKIPPED, "subnet-without-cidr", reason)
        else:
            draft.queue(key, "SUBNET", subnet)
    for pool in draft.items(SUBNET_POOLS):
        reason = "subnet pools are Neutron's own: they stay in its database, MidoNet has no counterpart"
        draft.place((SUBNET_POOLS, str(pool["id"])), Bucket.CARRIED, "neutron-only", reason)


def _has_cidr(subnet: JsonObject) -> bool:
    try:
        to_subnet(subnet.get("cidr"))
    except Refused:
        return False
    return True


def _is_ipv6(subnet: JsonObject) -> bool:
    return str(subnet.get("ip_version")) == "6" or ":" in str(subnet.get("cidr"))


def _network_type(draft: Draft, key: ObjectKey, network: JsonObject) -> JsonObject:
    value = network.get(_TYPE)
    fields = data_types(draft.options.target_version)["NETWORK"].fields or {}
    if value is None or value == "" or enum_name(value, owner=False) in fields["network_type"].enum:
        return network
    draft.rewrite(key, "network-type", f'{_TYPE} "{value}" left out: an ordinary network needs none')
    return without(network, _TYPE)
