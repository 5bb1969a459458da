"""How the lab's importer treats the task table: marker, heartbeat, order, rows that block (imp 1)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from typing import get_args

import pytest
from kazoo.client import KazooClient

from midonet5_importing import ImportSite, import_site, task
from midonet5_sample import Tenant, new_id
from midonet_lab.midonet5.importer import Importer, LeaderLatch, TaskTable
from midonet_lab.midonet5.store import ConcurrentModification, Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database
from waiting import wait_until

_LONG_AGO = "2001-01-01 00:00:00"


@pytest.fixture(params=get_args(Version))
def site(
    request: pytest.FixtureRequest, empty_database: Database, zookeeper_root: ZooKeeper
) -> Iterator[ImportSite]:
    """A site of each version with empty tables."""
    with import_site(empty_database, zookeeper_root, request.param) as made:
        yield made


def network(name: str = "n", transaction: str | None = None) -> dict[str, object]:
    """A task that makes a network."""
    return task("NETWORK", {"id": new_id(), "name": name}, transaction=transaction)


def heartbeat(site: ImportSite) -> bool:
    """Whether a poll moves ``updated_at``."""
    site.execute(f"UPDATE midonet_data_state SET updated_at = '{_LONG_AGO}'")
    site.importer.poll_once()
    return bool(site.execute("SELECT updated_at > '2020-01-01' FROM midonet_data_state")[0][0])


def test_the_heartbeat_begins_with_the_first_task_and_stops_at_a_failure(site: ImportSite) -> None:
    """``updated_at`` moves with every good poll, also without work, once the marker is above 0 (imp 1.3)."""
    assert not heartbeat(site)
    site.run(network())
    assert heartbeat(site)
    assert site.execute("SELECT last_processed_task_id FROM midonet_data_state") == ((1,),)
    site.poll(network(), task("NETWORK", "{", resource=new_id()))
    assert site.marker == 2
    assert site.execute("SELECT last_processed_task_id FROM midonet_data_state") == ((1,),)
    assert not heartbeat(site)


def test_a_failing_task_holds_back_all_later_ones_until_its_row_is_repaired(site: ImportSite) -> None:
    """No skip; the next poll tries again; a corrected row goes through (imp 1.6)."""
    tenant = Tenant()
    assert site.poll(network(), tenant.subnet_row(), network()) == 1
    for _ in range(2):
        assert site.importer.poll_once() == 0
    assert "There is no NeutronNetwork" in site.failure
    repaired = network()["data"]
    site.execute(f"UPDATE midonet_tasks SET data = '{repaired}', data_type = 'NETWORK' WHERE id = 2")
    assert site.importer.poll_once() == 2
    assert site.importer.last_failure is None
    assert site.marker == 3


def test_a_malformed_task_holds_back_its_own_transaction_only(site: ImportSite) -> None:
    """The earlier tasks of its transaction are not executed; those of an earlier one are (imp 1.4)."""
    bad = task("NETWORK", '{"id": "x"}', resource=new_id(), transaction="second")
    assert site.poll(network("a", "first"), network("b", "second"), bad, network("c", "third")) == 1
    assert [value["name"] for value in site.zoom.all("Network")] == ["a"]


def test_an_invalid_row_holds_back_everything(site: ImportSite) -> None:
    """Rows are all parsed before the first is executed (imp 1.5)."""
    assert site.poll(network(), network(), task("NETWORK", {}, "create", resource=new_id())) == 0
    assert site.marker == 0


def test_tasks_commit_one_by_one_and_interleaved_transactions_fall_apart(site: ImportSite) -> None:
    """A failure in the middle leaves the tasks before it imported (imp 1.4)."""
    tenant = Tenant()
    rows = [network("a", "x"), network("b", "y"), network("c", "x"), {**tenant.subnet_row()}]
    rows[3] = {**rows[3], "transaction_id": "x"}
    assert site.poll(*rows) == 3
    assert len(site.zoom.ids("Network")) == 3


def test_a_flush_row_with_id_1_blocks_for_ever_even_below_the_marker(site: ImportSite) -> None:
    """It is selected by every poll, and not implemented (imp 1.5)."""
    site.run({**network(), "id": 5})
    flush = {**task("NULL", None, "FLUSH"), "id": 1}
    site.write(flush)
    for _ in range(2):
        assert site.importer.poll_once() == 0
        assert site.failure == "scala.NotImplementedError: Flush is not implemented"
    site.write(network())
    assert site.importer.poll_once() == 0
    site.execute("DELETE FROM midonet_tasks WHERE id = 1")
    assert site.run() == 1


def test_a_row_committed_late_with_a_lower_id_is_never_imported(site: ImportSite) -> None:
    """The marker is the only memory (imp 1.7)."""
    late = site.connect()
    late.begin()
    with late.cursor() as cursor:
        row = network("late")
        names = ", ".join(row)
        cursor.execute(
            f"INSERT INTO midonet_tasks ({names}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values())
        )
    site.run(network("soon"))
    late.commit()
    late.close()
    assert site.run(network("later")) == 1
    assert sorted(value["name"] for value in site.zoom.all("Network")) == ["later", "soon"]


def test_a_marker_whose_row_is_gone_is_logged_and_importing_goes_on(
    site: ImportSite, caplog: pytest.LogCaptureFixture
) -> None:
    """The foreign key refuses the marker; the next imported task ends that (imp 1.7)."""
    site.run(network())
    site.execute("UPDATE midonet_data_state SET last_processed_task_id = NULL")
    site.execute("DELETE FROM midonet_tasks")
    with caplog.at_level(logging.ERROR):
        assert not heartbeat(site)
    assert "Failed to update the last processed ID." in caplog.text
    assert "a foreign key constraint fails" in caplog.text
    assert site.importer.last_failure is None
    site.run({**network(), "id": 7})
    assert heartbeat(site)


def test_without_the_state_row_importing_works_and_nothing_is_logged(
    site: ImportSite, caplog: pytest.LogCaptureFixture
) -> None:
    """The heartbeat has nowhere to go (imp 1.3)."""
    site.execute("DELETE FROM midonet_data_state")
    with caplog.at_level(logging.WARNING):
        site.run(network())
    assert caplog.text == ""


def test_a_store_wiped_under_the_running_importer_makes_every_poll_fail(site: ImportSite) -> None:
    """Until the next start, which begins again with every row of the table (imp 6)."""
    site.run(network(), network())
    site.zoom.client.delete("/midonet/zoom", recursive=True)
    for name in ("bridges",):
        if site.zoom.client.exists(f"/midonet/{name}"):
            site.zoom.client.delete(f"/midonet/{name}", recursive=True)
    assert site.importer.poll_once() == 0
    assert "There is no C3POState with ID" in str(site.importer.last_failure)
    site.zoom.prepare()
    assert site.run() == 2
    assert len(site.zoom.ids("Network")) == 2


def test_the_log_has_a_line_for_each_task_and_the_root_cause_first(
    site: ImportSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Logger names and texts are those of the real one (imp 1.4, 1.6)."""
    tenant = Tenant()
    with caplog.at_level(logging.INFO):
        site.poll(network(), {**tenant.subnet_row(), "transaction_id": "txn"})
    storage = "org.midonet.cluster.services.neutron-importer.importer-storage-manager"
    assert [record.getMessage() for record in caplog.records if record.name == storage] == [
        "Executed a C3PO task with ID: 1."
    ]
    error = next(record for record in caplog.records if record.levelno == logging.ERROR)
    text = error.getMessage().splitlines()
    assert error.name == "org.midonet.cluster.services.neutron-importer"
    assert text[0] == "Unexpected exception in NeutronDB polling thread"
    missing = f"There is no NeutronNetwork with ID {tenant.network}."
    assert text[1] == f"org.midonet.cluster.data.storage.NotFoundException: {missing}"
    assert text[2].startswith(
        "Wrapped by: org.midonet.cluster.services.c3po.translators.TranslationException: "
        "Failed to Create(id {"
    )
    assert text[-1] == (
        "Wrapped by: org.midonet.cluster.services.c3po.C3POStorageManager$ProcessingException: "
        "Failed to interpret/execute operation: Failed to translate task 2 in transaction txn."
    )


def test_each_failed_attempt_at_a_port_uses_up_one_tunnel_key(site: ImportSite) -> None:
    """The counter is outside the multi (imp 1.6); looking twice at the store costs none more."""
    tenant = Tenant()
    site.run(*tenant.base(), task("PORT", tenant.port("10.0.0.10")))
    orphan = tenant.port("10.0.0.11", security_groups=[new_id()])
    site.write(task("PORT", orphan))
    for _ in range(3):
        site.importer.poll_once()
    site.execute(f"DELETE FROM midonet_tasks WHERE id > {site.marker}")
    port = tenant.port("10.0.0.12")
    site.run(task("PORT", port))
    assert site.zoom.get("Port", port["id"])["tunnel_key"] == 2 + 3 + 1


def test_only_the_leader_polls(site: ImportSite) -> None:
    """A second node waits, and takes over when the first leaves the latch (imp 1.8)."""
    latch = LeaderLatch(site.zoom.client, "/midonet/leader-latch", "another")
    latch.start()
    other = Importer(site.zoom, TaskTable(site.connect), latch)
    site.write(network())
    assert other.poll_once() == 0
    assert latch.leader() == "8f0d3c1e-52b7-4a69-9d1c-0a1b2c3d4e5f"
    site.latch.close()
    assert other.poll_once() == 1
    assert latch.leader() == "another"
    assert site.importer.poll_once() == 0
    other.stop()
    latch.close()


def test_what_stands_behind_a_failing_task_waits_however_many_are_under_way(site: ImportSite) -> None:
    """Tasks are sent before the answers to earlier ones are there; a failure stops all the same."""
    tenant = Tenant()
    first = [tenant.port(f"10.0.0.{number}") for number in range(10, 30)]
    later = [tenant.port(f"10.0.0.{number}") for number in range(30, 50)]
    rows = [*tenant.base(), *(task("PORT", port) for port in [*first, first[3], *later])]
    assert site.poll(*rows) == 23
    assert f"A(n) NeutronPort with ID {first[3]['id']} already exists." in site.failure
    assert site.marker == 23
    assert len(site.zoom.get("Network", tenant.network)["port_ids"]) == 20
    assert site.importer.poll_once() == 0
    site.execute("DELETE FROM midonet_tasks WHERE id = 24")
    assert site.run() == 20
    assert site.zoom.get("Network", tenant.network)["port_ids"] == [port["id"] for port in first + later]
    keys = [site.zoom.get("Port", port["id"])["tunnel_key"] for port in first + later]
    assert keys == sorted(set(keys))


def test_somebody_who_writes_at_the_same_time_loses_nothing(site: ImportSite) -> None:
    """Conflicts are found out at the commit; the importer polls again (imp 1.8)."""
    tenant = Tenant()
    ports = [tenant.port(f"10.0.0.{number}") for number in range(10, 70)]
    site.run(*tenant.base())
    site.write(*(task("PORT", port) for port in ports))
    total = site.execute("SELECT MAX(id) FROM midonet_tasks")[0][0]
    written: list[str] = []

    def rename() -> None:
        other = Zoom(site.zoom.client, site.zoom.root, site.zoom.version)
        while site.marker < total or not written:
            transaction = other.transaction()
            network = transaction.get("Network", tenant.network)
            name = f"name {len(written)}"
            transaction.update("Network", {**network, "name": name})
            with suppress(ConcurrentModification):
                transaction.commit()
                written.append(name)
            other.next_of_sequence("overlay_tunnel_key")
            time.sleep(0.03)

    writer = Thread(target=rename)
    writer.start()
    while site.marker < total:
        site.importer.poll_once()
    writer.join()
    network = site.zoom.get("Network", tenant.network)
    assert network["port_ids"] == [port["id"] for port in ports]
    assert network["name"] == written[-1]
    keys = [site.zoom.get("Port", port["id"])["tunnel_key"] for port in ports]
    assert len(set(keys)) == len(ports)


def test_a_participant_whose_session_expired_takes_part_again_unasked(zookeeper_root: ZooKeeper) -> None:
    """As Curator's does: a cluster that was cut off is seen to be alive again, whoever polls or not."""
    path = "/midonet/vxgw/fp-latch"
    client, witness = (KazooClient(hosts=zookeeper_root.hosts) for _ in range(2))
    client.start(timeout=60)
    witness.start(timeout=60)
    latch = LeaderLatch(client, path, "cluster")
    try:
        latch.start()
        (first,) = witness.get_children(path)
        thief = KazooClient(hosts=zookeeper_root.hosts, client_id=client.client_id)
        thief.start(timeout=60)
        thief.stop()  # ends the session that it took over
        thief.close()
        wait_until(lambda: witness.get_children(path) not in ([], [first]))
        (again,) = witness.get_children(path)
        assert again != first
        assert latch.leader() == "cluster"
        latch.close()
        assert witness.get_children(path) == []
    finally:
        for one in (client, witness):
            one.stop()
            one.close()


def test_nothing_is_lost_while_others_of_the_process_read_the_marker(
    empty_database: Database, zookeeper_root: ZooKeeper
) -> None:
    """The API and the importer share what they remember: a reading that took its time must not bring back a
    marker on which a later task is built, behind one that failed."""
    with import_site(empty_database, zookeeper_root, "5.2.1") as site:
        done = Event()

        def read_on() -> None:
            while not done.is_set():
                site.zoom.read([("C3POState", "00000000-0000-0000-0000-000000000001")])

        readers = [Thread(target=read_on) for _ in range(2)]
        rows = [network() for _ in range(700)]
        for reader in readers:
            reader.start()
        try:
            assert site.run(*rows) == len(rows)
        finally:
            done.set()
            for reader in readers:
                reader.join()
        assert set(site.zoom.ids("NeutronNetwork")) == {row["resource_id"] for row in rows}
