"""What makes a host this host: its name, its ids, its keys."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from midonet_lab.hosts.root_tree.skeleton import make_directory, write_file
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.processes.server_process import program
from midonet_migrate.model.hosts import Family

HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
HOST_ID_FILE = "etc/midonet_host_id.properties"
_SSHD = "/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config"


def give_identity(root: Path, specification: HostSpecification) -> None:
    """Write the files that differ from host to host."""
    name = specification.name
    short = name.partition(".")[0]
    names = name if short == name else f"{name} {short}"
    write_file(root, "etc/hostname", f"{name}\n")
    others = "".join(f"{address} {other}\n" for other, address in specification.names.items())
    write_file(root, "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {names}\n{others}")
    host_id = root / HOST_ID_FILE
    host_id.unlink(missing_ok=True)
    if specification.midonet_host_id:
        text = f"#Tue Mar 08 14:48:54 UTC 2016\nhost_uuid={specification.midonet_host_id}\n"
        write_file(root, HOST_ID_FILE, text)
    if specification.ssh_port:
        _give_sshd(root, specification)


def _give_sshd(root: Path, specification: HostSpecification) -> None:
    keygen = program("ssh-keygen", package="openssh-client")
    program("sshd", package="openssh-server")
    key = root / HOST_KEY
    for old in (key, key.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    quiet = [keygen, "-q", "-t", "ed25519", "-N", "", "-C", f"root@{specification.name}", "-f", str(key)]
    subprocess.run(quiet, check=True, stdin=subprocess.DEVNULL)
    write_file(root, "etc/ssh/sshd_config", _sshd_config(specification.ssh_port))
    for home in ("root", "home/operator"):
        directory = make_directory(root, f"{home}/.ssh")
        directory.chmod(0o700)
        write_file(root, f"{home}/.ssh/authorized_keys", f"{specification.authorized_key}\n", 0o600)
    for path in ("home/operator/.ssh", "home/operator/.ssh/authorized_keys"):
        shutil.chown(root / path, 1000, 1000)
    if specification.family is Family.DEBIAN:
        job = f'description "OpenSSH server"\nstart on runlevel [2345]\nrespawn\nexec {_SSHD}\n'
        write_file(root, "etc/init/ssh.conf", job)
    else:
        unit = (
            f"[Unit]\nDescription=OpenSSH server daemon\n[Service]\nExecStart={_SSHD}\nRestart=on-failure\n"
        )
        write_file(
            root, "usr/lib/systemd/system/sshd.service", f"{unit}[Install]\nWantedBy=multi-user.target\n"
        )
        link = root / "etc/systemd/system/multi-user.target.wants/sshd.service"
        if not link.is_symlink():
            link.symlink_to("/usr/lib/systemd/system/sshd.service")


def _sshd_config(port: int) -> str:
    return f"""\
Port {port}
ListenAddress {LOOPBACK}
HostKey /{HOST_KEY}
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100
Subsystem sftp internal-sftp
"""
