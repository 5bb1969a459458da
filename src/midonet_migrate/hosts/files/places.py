"""Where on a host the API's address may stand (host 2.1, 2.4): what can be edited, and what is only told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from midonet_migrate.hosts.files.remote_tree import FilesToRead, RemoteTree
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.plan.edits.model import Finding, Severity
from midonet_migrate.settings.filesystem import decoded
from midonet_migrate.settings.midonet_files import MIDONETRC
from midonet_migrate.settings.neutron_files import (
    DEFAULTS_FILE,
    NEUTRON_CONF,
    PLUGIN_CANDIDATES,
    UNIT,
    UNIT_FOLDERS,
    discover,
)
from midonet_migrate.settings.web_xml import WEB_XML

DHCP_AGENT = "/etc/neutron/dhcp_agent.ini"
MANAGER_SCRIPTS = ("/var/www/html/midonet-manager/config/client.js",)
_ACCOUNTS = "/etc/passwd"
_HOMES = ("/root", "/home/*")

_ADDRESSES = """\
LC_ALL=C
export LC_ALL
what=variable pattern=$1 port=$2
shift 2
IFS=
for files in "$@"; do
  if [ "$files" = -- ]; then
    what=port pattern=$port
    continue
  fi
  for file in $files; do
    [ -f "$file" ] || continue
    grep -n -I -s -E -e "$pattern" -- "$file" | while IFS=: read -r number rest; do
      printf '%s %s %s\\n' "$what" "$number" "$file"
    done
  done
done
if command -v iptables-save >/dev/null 2>&1; then
  iptables-save 2>/dev/null | grep -q -E -e "$port" && echo 'rules 0 iptables'
fi
exit 0
"""
_VARIABLE_FILES = (
    *("/etc/environment", "/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc"),
    *("/etc/crontab", "/etc/cron.d/*", "/etc/cron.*/*", "/var/spool/cron/*", "/var/spool/cron/crontabs/*"),
    *("/etc/default/*", "/etc/sysconfig/*", "/usr/local/bin/*", "/usr/local/sbin/*"),
    *(
        f"{home}/{name}"
        for home in _HOMES
        for name in (".profile", ".bashrc", ".bash_profile", "*rc", "bin/*")
    ),
)
_PORT_FILES = (
    *("/etc/haproxy/*.cfg", "/etc/nginx/*.conf", "/etc/nginx/conf.d/*", "/etc/nginx/sites-enabled/*"),
    *("/etc/keepalived/*.conf", "/etc/sysconfig/iptables", "/etc/iptables/*", "/etc/ufw/*.rules"),
    *("/etc/firewalld/zones/*.xml", "/etc/nagios/*.cfg", "/etc/nagios/conf.d/*", "/etc/monit/conf.d/*"),
    *("/etc/openstack-dashboard/local_settings*", "/etc/apache2/sites-enabled/*", "/etc/httpd/conf.d/*"),
)


class Places(msgspec.Struct, kw_only=True, frozen=True):
    """The files of a host that name the API, each once; only those that exist."""

    neutron: tuple[str, ...] = ()
    """What neutron-server reads, in its order."""
    plugin_file: str = ""
    """Where a missing ``midonet_uri`` belongs; one of ``neutron``."""
    dhcp_agent: str = ""
    client_files: tuple[str, ...] = ()
    """~/.midonetrc of the named users."""
    scripts: tuple[str, ...] = ()
    """client.js of midonet-manager."""
    findings: tuple[Finding, ...] = ()
    """What is only told."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every file that may be edited."""
        single = (self.dhcp_agent,) if self.dhcp_agent else ()
        return (*self.neutron, *single, *self.client_files, *self.scripts)


def find_places(
    files: FilesToRead,
    runner: Runner,
    *,
    users: Sequence[str] = ("root",),
    neutron: bool = True,
    old_ports: Sequence[int] = (8080,),
    scripts: Sequence[str] = MANAGER_SCRIPTS,
) -> Places:
    """Look for them on one host. ``users``: whose ~/.midonetrc is edited; others' are told.

    The plug-in file is the one that the running neutron-server got as an argument; else by its unit,
    ``/etc/default/neutron-server``, ``plugin.ini``, the usual places. ``neutron``: whether the host may have
    one at all. Nothing is changed, and no content is told, only places.
    """
    tree = RemoteTree(files, runner)
    units = [f"{folder}/{UNIT}" for folder in UNIT_FOLDERS]
    usual = [
        NEUTRON_CONF,
        DEFAULTS_FILE,
        *PLUGIN_CANDIDATES,
        *units,
        DHCP_AGENT,
        WEB_XML,
        _ACCOUNTS,
        *scripts,
    ]
    tree.prefetch(usual)
    found: list[Finding] = []
    paths: tuple[str, ...] = ()
    if neutron:
        discovered = discover(tree)
        tree.prefetch(discovered.paths)
        paths = _each_once(tree, discovered.paths)
        found += [_note(NEUTRON_CONF, note) for note in discovered.notes]
    client_files, others, missing = _client_files(tree, files, runner, users)
    found += missing
    found += [_attention(path, "the API of another user's client; nobody named him") for path in others]
    found += _addresses(runner, old_ports)
    if tree.exists(WEB_XML):
        found.append(_note(WEB_XML, "rest_api-base_uri stays: the file goes with midonet-api"))
    if paths:
        found.append(
            _attention(
                "Keystone",
                "if the service 'midonet' has an endpoint ('openstack endpoint list'), its port changes too",
            )
        )
    return Places(
        neutron=paths,
        plugin_file=_plugin_file(paths),
        dhcp_agent=DHCP_AGENT if neutron and tree.file(DHCP_AGENT).state.is_file else "",
        client_files=client_files,
        scripts=tuple(path for path in scripts if tree.file(path).state.is_file),
        findings=tuple(found),
    )


def _each_once(tree: RemoteTree, paths: Sequence[str]) -> tuple[str, ...]:
    """Of several names of one file the last: that is when it is read for the last time."""
    by_target: dict[str, str] = {}
    for path in paths:
        target = tree.file(path).state.target or path
        by_target.pop(target, None)
        by_target[target] = path
    return tuple(by_target.values())


def _plugin_file(paths: Sequence[str]) -> str:
    """The last file beside neutron.conf, one that is called after MidoNet or plug-ins before others."""
    others = [path for path in paths if path != NEUTRON_CONF]
    called = [path for path in others if "midonet" in path or "plugin" in path]
    return [*paths, *others, *called][-1] if paths else ""


def _client_files(
    tree: RemoteTree, files: FilesToRead, runner: Runner, users: Sequence[str]
) -> tuple[tuple[str, ...], list[str], list[Finding]]:
    """~/.midonetrc of the named users, those of others, and users that do not exist."""
    wanted = [user for user in users if user and not user.startswith("-")]
    done = runner.run(["getent", "passwd", *wanted]) if wanted else None
    accounts = decoded(tree.file(_ACCOUNTS).data)
    homes = _homes(done.stdout if done is not None and done.stdout else accounts)
    missing = [
        _attention(user, "there is no such user on the host; no ~/.midonetrc of his was looked for")
        for user in wanted
        if user not in homes
    ]
    named = {f"{homes[user].rstrip('/')}/{MIDONETRC}" for user in wanted if user in homes}
    local = {
        f"{home.rstrip('/')}/{MIDONETRC}" for home in _homes(tree.read(_ACCOUNTS)).values() if len(home) > 1
    }
    everywhere = {*local, *files.find([f"{home}/{MIDONETRC}" for home in _HOMES])}
    tree.prefetch([*sorted(named), *sorted(everywhere)])
    own = tuple(path for path in sorted(named) if tree.exists(path))
    return own, [path for path in sorted(everywhere - named) if tree.exists(path)], missing


def _homes(accounts: str) -> dict[str, str]:
    """User -> home, of lines as in /etc/passwd."""
    lines = [line.split(":") for line in accounts.splitlines()]
    return {words[0]: words[5] for words in lines if len(words) > 6 and PurePosixPath(words[5]).is_absolute()}


def _addresses(runner: Runner, ports: Sequence[int]) -> list[Finding]:
    """Where else the API's address or its port stands."""
    alternatives = "|".join(map(str, ports))
    pattern = rf"(^|[^0-9.])({alternatives})([^0-9.]|$)"
    command = ["sh", "-c", _ADDRESSES, "sh", "MIDO_API_URL", pattern, *_VARIABLE_FILES, "--", *_PORT_FILES]
    done = runner.run(command)
    texts = {
        "variable": "names the API in the environment (MIDO_API_URL): it comes before ~/.midonetrc",
        "port": f"names port {' or '.join(map(str, ports))}: if that is the API, it needs the new port too",
        "rules": f"a rule names port {' or '.join(map(str, ports))}: the new one may need one too",
    }
    lines = [line.split(" ", 2) for line in done.stdout.splitlines() if line.isprintable()]
    found = sorted({(what, file, int(number)) for what, number, file in lines})
    return [_attention(f"{file}:{number}" if number else file, texts[what]) for what, file, number in found]


def _attention(place: str, text: str) -> Finding:
    return Finding(severity=Severity.ATTENTION, place=place, text=text)


def _note(place: str, text: str) -> Finding:
    return Finding(severity=Severity.NOTE, place=place, text=text)
