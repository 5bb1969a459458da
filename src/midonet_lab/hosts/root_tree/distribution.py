"""What tells one distribution from the other: its files below ``/etc``, and what of the machine is hidden."""

from __future__ import annotations

from midonet_lab.hosts.root_tree.base_packages import TRUSTY, dpkg_status
from midonet_migrate.model.hosts import Family

_UBUNTU = """\
NAME="Ubuntu"
VERSION="14.04.6 LTS, Trusty Tahr"
ID=ubuntu
ID_LIKE=debian
PRETTY_NAME="Ubuntu 14.04.6 LTS"
VERSION_ID="14.04"
HOME_URL="http://www.ubuntu.com/"
SUPPORT_URL="http://help.ubuntu.com/"
BUG_REPORT_URL="http://bugs.launchpad.net/ubuntu/"
"""
_CENTOS = """\
NAME="CentOS Linux"
VERSION="7 (Core)"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
PRETTY_NAME="CentOS Linux 7 (Core)"
ANSI_COLOR="0;31"
CPE_NAME="cpe:/o:centos:centos:7"
HOME_URL="https://www.centos.org/"
BUG_REPORT_URL="https://bugs.centos.org/"
"""
_CENTOS_RELEASE = "CentOS Linux release 7.9.2009 (Core)\n"
_LSB = """\
DISTRIB_ID=Ubuntu
DISTRIB_RELEASE=14.04
DISTRIB_CODENAME=trusty
DISTRIB_DESCRIPTION="Ubuntu 14.04.6 LTS"
"""

HIDDEN = {
    Family.DEBIAN: (
        *("bin/python*", "bin/*-python*", "bin/pip*", "bin/systemctl", "bin/deb-systemd-*"),
        *("bin/dnf*", "bin/rpm*", "bin/yum*", "bin/createrepo*", "sbin/policy-rc.d"),
    ),
    Family.REDHAT: (
        *("bin/apt*", "bin/dpkg*", "bin/deb-systemd-*", "bin/debconf*", "bin/update-alternatives"),
        *("sbin/policy-rc.d", "sbin/update-rc.d", "sbin/invoke-rc.d", "bin/systemctl", "sbin/dpkg*"),
    ),
}
"""Patterns below ``/usr``: programs of the machine that such a host does not have. Upstart's and systemd's
are replaced by scripts. On Ubuntu there is no Python, to prove that nothing needs it there."""
HIDDEN_DIRECTORIES = (
    *("local", "lib/jvm", "lib/systemd/system", "share/zookeeper", "share/cassandra", "share/tomcat9"),
    *("lib/python3/dist-packages/neutron", "share/java"),
)
"""Directories below ``/usr`` that are empty on a host, whatever the machine has there."""


_OWNED = (
    *("/bin", "/sbin", "/lib", "/lib64", "/lib/init", "/lib/systemd", "/lib/systemd/system", "/etc"),
    *("/etc/alternatives", "/etc/default", "/etc/init", "/etc/init.d", "/etc/cron.d", "/etc/logrotate.d"),
    *("/home", "/opt", "/root", "/srv", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib/jvm"),
    *("/usr/local", "/usr/share", "/usr/share/doc", "/usr/share/java", "/usr/share/man"),
    *("/usr/share/man/man1", "/var", "/var/cache", "/var/db", "/var/lib", "/var/log", "/var/spool"),
)
"""Directories of base-files, and of others that own no file here."""


def family_files(family: Family) -> dict[str, str]:
    """Path below the root -> text."""
    if family is Family.DEBIAN:
        return {
            "etc/os-release": _UBUNTU,
            "usr/lib/os-release": _UBUNTU,
            "etc/lsb-release": _LSB,
            "etc/debian_version": "jessie/sid\n",
            "etc/issue": "Ubuntu 14.04.6 LTS \\n \\l\n",
            "etc/apt/sources.list": "",
            "etc/dpkg/dpkg.cfg": "no-debsig\nlog /var/log/dpkg.log\n",
            "var/lib/dpkg/status": dpkg_status(),
            "var/lib/dpkg/available": "",
            "var/lib/dpkg/arch": "amd64\n",
            "var/lib/dpkg/info/format": "1\n",
            **{f"var/lib/dpkg/info/{one.name}.{kind}": "" for one in TRUSTY for kind in ("list", "md5sums")},
            # dpkg deletes directories that nobody owns with the last package that has something in them.
            "var/lib/dpkg/info/base-files.list": "".join(f"{path}\n" for path in ("/.", *_OWNED)),
        }
    return {
        "etc/os-release": _CENTOS,
        "usr/lib/os-release": _CENTOS,
        "etc/redhat-release": _CENTOS_RELEASE,
        "etc/centos-release": _CENTOS_RELEASE,
        "etc/system-release": _CENTOS_RELEASE,
        "etc/rpm/macros": "%_dbpath /var/lib/rpm\n%dist .el7\n",
        "etc/dnf/dnf.conf": _DNF,
        "etc/yum.conf": _DNF,
        "etc/yum/vars/releasever": "7\n",
        "etc/yum/vars/basearch": "x86_64\n",
        "etc/dnf/vars/releasever": "7\n",
        "etc/dnf/vars/basearch": "x86_64\n",
    }


_DNF = """\
[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=False
best=False
skip_if_unavailable=False
keepcache=1
cachedir=/var/cache/yum
reposdir=/etc/yum.repos.d
varsdir=/etc/yum/vars
pluginpath=/usr/lib/python3/dist-packages/dnf-plugins
"""

DIRECTORIES = {
    Family.DEBIAN: (
        *("etc/apt/apt.conf.d", "etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d"),
        *("etc/apt/auth.conf.d", "etc/dpkg/dpkg.cfg.d", "etc/init", "etc/cron.d", "etc/logrotate.d"),
        *(
            "var/lib/apt/lists/partial",
            "var/cache/apt/archives/partial",
            "var/log/apt",
            "var/lib/apt/periodic",
        ),
        *("var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/lib/dpkg/alternatives", "var/lib/dpkg/parts"),
        "var/lib/ucf",
    ),
    Family.REDHAT: (
        *("etc/yum.repos.d", "etc/yum/pluginconf.d", "etc/yum/vars", "etc/pki/rpm-gpg", "etc/sysconfig"),
        *("etc/systemd/system/multi-user.target.wants", "etc/dnf/plugins", "etc/dnf/modules.d"),
        *(
            "var/lib/rpm",
            "var/lib/yum",
            "var/cache/yum",
            "var/lib/alternatives",
            "var/lib/dnf",
            "var/cache/dnf",
        ),
        *("etc/dnf/protected.d", "etc/yum/protected.d", "etc/init.d", "etc/alternatives", "etc/logrotate.d"),
    ),
}
