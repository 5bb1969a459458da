"""Tasks whose request is larger than ZooKeeper's servers take (imp 8.2)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from midonet5_importing import ImportSite, import_site
from midonet5_sample import Tenant
from midonet_lab.midonet5.importer import BackOff, Importer
from midonet_lab.processes.zookeeper import FAST_AND_UNSAFE, FAST_AND_UNSAFE_JAVA, ZooKeeper
from server_fixtures import Database
from waiting import wait_until


def rules(group: str, number: int, **ports: Any) -> list[dict[str, Any]]:
    """Rules of a group; with ``ports`` each becomes two."""
    return [
        {
            "id": str(uuid4()),
            "security_group_id": group,
            "tenant_id": "11111111111111111111111111111111",
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            **ports,
        }
        for _ in range(number)
    ]


@pytest.fixture
def narrow(empty_database: Database, tmp_path: Path) -> Iterator[ImportSite]:
    """A site whose ZooKeeper takes 20,000 bytes at once."""
    java = {**FAST_AND_UNSAFE_JAVA, "jute.maxbuffer": "20000"}
    server = ZooKeeper(tmp_path / "zk", options=FAST_AND_UNSAFE, java_options=java, disposable=True)
    with server, import_site(empty_database, server, "5.2.1") as site:
        yield site


def test_the_polling_thread_hangs_and_logs_no_error(
    narrow: ImportSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing but disconnects; to remove the row changes nothing until the retries end or the node does."""
    tenant = Tenant()
    narrow.run(tenant.network_row())
    patient = BackOff(retries=10, base_seconds=600)
    importer = Importer(narrow.zoom, narrow.table, narrow.latch, period=0.01, back_off=patient)
    big = tenant.group_row(security_group_rules=rules(tenant.group, 100, port_range_min=1))
    narrow.write(big, tenant.subnet_row())
    with caplog.at_level(logging.WARNING):
        importer.start()
        wait_until(lambda: importer.hanging and narrow.zoom.client.connected)
        narrow.execute("DELETE FROM midonet_tasks WHERE id = 2")
        time.sleep(0.3)  # thirty periods
        assert importer.hanging
        assert narrow.marker == 1
        importer.stop()
    assert [record for record in caplog.records if record.name.startswith("org.midonet")] == []
    # Started again, it sees the repaired table. Short retries end, in an error as any other.
    assert narrow.run() == 1
    narrow.poll(big)
    assert "KeeperException$ConnectionLossException" in narrow.failure
