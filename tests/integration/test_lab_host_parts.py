"""What the practice site's hosts are made of: repositories' server, command lines, who may make them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from lab_host_fixtures import needs_root
from midonet_lab.hosts.lab_host import LabHost, require_root
from midonet_lab.hosts.repository_server import RepositoryServer
from midonet_lab.hosts.site.agents_share import nodes_of_others, share_nodes
from midonet_lab.hosts.site.cache import VARIABLE, Cache
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.processes.server_process import ServerFailed
from midonet_lab.recipe import Recipe
from midonet_lab.zookeeper_tree import agent_nodes, build_tree

ACCOUNT = ("memuser", "s3cr3t!")


def test_a_protected_repository_wants_its_account(tmp_path: Path) -> None:
    """401 without it, the file with it; others are open, and nothing is listed."""
    for name in ("mem-1.9", "misc"):
        (tmp_path / "packages" / name).mkdir(parents=True)
        (tmp_path / "packages" / name / "a.deb").write_bytes(b"package")
    server = RepositoryServer(
        tmp_path / "packages", tmp_path / "server", account=ACCOUNT, protected=("/mem-1.9",), disposable=True
    )
    with server, httpx.Client(trust_env=False, timeout=120) as client:
        bare = f"http://{server.address}"
        assert client.get(f"{bare}/mem-1.9/a.deb").status_code == 401
        assert client.get(f"{bare}/mem-1.9/a.deb", auth=("memuser", "other")).status_code == 401
        assert client.get(f"{server.url('mem-1.9')}/a.deb").content == b"package"
        assert server.url("mem-1.9").startswith("http://memuser:s3cr3t%21@")
        assert client.get(f"{server.url('misc')}/a.deb").content == b"package"
        assert client.get(f"{bare}/misc/").status_code == 404
        assert client.get(f"{bare}/misc/b.deb").status_code == 404
    assert "s3cr3t" not in server.log_tail(100)


@needs_root
def test_a_process_shows_the_command_line_of_what_it_stands_for() -> None:
    """Words, one by one, and the environment stays as it was."""
    script = (
        "import sys; from pathlib import Path\n"
        "from midonet_lab.hosts.process_title import set_command_line\n"
        "own = Path('/proc/self'); before = (own / 'environ').read_bytes()\n"
        "done = set_command_line(['/usr/bin/python', '/usr/bin/neutron-server', '--config-file', '/a b'])\n"
        "print(done, (own / 'cmdline').read_bytes(), (own / 'environ').read_bytes() == before)"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    words = rb"/usr/bin/python\x00/usr/bin/neutron-server\x00--config-file\x00/a b\x00"
    assert done.stdout == f"True b'{words.decode()}' True\n"


def test_hosts_need_roots_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not root is told so, and nothing is made."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ServerFailed, match="need root's rights"):
        require_root()
    with pytest.raises(ServerFailed, match="need root's rights"):
        LabHost(tmp_path / "host").make(HostSpecification(name="host"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_cached_is_made_once_and_never_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure leaves nothing; a directory that others can write is refused."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    cache = Cache()

    def fail(directory: Path) -> None:
        (directory / "half").touch()
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError):
        cache.get("thing", fail)
    assert list(cache.directory.iterdir()) == []
    made = cache.get("thing", lambda directory: (directory / "whole").touch())
    assert cache.get("thing", fail) == made
    assert [path.name for path in made.iterdir()] == ["whole"]
    (tmp_path / "cache").chmod(0o777)
    with pytest.raises(ServerFailed, match="not this user's own"):
        cache.get("other", fail)


def test_every_node_of_an_agent_is_held_by_one() -> None:
    """What the hosts' agents hold, make by themselves, and leave to others is all that there was."""
    site = Recipe(computes=4, gateways=1).make()
    nodes = agent_nodes(build_tree(site))
    hosted = [
        host["id"] for host in site.midonet["host"] if host["name"].startswith(("compute-0", "gateway"))
    ]
    shares = share_nodes(nodes, site)
    others = nodes_of_others(nodes, site, hosted)
    own = {path for host in hosted for path in (node.path for node in shares.get(host, []))}
    flags = {
        node.path
        for node in nodes
        if node.path.endswith(tuple(f"/active/{host}" for host in hosted))
        or node.path in {f"/midonet/v1/hosts/{host}/alive" for host in hosted}
    }
    rest = {node.path for node in others}
    assert own | flags | rest == {node.path for node in nodes}
    assert not own & flags
    assert not (own | flags) & rest
    spare = next(host["id"] for host in site.midonet["host"] if host["name"] == "spare-1")
    assert f"/midonet/v1/hosts/{spare}/alive" in rest
