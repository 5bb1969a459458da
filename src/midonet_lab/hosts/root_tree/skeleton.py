"""Making the root directory of a host, from outside, before anything is mounted."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from midonet_lab.hosts.root_tree.distribution import (
    DIRECTORIES,
    HIDDEN,
    HIDDEN_DIRECTORIES,
    family_files,
)
from midonet_lab.hosts.root_tree.rpm_base import make_rpm_database
from midonet_lab.hosts.root_tree.users import account_files, accounts
from midonet_lab.hosts.shims import shim_files
from midonet_lab.packages.yum_commands import yum_files
from midonet_migrate.model.hosts import Family

MACHINE_USR = Path("/usr")
_OPAQUE = "trusted.overlay.opaque"
_DIRECTORIES = (
    *("etc/alternatives", "etc/default", "etc/init.d", "etc/ssh", "etc/profile.d", "etc/sudoers.d", "home"),
    *("opt", "mnt", "srv", "media", "run/lock", "run/sshd", "sys", "proc", "dev", "var/log", "var/cache"),
    *("var/lib/misc", "var/spool", "var/mail", "var/db", *(f"etc/rc{level}.d" for level in "0123456S")),
)
_EMPTY_DIRECTORIES = {"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700}
_LINKS = {
    **{name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")},
    "var/run": "/run",
    "var/lock": "/run/lock",
    "etc/mtab": "/proc/self/mounts",
}
_FILES = {
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n",
    "etc/resolv.conf": "",
    "etc/shells": "/bin/sh\n/bin/bash\n",
    "etc/environment": 'PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n',
    "etc/services": "ssh 22/tcp\nhttp 80/tcp\nhttps 443/tcp\n",
    "etc/protocols": "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n",
    "etc/profile": "umask 022\n",
    "etc/ld.so.conf": "",
    "etc/fstab": "",
    "etc/sudoers": "Defaults !lecture\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
    # The account for who does not log in as root; without NOPASSWD nobody knows its password.
    "etc/sudoers.d/operator": "operator ALL=(ALL:ALL) NOPASSWD: ALL\n",
    "etc/pam.d/sudo": (
        "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
    ),
    "etc/pam.d/other": "auth required pam_deny.so\naccount required pam_deny.so\n",
}
_SECRET = {"etc/shadow": 0o640, "etc/sudoers": 0o440, "etc/sudoers.d/operator": 0o440}
_ALTERNATIVES = ("awk", "nawk", "which", "pager", "vi", "editor", "nc", "lzma", "rmt")
"""Programs of the machine that stand in ``/usr/bin`` as links to ``/etc/alternatives``, and stay usable."""


def make_skeleton(root: Path, family: Family) -> None:
    """Make ``root``, which must not exist: a host just installed, with no name yet. Needs root's rights."""
    root.mkdir(mode=0o755)
    root.chmod(0o755)
    for name in (*_DIRECTORIES, *DIRECTORIES[family]):
        make_directory(root, name)
    for name, mode in _EMPTY_DIRECTORIES.items():
        make_directory(root, name)
        (root / name).chmod(mode)
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    for name, text in {**_FILES, **account_files(family), **family_files(family)}.items():
        write_file(root, name, text, _SECRET.get(name, 0o644))
    _hide(root, family)
    for name, text in shim_files(family).items():
        _unhide(root / name)
        write_file(root, name, text, 0o755)
    for account in accounts(family).values():
        if account.home.startswith(("/var/lib/", "/home/")):
            make_directory(root, account.home.lstrip("/"))
            os.chown(root / account.home.lstrip("/"), account.number, account.group)
    for program in _ALTERNATIVES:
        link = Path("/etc/alternatives") / program
        if link.is_symlink() and link.exists():
            (root / "etc/alternatives" / program).symlink_to(link.readlink())
    if family is Family.REDHAT:
        make_rpm_database(root)
        for name, text in yum_files().items():
            _unhide(root / name)
            write_file(root, name, text, 0o755 if name.startswith("usr/bin/") else 0o644)


def make_directory(root: Path, name: str) -> Path:
    """Make ``name`` and what is above it, 0755; below ``usr`` with the modes that the machine has there."""
    path = root
    for part in Path(name).parts:
        path /= part
        if not path.is_dir():
            path.mkdir()
            below = path.relative_to(root)
            twin = Path("/") / below
            like = below.parts[0] == "usr" and twin.is_dir()
            path.chmod(stat.S_IMODE(twin.stat().st_mode) if like else 0o755)
    return path


def write_file(root: Path, name: str, text: str, mode: int = 0o644) -> None:
    """Write a file of the host."""
    make_directory(root, str(Path(name).parent))
    path = root / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _hide(root: Path, family: Family) -> None:
    usr = root / "usr"
    for name in HIDDEN_DIRECTORIES:
        if (MACHINE_USR / name).is_dir():
            make_directory(root, f"usr/{name}")
            os.setxattr(usr / name, _OPAQUE, b"y")
    for pattern in HIDDEN[family]:
        for found in MACHINE_USR.glob(pattern):
            _white_out(root, found)
    for folder in ("bin", "sbin"):
        for found in (MACHINE_USR / folder).iterdir():
            if not found.is_symlink() or found.name in _ALTERNATIVES:
                continue
            if str(found.readlink()).startswith("/etc/alternatives/"):
                _white_out(root, found)
    for name in ("bin", "sbin", "lib", "etc", "share", "games", "src", "include", "man"):
        make_directory(root, f"usr/local/{name}")


def _white_out(root: Path, found: Path) -> None:
    """An overlay takes a character device 0/0 for "not there"."""
    name = found.relative_to("/")
    make_directory(root, str(name.parent))
    if not os.path.lexists(root / name):
        os.mknod(root / name, stat.S_IFCHR, 0)


def _unhide(path: Path) -> None:
    if path.is_symlink() or (os.path.lexists(path) and stat.S_ISCHR(path.lstat().st_mode)):
        path.unlink()
