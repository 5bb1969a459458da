"""Re-creating 5,000 objects through the 5.x API: ours against the original's POST and GET, one at a time."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.measuring import answer, peak_mebibytes, timed
from midonet_lab.midonet5.api.options import Options
from midonet_lab.midonet5.api.process import Midonet5ApiProcess
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest, Plan, PlanMeta
from midonet_migrate.plan.objects.locations import locate
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.planner import sealed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.recreate import recreate
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.job import SendOptions

BRIDGES, PORTS, ROUTERS, ROUTER_PORTS, CHAINS, RULES, GROUPS, ADDRESSES = 30, 1500, 10, 200, 60, 2000, 20, 980
"""Together with a route per router port: 5,000."""

_NUMBERS = count(1)


def _id() -> str:
    return str(UUID(int=0x7000_4000_8000_0000_0000_0000 + next(_NUMBERS) + (4 << 76) + (2 << 62)))


def _post(kind: str, path: str, body: JsonObject) -> ObjectRequest:
    key = str(body.get("id") or _id())
    return ObjectRequest(method="POST", path=path, media_type=media_type(kind), body=body, kind=kind, id=key)


def site_plan() -> Plan:
    """The kinds that make up most of a site, each in its order."""
    groups, chains = [_id() for _ in range(GROUPS)], [_id() for _ in range(CHAINS)]
    bridges, routers = [_id() for _ in range(BRIDGES)], [_id() for _ in range(ROUTERS)]
    uplinks = [(_id(), routers[number % ROUTERS], number) for number in range(ROUTER_PORTS)]
    found = [_post("ip_addr_group", "/ip_addr_groups", {"id": key, "name": key}) for key in groups]
    for number in range(ADDRESSES):
        group = groups[number % GROUPS]
        address = f"10.1.{number // 250}.{number % 250}"
        body: JsonObject = {"addr": address, "version": 4, "ipAddrGroupId": group}
        found.append(_post("ip_addr_group_addr", f"/ip_addr_groups/{group}/ip_addrs", body))
    found += [_post("chain", "/chains", {"id": key, "name": key, "tenantId": "t"}) for key in chains]
    found += [
        _post("bridge", "/bridges", {"id": key, "name": key, "inboundFilterId": chains[0]}) for key in bridges
    ]
    found += [_post("router", "/routers", {"id": key, "name": key, "asNumber": 0}) for key in routers]
    for number in range(PORTS):
        path = f"/bridges/{bridges[number % BRIDGES]}/ports"
        found.append(_post("port", path, {"id": _id(), "type": "Bridge", "adminStateUp": True}))
    for key, router, number in uplinks:
        network = f"10.2.{number}"
        body = {"id": key, "type": "Router", "networkAddress": f"{network}.0", "networkLength": 24}
        body |= {"portAddress": f"{network}.1", "portMac": f"ac:ca:ba:00:00:{number:02x}"}
        found.append(_post("port", f"/routers/{router}/ports", body))
    for key, router, number in uplinks:
        body = {"id": _id(), "type": "Normal", "nextHopPort": key, "weight": 100}
        body |= {"dstNetworkAddr": f"10.3.{number}.0", "dstNetworkLength": 24}
        body |= {"srcNetworkAddr": "0.0.0.0", "srcNetworkLength": 0}
        found.append(_post("route", f"/routers/{router}/routes", body))
    for number in range(RULES):
        chain, position = chains[number % CHAINS], number // CHAINS + 1
        body = {"id": _id(), "type": "accept", "position": position, "nwProto": 6}
        found.append(_post("rule", f"/chains/{chain}/rules", body))
    return sealed(Plan(tasks=[], objects=found, modifications=[], conversions=[], ledger=[], meta=PlanMeta()))


def one_at_a_time(url: str, plan: Plan, *, keep: bool) -> int:
    """Every object: POST, then GET of what was made; with a connection for each request, or one for all."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    requests = 0
    for item in plan.objects:
        place = locate(item)
        for method, path, media in (
            ("POST", item.path, item.media_type),
            ("GET", place.item, place.item_type),
        ):
            body = json.dumps(item.body) if method == "POST" else None
            headers = {"Content-Type": media} if method == "POST" else {"Accept": media}
            connection.request(method, parts.path + path, body=body, headers=headers)
            reply = connection.getresponse()
            reply.read()
            requests += 1
            if reply.status not in {200, 201}:
                raise RuntimeError(f"{method} {path}: {reply.status}")
            if not keep:
                connection.close()
    connection.close()
    return requests


def ours(url: str, plan: Plan, folder: Path, writers: int) -> tuple[int, int, bool]:
    """Writes and reads sent, and whether there was nothing to do."""
    with MidonetApi(url, None) as api, RunDirectory(folder, step="recreate") as run:
        options = SendOptions(writers=writers)
        report = recreate(run, plan, api, SilentProgress(), "after-import", options=options)
        if report.open:
            raise RuntimeError(f"{len(report.open)} objects are not there: {report.open[0]}")
        return api.writes, api.reads, report.nothing_to_do


Way = Literal["classic", "kept", "ours-1", "ours", "ours-8"]


def main() -> None:
    """Each way on an empty store, on the same ZooKeeper; then a second run of ours."""
    plan = site_plan()
    figures: dict[str, object] = {"objects": len(plan.objects)}
    titles: dict[Way, str] = {
        "classic": "POST + GET, new connection each",
        "kept": "POST + GET, one connection",
        "ours-1": "recreate, 1 writer",
        "ours": "recreate, 4 writers",
        "ours-8": "recreate, 8 writers",
    }
    with tempfile.TemporaryDirectory() as folder, ZooKeeper(Path(folder) / "zookeeper") as zookeeper:
        hosts = f"127.0.0.1:{zookeeper.port}"
        for way, title in titles.items():
            with Midonet5ApiProcess(Path(folder) / way, hosts, options=Options()) as api:
                if way in {"classic", "kept"}:
                    seconds, requests = timed(lambda: one_at_a_time(api.url, plan, keep=way == "kept"))  # noqa: B023
                else:
                    writers = {"ours-1": 1, "ours": 4, "ours-8": 8}[way]
                    data = Path(folder) / f"data-{way}"
                    seconds, (writes, reads, _) = timed(lambda: ours(api.url, plan, data, writers))  # noqa: B023
                    requests = writes + reads
                figures[f"{title}: seconds"] = round(seconds, 1)
                figures[f"{title}: requests"] = requests
                figures[f"{title}: objects/s"] = round(len(plan.objects) / seconds)
                if way == "ours":
                    again, (writes, reads, idle) = timed(lambda: ours(api.url, plan, data, 4))  # noqa: B023
                    figures["second run: seconds"] = round(again, 1)
                    figures["second run: writes"] = writes
                    figures["second run: reads"] = reads
                    figures["second run: nothing to do"] = idle
            zookeeper.wipe()
            time.sleep(0.5)
    figures["peak memory of the client, MiB"] = peak_mebibytes()
    answer(figures)


if __name__ == "__main__":
    main()
