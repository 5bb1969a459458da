"""The practice site's hosts: a chroot in namespaces of its own, with a package manager and an init system."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from lab_host_fixtures import StartHost, start_host
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.runner import HostDown
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.hosts.ssh import SiteSsh
from midonet_lab.processes.ports import free_port
from midonet_lab.processes.server_process import process_start_time
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Family
from waiting import PATIENCE, wait_until

__all__ = ["start_host"]
JOB = "start on runlevel [2345]\nrespawn\nrespawn limit 2 120\nexec sleep 1000\n"
UNIT = "[Service]\nExecStart=/usr/bin/sleep 1000\nRestart=on-failure\n[Install]\nWantedBy=multi-user.target\n"


def run(host: LabHost, command: str) -> Completed:
    """A command line in the host."""
    return host.runner().run(["sh", "-c", command])


def wait_for(host: LabHost, command: str, text: str) -> str:
    """Wait until a command's output contains a text; that output."""
    wait_until(lambda: text in run(host, command).stdout)
    return run(host, command).stdout


def mounts_below(directory: Path) -> list[str]:
    """Mounts of this process's namespace below a directory."""
    return [line for line in Path("/proc/mounts").read_text().splitlines() if str(directory) in line]


@pytest.mark.parametrize("family", list(Family))
def test_a_host_has_its_own_name_processes_and_files(start_host: StartHost, family: Family) -> None:
    """What a host shows is its own: name, processes, distribution, host id."""
    host = start_host(family, name="compute-1", midonet_host_id="3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11")
    assert run(host, "hostname").stdout == "compute-1\n"
    identity = "ubuntu" if family is Family.DEBIAN else '"centos"'
    assert f"\nID={identity}\n" in run(host, "cat /etc/os-release").stdout
    assert (
        "host_uuid=3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
        in (host.root / "etc/midonet_host_id.properties").read_text()
    )
    assert len(run(host, "ls -d /proc/[0-9]*").stdout.split()) < 10
    assert run(host, "cat /proc/1/comm").stdout == ("init\n" if family is Family.DEBIAN else "systemd\n")
    run(host, "echo hello > /usr/share/hello; echo world > /etc/world")
    assert not Path("/usr/share/hello").exists()
    assert (host.root / "usr/share/hello").read_text() == "hello\n"
    assert (host.root_inside / "usr/bin/perl").exists()


@pytest.mark.parametrize("family", list(Family))
def test_a_host_comes_up_and_goes_down_without_a_trace(start_host: StartHost, family: Family) -> None:
    """No mount is seen outside, and no process of it lives on."""
    host = start_host(family)
    assert mounts_below(host.directory) == []
    processes = [host.pid, host.init_pid]
    started = [(pid, process_start_time(pid)) for pid in processes if pid is not None]
    child = subprocess.Popen([*host.runner().prefix(), "sleep", "1000"])
    host.stop()
    assert all(process_start_time(pid) != since for pid, since in started)
    assert child.wait(PATIENCE) != 0
    assert mounts_below(host.directory) == []
    with pytest.raises(HostDown):
        host.runner().run(["true"])
    host.remove()
    assert not host.directory.exists()


def test_a_killed_host_takes_everything_with_it(start_host: StartHost) -> None:
    """SIGKILL of the outer process ends process 1 and the services; the files stay, and it comes up again."""
    host = start_host()
    run(host, f"printf '{JOB}' > /etc/init/sleeper.conf; start sleeper")
    inner = host.init_pid
    assert inner is not None
    host.kill()
    wait_until(lambda: process_start_time(inner) is None)
    host.start()
    assert "sleeper start/running" in run(host, "status sleeper").stdout


@pytest.mark.parametrize("family", list(Family))
def test_a_snapshot_tells_changes_and_nothing_else(start_host: StartHost, family: Family) -> None:
    """Looking changes nothing; a file, a mode, a hidden file of the machine and a service are told."""
    host = start_host(family)
    first = host.snapshot()
    assert first.packages
    assert first.differences(host.snapshot()) == []
    run(host, "touch /usr/share/doc; chmod 644 /usr/bin/env; chmod 755 /usr/bin/env")
    assert first.differences(host.snapshot()) == []
    run(host, "echo one > /etc/one; chmod 600 /etc/shells; rm /usr/bin/env; ln -s /etc/one /opt/link")
    told = "\n".join(first.differences(host.snapshot()))
    for name in ("files etc/one", "files etc/shells", "files usr/bin/env", "files opt/link"):
        assert name in told
    assert len(told.splitlines()) == 4


def test_a_debian_host_has_apt_and_dpkg_and_no_python(start_host: StartHost) -> None:
    """The package database is that of a trusty of its own, and nothing of the machine's settings is there."""
    host = start_host()
    assert "7.2ubuntu5.6" in run(host, "dpkg-query -W base-files").stdout
    assert run(host, "apt-get -s -y dist-upgrade").status == 0
    assert run(host, "apt-get check").status == 0
    assert run(host, "dpkg --audit").stdout == ""
    assert run(host, "cat /etc/apt/sources.list /etc/apt/sources.list.d/*").stdout == ""
    for name in ("python", "python3", "python2", "java", "systemctl", "yum", "rpm"):
        assert run(host, f"command -v {name}").status != 0, name


def test_a_redhat_host_has_rpm_and_dnf(start_host: StartHost) -> None:
    """The package database is that of a CentOS 7 of its own."""
    host = start_host(Family.REDHAT)
    assert "python-2.7.5-89.el7.x86_64" in run(host, "rpm -qa").stdout
    assert run(host, "rpm -q --whatprovides /usr/sbin/alternatives").stdout.startswith("chkconfig-")
    assert run(host, "dnf -q repolist").status == 0
    for name in ("apt-get", "dpkg", "initctl", "java"):
        assert run(host, f"command -v {name}").status != 0, name


def test_upstart_speaks_as_the_real_one(start_host: StartHost) -> None:
    """Words and exit statuses of starting, stopping and asking."""
    host = start_host()
    run(host, f"printf '{JOB}' > /etc/init/sleeper.conf")
    ln = "ln -s /lib/init/upstart-job /etc/init.d/sleeper"
    assert run(host, ln).status == 0
    asked = run(host, "status sleeper")
    assert (asked.status, asked.stdout) == (0, "sleeper stop/waiting\n")
    stopped = run(host, "stop sleeper")
    assert (stopped.status, stopped.stderr) == (1, "stop: Unknown instance: \n")
    started = run(host, "initctl start sleeper")
    assert started.status == 0
    assert started.stdout.startswith("sleeper start/running, process ")
    again = run(host, "start sleeper")
    assert (again.status, again.stderr) == (1, "start: Job is already running: sleeper\n")
    assert run(host, "service sleeper status").stdout == started.stdout
    assert run(host, "/etc/init.d/sleeper status").stdout == started.stdout
    restarted = run(host, "service sleeper restart")
    assert restarted.status == 0
    assert restarted.stdout.startswith("sleeper stop/waiting\nsleeper start/running, process ")
    assert run(host, "stop sleeper").stdout == "sleeper stop/waiting\n"
    unknown = run(host, "status nothing")
    assert (unknown.status, unknown.stderr) == (1, "status: Unknown job: nothing\n")
    unrecognized = run(host, "service nothing start")
    assert (unrecognized.status, unrecognized.stderr) == (1, "nothing: unrecognized service\n")
    assert "upstart" in run(host, "initctl version").stdout


def test_upstart_gives_up_after_two_respawns(start_host: StartHost) -> None:
    """A process that goes on dying is started twice more, and then left alone (host 1.3)."""
    host = start_host()
    text = "respawn\nrespawn limit 2 120\nexec echo once >> /tmp/starts\n"
    (host.root / "etc/init/crasher.conf").write_text(text)
    assert "start/running" in run(host, "start crasher").stdout
    wait_for(host, "status crasher", "stop/waiting")
    assert run(host, "cat /tmp/starts").stdout == "once\n" * 3


def test_an_upstart_job_that_is_killed_comes_back_with_another_process(start_host: StartHost) -> None:
    """The state of a service is that of its process."""
    host = start_host()
    run(host, f"printf '{JOB}' > /etc/init/sleeper.conf")
    pid = run(host, "start sleeper").stdout.split()[-1]
    run(host, f"kill -9 {pid}")

    def has_another() -> bool:
        now = run(host, "status sleeper").stdout.split()[-1]
        return now.isdigit() and now != pid

    wait_until(has_another)


def test_init_scripts_and_their_links(start_host: StartHost) -> None:
    """update-rc.d decides what starts with the host; a script's status is 3 when it is stopped."""
    host = start_host()
    script = host.root / "etc/init.d/tomcat7"
    script.write_text('#!/bin/sh\nexec /usr/sbin/service tomcat7 "$@"\n')
    script.chmod(0o755)
    assert run(host, "update-rc.d tomcat7 defaults").status == 0
    assert (host.root / "etc/rc2.d/S20tomcat7").readlink() == Path("../init.d/tomcat7")
    for command in ("service tomcat7 status", "/etc/init.d/tomcat7 status"):
        assert run(host, command).status == 3
    assert run(host, "update-rc.d tomcat7 disable").status == 0
    assert (host.root / "etc/rc2.d/K80tomcat7").is_symlink()
    assert run(host, "update-rc.d tomcat7 enable").status == 0
    assert (host.root / "etc/rc2.d/S20tomcat7").is_symlink()
    assert run(host, "update-rc.d tomcat7 remove").status == 1
    assert run(host, "rm /etc/init.d/tomcat7; update-rc.d tomcat7 remove").status == 0
    assert not list(host.root.glob("etc/rc*.d/*tomcat7"))


def test_what_starts_with_the_host_is_up_after_it_was_restarted(start_host: StartHost) -> None:
    """A job with "start on" comes up, one that was made manual does not."""
    host = start_host()
    run(host, f"for name in one two; do printf '{JOB}' > /etc/init/$name.conf; done")
    run(host, "echo manual > /etc/init/two.override")
    assert "one stop/waiting" in run(host, "initctl list").stdout
    host.restart()
    listed = run(host, "initctl list").stdout
    assert "one start/running" in listed
    assert "two stop/waiting" in listed


def test_systemctl_speaks_as_the_real_one(start_host: StartHost) -> None:
    """Words and exit statuses of CentOS 7's systemctl."""
    host = start_host(Family.REDHAT)
    (host.root / "usr/lib/systemd/system/sleeper.service").write_text(UNIT)
    assert run(host, "systemctl is-active sleeper").stdout == "inactive\n"
    assert run(host, "systemctl is-active sleeper").status == 3
    assert run(host, "systemctl is-enabled sleeper.service").stdout == "disabled\n"
    enabled = run(host, "systemctl enable sleeper")
    assert enabled.stderr.startswith("Created symlink from /etc/systemd/system/multi-user.target.wants/")
    assert run(host, "systemctl is-enabled sleeper").status == 0
    assert run(host, "systemctl start sleeper.service").status == 0
    shown = run(host, "systemctl show -p MainPID,ActiveState --property=SubState sleeper").stdout
    assert "ActiveState=active\n" in shown
    assert "SubState=running\n" in shown
    pid = shown.partition("MainPID=")[2].split()[0]
    assert run(host, f"cat /proc/{pid}/comm").stdout == "sleep\n"
    assert run(host, "systemctl status sleeper").status == 0
    assert run(host, "systemctl try-restart sleeper").status == 0
    assert run(host, "systemctl disable sleeper").stderr.startswith("Removed symlink ")
    redirected = run(host, "service sleeper stop")
    assert "Redirecting to /bin/systemctl stop sleeper.service" in redirected.stderr
    assert run(host, "systemctl status sleeper").status == 3
    missing = run(host, "systemctl start nothing")
    assert (missing.status, missing.stderr) == (
        5,
        "Failed to start nothing.service: Unit not found.\n",
    )
    assert run(host, "systemctl status nothing").status == 4


def test_systemd_counts_every_start(start_host: StartHost) -> None:
    """StartLimitBurst is reached by an operator's starts too, until reset-failed."""
    host = start_host(Family.REDHAT)
    text = UNIT.replace("[Install]", "StartLimitBurst=2\nStartLimitInterval=120\n[Install]")
    (host.root / "usr/lib/systemd/system/sleeper.service").write_text(text)
    for _ in range(2):
        assert run(host, "systemctl restart sleeper").status == 0
    refused = run(host, "systemctl restart sleeper")
    assert refused.status == 1
    assert "attempted too often" in refused.stderr
    assert run(host, "systemctl is-failed sleeper").stdout == "failed\n"
    assert run(host, "systemctl reset-failed sleeper && systemctl start sleeper").status == 0


def test_alternatives_of_both_families(start_host: StartHost) -> None:
    """The best choice is taken, unless one is set by hand; without any choice the link is gone."""
    for family, program in ((Family.DEBIAN, "update-alternatives"), (Family.REDHAT, "alternatives")):
        host = start_host(family)
        for version in ("7", "8"):
            run(
                host,
                f"mkdir -p /opt/{version}; echo '#!/bin/sh' > /opt/{version}/java; chmod 755 /opt/*/java",
            )
            assert (
                run(host, f"{program} --install /usr/bin/java java /opt/{version}/java 10{version}").status
                == 0
            )
        assert run(host, "readlink -f /usr/bin/java").stdout == "/opt/8/java\n"
        assert run(host, f"{program} --set java /opt/7/java").status == 0
        assert run(host, "readlink -f /usr/bin/java").stdout == "/opt/7/java\n"
        assert "/opt/7/java" in run(host, f"{program} --display java").stdout
        assert run(host, f"{program} --auto java").status == 0
        assert run(host, f"{program} --remove java /opt/8/java").status == 0
        assert run(host, "readlink -f /usr/bin/java").stdout == "/opt/7/java\n"
        assert run(host, f"{program} --remove java /opt/7/java").status == 0
        assert run(host, "command -v java").status != 0


@pytest.mark.parametrize("family", list(Family))
def test_ssh_reaches_a_host_by_its_name(start_host: StartHost, family: Family, tmp_path: Path) -> None:
    """ssh with the site's configuration logs in as root; as another user nobody may change services."""
    ssh = SiteSsh(tmp_path / "ssh")
    host = start_host(family, name="gateway-1", ssh_port=free_port(), authorized_key=ssh.public_key())
    config = ssh.write_config([host])

    def over_ssh(command: str, user: str = "root") -> subprocess.CompletedProcess[str]:
        words = ["ssh", "-F", str(config), "-l", user, "gateway-1", command]
        environment = {"PATH": os.environ["PATH"]}
        deadline = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
            if done.returncode != 255 or time.monotonic() > deadline:
                return done

    assert over_ssh("hostname; id -un").stdout == "gateway-1\nroot\n"
    assert over_ssh("exit 7").returncode == 7
    stop = "stop ssh" if family is Family.DEBIAN else "systemctl stop sshd"
    refused = over_ssh(f"PATH=$PATH:/usr/sbin {stop}", user="operator")
    assert refused.returncode == 1
    assert ("Rejected send message" in refused.stderr) or ("authentication required" in refused.stderr)
    assert over_ssh("sudo -n id -un", user="operator").stdout == "root\n"
    run(host, "rm /etc/sudoers.d/operator; echo 'operator ALL=(ALL) ALL' > /etc/sudoers.d/asks")
    asked = over_ssh("sudo -n id -un", user="operator")
    assert asked.returncode == 1
    assert "a password is required" in asked.stderr


def test_a_copied_host_is_another_host(start_host: StartHost, tmp_path: Path) -> None:
    """A copy has what was done to the template, and a name of its own."""
    template = start_host(name="template")
    run(template, "rm /usr/bin/env; echo here > /opt/here")
    template.stop()
    copy = LabHost(tmp_path / "copy", disposable=True)
    copy.make(HostSpecification(name="copy"), template=template.root)
    with copy:
        assert run(copy, "hostname; cat /opt/here").stdout == "copy\nhere\n"
        assert copy.snapshot().files["usr/bin/env"].kind == "absent"
    copy.remove()


def test_a_service_stopped_in_the_moment_of_its_start_takes_only_itself_down(start_host: StartHost) -> None:
    """A signal for a child that has just been forked is no signal for process 1."""
    host = start_host(Family.DEBIAN)
    run(host, f"printf '%s' '{JOB}' >/etc/init/quick.conf")
    quickly = "start quick && stop quick || exit 1"
    done = run(host, f"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do {quickly}; done")
    assert done.status == 0, done.stderr
    assert host.running
    assert run(host, "status quick").stdout == "quick stop/waiting\n"
