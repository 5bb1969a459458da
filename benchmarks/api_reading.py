"""Reading a medium 1.9 site whose API takes 5 ms a request: ours against one request at a time."""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks.measuring import answer, timed
from midonet_lab.midonet19.options import Faults
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.sites.generator import generate
from midonet_migrate.source.midonet.reader import read_midonet
from midonet_migrate.source.midonet.session import Credentials

SERVICE_SECONDS = 0.005
SAMPLE = 400
ACCOUNT = Credentials("admin", "lab", "admin")


def _new_connection_each(url: str, paths: list[str], token: str) -> float:
    """As midonetclient does: a new connection for every request, one at a time (anc 4.1)."""
    parts = urlsplit(url)
    begin = time.perf_counter()
    for path in paths:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        connection.request("GET", parts.path + path, headers={"X-Auth-Token": token, "Connection": "close"})
        reply = connection.getresponse()
        reply.read()
        connection.close()
    return len(paths) / (time.perf_counter() - begin)


def main() -> None:
    """The sequential side of our own reader reads the whole site; the other one a sample of requests."""
    site = generate("medium", 1, oddities=False)
    with (
        tempfile.TemporaryDirectory() as folder,
        Midonet19Api(site, Path(folder), faults=Faults(delay=SERVICE_SECONDS)) as api,
    ):
        eight, read = timed(lambda: read_midonet(api.url, ACCOUNT, threads=8))
        one, _ = timed(lambda: read_midonet(api.url, ACCOUNT, threads=1))
        login = httpx.post(
            f"{api.url}/login", auth=("admin", "lab"), headers={"X-Auth-Project": "admin"}, timeout=60
        )
        token = str(login.json()["key"])
        chains = [f"/chains/{chain['id']}/rules" for chain in site.midonet["chain"][:SAMPLE]]
        classic = _new_connection_each(api.url, chains, token)
    answer(
        {
            "requests": read.requests,
            "8 threads, seconds": round(eight, 2),
            "8 threads, requests/s": round(read.requests / eight),
            "1 thread, seconds": round(one, 2),
            "1 thread, requests/s": round(read.requests / one),
            f"new connection each ({SAMPLE} requests), requests/s": round(classic),
            "ratio to 1 thread": round(one / eight, 2),
            "ratio to new connection each": round(read.requests / eight / classic, 2),
        }
    )


if __name__ == "__main__":
    main()
