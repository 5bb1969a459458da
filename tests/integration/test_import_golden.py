"""The lab's importer makes of the recorded tasks what the real ones made of them, node by node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from midonet5_importing import import_site, rows_of
from midonet_lab.midonet5.store import Version
from midonet_lab.midonet5.topology.text_format import text_format
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database

_PORT_CHAIN = "OS_PORT_"


class Recording:
    """A store's nodes, with the ids of random rules replaced by their place in their chain."""

    def __init__(self, nodes: dict[str, str], version: Version) -> None:
        form = text_format(version)
        self.other: dict[str, str] = {}
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        for path, text in nodes.items():
            parts = path.split("/")
            if len(parts) == 6 and parts[3] == "models" and parts[4] != "C3POState":
                self.objects[parts[4], parts[5]] = form.parse(parts[4], text.encode())
            else:
                self.other[path] = text
        self._name_random_rules()
        for (class_name, _), value in self.objects.items():
            for name, content in value.items():
                if isinstance(content, list) and name.endswith("_ids") and name != "rule_ids":
                    value[name] = sorted(content)
                if class_name == "Network" and name == "subnets":
                    value[name] = sorted(content)

    def _name_random_rules(self) -> None:
        """Rules in the chains of ports have random ids, all but the first jump (imp 3.5.2)."""
        for key, chain in list(self.objects.items()):
            if key[0] != "Chain" or not chain.get("name", "").startswith(_PORT_CHAIN):
                continue
            for position, rule_id in enumerate(chain.get("rule_ids", [])):
                rule = self.objects["Rule", rule_id]
                if rule.get("jump_rule_data", {}).get("jump_chain_id") and position == 0:
                    continue  # the anti-spoof jump has a derived id
                name = f"rule {position} of {chain['name']}"
                del self.objects["Rule", rule_id]
                self.objects["Rule", name] = {**rule, "id": name}
                chain["rule_ids"][position] = name


@pytest.mark.parametrize("one_transaction", [False, True])
@pytest.mark.parametrize("version", get_args(Version))
def test_recorded_tasks_give_the_recorded_store(
    golden: Path,
    empty_database: Database,
    zookeeper_root: ZooKeeper,
    version: Version,
    one_transaction: bool,
) -> None:
    """Every node of the real store, with the same content; and no other. One transaction id for all, too."""
    folder = golden / "importer" / version
    records = json.loads((folder / "tasks.json").read_text())["rows"]
    rows = rows_of(records)
    if one_transaction:
        rows = [{**row, "transaction_id": "all"} for row in rows]
    with import_site(empty_database, zookeeper_root, version) as site:
        assert site.run(*rows) == len(records)
        assert site.run() == 0
        ours = Recording(site.nodes(), version)
        assert site.execute("SELECT last_processed_task_id FROM midonet_data_state") == ((35,),)
    real = Recording(json.loads((folder / "zoom.json").read_text()), version)
    assert ours.objects.keys() == real.objects.keys()
    for key, value in real.objects.items():
        assert ours.objects[key] == value, key
    assert ours.other == real.other
