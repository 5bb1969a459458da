"""Fixtures of hosts: chroots in namespaces of their own, for tests that run as root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.specification import HostSpecification
from midonet_migrate.model.hosts import Family

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="hosts of the practice site need root's rights")

StartHost = Callable[..., LabHost]
"""``start(family, name=..., **specification)``: a new host that is up, and goes after the test."""


@pytest.fixture
def start_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartHost]:
    """Makes and starts hosts for one test."""
    if os.geteuid() != 0:
        pytest.skip("hosts of the practice site need root's rights")
    numbers = count(1)
    with ExitStack() as stack:

        def start(family: Family = Family.DEBIAN, *, name: str = "", **fields: object) -> LabHost:
            number = next(numbers)
            directory = tmp_path_factory.mktemp(f"host-{number}")
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
            host = LabHost(directory / "host", disposable=True)
            specification = HostSpecification(
                **{"name": name or f"host-{number}", "family": family, **fields}  # type: ignore[arg-type]
            )
            host.make(specification)
            stack.enter_context(host)
            return host

        yield start
