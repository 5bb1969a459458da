"""What upstart, SysV scripts and systemd say of a service, and what is made of it.

The texts are those of Ubuntu 14.04's and CentOS 7's tools, written down from memory of them.
"""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.hosts.init_systems.overrides import with_manual, without_manual
from midonet_migrate.hosts.init_systems.reading import (
    Seen,
    UnreadableState,
    is_alive,
    is_stopped,
    read_services,
    starts_by_itself,
)
from midonet_migrate.hosts.scripts import Section, is_refusal, script_text, split_sections
from midonet_migrate.hosts.service_names import NAMES, by_role
from midonet_migrate.model.hosts import InitSystem, ServiceFacts


def upstart(name: str, said: str, conditions: str = "") -> ServiceFacts | None:
    """What is read of a job."""
    sections = [Section(("service", "upstart", name), said), Section(("conditions", name), conditions)]
    seen = read_services(sections)
    if name in seen.unreadable:
        raise seen.unreadable[name]
    return seen.services.get(name)


def systemd(**values: str) -> ServiceFacts | None:
    """What is read of ``systemctl show``; ``is_enabled`` is that command's status."""
    status = values.pop("is_enabled", "1")
    body = "".join(f"{key}={value}\n" for key, value in {"Id": "x.service", **values}.items())
    sections = [Section(("units", "x"), body), Section(("enabled", "x", status), "")]
    return read_services(sections).services.get("x")


def sysv(said: str, code: int, links: str = "") -> ServiceFacts | None:
    """What is read of a script's status."""
    sections = [
        Section(("service", "sysv", "tomcat7"), said),
        Section(("status", "tomcat7", str(code)), ""),
        Section(("links", "tomcat7"), links),
    ]
    return read_services(sections).services.get("tomcat7")


@pytest.mark.parametrize(
    ("said", "running", "pid", "state"),
    [
        ("midolman start/running, process 2173\n", True, 2173, "start/running"),
        ("midolman stop/waiting\n", False, None, "stop/waiting"),
        ("midolman start/pre-start, process 99\n", True, 99, "start/pre-start"),
        ("midolman start/spawned, process 1010\n", True, 1010, "start/spawned"),
        ("midolman stop/killed, process 2173\n", False, None, "stop/killed"),
        ("midolman start/post-stop\n", True, None, "start/post-stop"),
        ("midolman start/running\n", True, None, "start/running"),
        ("midolman start/post-start, process 12\n\tpost-start process 13\n", True, 12, "start/post-start"),
        (
            "midolman (eth0) stop/waiting\nmidolman (eth1) start/running, process 7\n",
            True,
            7,
            "start/running",
        ),
    ],
)
def test_an_upstart_job(said: str, running: bool, pid: int | None, state: str) -> None:
    """Goal, state and process of ``initctl status``."""
    facts = upstart("midolman", said, "start on runlevel [2345]\n")
    assert facts is not None
    assert (facts.running, facts.pid, facts.state, facts.enabled) == (running, pid, state, True)
    assert is_alive(facts) is (state == "start/running")
    assert is_stopped(facts) is (state == "stop/waiting")


def test_a_job_unknown_to_upstart_is_no_service() -> None:
    """Its file may lie there with a syntax error, or of a removed package."""
    assert upstart("midolman", "initctl: Unknown job: midolman\n") is None


def test_an_upstart_that_cannot_be_asked_is_no_missing_service() -> None:
    """What cannot be read is told, in its words."""
    said = (
        "initctl: Unable to connect to Upstart: Failed to connect to socket /com/ubuntu/upstart: "
        "Connection refused"
    )
    with pytest.raises(UnreadableState, match="Connection refused") as caught:
        upstart("midolman", said)
    assert not caught.value.refused


@pytest.mark.parametrize(
    ("lines", "enabled"),
    [
        (["start on runlevel [2345]"], True),
        (["start on (filesystem and net-device-up IFACE!=lo)", "manual"], False),
        (["manual", "start on runlevel [2345]"], True),
        (["  manual # for now", "start\ton started mysql"], True),
        (["start on x", "manual\t"], False),
        (["#start on x", "manually"], False),
        ([], False),
    ],
)
def test_when_a_job_starts_by_itself(lines: list[str], enabled: bool) -> None:
    """The last of ``start on`` and ``manual`` counts, those of the override coming last."""
    assert starts_by_itself(lines) is enabled


@pytest.mark.parametrize(
    ("said", "code", "running", "pid", "state"),
    [
        (" * Tomcat servlet engine is running with pid 1234\n", 0, True, 1234, "running"),
        (" * Tomcat servlet engine is not running.\n", 3, False, None, "stopped"),
        (
            " * Tomcat servlet engine is not running, but pid file exists.\n",
            1,
            False,
            None,
            "failed (died)",
        ),
        ("cassandra (pid  4711) is running...\n", 0, True, 4711, "running"),
        (" * apache2 is running\n", 0, True, None, "running"),
    ],
)
def test_a_sysv_script(said: str, code: int, running: bool, pid: int | None, state: str) -> None:
    """The exit status decides; the pid is taken from the words."""
    links = "/etc/rc2.d/S92tomcat7\n/etc/rc3.d/S92tomcat7\n"
    facts = sysv(said, code, links)
    assert facts is not None
    assert (facts.running, facts.pid, facts.state, facts.enabled) == (running, pid, state, True)
    assert is_stopped(facts) is not running


def test_a_disabled_script_has_only_links_that_stop_it() -> None:
    """update-rc.d renames S92tomcat7 to K08tomcat7."""
    facts = sysv(" * x is not running.", 3, "/etc/rc2.d/K08tomcat7\n")
    assert facts is not None
    assert not facts.enabled


def test_an_unknown_script_is_no_service() -> None:
    """``service`` says so, of a script that may not be executed, and ends with 1: nothing has died there, and
    nothing is unreadable."""
    for code in (1, 1 << 6):
        said = [
            Section(("service", "sysv", "tomcat7"), "tomcat7: unrecognized service\n"),
            Section(("status", "tomcat7", str(code)), ""),
        ]
        assert read_services(said) == Seen()


@pytest.mark.parametrize(("said", "told"), [("no pidfile\n", "no pidfile"), ("", "status 4")])
def test_a_script_that_does_not_know_is_not_taken_for_stopped(said: str, told: str) -> None:
    """LSB: 4 and above say that the state is not known. Packages must not change under what may run."""
    sections = [Section(("service", "sysv", "tomcat7"), said), Section(("status", "tomcat7", "4"), "")]
    seen = read_services(sections)
    assert seen.services == {}
    assert told in str(seen.unreadable["tomcat7"])


def test_a_running_unit() -> None:
    """MidoNet's unit on CentOS 7."""
    facts = systemd(
        MainPID="3021",
        Result="success",
        LoadState="loaded",
        ActiveState="active",
        SubState="running",
        UnitFileState="enabled",
    )
    assert facts == ServiceFacts(
        name="x", init=InitSystem.SYSTEMD, running=True, enabled=True, pid=3021, state="active (running)"
    )


@pytest.mark.parametrize(
    ("active", "sub", "result", "running", "stopped", "state"),
    [
        ("inactive", "dead", "success", False, True, "inactive (dead)"),
        ("failed", "failed", "start-limit", False, True, "failed (start-limit)"),
        ("failed", "failed", "exit-code", False, True, "failed (exit-code)"),
        ("activating", "auto-restart", "exit-code", True, False, "activating (auto-restart)"),
        ("deactivating", "stop-sigterm", "success", False, False, "deactivating (stop-sigterm)"),
    ],
)
def test_a_unit_that_does_not_run(
    active: str, sub: str, result: str, running: bool, stopped: bool, state: str
) -> None:
    """One that waits for its next start after a crash is not stopped, and not at work either."""
    facts = systemd(
        MainPID="0",
        Result=result,
        LoadState="loaded",
        ActiveState=active,
        SubState=sub,
        UnitFileState="disabled",
    )
    assert facts is not None
    assert (facts.running, is_stopped(facts), facts.state, facts.pid) == (running, stopped, state, None)
    assert not is_alive(facts)
    assert not facts.enabled


def test_a_unit_that_is_not_installed() -> None:
    """systemd 219 shows one for any name."""
    assert systemd(LoadState="not-found", ActiveState="inactive", SubState="dead", MainPID="0") is None


def test_units_are_told_apart_and_known_by_any_of_their_names() -> None:
    """``systemctl show`` parts several units by empty lines."""
    running = "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=5\nUnitFileState=enabled\n"
    body = (
        f"Id=a.service\nNames=a.service\n{running}\n"
        "Id=b.service\nNames=b.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n\n"
        f"Id=httpd24.service\nNames=httpd24.service c.service\n{running}"
    )
    services = read_services([Section(("units", "a", "b", "c"), body)]).services
    assert {name: facts.pid for name, facts in services.items()} == {"a": 5, "c": 5}


def test_a_systemd_that_cannot_be_asked_is_no_host_without_services() -> None:
    """As in a container, or without its bus."""
    said = "Failed to get D-Bus connection: Operation not permitted\n"
    seen = read_services([Section(("units", "a", "b"), said)])
    assert seen.services == {}
    assert seen.unreadable["a"].said == said.strip()


def test_a_process_whose_unit_file_has_gone_still_runs() -> None:
    """As after the removal of its package."""
    facts = systemd(LoadState="not-found", ActiveState="active", SubState="running", MainPID="77")
    assert facts is not None
    assert facts.running


def test_a_masked_unit_is_there_and_does_not_start_by_itself() -> None:
    """``systemctl mask``."""
    facts = systemd(LoadState="masked", ActiveState="inactive", SubState="dead", UnitFileState="masked")
    assert facts is not None
    assert not facts.enabled


@pytest.mark.parametrize("status", ["0", "1"])
def test_a_script_under_systemd_is_enabled_as_chkconfig_says(status: str) -> None:
    """Cassandra on CentOS 7: there is no unit file whose state could count (host 1.3)."""
    facts = systemd(
        LoadState="loaded",
        ActiveState="active",
        SubState="exited",
        MainPID="0",
        UnitFileState="",
        SourcePath="/etc/rc.d/init.d/cassandra",
        is_enabled=status,
    )
    assert facts is not None
    assert is_alive(facts)
    assert facts.enabled is (status == "0")


def test_files_of_a_removed_package_are_no_service() -> None:
    """dpkg keeps conffiles; one that holds ``config-files`` of a purge-to-be too."""
    sections = [
        Section(("service", "upstart", "zookeeper"), "zookeeper stop/waiting\n"),
        Section(("service", "upstart", "midolman"), "midolman stop/waiting\n"),
        Section(
            ("owners",),
            "zookeeperd: /etc/init/zookeeper.conf\nmidolman:amd64: /etc/init/midolman.conf\n"
            "diversion by dash from: /bin/sh\n",
        ),
        Section(("owner-states",), "zookeeperd deinstall ok config-files\nmidolman install ok installed\n"),
    ]
    assert list(read_services(sections).services) == ["midolman"]


def test_of_several_services_of_a_role_the_running_one_counts() -> None:
    """Running before enabled, enabled before the order of names."""

    def tomcat(name: str, running: bool, enabled: bool) -> ServiceFacts:
        return ServiceFacts(name=name, init=InitSystem.SYSV, running=running, enabled=enabled)

    both = {"tomcat7": tomcat("tomcat7", False, True), "tomcat6": tomcat("tomcat6", True, False)}
    assert by_role(both)["tomcat"].name == "tomcat6"
    both["tomcat6"] = tomcat("tomcat6", False, False)
    assert by_role(both)["tomcat"].name == "tomcat7"
    assert set(by_role(both)) == {"tomcat"}


@given(st.text(alphabet="man ual#\n\tlr", max_size=60))
def test_disabling_and_enabling_a_job_gives_its_override_back(text: str) -> None:
    """To the byte, unless it said ``manual`` itself; then enabling takes just that out."""
    disabled = with_manual(text)
    assert disabled.splitlines()[-1] == "manual"
    enabled = without_manual(disabled)
    if all(line.split("#")[0].strip() != "manual" for line in text.splitlines()):
        assert enabled == text
    assert all(line.split("#")[0].strip() != "manual" for line in enabled.splitlines())


@pytest.mark.parametrize(
    "said",
    [
        'stop: Rejected send message, 1 matched rules; type="method_call", sender=":1.12"',
        "Failed to stop midolman.service: Interactive authentication required.",
        "sudo: a password is required",
        "initctl: Permission denied",
    ],
)
def test_lack_of_privileges_is_recognised(said: str) -> None:
    """In the words of upstart, systemd and sudo."""
    assert is_refusal(said)


def test_sections_are_told_apart_and_exact() -> None:
    """What a command writes, without a last newline too, and lines that look nearly like the marker."""
    answer = "motd\n\n== a 1\nx\n\n==b\n\n== end\n"
    assert split_sections(answer, "==") == [Section(("a", "1"), "x\n\n==b\n"), Section(("end",), "")]


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("name", ["init_systems/states.sh", "init_systems/act.sh"])
def test_scripts_are_read_by_dash_and_bash(shell: str, name: str) -> None:
    """Ubuntu's sh and CentOS's."""
    done = subprocess.run([shell, "-n"], input=script_text(name), text=True, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_name_is_fit_for_a_command_line() -> None:
    """Names go into paths and arguments of scripts."""
    for names in NAMES.values():
        for name in names:
            assert name.replace("-", "").isalnum()
