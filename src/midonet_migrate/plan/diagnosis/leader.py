"""Why a cluster that leads imports nothing, and why nobody leads (imp 1.8, 4.1, D)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from midonet_migrate.plan.diagnosis.model import Diagnosis
from midonet_migrate.plan.mn_conf_settings import JDBC_DRIVER

_JDBC = re.compile(
    r"jdbc:(?:mysql|mariadb)://(?P<host>\[[^\]]+\]|[^:/?]*)(?::(?P<port>\d+))?/(?P<name>[^?]*)(?:\?.*)?"
)
_SECTION = "cluster.neutron_importer"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_HOST = "any"
"""Stands for a node without settings of its own: it has those of the template ``default``."""
_RESTART = "midonet-cluster reads these settings at its start only: restart it on this node"
_SHOW = "mn-conf get -h {host} cluster.neutron_importer"


class Configuration(msgspec.Struct, kw_only=True, frozen=True):
    """The importer's settings in effect on one node, without the password.

    ``same_password``: whether it equals that of Neutron's URL; None where the user is another one.
    ``login`` is what came of logging in with these settings from here, ``login_error`` why it failed:
    ``refused`` is the server's word on user, password or database.
    """

    host: str
    enabled: bool | None
    driver: str
    connection_string: str
    user: str
    same_password: bool | None = None
    login: Literal["works", "refused", "unreachable", "untried"] = "untried"
    login_error: str = ""


class Leadership(msgspec.Struct, kw_only=True, frozen=True):
    """The election as it is. ``hosts`` are the participants' host ids, the leader first.

    ``has_worked``: since the first one leads, it has imported something or told that it lives.
    ``configurations``: of the leader, or without one of all nodes that are known. ``api``: why the 5.x
    API does not answer, empty if it does.
    """

    hosts: tuple[str, ...] = ()
    has_worked: bool = False
    configurations: tuple[Configuration, ...] = ()
    api: str = ""


class NeutronAddress(msgspec.Struct, frozen=True):
    """Where Neutron itself finds the database. No password."""

    host: str
    port: int
    name: str
    user: str


def diagnose_leader(leadership: Leadership, neutron: NeutronAddress, *, held_back: int) -> Diagnosis | None:
    """What is wrong with the leader's settings; None if nothing is, or if it has worked with them, or runs
    with others."""
    if not leadership.hosts or leadership.has_worked:
        return None
    leader = leadership.hosts[0]
    own = next((item for item in leadership.configurations if item.host == leader), None)
    if own is None or not own.enabled:
        # Whoever takes part in the election was enabled when it started: these are not its settings.
        return None
    others = _idle(leadership.hosts)
    for rule, why, remedy, log in _broken(own):
        return Diagnosis(
            cause="configuration",
            rule=rule,
            what=f"the importer on host {leader} leads, and imports nothing",
            why=f"{why}; it holds the leader latch all the same, and its API answers",
            remedy=f"{remedy} ({_SHOW.format(host=leader)}). {_RESTART}",
            log=log,
            evidence=others,
            held_back=held_back,
            restart=True,
        )
    wrong_password = own.same_password is False
    if own.login == "works" or (own.login == "untried" and not wrong_password):
        return None
    return Diagnosis(
        cause="database",
        rule="importer-login",
        what=f"the importer on host {leader} does not get into the database",
        why=own.login_error or "its password in mn-conf is not the one Neutron logs in with as the same user",
        remedy="set cluster.neutron_importer.user, .password and .connection_string with mn-conf to what"
        f" Neutron uses ({_SHOW.format(host=leader)}). {_RESTART}",
        log="java.sql.SQLException: Cannot create PoolableConnectionFactory (...)",
        evidence=(*_differences(own, neutron), *others),
        certain=own.login == "refused" or wrong_password,
        held_back=held_back,
        restart=True,
    )


def diagnose_nobody(leadership: Leadership, *, held_back: int) -> Diagnosis:
    """Why no importer takes part in the election."""
    enabled = [item.host for item in leadership.configurations if item.enabled]
    off = tuple(
        f"host {item.host} has settings of its own (or a template) that keep its importer off"
        for item in leadership.configurations
        if item.host != ANY_HOST and not item.enabled
    )
    if leadership.configurations and not enabled:
        return Diagnosis(
            cause="no-leader",
            rule="importer-off",
            what="no importer runs",
            why="cluster.neutron_importer.enabled is false in mn-conf for every node",
            remedy="set it to true with mn-conf set -t default, and restart midonet-cluster",
            held_back=held_back,
            restart=True,
        )
    if leadership.api:
        return Diagnosis(
            cause="no-leader",
            rule="cluster-down",
            what="no importer runs, and the MidoNet 5 API does not answer",
            why=f"midonet-cluster is down or cannot start: {leadership.api}",
            remedy="start midonet-cluster; /var/log/midonet-cluster/midonet-cluster.log and"
            " upstart-stderr.log beside it tell why it does not",
            evidence=off,
            certain=False,  # it may be starting
            held_back=held_back,
        )
    return Diagnosis(
        cause="no-leader",
        rule="importer-absent",
        what="the MidoNet 5 API answers, and no importer runs",
        why="midonet-cluster was started before the importer was enabled, or with another root key or other"
        " ZooKeeper servers: it reads its settings at its start only",
        remedy="restart midonet-cluster; if that does not help, compare /etc/midonet/midonet.conf with the"
        " settings of this program (zookeeper, target_root)",
        evidence=off,
        certain=False,
        held_back=held_back,
        restart=True,
    )


def _idle(hosts: Sequence[str]) -> tuple[str, ...]:
    if len(hosts) < 2:
        return ()
    return (f"{len(hosts) - 1} more importers wait behind it: {', '.join(hosts[1:])}",)


def _broken(own: Configuration) -> Iterator[tuple[str, str, str, str]]:
    """Settings that no importer starts with: rule, why, remedy, log."""
    key = f"{_SECTION}.jdbc_driver_class"
    wanted = f"set it to {JDBC_DRIVER}"
    if not own.driver.strip():
        yield "jdbc-driver", f"{key} is empty", wanted, f"Config parameter {key} not defined."
    elif own.driver != JDBC_DRIVER:
        why = f"{key} is {own.driver}, which is not in MidoNet's packages"
        yield "jdbc-driver", why, wanted, f"Could not load JDBC driver class: {own.driver}."
    key = f"{_SECTION}.connection_string"
    wanted = "set it to jdbc:mysql://HOST:PORT/DATABASE of Neutron's database"
    if not own.connection_string.strip():
        yield "connection-string", f"{key} is blank", wanted, f"Config parameter {key} not defined."
    elif _JDBC.fullmatch(own.connection_string.strip()) is None:
        log = f"The connection string specified in {key} is not a valid connection string"
        yield "connection-string", f"{key} is no URL of this driver", wanted, log


def parse_jdbc(text: str) -> tuple[str, int, str] | None:
    """Host, port and database of a JDBC URL for MySQL or MariaDB; None for anything else."""
    match = _JDBC.fullmatch(text.strip())
    if match is None:
        return None
    return match["host"].strip("[]") or "localhost", int(match["port"] or 3306), match["name"]


def _differences(own: Configuration, neutron: NeutronAddress) -> tuple[str, ...]:
    """In what the settings differ from Neutron's own. No evidence by itself: a server has many names."""
    told = []
    parsed = parse_jdbc(own.connection_string)
    if parsed is not None:
        host, port, name = parsed
        same_host = host == neutron.host or (host in _LOOPBACK and neutron.host in _LOOPBACK)
        if not same_host:
            told.append(f"the importer's database server is {host}, Neutron's {neutron.host}")
        if port != neutron.port:
            told.append(f"the importer's database port is {port}, Neutron's {neutron.port}")
        if name != neutron.name:
            told.append(f"the importer's database is '{name}', Neutron's '{neutron.name}'")
    if own.user != neutron.user:
        told.append(f"the importer's user is '{own.user}', Neutron's '{neutron.user}'")
    if own.same_password is False:
        told.append("the importer's password is not Neutron's")
    return tuple(told)
