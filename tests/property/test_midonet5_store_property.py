"""Whatever is created, changed and deleted: both sides of each binding agree in the store (imp 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kazoo.client import KazooClient

from midonet_lab.midonet5.store import StorageError, StoredObject, Version, Zoom
from midonet_lab.midonet5.store.bindings import bindings_of
from midonet_lab.processes.zookeeper import ZooKeeper

_CLASSES = (
    "Network",
    "Router",
    "Port",
    "Dhcp",
    "Chain",
    "Rule",
    "Route",
    "LoadBalancer",
    "Pool",
    "Vip",
    "Host",
)
_IDS = [str(UUID(int=number, version=4)) for number in range(1, 4)]
_ROOTS = count()


@pytest.fixture(scope="module")
def client(zookeeper_server: ZooKeeper) -> Iterator[KazooClient]:
    """A session for all examples; each has a root of its own."""
    session = KazooClient(hosts=zookeeper_server.start().hosts)
    session.start(timeout=60)
    yield session
    session.stop()
    session.close()
    zookeeper_server.start().wipe()


@st.composite
def operations(draw: st.DrawFn, version: Version) -> list[tuple[str, str, StoredObject]]:
    """Creations, updates and deletions of a few objects that refer to each other."""
    found = []
    for _ in range(draw(st.integers(1, 12))):
        class_name = draw(st.sampled_from(_CLASSES))
        value: dict[str, Any] = {"id": draw(st.sampled_from(_IDS))}
        for binding in bindings_of(version)[class_name]:
            if binding.other_class in _CLASSES and draw(st.integers(0, 3)) == 0:
                other = draw(st.sampled_from(_IDS))
                value[binding.field] = [other] if binding.repeated else other
        action = draw(st.sampled_from(["create", "create", "update", "delete"]))
        found.append((action, class_name, value))
    return found


def assert_agreement(zoom: Zoom) -> None:
    """Each reference leads to an object that refers back."""
    objects = {(name, value["id"]): value for name in _CLASSES for value in zoom.all(name)}
    for (class_name, object_id), value in objects.items():
        for binding in bindings_of(zoom.version)[class_name]:
            held = value.get(binding.field, [])
            for other_id in held if binding.repeated else [held] if held else []:
                back: Any = objects[binding.other_class, other_id].get(binding.other_field)
                assert object_id in back if binding.other_repeated else back == object_id


@pytest.mark.parametrize("trust_cache", [False, True])
@pytest.mark.parametrize("version", get_args(Version))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_sides_of_each_binding_agree(
    client: KazooClient, version: Version, trust_cache: bool, data: st.DataObject
) -> None:
    """Each operation a commit of its own, or several in one; what is refused changes nothing."""
    zoom = Zoom(client, f"/property-{next(_ROOTS)}", version)
    zoom.prepare()
    steps = data.draw(operations(version))
    together = data.draw(st.integers(1, 4))
    for start in range(0, len(steps), together):
        before = {name: zoom.all(name) for name in _CLASSES}
        transaction = zoom.transaction(trust_cache=trust_cache)
        try:
            for action, class_name, value in steps[start : start + together]:
                if action == "create":
                    transaction.create(class_name, dict(value))
                elif action == "update":
                    transaction.update(class_name, dict(value))
                else:
                    transaction.delete(class_name, value["id"], ignore_missing=True)
            transaction.commit()
        except StorageError:
            assert {name: zoom.all(name) for name in _CLASSES} == before
        assert_agreement(zoom)
