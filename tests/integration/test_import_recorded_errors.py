"""Every recorded experiment with the real importers, repeated in order on the lab's one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from midonet5_importing import ImportSite, import_site
from midonet5_observed import expected_observation, probe_of
from midonet5_recorded_errors import Record, base_rows, prepare, records_of, repeatable, rows_of
from midonet_lab.midonet5.importer import lines
from midonet_lab.midonet5.store import Version
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database

_TASK = re.compile(r"(Failed to \w+ task )\d+( in transaction ).*\.")
_OBJECT = re.compile(r"(Failed to (?:Create|Update|Delete)\().*(\); )", re.DOTALL)
_NODE_MAC = re.compile(r"(ip4_mac_(?:map|table)/[0-9.]+,)[0-9a-f:]+,")


def outline(text: str) -> str:
    """An error's text without what differs from run to run, its white space made one."""
    text = _OBJECT.sub(r"\1<object>\2", _TASK.sub(r"\1N\2T.", text))
    return " ".join(_NODE_MAC.sub(r"\1MAC,", text).split())


def repeat(site: ImportSite, record: Record) -> dict[str, Any]:
    """What became of an experiment; the rows that were not executed are taken away again."""
    prepare(site, record)
    executed = site.poll(*rows_of(record))
    failure = site.importer.last_failure
    texts = [] if failure is None else [outline(line) for line in lines(failure)]
    if record["error_message"] is None and all("ConnectionLoss" in text for text in texts):
        texts = []  # the real one goes on retrying for minutes before it tells so
    if "error_chain" not in record:
        del texts[1:]  # of the real Kilo obstacles the root cause alone was written down
    site.execute(f"DELETE FROM midonet_tasks WHERE id > {site.marker}")
    probe = probe_of(record)
    return {
        "blocking": failure is not None,
        "texts": texts,
        "executed": executed,
        "observed": probe and probe(site.zoom, record),
    }


def expected(record: Record) -> dict[str, Any]:
    """What became of it on the real one."""
    message, chain = record["error_message"], record.get("error_chain") or []
    texts = [outline(text) for text in ([message] if message else []) + chain]
    executed: int = record.get("executed_before_error") or 0
    if not record["blocking"]:
        executed = len(record["rows"])
    elif executed > len(record["rows"]):
        executed = 0  # the recording counts rows of the site the experiment began with
    return {
        "blocking": record["blocking"],
        "texts": texts,
        "executed": executed,
        "observed": probe_of(record) and expected_observation(record),
    }


@pytest.mark.parametrize("version", get_args(Version))
def test_each_experiment_ends_as_on_the_real_importer(
    golden: Path, empty_database: Database, zookeeper_root: ZooKeeper, version: Version
) -> None:
    """Blocking or not, the root cause, what wraps it, and how much was executed before."""
    records = repeatable(records_of(golden, version))
    assert len(records) > 250
    different = {}
    with import_site(empty_database, zookeeper_root, version) as site:
        site.run(*base_rows(records))
        for record in records:
            ours, real = repeat(site, record), expected(record)
            if ours != real:
                different[record["task"]] = (ours, real)
    for name, pair in different.items():
        print(name, *pair, sep="\n    ")
    assert not different


_WITHOUT_ROWS = {
    "NETWORK/PORT/ROUTER/POOL/... without admin_state_up": "data: admin_state_up missing",
    "SECURITYGROUP rule icmpv6 with type > code": "SG rule icmpv6 type 128 code 0 (reversed range)",
    "POOL: first pool of a router is admin down": "POOL: first pool of a router is admin down",
    "ROUTER CREATE with routes": "ROUTER UPDATE with the routes already in CREATE",
    "ROUTERINTERFACE on an uplink network, PORT without": "UPLINK interface: host known, no profile",
    "PORT with binding:host_id only": "PORT binding host only",
    "HEALTHMONITOR of type HTTP/HTTPS/PING": "HEALTHMONITOR normal, type HTTP",
    "POOL with protocol HTTP/HTTPS": "integration/test_import_golden.py: its pools have such values",
    "VIP with HTTP_COOKIE or APP_COOKIE": "VIP normal, HTTP_COOKIE",
    "second HEALTHMONITOR for one pool": "HEALTHMONITOR second one for the same pool",
    "MEMBER without weight": "MEMBER without weight",
    "extra_dhcp_opts with ip_version 6": "PORT extra_dhcp_opts",
    "UPDATE of any object with some keys left out": "NETWORK UPDATE with id and name only",
    "FLOATINGIP UPDATE that changes only fixed_ip_address": "FLOATINGIP UPDATE only fixed_ip_address",
    "row committed late with an id below the marker": "integration/test_import_polling.py: committed late",
    "ZOOM wiped under a running cluster": "integration/test_import_polling.py: wiped under the importer",
}
"""Records without rows, by the beginning of their name: the experiment or test that repeats them."""


@pytest.mark.parametrize("version", get_args(Version))
def test_no_record_is_left_out_unseen(golden: Path, version: Version) -> None:
    """Those without rows are repeated by another experiment, or by the test named for them."""
    records = records_of(golden, version)
    names = [record["task"] for record in repeatable(records)]
    for record in records:
        if record.get("rows"):
            continue
        assert not record["blocking"], record["task"]
        place = next(
            (place for name, place in _WITHOUT_ROWS.items() if record["task"].startswith(name)), None
        )
        assert place is not None, record["task"]
        assert ".py: " in place or any(name.startswith(place) for name in names), place
