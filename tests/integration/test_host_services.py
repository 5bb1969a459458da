"""Services on hosts of the practice site: found, started, stopped, and a crash loop recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lab_host_fixtures import StartHost, start_host
from midonet_lab.hosts.lab_host import LabHost
from midonet_migrate.errors import HostsFailed, NoPermission, WrongState
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import Family, InitSystem, ServiceFacts
from waiting import PATIENCE, wait_until

__all__ = ["start_host"]
ROLE = "web-server"
"""One that the practice site has no stand-in of: its own file says what to run."""
NAMES = {Family.DEBIAN: "apache2", Family.REDHAT: "httpd"}


def job(command: str) -> str:
    """An upstart job with the agent's respawn limit."""
    return f"start on runlevel [2345]\nrespawn\nrespawn limit 2 120\nexec {command}\n"


def unit(command: str) -> str:
    """A systemd unit with the agent's start limit."""
    return (
        f"[Service]\nExecStart={command}\nRestart=on-failure\nStartLimitBurst=2\nStartLimitInterval=120\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def write(host: LabHost, path: str, text: str, mode: int = 0o644) -> None:
    """A file of the host."""
    done = host.runner().run(
        ["sh", "-c", 'mkdir -p "${1%/*}"; cat > "$1"; chmod "$2" "$1"', "sh", path, f"{mode:o}"], stdin=text
    )
    assert done.status == 0, done.stderr


def install(host: LabHost, name: str = "", command: str = "sleep 1000") -> None:
    """A service of the distribution's own kind."""
    name = name or NAMES[host.specification.family]
    if host.specification.family is Family.DEBIAN:
        write(host, f"/etc/init/{name}.conf", job(command))
    else:
        write(host, f"/usr/lib/systemd/system/{name}.service", unit(f"/usr/bin/{command}"))
        host.runner().run(["systemctl", "daemon-reload"])


def sysv_script(host: LabHost, name: str) -> None:
    """A service of /etc/init.d that the lab takes from a unit beside it."""
    write(host, f"/etc/init.d/{name}", f'#!/bin/sh\nexec /usr/sbin/service {name} "$@"\n', 0o755)


def services_of(host: LabHost) -> Services:
    """With short waits."""
    return Services(host.runner(), secrets=["hunter2"], appear_seconds=PATIENCE, settle_seconds=0.2)


def found(services: Services, role: str) -> ServiceFacts:
    """The service, which must be there."""
    facts = services.find(role)
    assert facts is not None
    return facts


@pytest.mark.parametrize("family", list(Family))
def test_a_service_is_found_started_and_stopped(start_host: StartHost, family: Family) -> None:
    """What is not installed is None; a start gives it a process, a stop ends it; twice is no error."""
    host = start_host(family)
    services = services_of(host)
    assert services.find(ROLE) is None
    install(host)
    before = found(services, ROLE)
    assert not before.running
    assert before.pid is None
    assert before.init is (InitSystem.UPSTART if family is Family.DEBIAN else InitSystem.SYSTEMD)
    services.start(ROLE)
    first = found(services, ROLE)
    assert first.running
    assert first.pid is not None
    services.start(ROLE)
    assert found(services, ROLE) == first
    services.restart(ROLE)
    second = found(services, ROLE)
    assert second.running
    assert second.pid != first.pid
    services.stop(ROLE)
    services.stop(ROLE)
    assert not found(services, ROLE).running
    alive = host.runner().run(["sh", "-c", f"kill -0 {second.pid}"])
    assert alive.status != 0


@pytest.mark.parametrize("family", list(Family))
def test_what_is_not_installed_cannot_be_started(start_host: StartHost, family: Family) -> None:
    """The operator is told the names that were looked for."""
    services = services_of(start_host(family))
    with pytest.raises(WrongState) as caught:
        services.start("tomcat")
    assert "tomcat7, tomcat, tomcat6" in caught.value.why


@pytest.mark.parametrize("family", list(Family))
def test_a_crash_loop_is_recognised_with_the_end_of_the_log(start_host: StartHost, family: Family) -> None:
    """A start that went well, of a service that does not live, is a failure; its log is masked (host 1.3)."""
    host = start_host(family)
    install(host, command="false")
    log = "/var/log/apache2/error.log" if family is Family.DEBIAN else "/var/log/httpd/error_log"
    write(host, log, "INFO up\nERROR host id taken, password=hunter2\n")
    services = services_of(host)

    def until_it_is_another(seconds: float) -> None:
        """A slow machine takes its time to run what ends at once."""
        del seconds
        pid = (facts := services.find(ROLE)) and facts.pid
        wait_until(lambda: pid is None or found(services, ROLE).pid != pid)

    starting = Services(host.runner(), secrets=["hunter2"], sleep=until_it_is_another)
    with pytest.raises(HostsFailed) as caught:
        starting.start(ROLE)
    told = "\n".join([caught.value.why, *caught.value.problems])
    assert "ERROR host id taken" in told
    assert "hunter2" not in told
    services.stop(ROLE)
    facts = found(services, ROLE)
    assert facts.pid is None
    # Tried again after the cause has gone: the limit of starts is no obstacle.
    install(host)
    services.start(ROLE)
    assert found(services, ROLE).pid is not None


@pytest.mark.parametrize("family", list(Family))
def test_disabling_and_enabling_leave_everything_as_it_was(start_host: StartHost, family: Family) -> None:
    """Twice is no error; enabling again brings back the very same files."""
    host = start_host(family)
    install(host, "nova-compute" if family is Family.DEBIAN else "openstack-nova-compute")
    services = services_of(host)
    services.enable("nova-compute")
    before = host.snapshot()
    assert found(services, "nova-compute").enabled
    services.disable("nova-compute")
    services.disable("nova-compute")
    assert not found(services, "nova-compute").enabled
    assert before.differences(host.snapshot())
    services.enable("nova-compute")
    assert found(services, "nova-compute").enabled
    assert before.differences(host.snapshot()) == []


@pytest.mark.parametrize("text", ["", "respawn\n", "respawn", "# manual\nrespawn limit 3 60\n"])
def test_an_override_keeps_its_other_lines(start_host: StartHost, text: str) -> None:
    """Bytes and mode of an operator's override are those of before, after disabling and enabling."""
    host = start_host()
    install(host, "midolman")
    services = services_of(host)
    path = host.root / "etc/init/midolman.override"
    if text:
        write(host, "/etc/init/midolman.override", text, 0o600)
    services.disable("midolman")
    assert "manual" in path.read_text().splitlines()
    assert text.strip() in path.read_text()
    services.enable("midolman")
    assert (path.read_text() if path.exists() else "") == text
    if text:
        assert path.stat().st_mode & 0o777 == 0o600
    expected = ["midolman.conf", "midolman.override"] if text else ["midolman.conf"]
    assert sorted(one.name for one in path.parent.glob("midolman*")) == expected


def test_upstart_jobs_and_sysv_scripts_of_one_host_are_told_apart(start_host: StartHost) -> None:
    """tomcat7 is a script, midolman a job; the link to upstart-job is no script (host 1.3)."""
    host = start_host()
    install(host, "midolman")
    host.runner().run(["ln", "-s", "/lib/init/upstart-job", "/etc/init.d/midolman"])
    host.runner().run(["ln", "-s", "/lib/init/upstart-job", "/etc/init.d/zookeeper"])
    sysv_script(host, "tomcat7")
    services = services_of(host)
    assert found(services, "midolman").init is InitSystem.UPSTART
    assert services.find("zookeeper") is None
    tomcat = found(services, "tomcat")
    assert (tomcat.name, tomcat.init, tomcat.running, tomcat.enabled) == (
        "tomcat7",
        InitSystem.SYSV,
        False,
        False,
    )
    services.enable("tomcat")
    assert found(services, "tomcat").enabled
    services.disable("tomcat")
    assert not found(services, "tomcat").enabled


def test_of_two_tomcats_the_one_that_starts_with_the_host_counts(start_host: StartHost) -> None:
    """An old tomcat6 beside it, or one installed by chance, is not taken for the API's server."""
    host = start_host()
    sysv_script(host, "tomcat7")
    sysv_script(host, "tomcat6")
    services = services_of(host)
    assert found(services, "tomcat").name == "tomcat7"
    host.runner().run(["update-rc.d", "tomcat6", "defaults"])
    assert found(services, "tomcat").name == "tomcat6"


def test_a_masked_unit_is_there_but_cannot_be_started(start_host: StartHost) -> None:
    """systemd's own words are told."""
    host = start_host(Family.REDHAT)
    install(host)
    host.runner().run(["systemctl", "mask", "httpd.service"])
    with pytest.raises(HostsFailed, match="httpd") as caught:
        services_of(host).start("web-server")
    assert "masked" in caught.value.why


@pytest.mark.parametrize("family", list(Family))
def test_an_account_without_privileges_is_told_so(start_host: StartHost, family: Family) -> None:
    """States may be read; a stop and a disabling are refused, and nothing changed."""
    host = start_host(family)
    install(host)
    services_of(host).start(ROLE)
    inner = host.runner()

    class Unprivileged:
        def run(
            self,
            command: Sequence[str],
            *,
            stdin: str = "",
            environment: Mapping[str, str] = {},
            timeout: float = DEFAULT_TIMEOUT,
        ) -> Completed:
            ordinary = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", *command]
            return inner.run(ordinary, stdin=stdin, environment=environment, timeout=timeout)

    services = Services(Unprivileged(), settle_seconds=0.1)
    assert found(services, ROLE).running
    for verb in (
        services.stop,
        services.disable if found(services, ROLE).enabled else services.enable,
    ):
        with pytest.raises(NoPermission) as caught:
            verb(ROLE)
        assert "sudo" in caught.value.hint
    assert found(services, ROLE).running


def test_files_of_a_removed_package_are_no_service(start_host: StartHost) -> None:
    """dpkg keeps what lies below /etc when a package is removed: the job is there, the program is not."""
    host = start_host()
    package = host.root / "tmp/build"
    write(
        host,
        "/tmp/build/DEBIAN/control",
        "Package: zookeeperd\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.org>\nDescription: x\n",
    )
    write(host, "/tmp/build/DEBIAN/conffiles", "/etc/init/zookeeper.conf\n")
    write(host, "/tmp/build/etc/init/zookeeper.conf", job("sleep 1000"))
    assert package.exists()
    run = host.runner().run
    done = run(["sh", "-c", "cd /tmp && dpkg-deb -b build x.deb && dpkg -i x.deb"])
    assert done.status == 0, done.stderr
    services = services_of(host)
    assert found(services, "zookeeper").state == "stop/waiting"
    assert run(["dpkg", "--remove", "zookeeperd"]).status == 0
    assert (host.root / "etc/init/zookeeper.conf").exists()
    assert services.find("zookeeper") is None
