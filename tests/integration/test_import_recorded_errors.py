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
    assert len(records) > 230
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
