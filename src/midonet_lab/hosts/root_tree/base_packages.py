"""Packages that a host has from its installation, as far as dependencies of others name them."""

from __future__ import annotations

import msgspec


class BasePackage(msgspec.Struct, frozen=True):
    """A package that is recorded as installed, and owns no file."""

    name: str
    version: str
    architecture: str = "amd64"
    provides: str = ""
    essential: bool = False


_ALL = "all"
TRUSTY = (
    BasePackage("adduser", "3.113+nmu3ubuntu3", _ALL),
    BasePackage("apt", "1.0.1ubuntu2.24"),
    BasePackage("base-files", "7.2ubuntu5.6", essential=True),
    BasePackage("bash", "4.3-7ubuntu1.7", essential=True),
    BasePackage("bridge-utils", "1.5-6ubuntu2"),
    BasePackage("ca-certificates", "20170717~14.04.2", _ALL),
    BasePackage("coreutils", "8.21-1ubuntu5.4", essential=True),
    BasePackage("cron", "3.0pl1-124ubuntu2.1"),
    BasePackage("curl", "7.35.0-1ubuntu2.20"),
    BasePackage("debconf", "1.5.51ubuntu2", _ALL, "debconf-2.0"),
    BasePackage("dpkg", "1.17.5ubuntu5.8", essential=True),
    BasePackage("ethtool", "1:3.13-1"),
    BasePackage("gnupg", "1.4.16-1ubuntu2.6"),
    BasePackage("gpgv", "1.4.16-1ubuntu2.6"),
    BasePackage("grep", "2.16-1", essential=True),
    BasePackage("haproxy", "1.4.24-2ubuntu0.5"),
    BasePackage("ifupdown", "0.7.47.2ubuntu4.5"),
    BasePackage("init-system-helpers", "1.14ubuntu1", _ALL),
    BasePackage("initscripts", "2.88dsf-41ubuntu6.3"),
    BasePackage("insserv", "1.14.0-5ubuntu2"),
    BasePackage("iproute", "1:3.12.0-2ubuntu1.2", _ALL),
    BasePackage("iproute2", "3.12.0-2ubuntu1.2", provides="arpd"),
    BasePackage("iptables", "1.4.21-1ubuntu1"),
    BasePackage("java-common", "0.51", _ALL),
    BasePackage("libc6", "2.19-0ubuntu6.15"),
    BasePackage("libgcc1", "1:4.9.3-0ubuntu4"),
    BasePackage("libssl1.0.0", "1.0.1f-1ubuntu2.27"),
    BasePackage("libstdc++6", "4.8.4-2ubuntu1~14.04.4"),
    BasePackage(
        "linux-image-3.13.0-170-generic", "3.13.0-170.220", provides="linux-image, linux-image-3.0, kernel"
    ),
    BasePackage("linux-image-generic", "3.13.0.170.181"),
    BasePackage("lsb-base", "4.1+Debian11ubuntu6.2", _ALL),
    BasePackage("lsb-release", "4.1+Debian11ubuntu6.2", _ALL),
    BasePackage("lsof", "4.86+dfsg-1ubuntu2"),
    BasePackage("makedev", "2.3.1-93ubuntu2~ubuntu14.04.1", _ALL),
    BasePackage("mount", "2.20.1-5.1ubuntu20.9", essential=True),
    BasePackage("multiarch-support", "2.19-0ubuntu6.15"),
    BasePackage("net-tools", "1.60-25ubuntu2.1"),
    BasePackage("openssh-client", "1:6.6p1-2ubuntu2.13"),
    BasePackage("openssh-server", "1:6.6p1-2ubuntu2.13", provides="ssh-server"),
    BasePackage("openssl", "1.0.1f-1ubuntu2.27"),
    BasePackage("passwd", "1:4.1.5.1-1ubuntu9.5"),
    BasePackage("perl", "5.18.2-2ubuntu1.7"),
    BasePackage("perl-base", "5.18.2-2ubuntu1.7", provides="perl5-base", essential=True),
    BasePackage("procps", "1:3.3.9-1ubuntu2.3"),
    BasePackage("psmisc", "22.20-1ubuntu2"),
    BasePackage("python", "2.7.5-5ubuntu3"),
    BasePackage("python2.7", "2.7.6-8ubuntu0.5"),
    BasePackage("python-eventlet", "0.13.0-1ubuntu2.1", _ALL),
    BasePackage("python-httplib2", "0.8-2build1", _ALL),
    BasePackage("python-setproctitle", "1.0.1-1ubuntu1"),
    BasePackage("python-webob", "1.3.1-1", _ALL),
    BasePackage("quagga", "0.99.22.4-3ubuntu1.5"),
    BasePackage("sed", "4.2.2-4ubuntu1", essential=True),
    BasePackage("sudo", "1.8.9p5-1ubuntu1.4"),
    BasePackage("sysvinit-utils", "2.88dsf-41ubuntu6.3", essential=True),
    BasePackage("sysv-rc", "2.88dsf-41ubuntu6.3", _ALL),
    BasePackage("tzdata", "2019a-0ubuntu0.14.04", _ALL),
    BasePackage("ucf", "3.0027+nmu1", _ALL),
    BasePackage("upstart", "1.12.1-0ubuntu4.2"),
    BasePackage("util-linux", "2.20.1-5.1ubuntu20.9", essential=True),
    BasePackage("zlib1g", "1:1.2.8.dfsg-1ubuntu1.1"),
)
"""Ubuntu 14.04."""

_EL7 = "x86_64"
_NO = "noarch"
CENTOS = (
    BasePackage("bash", "4.2.46-34.el7", _EL7, "/bin/sh, /bin/bash"),
    BasePackage("bridge-utils", "1.5-9.el7", _EL7),
    BasePackage("ca-certificates", "2020.2.41-70.0.el7_8", _NO),
    BasePackage("centos-release", "7-9.2009.0.el7.centos", _EL7, "redhat-release, system-release"),
    BasePackage("chkconfig", "1.7.6-1.el7", _EL7, "/usr/sbin/alternatives, /usr/sbin/update-alternatives"),
    BasePackage("coreutils", "8.22-24.el7", _EL7),
    BasePackage("curl", "7.29.0-59.el7", _EL7),
    BasePackage("glibc", "2.17-317.el7", _EL7),
    BasePackage("grep", "2.20-3.el7", _EL7),
    BasePackage("haproxy", "1.5.18-9.el7", _EL7),
    BasePackage("initscripts", "9.49.53-1.el7", _EL7),
    BasePackage("iproute", "4.11.0-30.el7", _EL7),
    BasePackage("iptables", "1.4.21-35.el7", _EL7),
    BasePackage("kernel", "3.10.0-1160.el7", _EL7),
    BasePackage("net-tools", "2.0-0.25.20131004git.el7", _EL7),
    BasePackage("openssh-server", "7.4p1-21.el7", _EL7),
    BasePackage("procps-ng", "3.3.10-28.el7", _EL7),
    BasePackage("python", "2.7.5-89.el7", _EL7, "/usr/bin/python"),
    BasePackage("python-eventlet", "0.17.4-4.el7", _NO),
    BasePackage("python-httplib2", "0.9.2-1.el7", _NO),
    BasePackage("python-setproctitle", "1.1.6-5.el7", _EL7),
    BasePackage("python-webob", "1.4.1-2.el7", _NO),
    BasePackage("quagga", "0.99.22.4-5.el7_4", _EL7),
    BasePackage("rpm", "4.11.3-45.el7", _EL7),
    BasePackage("sed", "4.2.2-7.el7", _EL7),
    BasePackage("shadow-utils", "2:4.6-5.el7", _EL7, "/usr/sbin/useradd, /usr/sbin/groupadd"),
    BasePackage("sudo", "1.8.23-10.el7", _EL7),
    BasePackage("systemd", "219-78.el7", _EL7, "/usr/bin/systemctl"),
    BasePackage("tzdata", "2020a-1.el7", _NO),
    BasePackage("util-linux", "2.23.2-65.el7", _EL7),
    BasePackage("yum", "3.4.3-168.el7.centos", _NO),
    BasePackage("yum-plugin-versionlock", "1.1.31-54.el7_8", _NO),
)
"""CentOS 7. ``version`` is epoch:version-release."""


def dpkg_status() -> str:
    """The text of ``/var/lib/dpkg/status`` with :data:`TRUSTY` alone."""
    return "\n".join(_stanza(package) for package in sorted(TRUSTY, key=lambda package: package.name))


def _stanza(package: BasePackage) -> str:
    lines = [f"Package: {package.name}"]
    if package.essential:
        lines.append("Essential: yes")
    lines += [
        "Status: install ok installed",
        "Priority: required" if package.essential else "Priority: optional",
        "Section: base",
        "Installed-Size: 1",
        "Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>",
        f"Architecture: {package.architecture}",
        f"Version: {package.version}",
    ]
    if package.provides:
        lines.append(f"Provides: {package.provides}")
    lines.append(f"Description: {package.name} of the distribution\n")
    return "\n".join(lines)
