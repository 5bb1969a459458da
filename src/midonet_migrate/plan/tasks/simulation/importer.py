"""The importer, simulated: rows in, object sets changed, or the reason why it would stop (imp 1-3)."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, Protocol

from midonet_migrate.plan.tasks import values
from midonet_migrate.plan.tasks.behaviour import Behaviour, behaviour_of
from midonet_migrate.plan.tasks.messages import Message, deserialize, missing_fields, parse_data
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion, data_types
from midonet_migrate.plan.tasks.simulation import (
    deletes,
    firewalls,
    floating_ips,
    groups,
    interfaces,
    load_balancing,
    networks,
    others,
    ports,
    routers,
)
from midonet_migrate.plan.tasks.simulation.store import Store


class RowLike(Protocol):
    """A row of ``midonet_tasks``; :class:`~midonet_migrate.model.plan.Task` is one.

    ``data`` may be the JSON text or the decoded object; ``None`` stands for SQL NULL.
    """

    @property
    def id(self) -> int: ...
    @property
    def type(self) -> str | None: ...
    @property
    def data_type(self) -> str | None: ...
    @property
    def resource_id(self) -> str | None: ...
    @property
    def transaction_id(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any] | str | None: ...


Translate = Callable[[Store, Behaviour, Message], None]

_RETAINED = {
    "NETWORK": "NeutronNetwork",
    "SUBNET": "NeutronSubnet",
    "PORT": "NeutronPort",
    "ROUTER": "NeutronRouter",
    "FLOATINGIP": "FloatingIp",
    "SECURITYGROUP": "SecurityGroup",
    "SECURITYGROUPRULE": "SecurityGroupRule",
    "POOL": "Pool",
    "MEMBER": "PoolMember",
    "VIP": "Vip",
    "HEALTHMONITOR": "HealthMonitor",
}
_CREATE: dict[str, Translate] = {
    "NETWORK": networks.create_network,
    "SUBNET": networks.create_subnet,
    "PORT": ports.create_port,
    "ROUTER": routers.create_router,
    "ROUTERINTERFACE": interfaces.create_interface,
    "FLOATINGIP": floating_ips.create_floating_ip,
    "SECURITYGROUP": groups.create_group,
    "SECURITYGROUPRULE": groups.create_rule,
    "POOL": load_balancing.create_pool,
    "MEMBER": load_balancing.create_member,
    "VIP": load_balancing.create_vip,
    "HEALTHMONITOR": load_balancing.create_monitor,
    "CONFIG": others.create_config,
    "AGENTMEMBERSHIP": others.create_membership,
    "PORTBINDING": others.create_binding,
    "FIREWALL": firewalls.create_firewall,
}
_UPDATE: dict[str, Translate] = {
    "NETWORK": networks.update_network,
    "SUBNET": networks.update_subnet,
    "PORT": ports.update_port,
    "ROUTER": routers.update_router,
    "FLOATINGIP": floating_ips.update_floating_ip,
    "SECURITYGROUP": groups.update_group,
    "MEMBER": load_balancing.update_member,
    "VIP": load_balancing.update_vip,
    "HEALTHMONITOR": load_balancing.update_monitor,
    "FIREWALL": firewalls.update_firewall,
}
_DELETE: dict[str, Callable[[Store, Behaviour, int], None]] = {
    "NETWORK": deletes.delete_network,
    "FLOATINGIP": floating_ips.delete_floating_ip,
    "PORT": deletes.delete_port,
    "ROUTER": deletes.delete_router,
    "SUBNET": deletes.delete_subnet,
    "SECURITYGROUP": groups.delete_group,
    "SECURITYGROUPRULE": groups.delete_rule,
    "PORTBINDING": others.delete_binding,
    "POOL": load_balancing.delete_pool,
    "VIP": load_balancing.delete_vip,
    "FIREWALL": firewalls.delete_firewall,
}


class SimulatedImporter:
    """Executes rows one after the other against its own idea of the topology.

    ``hosts`` maps the names of the hosts that exist before the import to their ids.
    """

    def __init__(self, version: TargetVersion, hosts: Mapping[str, str]) -> None:
        self.behaviour = behaviour_of(version)
        self.store = Store(dict(hosts))
        self._types = data_types(version)

    def execute(self, row: RowLike) -> None:
        """Do what the importer does with ``row``; raises :class:`Refused` and changes nothing."""
        check_row(row, self._types.keys())
        operation, name = str(row.type), str(row.data_type)
        data_type = self._types[name]
        if operation == "DELETE":
            self._delete(row, name)
            return
        message: Message = {}
        if data_type.fields is not None:
            message = deserialize(data_type.fields, parse_data(row.data))
        if operation not in data_type.operations:
            raise Refused("operation", f"{name} {operation} is not implemented")
        if data_type.fields is None:
            return
        as_it_is = name == "PORT" and ports.is_retained_only(message, self.behaviour)
        whole = operation == "CREATE" and not as_it_is
        wanted = data_type.fields if whole else {"id": data_type.fields["id"]}
        missing = missing_fields(wanted, message)
        if missing:
            raise Refused("required-field", f"Message missing required fields: {', '.join(missing)}")
        self._apply(operation, name, message)

    def _apply(self, operation: str, name: str, message: Message) -> None:
        self.store.begin()
        translate = (_CREATE if operation == "CREATE" else _UPDATE).get(name)
        try:
            if translate is not None:
                translate(self.store, self.behaviour, message)
            elif operation == "CREATE":
                self.store.create(name, message["id"])
            else:
                self.store.get(_RETAINED.get(name, name), message["id"])
        except Refused:
            self.store.rollback()
            raise

    def _delete(self, row: RowLike, name: str) -> None:
        if row.resource_id is None:
            raise Refused("data-missing", "DELETE without resource_id")
        if name == "ROUTERINTERFACE" and "DELETE" in self._types[name].operations:
            return
        if "DELETE" not in self._types[name].operations:
            raise Refused("operation", f"{name} DELETE is not implemented")
        self.store.begin()
        key = values.to_uuid(row.resource_id)
        delete = _DELETE.get(name)
        try:
            if delete is not None:
                delete(self.store, self.behaviour, key)
            else:
                self.store.remove(_RETAINED.get(name, name), key)
        except Refused:
            self.store.rollback()
            raise


def check_row(row: RowLike, known: Container[object]) -> None:
    """The checks before anything is processed; a failure stops the whole poll (imp 1.5)."""
    if row.type not in {"CREATE", "UPDATE", "DELETE", "FLUSH"}:
        raise Refused("row-type", f"key not found: {row.type}", "poll")
    if row.data_type is None or row.data_type not in known:
        raise Refused("row-data-type", f"key not found: {row.data_type}", "poll")
    if row.resource_id is not None:
        try:
            values.to_uuid(row.resource_id)
        except Refused:
            raise Refused("row-resource-id", f"Invalid UUID string: {row.resource_id}", "poll") from None
    if row.type == "FLUSH":
        raise Refused("row-flush", "Flush is not implemented", "poll")
    if row.data_type == "NULL":
        raise Refused("row-data-type", "data_type NULL goes with FLUSH only", "poll")
