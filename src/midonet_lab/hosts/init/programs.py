"""MidoNet's own commands on a host, whose packages have a script that asks for them."""

from __future__ import annotations

from pathlib import Path

from midonet_lab.hosts.init.reply import Reply, Request
from midonet_lab.hosts.services.datapath import mm_dpctl
from midonet_lab.hosts.services.java import find_java

MN_CONF_19 = "mn-conf-1.9"
MN_CONF = {MN_CONF_19: 7, "mn-conf-5.0.2": 8, "mn-conf-5.2.1": 8}
"""Name of the program: version of Java that it looks for."""
MM_DPCTL = {"mm-dpctl-1.9": False, "mm-dpctl-5": True}
PROGRAMS = frozenset({*MN_CONF, *MM_DPCTL})


def run_program(directory: Path, request: Request) -> Reply:
    """Run it for the host in ``directory``."""
    if request.name in MM_DPCTL:
        status, output = mm_dpctl(directory, list(request.arguments), recent=MM_DPCTL[request.name])
        return Reply(status, output) if status == 0 else Reply(status, errors=output)
    return _mn_conf(directory / "root", request)


def _mn_conf(root: Path, request: Request) -> Reply:
    """The lab's mn-conf. 1.9's keeps to the root that it finds, 5.x's replaces that of 1.9 (host 4.1)."""
    wanted = MN_CONF[request.name]
    if find_java(root, wanted) is None and not (wanted == 7 and find_java(root, 8)):
        return Reply(1, errors="Could not find a suitable java version\n")
    from midonet_lab.midonet5.mn_conf.bootstrap import bootstrap  # noqa: PLC0415 - heavy
    from midonet_lab.midonet5.mn_conf.command import run  # noqa: PLC0415

    environment = dict(variable.split("=", 1) for variable in request.environment)
    legacy = request.name == MN_CONF_19
    if legacy:
        where = bootstrap(environment, root)
        top = "/midonet/v1" if where.replaced_legacy_root else where.root
        # With a slash at its end it is not the root that is replaced.
        environment["MIDO_ZOOKEEPER_ROOT_KEY"] = f"{top}/"
    version = "5.2.1" if request.name == "mn-conf-5.2.1" else "5.0.2"
    outcome = run(
        list(request.arguments),
        lambda: request.stdin,
        environment,
        host_root=root,
        version="5.2.1" if version == "5.2.1" else "5.0.2",
    )
    return Reply(outcome.status, outcome.stdout.decode("utf-8", "replace"), outcome.stderr.decode())
