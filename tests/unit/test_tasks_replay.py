"""The simulated importer against what real importers of 5.2.1 and 5.0.2 did with some 240 experiments each.

The experiments ran one after the other in one topology whose first objects were not recorded: ``_base``
rebuilds them from what the recorded rows refer to.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from midonet_migrate.plan.tasks import Existing, RowProblem, TaskRow, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion

Record = dict[str, Any]

NETWORK = "e1d28ffb-d7fb-4bd4-9053-79d03d85f3c1"
SUBNET = "62c36a1d-15a5-404f-8274-fbe054f33220"
SUBNET_2 = "9fb0b2bc-f7e0-49cb-b4e7-130b0b22d848"
EXTERNAL = "b3d6ce7f-4f64-43f7-be89-3e853265bd24"
EXTERNAL_SUBNET = "58c039bb-c7a7-4104-8ef3-810989e223d3"
GROUP = "8c7c77f3-3369-42cd-8cde-95e2e8951fe1"
ROUTER = "93edb777-d3ce-4d1e-a2e5-c44df633b765"
GATEWAY_PORT = "d8057713-8837-4459-bddc-9ba07d959b9b"
COLLISION = "b0000000-0000-4000-8000-0000000000{:02x}"
HOST = "cccccccc-"
COLLIDING = "collision: derived ids of two (router, interface port) pairs with equal XOR"

WITHOUT_ROWS = {
    "real Kilo obstacles, whose rows are not recorded (the planner's tests have the same shapes)": 28,
    "silent effects: sentences, not rows (tests of the rewrites)": 32,
    "size experiments, described by a number of rules (test_tasks_size)": 17,
}


def _row(data_type: str, identity: str, **data: Any) -> TaskRow:
    return TaskRow(type="CREATE", data_type=data_type, resource_id=identity, data={"id": identity, **data})


def _subnet(identity: str, network: str, cidr: str) -> TaskRow:
    gateway = cidr.replace("0/24", "1").replace("0/30", "1")
    return _row("SUBNET", identity, network_id=network, cidr=cidr, gateway_ip=gateway, ip_version=4)


def _port(identity: str, owner: str, subnet: str, address: str, network: str = NETWORK) -> TaskRow:
    fixed_ips = [{"ip_address": address, "subnet_id": subnet}]
    mac = f"fa:16:3e:fe:00:{identity[-2:]}"
    return _row(
        "PORT", identity, network_id=network, device_owner=owner, fixed_ips=fixed_ips, mac_address=mac
    )


def _interface(router: str, port: str, subnet: str) -> TaskRow:
    data = {"id": router, "port_id": port, "subnet_id": subnet}
    return TaskRow(type="CREATE", data_type="ROUTERINTERFACE", resource_id=router, data=data)


def _base() -> list[TaskRow]:
    interface, interface_2 = "28da2d13-3d9e-4e78-9c89-5c56ef4c5451", "395fde01-0b11-40c5-94eb-5cf046c1ea90"
    subnet_3, router_3 = "a43aa8d6-bdcf-4bda-8a65-0e3b3d984cdb", "bd629889-1036-4f1a-aeb9-6b00583fe8b5"
    interface_3, dhcp = "a602d3a8-0608-4c96-a272-324b92081a32", "network:dhcp"
    owner = "network:router_interface"
    return [
        _row("SECURITYGROUP", GROUP),
        _row("NETWORK", NETWORK),
        _row("NETWORK", EXTERNAL, **{"router:external": True}),
        _subnet(SUBNET, NETWORK, "10.0.0.0/24"),
        _subnet(SUBNET_2, NETWORK, "10.0.1.0/24"),
        _subnet(subnet_3, NETWORK, "10.20.0.0/24"),
        _subnet(EXTERNAL_SUBNET, EXTERNAL, "203.0.113.0/24"),
        _subnet("0b7c3c0e-7e0f-4f6f-8f0e-3f1d2a5b6c7d", EXTERNAL, "198.51.100.0/24"),
        _port("0dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a01", dhcp, SUBNET, "10.0.0.2"),
        _port("1dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a02", dhcp, subnet_3, "10.20.0.2"),
        _port("2dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a03", dhcp, subnet_3, "10.20.0.3"),
        _port(GATEWAY_PORT, "network:router_gateway", EXTERNAL_SUBNET, "203.0.113.2", EXTERNAL),
        _port(interface, owner, SUBNET, "10.0.0.1"),
        _port(interface_2, owner, SUBNET_2, "10.0.1.1"),
        _port(interface_3, owner, subnet_3, "10.20.0.1"),
        _port("cd8ed4a5-67fb-4e80-872c-e5b3cddbef79", "compute:nova", SUBNET, "10.0.0.10"),
        _port("aaf8186f-8488-42a7-9211-0db192e38a29", "compute:nova", SUBNET, "10.0.0.11"),
        _port("696b3f4c-1766-4cf4-be37-41028ed5f868", "neutron:LOADBALANCER", SUBNET, "10.0.0.50"),
        _row("ROUTER", ROUTER, gw_port_id=GATEWAY_PORT, external_gateway_info={"enable_snat": True}),
        _row("ROUTER", router_3),
        _interface(ROUTER, interface, SUBNET),
        _interface(ROUTER, interface_2, SUBNET_2),
    ]


def _uplink_base() -> list[TaskRow]:
    network, subnet = "262e06af-c633-4372-a188-327d209cd857", "324d4f67-f05c-4c51-914c-8e2b4e40cb9f"
    router = "56a59fa7-894d-4234-b823-0e3c23569b6d"
    return [
        *_base(),
        _row("NETWORK", network, **{"provider:network_type": "uplink"}),
        _subnet(subnet, network, "192.0.2.0/30"),
        _row("ROUTER", router),
    ]


def _collision_base() -> list[TaskRow]:
    first, second = "5b0a4c7c-0c9e-4a60-9b6e-2f6d1f5e7a11", "0ac72388-5e1e-4a89-ad8e-5c985b859b39"
    owner, ports = "network:router_interface", [COLLISION.format(1), COLLISION.format(3)]
    return [
        *_base(),
        _subnet(first, NETWORK, "10.30.0.0/24"),
        _subnet(second, NETWORK, "10.31.0.0/24"),
        _row("ROUTER", COLLISION.format(0x10)),
        _row("ROUTER", COLLISION.format(0x12)),
        _port(ports[0], owner, first, "10.30.0.1"),
        _port(ports[1], owner, second, "10.31.0.1"),
        _interface(COLLISION.format(0x10), ports[0], first),
    ]


def _record_rows(record: Record) -> list[TaskRow]:
    return [
        TaskRow(
            type=row["type"],
            data_type=row["data_type"],
            resource_id=row.get("resource_id"),
            data=row.get("data"),
        )
        for row in record["rows"]
    ]


def _records(golden: Path) -> list[Record]:
    records: list[Record] = json.loads((golden / "importer" / "errors.json").read_text())
    return records


def _hosts(seen_tasks: list[str], records: list[Record]) -> dict[str, str]:
    ids = [
        row["resource_id"]
        for record in records
        for row in record.get("rows") or []
        if (row.get("resource_id") or "").startswith(HOST)
    ]
    by_hand = any("written to ZOOM by hand" in task for task in seen_tasks)
    return {"gwhost": ids[0]} if by_hand else {}


def _agrees(record: Record, problems: list[RowProblem]) -> bool:
    """The same verdict; if blocking, also the same extent, row and missing or existing object."""
    if not record["blocking"]:
        return problems == []
    if len(problems) != 1 or problems[0].scope != record["scope"]:
        return False
    problem, error = problems[0], str(record["error_message"])
    if (
        problem.scope == "task"
        and record["task"] != COLLIDING
        and problem.row != record["executed_before_error"]
    ):
        return False
    named = re.search(r"(?:no|A\(n\)) (\w+) with ID (\S+)", error)
    tells = problem.rule in {"not-found", "exists"} and named is not None
    return not tells or (named is not None and named.group(2).rstrip(".") in problem.message)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_recorded_experiment_ends_as_on_the_real_importer(golden: Path, version: TargetVersion) -> None:
    """Blocking there = one problem here, at the same row; executed there = none here. No exceptions."""
    records = [record for record in _records(golden) if record["version"] == version and record.get("rows")]
    before, session, seen, wrong = _base(), "base", [""], []
    for record in records:
        task = record["task"]
        wanted = "uplink" if task.startswith(("UPLINK interface", "PORT extra_dhcp_opts with")) else session
        wanted = "collision" if task.startswith("collision") else wanted
        if wanted != session or task.startswith("PORT extra_dhcp_opts with"):
            session = wanted
            starts = {"uplink": _uplink_base, "collision": _collision_base}
            before = _base() if task.startswith("PORT extra") else starts[wanted]()
        seen.append(task)
        rows = _record_rows(record)
        existing = Existing(rows=tuple(before), hosts=_hosts(seen, records))
        problems = validate_rows(rows, version, existing)
        if not _agrees(record, problems):
            wrong.append((task, record["blocking"], record["error_message"], problems))
        before += [row for index, row in enumerate(rows) if index not in {p.row for p in problems}]
    assert wrong == []
    assert len(records) > 235


def test_records_without_rows_are_accounted_for(golden: Path) -> None:
    """What the replay cannot cover, exactly: nothing slips through uncounted."""
    without = [record for record in _records(golden) if not record.get("rows")]
    assert len(without) == sum(WITHOUT_ROWS.values())
    assert sum(record["origin"].startswith("kilo") for record in without) == 28
    assert sum(record["origin"] == "silent effect" for record in without) == 32
    assert sum(record["task"].startswith("SIZE") for record in without) == 17


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_the_rows_of_a_real_import_pass(golden: Path, version: TargetVersion) -> None:
    """35 rows cut from real Kilo dicts, imported without an error by the real importer."""
    rows = json.loads((golden / "importer" / version / "tasks.json").read_text())["rows"]
    tasks = [TaskRow(**{name: row[name] for name in TaskRow.__struct_fields__}) for row in rows]
    assert len(tasks) == 35
    assert validate_rows(tasks, version) == []


def test_the_problem_names_the_row_the_rule_and_a_remedy(golden: Path) -> None:
    """What the watch over a stalled importer shows (rule, JSON, remedy) comes from here."""
    rows = [TaskRow(id=7, type="UPDATE", data_type="ROUTER", resource_id=ROUTER, data={"id": ROUTER})]
    (problem,) = validate_rows(rows, "5.2.1")
    assert (problem.row, problem.id, problem.data_type, problem.rule) == (0, 7, "ROUTER", "not-found")
    assert ROUTER in problem.message
    assert problem.remedy


def test_ids_must_rise_above_the_marker_and_transaction_ids_fit_their_column() -> None:
    """A row that becomes visible below the marker is never read (imp 1.7)."""
    ids = (4, 6, 6, 5)
    rows = [
        TaskRow(id=number, type="DELETE", data_type="PORT", resource_id=ROUTER, transaction_id="t" * length)
        for number, length in zip(ids, (40, 40, 40, 41), strict=True)
    ]
    problems = validate_rows([*rows, _row("NETWORK", NETWORK)], "5.2.1", Existing(marker=4))
    assert [(problem.row, problem.rule) for problem in problems] == [
        (0, "row-order"),
        (2, "row-order"),
        (3, "row-order"),
    ]
    long = TaskRow(id=9, type="DELETE", data_type="PORT", resource_id=ROUTER, transaction_id="t" * 41)
    assert [problem.rule for problem in validate_rows([long], "5.2.1")] == ["row-transaction"]


def test_rows_that_are_in_the_table_already_count_as_executed() -> None:
    """Foreign rows: what they create exists, and cannot be created again."""
    rows = (_row("NETWORK", NETWORK),)
    existing = Existing(rows=rows)
    assert [problem.rule for problem in validate_rows(rows, "5.4.6", existing)] == ["exists"]
    assert validate_rows([_subnet(SUBNET, NETWORK, "10.0.0.0/24")], "5.4.6", existing) == []
