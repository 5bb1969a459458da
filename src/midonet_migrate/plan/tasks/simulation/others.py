"""Rows other programs write into the same table: CONFIG, AGENTMEMBERSHIP, PORTBINDING (imp 3.11)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import uuid_text
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Port, Store


def create_config(store: Store, behaviour: Behaviour, message: Message) -> None:
    """A tunnel zone; the second CREATE of the same id is fatal (imp 1.9)."""
    del behaviour
    store.create("NeutronConfig", message["id"])


def create_membership(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Exactly one CONFIG, and the host by id."""
    del behaviour
    configs = len(store.table("NeutronConfig"))
    if configs != 1:
        found = "Found more than 1" if configs else "Cannot find a"
        raise Refused("not-found", f"{found} Neutron Config.")
    _host(store, message["id"])
    store.create("AgentMembership", message["id"])


def create_binding(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The port must exist and be unbound, the host exist by id."""
    del behaviour
    port: Port = store.get("Port", message["port_id"])
    if port.bound:
        raise Refused("conflict", f"Port {uuid_text(message['port_id'])} is already bound.")
    _host(store, message["host_id"])
    store.create("PortBinding", message["id"], message["port_id"])
    store.put("Port", message["port_id"], msgspec.structs.replace(port, bound=True))


def delete_binding(store: Store, behaviour: Behaviour, binding: int) -> None:
    """Its port is free again; nothing if it is unknown."""
    del behaviour
    key = store.table("PortBinding").get(binding)
    port: Port | None = None if key is None else store.table("Port").get(key)
    if port is not None:
        store.put("Port", key, msgspec.structs.replace(port, bound=False))
    store.remove("PortBinding", binding)


def _host(store: Store, host: int) -> None:
    if uuid_text(host) not in store.hosts.values():
        raise Refused("not-found", f"There is no Host with ID {uuid_text(host)}.")
