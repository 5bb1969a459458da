"""``python -m midonet_lab.hosts.init --directory DIR``: bring the host of that directory up, until SIGTERM.

This process stays outside and waits; its child is process 1 of the host. When either dies, so does the other,
and with process 1 every process and mount of the host.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from pathlib import Path

from midonet_lab.hosts.init.server import run_host
from midonet_lab.hosts.namespaces import (
    die_with_parent,
    enter_new_namespaces,
    mount_host,
    set_process_name,
)
from midonet_lab.hosts.places import INIT_PID_FILE, READY_FILE, WORK
from midonet_lab.hosts.specification import HostSpecification
from midonet_migrate.model.hosts import InitSystem


def main() -> int:
    """0 after SIGTERM; else as process 1 ended."""
    parser = argparse.ArgumentParser(prog="python -m midonet_lab.hosts.init", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    directory = parser.parse_args().directory.absolute()
    specification = HostSpecification.load(directory)
    enter_new_namespaces()
    socket.sethostname(specification.name)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        die_with_parent()
        # The parent may have died before that call: then the pipe is closed without the word.
        if os.read(reading, 1) != b"g":
            return 1
        os.close(reading)
        mount_host(directory / "root", directory / WORK)
        set_process_name("init" if specification.init is InitSystem.UPSTART else "systemd")
        return run_host(directory, directory / READY_FILE)
    os.close(reading)
    (directory / INIT_PID_FILE).write_text(f"{child}\n", encoding="ascii")
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    os.write(writing, b"g")
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
