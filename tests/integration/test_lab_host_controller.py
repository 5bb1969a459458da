"""The stand-ins of a controller's services: Tomcat with the 1.9 API, midonet-cluster, neutron-server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import httpx
import msgspec

from lab_host_fixtures import StartHost, start_host
from lab_host_software import log_of, put, put_java, put_service, run, running
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.midonet5.api.options import Account as NewAccount
from midonet_lab.midonet5.api.options import Options as NewOptions
from midonet_lab.midonet5.cluster.installation import Installation, Places
from midonet_lab.midonet19.options import Account, Faults, Options
from midonet_lab.processes.ports import free_port
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.recipe import Recipe
from midonet_lab.zookeeper_tree import build_tree, load_tree
from midonet_migrate.model.hosts import Family
from waiting import PATIENCE, wait_until

__all__ = ["start_host"]
# Fixtures in this order: hosts go down before ZooKeeper is emptied.
WEB_XML = """<web-app>{}</web-app>"""
PARAMETER = "<context-param><param-name>{}</param-name><param-value> {} </param-value></context-param>"
DIST = "usr/lib/python2.7/dist-packages"
ACCOUNT = ("admin", "lab")
V1, V2 = "neutron.plugins.midonet.plugin.MidonetPluginV2", "midonet.neutron.plugin_v2.MidonetPluginV2"


def web_xml(zookeeper: ZooKeeper, provider: str) -> str:
    """What the API's package is configured with."""
    parameters = {"auth-auth_provider": provider, "zookeeper-zookeeper_hosts": zookeeper.hosts}
    return WEB_XML.format("".join(PARAMETER.format(*pair) for pair in parameters.items()))


def api_data(directory: Path) -> Path:
    """What the stand-in of the API serves: a small site."""
    site = Recipe().make()
    directory.mkdir()
    site.save(directory / "site.json")
    options = Options(accounts={ACCOUNT[0]: Account(password=ACCOUNT[1])})
    (directory / "options.json").write_bytes(msgspec.json.encode(options))
    (directory / "faults.json").write_bytes(msgspec.json.encode(Faults()))
    return directory


def answers(url: str) -> int:
    """Status of a request; 0: nobody listens."""
    try:
        return httpx.get(f"{url}/hosts", trust_env=False, timeout=PATIENCE).status_code
    except httpx.HTTPError:
        return 0


def answers_with(url: str, status: int) -> bool:
    """Whether a request has this status."""
    return answers(url) == status


def put_tomcat(host: LabHost, name: str) -> None:
    """Tomcat as a service of the family's own kind, and the operator's context file."""
    put(host, {f"usr/share/{name}/bin/bootstrap.jar": ""})
    put(host, {f"etc/{name}/Catalina/localhost/midonet-api.xml": "<Context/>"})
    if host.specification.family is Family.DEBIAN:
        put(host, {f"etc/init.d/{name}": f'#!/bin/sh\nexec /usr/sbin/service {name} "$@"\n'}, 0o755)
    else:
        put_service(host, name, unit="[Service]\nExecStart=/usr/libexec/tomcat/server start\n")


def test_the_old_api_is_there_as_long_as_tomcat_and_its_package(
    zookeeper_root: ZooKeeper, start_host: StartHost, tmp_path: Path
) -> None:
    """It comes with Tomcat, goes with the package's web.xml, and shows which hosts are alive now."""
    for family, name in ((Family.DEBIAN, "tomcat7"), (Family.REDHAT, "tomcat")):
        zookeeper_root.wipe()
        load_tree(zookeeper_root.hosts, build_tree(Recipe().make()))
        host = start_host(family)
        data = api_data(tmp_path / name)
        Surroundings(api_directory=str(data)).save(host.directory)
        put_java(host, 7)
        put_tomcat(host, name)
        web = web_xml(zookeeper_root, "org.midonet.cluster.auth.MockAuthService")
        put(host, {"usr/share/midonet-api/WEB-INF/web.xml": web})
        assert run(host, f"service {name} start").status == 0
        wait_until((data / "api.port").exists)
        url = f"http://127.0.0.1:{(data / 'api.port').read_text()}/midonet-api"
        wait_until(partial(answers_with, url, 200))
        shown = httpx.get(f"{url}/hosts", trust_env=False, timeout=PATIENCE).json()
        assert not any(item["alive"] for item in shown)
        run(host, "rm -r /usr/share/midonet-api")
        wait_until(partial(answers_with, url, 0))
        assert running(host, name)
        keystone = web_xml(zookeeper_root, "org.midonet.api.auth.keystone.v2_0.KeystoneService")
        put(host, {"usr/share/midonet-api/WEB-INF/web.xml": keystone})
        wait_until(partial(answers_with, url, 401))
        assert run(host, f"service {name} stop").status == 0
        assert answers(url) == 0
        assert not running(host, name)


def put_neutron(host: LabHost, plugin: str, uri: str) -> None:
    """neutron-server with both plug-ins installed, and one of them configured."""
    put(host, {"usr/bin/neutron-server": "#!/usr/bin/python\n"}, 0o755)
    put(
        host, {f"{DIST}/{name}": "" for name in ("midonet/neutron/plugin.py", "midonet/neutron/plugin_v2.py")}
    )
    put(host, {f"{DIST}/midonetclient/__init__.py": ""})
    put(host, {"etc/default/neutron-server": 'NEUTRON_PLUGIN_CONFIG="/etc/neutron/midonet.ini"\n'})
    put(host, {"etc/neutron/neutron.conf": f"[DEFAULT]\ncore_plugin: {plugin}\n"})
    plugin_file = f"[midonet]\nmidonet_uri = {uri}/\nusername = admin\npassword = 'lab'\nproject_id = admin\n"
    put(host, {"etc/neutron/midonet.ini": plugin_file})
    put_service(host, "neutron-server", job="start on runlevel [2345]\nexec neutron-server\n")


def test_neutron_server_wants_a_plugin_that_fits_the_api(
    zookeeper_root: ZooKeeper, start_host: StartHost, tmp_path: Path
) -> None:
    """1.9's plug-in with 1.9's API, 5.x's with 5.x's; with another one it ends and says why."""
    load_tree(zookeeper_root.hosts, build_tree(Recipe().make()))
    host = start_host(Family.DEBIAN)
    data = api_data(tmp_path / "api")
    port, new_port = free_port(), free_port()
    Surroundings(api_directory=str(data), neutron_port=port).save(host.directory)
    put_java(host, 7)
    put_java(host, 8)
    put_tomcat(host, "tomcat7")
    web = web_xml(zookeeper_root, "org.midonet.api.auth.keystone.v2_0.KeystoneService")
    put(host, {"usr/share/midonet-api/WEB-INF/web.xml": web})
    run(host, "service tomcat7 start")
    accounts = {ACCOUNT[0]: NewAccount(password=ACCOUNT[1])}
    installation = Installation(version="5.2.1", api_port=new_port, api=NewOptions(accounts=accounts))
    Places(host.directory).save(installation)
    put(host, {"etc/midonet/midonet.conf": f"[zookeeper]\nzookeeper_hosts = {zookeeper_root.hosts}\n"})
    put(host, {"usr/share/midonet-cluster/midonet-cluster-start": "#!/bin/sh\n"}, 0o755)
    put_service(host, "midonet-cluster", job="respawn\nrespawn limit 5 60\nexec midonet-cluster-start\n")
    assert run(host, "start midonet-cluster").status == 0
    wait_until((data / "api.port").exists)
    old = f"http://127.0.0.1:{(data / 'api.port').read_text()}/midonet-api"
    new = f"http://127.0.0.1:{new_port}/midonet-api"
    wait_until(lambda: answers(new))
    put_neutron(host, V1, old)
    log = "var/log/neutron/neutron-server.log"

    def starts() -> bool:
        run(host, "start neutron-server")
        wait_until(lambda: not running(host, "neutron-server") or answers_there(port))
        return running(host, "neutron-server")

    assert starts(), log_of(host, log)
    assert "--config-file /etc/neutron/midonet.ini" in run(host, "ps -eo args").stdout
    assert run(host, "stop neutron-server").status == 0
    assert not answers_there(port)
    put_neutron(host, V2, old)
    assert not starts()
    assert "it is v1.9" in log_of(host, log)
    put_neutron(host, V2, new)
    assert starts(), log_of(host, log)
    run(host, "stop neutron-server; stop midonet-cluster")
    assert answers(new) == 0
    assert not starts()
    put_neutron(host, V1, old)
    run(host, f"rm -r /{DIST}/midonetclient")
    assert not starts()
    assert "midonetclient/__init__.py is not installed" in log_of(host, log)


def answers_there(port: int) -> bool:
    """Whether neutron-server's own API answers."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=PATIENCE).status_code == 200
    except httpx.HTTPError:
        return False


def test_agents_of_openstack_show_their_command_lines(start_host: StartHost) -> None:
    """They run while they are wanted, and nothing else."""
    host = start_host(Family.DEBIAN)
    for name in ("neutron-dhcp-agent", "neutron-metadata-agent", "nova-compute"):
        put_service(host, name, job=f"start on runlevel [2345]\nexec {name}\n")
        assert run(host, f"start {name}").status == 1, "its program is not there"
        put(host, {f"usr/bin/{name}": ""}, 0o755)
        assert run(host, f"start {name}").status == 0
    listed = run(host, "ps -eo args").stdout
    assert "/usr/bin/python /usr/bin/nova-compute --config-file=/etc/nova/nova.conf\n" in listed
    assert "--config-file=/etc/neutron/dhcp_agent.ini" in listed
    host.restart()
    assert running(host, "nova-compute")
